//! The secret that a tenant's backend proves itself with.

const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const PREFIX: &str = "sk_";
/// 62^43 is the first power of 62 above 2^256.
const DIGIT_COUNT: usize = 43;

/// Characters of an app secret: `sk_` and 43 digits of base 62.
pub const APP_SECRET_CHARS: usize = PREFIX.len() + DIGIT_COUNT;

/// The maker of app secrets.
#[derive(Clone, Copy, Debug)]
pub struct AppSecret;

impl AppSecret {
    /// Writes 32 random bytes as an app secret; the same bytes give the same text, others another.
    pub fn generate(random: [u8; 32]) -> String {
        let mut number = random;
        let mut digits = [b'0'; DIGIT_COUNT];
        for digit in digits.iter_mut().rev() {
            *digit = DIGITS[divide_by_62(&mut number)];
        }
        PREFIX.chars().chain(digits.into_iter().map(char::from)).collect()
    }
}

/// Divides a big-endian number in place and returns the rest.
fn divide_by_62(number: &mut [u8; 32]) -> usize {
    let mut rest = 0u32;
    for byte in number {
        let value = rest << 8 | u32::from(*byte);
        // The rest is below 62, so the quotient is below 62 * 256 / 62 and fits a byte.
        *byte = (value / 62) as u8;
        rest = value % 62;
    }
    rest as usize
}

/// Compares two secrets in a time that tells nothing of where they differ; their lengths may show.
pub fn constant_time_eq(a: impl AsRef<[u8]>, b: impl AsRef<[u8]>) -> bool {
    aws_lc_rs::constant_time::verify_slices_are_equal(a.as_ref(), b.as_ref()).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn a_secret_is_sk_and_43_digits_of_base_62() {
        let smallest = AppSecret::generate([0; 32]);
        assert_eq!(smallest, format!("sk_{}", "0".repeat(43)));
        let largest = AppSecret::generate([255; 32]);
        assert_eq!(largest.len(), APP_SECRET_CHARS);
        assert!(largest[3..].bytes().all(|b| b.is_ascii_alphanumeric()));
    }

    #[test]
    fn the_digits_are_the_number_in_base_62() {
        let mut random = [0; 32];
        random[30..].copy_from_slice(&(61u16 * 62 + 10).to_be_bytes());
        assert!(AppSecret::generate(random).ends_with("0zA"));
    }

    #[test]
    fn each_bit_of_the_randomness_counts() {
        let secrets: HashSet<String> = (0..256)
            .map(|bit| {
                let mut random = [0; 32];
                random[bit / 8] = 1 << (bit % 8);
                AppSecret::generate(random)
            })
            .collect();
        assert_eq!(secrets.len(), 256);
    }

    #[test]
    fn equal_secrets_are_equal_and_others_are_not() {
        assert!(constant_time_eq("sk_a", "sk_a"));
        assert!(!constant_time_eq("sk_a", "sk_b"));
        assert!(!constant_time_eq("sk_a", "sk_aa"));
        assert!(!constant_time_eq("", "sk_a"));
    }
}
