//! Requests that may be repeated: the first answer is given again.

use crate::{App, RequestError, environment::random_bytes};
use rtc_store::{Created, IdempotentRow, NewIdempotency};
use rtc_types::Millis;

/// Longest `Idempotency-Key`, in bytes.
pub(crate) const KEY_BYTES_MAX: usize = 255;

/// A request's claim to be made once.
pub struct Idempotency<'a, T> {
    /// The client's `Idempotency-Key`: 1–255 printable ASCII characters.
    pub key: String,
    /// Tells a repeat from another request under the same key.
    pub body_hash: String,
    /// Writes the answer as a repeat will get it: without secrets that are shown once.
    pub render: &'a (dyn Fn(&T) -> String + Send + Sync),
}

/// The outcome of a request that may be a repeat.
#[derive(Clone, Debug)]
pub enum IdempotentAnswer<T> {
    /// It was done now.
    First(T),
    /// It was done before; this is the answer that was given.
    Repeat(String),
}

impl<T> Idempotency<'_, T> {
    pub(crate) fn check(&self) -> Result<(), RequestError> {
        let printable = self.key.bytes().all(|byte| (b' '..=b'~').contains(&byte));
        if self.key.is_empty() || self.key.len() > KEY_BYTES_MAX || !printable {
            return Err(RequestError::Invalid {
                path: "idempotency-key",
                message: format!("must be 1 to {KEY_BYTES_MAX} printable ASCII characters"),
            });
        }
        Ok(())
    }
}

impl App {
    /// What the store remembers of a request. Sealed, because an answer may hold a token.
    pub(crate) fn remember<T>(
        &self,
        route: &str,
        request: &Idempotency<'_, T>,
        answer: &T,
        now: Millis,
    ) -> NewIdempotency {
        let plain = (request.render)(answer);
        NewIdempotency {
            route: route.into(),
            key: request.key.clone(),
            body_hash: request.body_hash.clone(),
            response: self.0.sealer.seal(random_bytes(), &plain, &context(route, &request.key)),
            created_at: now,
        }
    }

    /// The first answer, where the repeat has the same body.
    pub(crate) fn recall<T>(
        &self,
        route: &str,
        request: &Idempotency<'_, T>,
        row: &IdempotentRow,
    ) -> Result<IdempotentAnswer<T>, RequestError> {
        if row.body_hash != request.body_hash {
            return Err(RequestError::IdempotencyMismatch);
        }
        let plain = self.0.sealer.open(&row.response, &context(route, &request.key));
        plain.map(IdempotentAnswer::Repeat).map_err(|error| RequestError::Internal(error.to_string()))
    }

    /// Turns what the store did into an answer.
    pub(crate) fn answer<T>(
        &self,
        route: &str,
        request: Option<&Idempotency<'_, T>>,
        created: Created,
        value: T,
    ) -> Result<IdempotentAnswer<T>, RequestError> {
        match (created, request) {
            (Created::Existing(row), Some(request)) => self.recall(route, request, &row),
            _ => Ok(IdempotentAnswer::First(value)),
        }
    }
}

fn context(route: &str, key: &str) -> String {
    format!("{route} {key}")
}
