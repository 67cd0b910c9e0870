//! Scalability modes (W3C WebRTC-SVC): `L3T3_KEY` and the like.

/// How many layers a stream has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScalabilityMode {
    /// Spatial layers, 1–99.
    pub spatial: u8,
    /// Temporal layers, 1–99.
    pub temporal: u8,
    /// Whether spatial layers depend on each other in key frames only.
    pub key: bool,
}

/// Reads a scalability mode; what is none counts as one layer of each kind.
///
/// `L` and `S` (independent layers) are not told apart, and whatever follows the numbers but for `_KEY` is
/// passed over, as the servers do that set the custom.
pub fn parse_scalability_mode(text: &str) -> ScalabilityMode {
    parse(text).unwrap_or(ScalabilityMode { spatial: 1, temporal: 1, key: false })
}

fn parse(text: &str) -> Option<ScalabilityMode> {
    let rest = text.strip_prefix(['L', 'S'])?;
    let (spatial, rest) = layers(rest)?;
    let (temporal, rest) = layers(rest.strip_prefix('T')?)?;
    Some(ScalabilityMode { spatial, temporal, key: rest.starts_with("_KEY") })
}

/// One or two digits, the first not zero, and what follows them.
fn layers(text: &str) -> Option<(u8, &str)> {
    let digits = text.bytes().take(2).take_while(u8::is_ascii_digit).count();
    let (number, rest) = text.split_at_checked(digits)?;
    match number.parse() {
        Ok(0) | Err(_) => None,
        Ok(_) if number.starts_with('0') => None,
        Ok(number) => Some((number, rest)),
    }
}
