//! What `rtc-platform config` prints: effective values, secrets masked, and where each came from.

use super::{Fallback, Loaded, Mode, Source, VARIABLES, mask};
use serde::Serialize;
use std::fmt;

/// One variable as it takes effect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// The environment variable.
    pub name: &'static str,
    /// The value, masked where it is a secret; empty: unset.
    pub value: String,
    /// `flag`, `environment`, `file` or `default`.
    pub source: String,
}

/// All variables as they take effect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// `development` or `production`.
    pub mode: &'static str,
    /// In the order of the declaration.
    pub variables: Vec<Entry>,
}

impl Report {
    /// Collects the effective values.
    pub fn of(loaded: &Loaded) -> Self {
        let mode = loaded.config.mode;
        let entry = |variable: &super::Variable| {
            let given = &loaded.given[variable.name];
            let value = match (given.source == Source::Default, variable.fallback) {
                (true, Fallback::Made(how)) if mode == Mode::Dev => format!("({how})"),
                _ => mask::shown(variable.show, given.text.trim()),
            };
            Entry { name: variable.name, value, source: given.source.to_string() }
        };
        Report { mode: mode.as_str(), variables: VARIABLES.iter().map(entry).collect() }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = |text: fn(&Entry) -> &str| {
            let longest = self.variables.iter().map(|entry| text(entry).chars().count()).max();
            longest.unwrap_or(0).min(60)
        };
        let (names, values) = (width(|entry| entry.name), width(|entry| &entry.value));
        write!(f, "Mode: {}", self.mode)?;
        for Entry { name, value, source } in &self.variables {
            let value = if value.is_empty() { "(unset)" } else { value };
            write!(f, "\n{name:names$}  {value:values$}  {source}")?;
        }
        Ok(())
    }
}
