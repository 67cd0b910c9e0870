//! Which pages may connect. Browsers send `Origin` with every WebSocket handshake (RFC 6455, section 4.1);
//! other clients may leave it out.

use axum::http::{HeaderMap, header};

/// Browser origins that may connect.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AllowedOrigins {
    /// Such as `https://app.example.com`: scheme, host, and a port where it is not the scheme's own.
    pub origins: Vec<String>,
    /// Every origin may connect (`*`).
    pub any: bool,
}

impl AllowedOrigins {
    /// Takes a list; `*` in it admits every origin. Trailing slashes do not matter.
    pub fn new<'a>(origins: impl IntoIterator<Item = &'a str>) -> Self {
        let mut allowed = Self::default();
        for origin in origins.into_iter().map(|origin| origin.trim().trim_end_matches('/')) {
            match origin {
                "" => {}
                "*" => allowed.any = true,
                origin => allowed.origins.push(origin.to_ascii_lowercase()),
            }
        }
        allowed
    }

    /// Whether a handshake with these headers may go on: no `Origin` (not a browser), the server's own
    /// (its host is the one asked), or one of the list.
    pub fn admits(&self, headers: &HeaderMap) -> bool {
        let Some(origin) = headers.get(header::ORIGIN) else {
            return true;
        };
        let Ok(origin) = origin.to_str() else { return false };
        let origin = origin.to_ascii_lowercase();
        let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).map(str::to_ascii_lowercase);
        let own = origin.split_once("://").is_some_and(|(_, authority)| host.as_deref() == Some(authority));
        self.any || own || self.origins.contains(&origin)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admits(allowed: &AllowedOrigins, origin: Option<&'static str>) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, "rtc.example.com:3000".parse().expect("header"));
        if let Some(origin) = origin {
            headers.insert(header::ORIGIN, origin.parse().expect("header"));
        }
        allowed.admits(&headers)
    }

    #[test]
    fn only_listed_and_own_origins_are_admitted() {
        let allowed = AllowedOrigins::new(["https://app.example.com/"]);
        assert!(admits(&allowed, None));
        assert!(admits(&allowed, Some("https://app.example.com")));
        assert!(admits(&allowed, Some("https://RTC.example.com:3000")));
        for foreign in
            ["https://evil.example", "null", "https://app.example.com.evil.example", "rtc.example.com:3000"]
        {
            assert!(!admits(&allowed, Some(foreign)), "{foreign}");
        }
        assert!(admits(&AllowedOrigins::new(["*"]), Some("https://evil.example")));
    }
}
