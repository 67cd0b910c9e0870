//! A URL that a request may go to, as far as its text tells; the addresses behind a name are looked at when it goes.

use crate::reach::Reach;
use reqwest::Url;
use std::{fmt, net::IpAddr};

/// Longest URL of a target, in bytes.
pub const TARGET_BYTES_MAX: usize = 2048;

/// Why a URL is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TargetError {
    /// It is longer than [`TARGET_BYTES_MAX`].
    TooLong,
    /// It is not a URL with a host.
    Malformed,
    /// It is neither `http` nor `https`.
    Scheme,
    /// It carries a user name or a password.
    Credentials,
    /// It names an address that is not of the public internet.
    NotPublic,
}

impl fmt::Display for TargetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            TargetError::TooLong => "must be at most 2048 bytes",
            TargetError::Malformed => "must be a URL with a host",
            TargetError::Scheme => "must start with http:// or https://",
            TargetError::Credentials => "must not hold a user name or password",
            TargetError::NotPublic => "must not be a private or local address",
        })
    }
}

impl std::error::Error for TargetError {}

/// A URL that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target(Url);

impl Target {
    /// Reads a URL; `reach` refuses one that names a local address or `localhost` outright.
    pub fn parse(text: &str, reach: Reach) -> Result<Self, TargetError> {
        if text.len() > TARGET_BYTES_MAX {
            return Err(TargetError::TooLong);
        }
        // The parser writes addresses in one way: 0x7f.1 becomes 127.0.0.1.
        let url = Url::parse(text).map_err(|_| TargetError::Malformed)?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(TargetError::Scheme);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(TargetError::Credentials);
        }
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or(TargetError::Malformed)?;
        let is_refused = match host.trim_matches(['[', ']']).parse::<IpAddr>() {
            Ok(address) => !reach.admits(address),
            Err(_) => reach == Reach::Public && is_local_name(host),
        };
        if is_refused { Err(TargetError::NotPublic) } else { Ok(Target(url)) }
    }

    /// The URL.
    pub fn url(&self) -> &Url {
        &self.0
    }
}

/// RFC 6761, section 6.3: such a name is this machine's, whatever a resolver says.
fn is_local_name(host: &str) -> bool {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    host == "localhost" || host.ends_with(".localhost")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn public(text: &str) -> Result<Target, TargetError> {
        Target::parse(text, Reach::Public)
    }

    #[test]
    fn a_url_of_the_public_internet_is_accepted() {
        for text in ["https://example.com/hook?x=1", "http://1.1.1.1:8080/", "https://[2606:4700::1111]/"] {
            assert!(public(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn a_local_address_is_seen_in_every_spelling() {
        for text in [
            "http://127.0.0.1/",
            "http://0x7f.1/",
            "http://2130706433/",
            "http://0177.0.0.1/",
            "http://[::1]/",
            "http://[::ffff:127.0.0.1]/",
            "http://localhost:3000/",
            "http://LOCALHOST./",
            "http://a.localhost/",
            "http://169.254.169.254/latest",
            "http://0/",
            "http://127.1/",
        ] {
            assert_eq!(public(text), Err(TargetError::NotPublic), "{text}");
            assert!(Target::parse(text, Reach::Anywhere).is_ok(), "{text}");
        }
    }

    #[test]
    fn what_is_no_http_url_is_refused() {
        assert_eq!(public("ftp://example.com/"), Err(TargetError::Scheme));
        assert_eq!(public("file:///etc/passwd"), Err(TargetError::Scheme));
        assert_eq!(public("https://user:secret@example.com/"), Err(TargetError::Credentials));
        assert_eq!(public("https://user@example.com/"), Err(TargetError::Credentials));
        for text in ["", "example.com", "http://", "/hook", "http://a b/"] {
            assert_eq!(public(text), Err(TargetError::Malformed), "{text}");
        }
        assert_eq!(public(&format!("https://example.com/{}", "x".repeat(2048))), Err(TargetError::TooLong));
    }
}
