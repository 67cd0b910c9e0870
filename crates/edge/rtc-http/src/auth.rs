//! Who is asking: extractors that give out a tenant, or let the operator in.

use crate::{ApiError, HttpState, address};
use axum::{
    extract::{FromRef, FromRequestParts},
    http::{HeaderMap, HeaderName, header, request::Parts},
};
use rtc_app::{RequestError, Tenant};

const APP_ID: HeaderName = HeaderName::from_static("x-app-id");
const APP_SECRET: HeaderName = HeaderName::from_static("x-app-secret");
const TENANT_CREDENTIALS: &str = "send x-app-id and x-app-secret";
const OPERATOR_CREDENTIALS: &str = "send Authorization: Bearer with the admin key";

/// The caller is this tenant, by `x-app-id` and `x-app-secret`; in development also without them.
#[derive(Clone, Debug)]
pub struct AsTenant(pub Tenant);

/// The caller is the operator, by `Authorization: Bearer`; everybody where no admin key is set.
#[derive(Clone, Copy, Debug)]
pub struct AsOperator;

enum Header<'a> {
    Missing,
    Unusable,
    Given(&'a str),
}

/// A header that is there twice says nothing: proxies differ on which one counts.
fn single(headers: &HeaderMap, name: HeaderName) -> Header<'_> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (None, _) => Header::Missing,
        (Some(value), None) => value.to_str().map_or(Header::Unusable, Header::Given),
        _ => Header::Unusable,
    }
}

impl<S: Send + Sync> FromRequestParts<S> for AsTenant
where
    HttpState: FromRef<S>,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let state = HttpState::from_ref(state);
        let address = address::client(parts, state.limits.trust_proxy);
        let tenant = match (single(&parts.headers, APP_ID), single(&parts.headers, APP_SECRET)) {
            (Header::Missing, Header::Missing) => {
                state.rates.count_address(address)?;
                state.app.default_tenant().ok_or_else(|| ApiError::unauthorized(TENANT_CREDENTIALS))?
            }
            (Header::Given(id), Header::Given(secret)) => {
                state.rates.check_address(address)?;
                match state.app.authenticate(id, secret).await {
                    Ok(tenant) => tenant,
                    Err(RequestError::Unauthorized) => {
                        state.rates.count_address(address)?;
                        return Err(ApiError::unauthorized(TENANT_CREDENTIALS));
                    }
                    Err(error) => return Err(error.into()),
                }
            }
            _ => {
                state.rates.count_address(address)?;
                return Err(ApiError::unauthorized(TENANT_CREDENTIALS));
            }
        };
        state.rates.count_app(tenant.app_id())?;
        Ok(Self(tenant))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for AsOperator
where
    HttpState: FromRef<S>,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let state = HttpState::from_ref(state);
        let address = address::client(parts, state.limits.trust_proxy);
        state.rates.check_address(address)?;
        let key = match single(&parts.headers, header::AUTHORIZATION) {
            Header::Given(value) => bearer(value),
            Header::Missing | Header::Unusable => None,
        };
        let authorized = state.app.authorize_operator(key);
        if key.is_none() || authorized.is_err() {
            state.rates.count_address(address)?;
        }
        authorized.map(|()| Self).map_err(|_| ApiError::unauthorized(OPERATOR_CREDENTIALS))
    }
}

/// The scheme's name is case-insensitive (RFC 9110, section 11.1).
fn bearer(value: &str) -> Option<&str> {
    let (scheme, key) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| key.trim_start_matches(' '))
}
