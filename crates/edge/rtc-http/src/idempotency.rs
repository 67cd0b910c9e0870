//! The `Idempotency-Key` header.

use crate::{ApiError, Json};
use axum::{
    extract::FromRequestParts,
    http::{HeaderName, request::Parts},
};
use rtc_app::Idempotency;

const HEADER: HeaderName = HeaderName::from_static("idempotency-key");

/// The client's key, where it gave one.
#[derive(Clone, Debug)]
pub struct IdempotencyKey(Option<String>);

impl IdempotencyKey {
    /// The claim to be made once, for the use case; the body's SHA-256 tells a repeat from another request.
    pub fn claim<'a, T, B>(
        self,
        body: &Json<B>,
        render: &'a (dyn Fn(&T) -> String + Send + Sync),
    ) -> Option<Idempotency<'a, T>> {
        self.0.map(|key| Idempotency { key, body_hash: body.sha256(), render })
    }
}

impl<S: Send + Sync> FromRequestParts<S> for IdempotencyKey {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let mut values = parts.headers.get_all(HEADER).iter();
        match (values.next(), values.next()) {
            (None, _) => Ok(Self(None)),
            (Some(value), None) => match value.to_str() {
                Ok(key) => Ok(Self(Some(key.to_owned()))),
                Err(_) => {
                    Err(ApiError::invalid("idempotency-key", "must be 1 to 255 printable ASCII characters"))
                }
            },
            _ => Err(ApiError::invalid("idempotency-key", "must be given once")),
        }
    }
}
