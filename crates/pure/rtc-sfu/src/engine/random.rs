//! Numbers and texts that nobody can guess, drawn from the seed that the owner gave.

use aws_lc_rs::hmac;

/// HMAC-SHA256 in counter mode over the seed.
pub(crate) struct Random {
    key: hmac::Key,
    counter: u64,
}

impl Random {
    pub(crate) fn new(seed: &[u8; 32]) -> Self {
        Self { key: hmac::Key::new(hmac::HMAC_SHA256, seed), counter: 0 }
    }

    pub(crate) fn bytes<const N: usize>(&mut self) -> [u8; N] {
        const { assert!(N <= 32, "one block") };
        self.counter += 1;
        let block = hmac::sign(&self.key, &self.counter.to_be_bytes());
        let mut bytes = [0; N];
        bytes.copy_from_slice(&block.as_ref()[..N]);
        bytes
    }

    pub(crate) fn u64(&mut self) -> u64 {
        u64::from_be_bytes(self.bytes())
    }

    /// Nine decimal digits, as `mediasoup` makes SSRCs; never the probator's 1234.
    pub(crate) fn ssrc(&mut self) -> u32 {
        100_000_000 + (self.u64() % 899_999_000) as u32
    }
}
