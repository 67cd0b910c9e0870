//! Which secrets are good enough for production.

/// Bytes that a production secret must have at least: 256 bits, the output length of HS256 (RFC 7518, section 3.2).
pub const SECRET_BYTES_MIN: usize = 32;

/// A secret with fewer different bytes than this is a pattern, not a random text: of 32 random hexadecimal
/// digits, fewer than one in 10^7 has so few.
const DIFFERENT_BYTES_MIN: usize = 8;
/// A text that repeats a block of up to this many bytes is a pattern.
const REPEATED_BLOCK_BYTES_MAX: usize = 10;

/// Texts that stand in example files; a secret is refused when it is one of them.
const DEFAULTS: &[&str] = &[
    "secret",
    "dev",
    "development",
    "test",
    "testing",
    "admin",
    "password",
    "default",
    "jwt-secret",
    "jwt_secret",
    "admin-key",
    "admin_key",
    "devkey",
    "key",
];

/// Pieces that only example values have; a secret is refused when it contains one.
const DEFAULT_PIECES: &[&str] = &[
    "changeme",
    "change-me",
    "change_me",
    "change-this",
    "change_this",
    "change-in-prod",
    "change_in_prod",
    "your-secret",
    "your_secret",
    "your-super-secret",
    "your-jwt",
    "your_jwt",
    "replace-me",
    "replace_me",
    "super-secret",
    "supersecret",
    "dev-secret",
    "dev_secret",
    "insecure",
    "placeholder",
];

/// Why the secret in the variable `name` will not do in production, as one line for people, or `None`.
///
/// The line names the variable and what is accepted, never the value.
pub fn production_secret_fault(name: &str, value: Option<&str>) -> Option<String> {
    let accepted =
        format!("set it to at least {SECRET_BYTES_MIN} random bytes, such as `openssl rand -hex 32`");
    let value = value.map(str::trim).filter(|value| !value.is_empty());
    let Some(value) = value else {
        return Some(format!("{name} is missing; {accepted}"));
    };
    if is_known_default(value) {
        return Some(format!("{name} is a known default; {accepted}"));
    }
    if value.len() < SECRET_BYTES_MIN {
        return Some(format!("{name} has {} bytes; {accepted}", value.len()));
    }
    if is_pattern(value.as_bytes()) {
        return Some(format!("{name} is a repeated pattern; {accepted}"));
    }
    None
}

fn is_known_default(value: &str) -> bool {
    let value = value.to_ascii_lowercase();
    DEFAULTS.contains(&value.as_str()) || DEFAULT_PIECES.iter().any(|piece| value.contains(piece))
}

fn is_pattern(value: &[u8]) -> bool {
    let mut seen = [false; 256];
    value.iter().for_each(|byte| seen[usize::from(*byte)] = true);
    let different = seen.into_iter().filter(|seen| *seen).count();
    different < DIFFERENT_BYTES_MIN
        || (1..=REPEATED_BLOCK_BYTES_MAX).any(|block| value.iter().zip(&value[block..]).all(|(a, b)| a == b))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

    fn fault(value: &str) -> String {
        production_secret_fault("JWT_SECRET", Some(value)).unwrap_or_default()
    }

    #[test]
    fn a_random_secret_of_32_bytes_is_good() {
        assert_eq!(production_secret_fault("JWT_SECRET", Some(GOOD)), None);
        assert_eq!(production_secret_fault("JWT_SECRET", Some(&GOOD[..32])), None);
    }

    #[test]
    fn a_missing_or_blank_secret_is_a_fault_that_names_its_variable() {
        for value in [None, Some(""), Some("   ")] {
            let fault = production_secret_fault("ADMIN_KEY", value).unwrap_or_default();
            assert!(fault.starts_with("ADMIN_KEY is missing; set it to at least 32"), "{fault}");
        }
    }

    #[test]
    fn a_known_default_is_a_fault_at_any_length_and_in_any_case() {
        for value in ["secret", "changeme", "Change-Me", "your-secret-key", "dev", "DEV_SECRET"] {
            assert!(fault(value).contains("known default"), "{value}: {}", fault(value));
        }
        assert!(fault("your-super-secret-jwt-key-change-in-production").contains("known default"));
    }

    #[test]
    fn a_short_secret_is_a_fault_that_gives_its_length() {
        assert!(fault(&GOOD[..31]).contains("has 31 bytes"), "{}", fault(&GOOD[..31]));
    }

    #[test]
    fn a_pattern_is_a_fault() {
        for value in ["a".repeat(64), "0123456789".repeat(4), "secret".repeat(6)] {
            assert!(fault(&value).contains("pattern"), "{value}: {}", fault(&value));
        }
    }

    #[test]
    fn a_fault_never_holds_the_value() {
        assert!(!fault("hunter2-hunter2").contains("hunter2"));
    }
}
