//! Clock and randomness: the shell's part, kept in one place.

use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use rtc_types::Millis;
use std::{sync::Arc, time::SystemTime};

/// Tells the time; tests set their own.
pub type Clock = Arc<dyn Fn() -> Millis + Send + Sync>;

/// The machine's clock.
pub struct SystemClock;

impl SystemClock {
    /// A [`Clock`] that reads the machine's time.
    pub fn clock() -> Clock {
        Arc::new(|| {
            SystemTime::now()
                .duration_since(SystemTime::UNIX_EPOCH)
                .map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
        })
    }
}

/// Random bytes from the operating system's generator.
///
/// # Panics
/// Where the operating system has no randomness to give: nothing safe can be done then.
pub fn random_bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    SystemRandom::new().fill(&mut bytes).expect("the operating system gives randomness");
    bytes
}

/// 144 random bits as 24 characters of base64url.
pub fn random_id() -> String {
    URL_SAFE_NO_PAD.encode(random_bytes::<18>())
}
