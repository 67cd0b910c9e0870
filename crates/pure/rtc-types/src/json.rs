//! JSON that is carried through untouched.

use serde_json::value::RawValue;
use std::{fmt, sync::Arc};

/// A text that is one valid JSON value, shared rather than copied.
///
/// Signals (SDP, candidates, application data) travel as this: relayed byte for byte, never parsed
/// further. `Debug` shows the length only, so that no SDP reaches a log by accident.
#[derive(Clone, PartialEq, Eq)]
pub struct Json(Arc<str>);

impl Json {
    /// Takes a value that the JSON parser has already delimited.
    pub fn from_raw(raw: &RawValue) -> Self {
        Self(Arc::from(raw.get()))
    }

    /// Renders any serialisable value.
    ///
    /// # Errors
    /// Where the value cannot be JSON (a map with keys that are not texts).
    pub fn of(value: &impl serde::Serialize) -> Result<Self, serde_json::Error> {
        serde_json::to_string(value).map(|text| Self(Arc::from(text)))
    }

    /// Takes a text that a JSON writer has just rendered, unchecked: to check it costs more than to write it. Of any
    /// other text, whoever reads the value is refused it.
    pub fn rendered(text: &str) -> Self {
        Self(Arc::from(text))
    }

    /// Checks that a text is one JSON value.
    ///
    /// # Errors
    /// The parser's error where it is not.
    pub fn parse(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str::<&RawValue>(text).map(Self::from_raw)
    }

    /// The JSON text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the value is an object.
    pub fn is_object(&self) -> bool {
        self.0.starts_with('{')
    }
}

impl fmt::Debug for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Json({} bytes)", self.0.len())
    }
}

impl serde::Serialize for Json {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        let raw: &RawValue = serde_json::from_str(&self.0).map_err(serde::ser::Error::custom)?;
        raw.serialize(s)
    }
}

impl<'de> serde::Deserialize<'de> for Json {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        Box::<RawValue>::deserialize(d).map(|raw| Self(Arc::from(raw.get())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_carried_byte_for_byte() {
        let text = r#"{ "sdp" : "v=0\r\n",  "n":1.0e2 }"#;
        let json = Json::parse(text).expect("valid");
        assert_eq!(json.as_str(), text);
        assert_eq!(serde_json::to_string(&json).expect("serialises"), text);
    }

    #[test]
    fn what_is_not_json_is_refused() {
        assert!(Json::parse("{").is_err());
        assert!(Json::parse("1 2").is_err());
    }
}
