//! H.264 profiles and levels as `profile-level-id` writes them (RFC 6184, section 8.1): two sides understand
//! each other if their profiles are the same; the level is agreed.

use serde_json::{Map, Value};

/// What a stream may use, and how much of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProfileLevel {
    /// The tools.
    pub profile: Profile,
    /// The size and rate.
    pub level: Level,
}

/// A profile that real endpoints use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// What every endpoint has.
    ConstrainedBaseline,
    /// With flexible macroblock order, which browsers do not have but announce.
    Baseline,
    /// With B frames and CABAC.
    Main,
    /// High without B frames and interlacing.
    ConstrainedHigh,
    /// With 8×8 transforms.
    High,
    /// 4:4:4.
    PredictiveHigh444,
}

/// A level, in its order: level 1b lies between 1 and 1.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Level(u16);

impl Level {
    const L1B: Self = Self(105);

    /// From the level byte and the flag that makes 1.1 a 1b.
    fn new(level_idc: u8, constraint_set3: bool) -> Option<Self> {
        match level_idc {
            11 if constraint_set3 => Some(Self::L1B),
            10..=13 | 20..=22 | 30..=32 | 40..=42 | 50..=52 => Some(Self(u16::from(level_idc) * 10)),
            _ => None,
        }
    }
}

/// Level 3.1 of the constrained baseline: what is meant where a text leaves it out (as browsers read it).
const DEFAULT: ProfileLevel = ProfileLevel { profile: Profile::ConstrainedBaseline, level: Level(310) };

impl ProfileLevel {
    /// Reads six hexadecimal digits.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() != 6 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        let [_, profile_idc, flags, level_idc] = u32::from_str_radix(text, 16).ok()?.to_be_bytes();
        let profile = match (profile_idc, flags) {
            (0x42, flags) if flags & 0x4f == 0x40 => Profile::ConstrainedBaseline,
            (0x4d, flags) if flags & 0x8f == 0x80 => Profile::ConstrainedBaseline,
            (0x58, flags) if flags & 0xcf == 0xc0 => Profile::ConstrainedBaseline,
            (0x42, flags) if flags & 0x4f == 0 => Profile::Baseline,
            (0x58, flags) if flags & 0xcf == 0x80 => Profile::Baseline,
            (0x4d, flags) if flags & 0xaf == 0 => Profile::Main,
            (0x64, 0x00) => Profile::High,
            (0x64, 0x0c) => Profile::ConstrainedHigh,
            (0xf4, 0x00) => Profile::PredictiveHigh444,
            _ => return None,
        };
        Some(Self { profile, level: Level::new(level_idc, flags & 0x10 != 0)? })
    }

    /// Reads the parameter out of a codec's format parameters; the default where there is none, `None` where it
    /// is no such id. A value of six decimal digits may have become a number on its way.
    pub fn of(format: &Map<String, Value>) -> Option<Self> {
        match format.get("profile-level-id") {
            None => Some(DEFAULT),
            Some(Value::String(text)) if text.is_empty() => Some(DEFAULT),
            Some(Value::String(text)) => Self::parse(text),
            Some(Value::Number(number)) => Self::parse(&number.to_string()),
            Some(_) => None,
        }
    }

    /// Six hexadecimal digits in lower case; `None` for level 1b where the profile has none.
    pub fn write(self) -> Option<String> {
        if self.level == Level::L1B {
            return match self.profile {
                Profile::ConstrainedBaseline => Some("42f00b".to_owned()),
                Profile::Baseline => Some("42100b".to_owned()),
                Profile::Main => Some("4d100b".to_owned()),
                _ => None,
            };
        }
        let profile = match self.profile {
            Profile::ConstrainedBaseline => "42e0",
            Profile::Baseline => "4200",
            Profile::Main => "4d00",
            Profile::ConstrainedHigh => "640c",
            Profile::High => "6400",
            Profile::PredictiveHigh444 => "f400",
        };
        Some(format!("{profile}{:02x}", self.level.0 / 10))
    }
}

/// Whether two format parameters mean streams that both sides understand.
pub fn compatible(one: &Map<String, Value>, other: &Map<String, Value>) -> bool {
    let mode = |format| number(format, "packetization-mode");
    let profile = |format| ProfileLevel::of(format).map(|id| id.profile);
    mode(one) == mode(other) && profile(one).is_some() && profile(one) == profile(other)
}

/// The `profile-level-id` that is agreed between compatible sides (RFC 6184, section 8.2.2): the first side's
/// level where both allow asymmetry, else the lower one; `None` where neither side wrote one.
pub fn agreed_profile_level_id(one: &Map<String, Value>, other: &Map<String, Value>) -> Option<String> {
    const KEY: &str = "profile-level-id";
    if !one.contains_key(KEY) && !other.contains_key(KEY) {
        return None;
    }
    let (ours, theirs) = (ProfileLevel::of(one)?, ProfileLevel::of(other)?);
    let asymmetric = [one, other].iter().all(|format| number(format, "level-asymmetry-allowed") == 1);
    let level = if asymmetric { ours.level } else { ours.level.min(theirs.level) };
    ProfileLevel { profile: ours.profile, level }.write()
}

/// A format parameter as a number; 0 where it is missing or none.
pub(crate) fn number(format: &Map<String, Value>, key: &str) -> i64 {
    match format.get(key) {
        Some(Value::Number(number)) => number.as_i64().unwrap_or(-1),
        Some(Value::String(text)) if text.is_empty() => 0,
        Some(Value::String(text)) => text.parse().unwrap_or(-1),
        _ => 0,
    }
}
