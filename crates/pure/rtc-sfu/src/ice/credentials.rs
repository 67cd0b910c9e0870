//! The name and the password that checks are made with.

/// A ufrag and its password (RFC 8445, section 5.3).
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// The name, 4–256 characters.
    pub ufrag: String,
    /// The password, 22–256 characters.
    pub password: String,
}

/// "ice-char" of RFC 8839, section 5.4: 64 characters, so each stands for six random bits.
const ICE_CHARS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const UFRAG_CHARS: usize = 8;

impl Credentials {
    /// Spells random bytes: 48 bits of name, 144 bits of password. Whoever makes several agents that are told
    /// apart by name has to see that the name is free.
    pub fn from_random(random: &[u8; 24]) -> Self {
        let mut spelled = random.chunks_exact(3).flat_map(|three| {
            let bits = three.iter().fold(0u32, |bits, byte| bits << 8 | u32::from(*byte));
            [18, 12, 6, 0].map(|shift| char::from(ICE_CHARS[(bits >> shift & 0x3F) as usize]))
        });
        let ufrag = spelled.by_ref().take(UFRAG_CHARS).collect();
        Self { ufrag, password: spelled.collect() }
    }
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Credentials").field("ufrag", &self.ufrag).finish_non_exhaustive()
    }
}
