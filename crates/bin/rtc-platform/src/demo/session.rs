//! Logins of the demo: a user id and a name, signed; nothing is stored.

use aws_lc_rs::hmac;
use axum::http::{HeaderMap, header};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use rtc_types::Millis;
use serde::{Deserialize, Serialize};

/// How long a login is good, in seconds.
pub const SESSION_S: u64 = 12 * 3600;
const COOKIE: &str = "demo_session";

/// Somebody who logged in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// `u_` and 10 characters.
    pub id: String,
    /// As given.
    pub name: String,
}

#[derive(Serialize, Deserialize)]
struct Claims {
    #[serde(flatten)]
    user: User,
    /// Seconds since the epoch.
    exp: u64,
}

/// Signs and checks sessions.
pub struct Sessions(hmac::Key);

impl Sessions {
    /// A key of its own, so that no session is ever good as something else that the same secret signs.
    pub fn new(secret: &str) -> Self {
        let root = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
        let derived = hmac::sign(&root, b"rtc-platform demo session");
        Self(hmac::Key::new(hmac::HMAC_SHA256, derived.as_ref()))
    }

    /// A session that is good from now on.
    pub fn sign(&self, user: &User, now: Millis) -> String {
        let claims = Claims { user: user.clone(), exp: now / 1000 + SESSION_S };
        // A struct of texts and a number is always JSON.
        let body = URL_SAFE_NO_PAD.encode(serde_json::to_vec(&claims).unwrap_or_default());
        let tag = URL_SAFE_NO_PAD.encode(hmac::sign(&self.0, body.as_bytes()));
        format!("{body}.{tag}")
    }

    /// Who asks: by the `Authorization` header, which counts alone where there is one, or by the cookie.
    pub fn user(&self, headers: &HeaderMap, now: Millis) -> Option<User> {
        let session = match headers.get(header::AUTHORIZATION) {
            Some(value) => value.to_str().ok()?.strip_prefix("Bearer ")?.trim(),
            None => cookie(headers)?,
        };
        self.check(session, now)
    }

    fn check(&self, session: &str, now: Millis) -> Option<User> {
        let (body, tag) = session.split_once('.')?;
        hmac::verify(&self.0, body.as_bytes(), &URL_SAFE_NO_PAD.decode(tag).ok()?).ok()?;
        let claims: Claims = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(body).ok()?).ok()?;
        (now / 1000 < claims.exp).then_some(claims.user)
    }
}

/// The cookie that carries a session.
pub fn set_cookie(session: &str, headers: &HeaderMap) -> String {
    let secure = if is_https(headers) { "; Secure" } else { "" };
    format!("{COOKIE}={session}; HttpOnly; SameSite=Lax; Path=/demo; Max-Age={SESSION_S}{secure}")
}

/// Whether the browser came by https, as a proxy in front says.
pub fn is_https(headers: &HeaderMap) -> bool {
    headers.get("x-forwarded-proto").is_some_and(|proto| proto == "https")
}

fn cookie(headers: &HeaderMap) -> Option<&str> {
    let pairs = headers.get_all(header::COOKIE).into_iter().filter_map(|value| value.to_str().ok());
    let mut pairs = pairs.flat_map(|value| value.split(';'));
    pairs.find_map(|pair| pair.trim().strip_prefix(COOKIE)?.strip_prefix('='))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use axum::http::HeaderValue;

    fn ana() -> User {
        User { id: "u_1".into(), name: "Ana".into() }
    }

    fn headers(name: header::HeaderName, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_str(value).unwrap())])
    }

    #[test]
    fn a_session_is_good_for_12_hours_by_header_or_cookie() {
        let sessions = Sessions::new("a");
        let session = sessions.sign(&ana(), 0);
        let by_header = headers(header::AUTHORIZATION, &format!("Bearer {session}"));
        let by_cookie = headers(header::COOKIE, &format!("a=b; demo_session={session}"));
        assert_eq!(sessions.user(&by_header, 0), Some(ana()));
        assert_eq!(sessions.user(&by_cookie, SESSION_S * 1000 - 1), Some(ana()));
        assert_eq!(sessions.user(&by_cookie, SESSION_S * 1000), None);
        assert_eq!(sessions.user(&HeaderMap::new(), 0), None);
    }

    #[test]
    fn a_wrong_header_counts_beside_a_good_cookie() {
        let sessions = Sessions::new("a");
        let mut both = headers(header::COOKIE, &format!("demo_session={}", sessions.sign(&ana(), 0)));
        both.insert(header::AUTHORIZATION, HeaderValue::from_static("Bearer x.y"));
        assert_eq!(sessions.user(&both, 0), None);
    }

    #[test]
    fn a_session_of_another_key_or_with_another_name_is_refused() {
        let session = Sessions::new("b").sign(&ana(), 0);
        assert_eq!(Sessions::new("a").check(&session, 0), None);
        let sessions = Sessions::new("a");
        let good = sessions.sign(&ana(), 0);
        let (_, tag) = good.split_once('.').unwrap();
        let forged = URL_SAFE_NO_PAD.encode(r#"{"id":"u_2","name":"Bob","exp":99999999999}"#);
        assert_eq!(sessions.check(&format!("{forged}.{tag}"), 0), None);
    }
}
