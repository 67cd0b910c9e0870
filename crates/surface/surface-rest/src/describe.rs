//! The OpenAPI description: the routes' own part, and what every operation of a kind can answer.

use rtc_types::ErrorCode;
use rtc_wire::error::{ErrorBody, ErrorDetail, ErrorInfo, status};
use utoipa::{
    OpenApi, ToSchema,
    openapi::{
        ComponentsBuilder, ContentBuilder, InfoBuilder, OpenApi as Document, Ref, RefOr, ResponseBuilder,
        path::Operation,
        security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};

#[derive(OpenApi)]
#[openapi(components(schemas(ErrorBody, ErrorInfo, ErrorDetail)))]
struct Errors;

/// The description of all routes of this surface.
pub fn openapi() -> Document {
    let mut document = crate::routes_and_description().split_for_parts().1;
    document.merge(Errors::openapi());
    document.info = InfoBuilder::new()
        .title("rtc-platform")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some("Rooms, tokens and participants for calls that a product embeds."))
        .build();
    let mut components = document.components.take().unwrap_or_else(|| ComponentsBuilder::new().build());
    let header = |name: &str| SecurityScheme::ApiKey(ApiKey::Header(ApiKeyValue::new(name)));
    components.add_security_scheme("appId", header("x-app-id"));
    components.add_security_scheme("appSecret", header("x-app-secret"));
    let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
    components.add_security_scheme("adminKey", SecurityScheme::Http(bearer));
    document.components = Some(components);
    for item in document.paths.paths.values_mut() {
        let operations = [&mut item.get, &mut item.post, &mut item.patch, &mut item.delete, &mut item.put];
        for operation in operations.into_iter().flatten() {
            add_errors(operation);
        }
    }
    document
}

/// Which errors an operation can answer follows from what it takes.
fn add_errors(operation: &mut Operation) {
    let parameters: Vec<_> = operation
        .parameters
        .iter()
        .flatten()
        .filter_map(|parameter| match parameter {
            RefOr::T(parameter) => Some(parameter.name.clone()),
            RefOr::Ref(_) => None,
        })
        .collect();
    let named = |name: &str| parameters.iter().any(|parameter| parameter == name);
    let mut codes = vec![
        ErrorCode::Unauthorized,
        ErrorCode::RateLimitExceeded,
        ErrorCode::InternalError,
        ErrorCode::Unavailable,
    ];
    if operation.request_body.is_some() {
        codes.extend([ErrorCode::PayloadTooLarge, ErrorCode::UnsupportedMediaType]);
    }
    if operation.request_body.is_some() || named("limit") || named("ban") {
        codes.push(ErrorCode::ValidationError);
    }
    if named("appId") || named("roomId") || named("jti") {
        codes.push(ErrorCode::NotFound);
    }
    if named("idempotency-key") {
        codes.extend([ErrorCode::IdempotencyMismatch, ErrorCode::Conflict]);
    }
    for code in codes {
        let content = ContentBuilder::new().schema(Some(Ref::from_schema_name(ErrorBody::name()))).build();
        let response =
            ResponseBuilder::new().description(code.as_str()).content("application/json", content).build();
        operation.responses.responses.insert(status(code).to_string(), RefOr::T(response));
    }
}
