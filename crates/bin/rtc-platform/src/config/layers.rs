//! Where values come from: flags, then environment, then file, then defaults.

use super::{Fault, Mode, VARIABLES, Variable};
use std::{collections::BTreeMap, fmt, path::Path};

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// A flag of the command line.
    Flag,
    /// The environment.
    Environment,
    /// The configuration file.
    File,
    /// Nothing was given.
    Default,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Source::Flag => "flag",
            Source::Environment => "environment",
            Source::File => "file",
            Source::Default => "default",
        })
    }
}

/// The text of a variable and where it came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given {
    /// As given; empty: unset.
    pub text: String,
    /// Where from.
    pub source: Source,
}

/// What was given outside of the defaults, by variable name.
#[derive(Clone, Debug, Default)]
pub struct Layers {
    /// Flags of the command line.
    pub flags: BTreeMap<String, String>,
    /// The environment; other programs' variables are ignored.
    pub environment: BTreeMap<String, String>,
    /// The configuration file.
    pub file: BTreeMap<String, String>,
}

impl Layers {
    /// The text that counts for a variable.
    pub fn pick(&self, variable: &Variable, mode: Mode) -> Given {
        let layers = [
            (&self.flags, Source::Flag),
            (&self.environment, Source::Environment),
            (&self.file, Source::File),
        ];
        for (layer, source) in layers {
            if let Some(text) = layer.get(variable.name) {
                return Given { text: text.clone(), source };
            }
        }
        Given { text: variable.fallback.text(mode).to_owned(), source: Source::Default }
    }
}

/// The process's environment as text; values that are not UTF-8 are kept readable, so that they fault.
pub fn environment() -> BTreeMap<String, String> {
    std::env::vars_os()
        .map(|(name, value)| (name.to_string_lossy().into_owned(), value.to_string_lossy().into_owned()))
        .collect()
}

/// Reads a TOML file whose keys are the variables' names in lower (or upper) case.
///
/// # Errors
/// Where the file cannot be read, is not TOML, or has a key that is no variable.
pub fn file(path: &Path) -> Result<BTreeMap<String, String>, Vec<Fault>> {
    let subject = path.display().to_string();
    let text = std::fs::read_to_string(path)
        .map_err(|error| vec![Fault::new(subject.clone(), format!("cannot be read: {error}"))])?;
    // The parser's full message quotes the line, which may hold a secret.
    let table: toml::Table = text.parse().map_err(|error: toml::de::Error| {
        let line = error.span().map_or(0, |span| text[..span.start].matches('\n').count() + 1);
        vec![Fault::new(subject.clone(), format!("line {line} is not TOML: {}", error.message()))]
    })?;
    let mut values = BTreeMap::new();
    let mut faults = Vec::new();
    for (key, value) in table {
        let name = key.to_ascii_uppercase();
        match (VARIABLES.iter().any(|variable| variable.name == name), scalar(&value)) {
            (true, Some(text)) => _ = values.insert(name, text),
            (true, None) => {
                faults.push(Fault::new(&subject, format!("{key} must be a text, a number or a list")))
            }
            (false, _) => {
                faults.push(Fault::new(&subject, format!("{key} is not a variable of this version")))
            }
        }
    }
    if faults.is_empty() { Ok(values) } else { Err(faults) }
}

/// A value as the environment would have it: lists comma-separated, lists of tables as JSON.
fn scalar(value: &toml::Value) -> Option<String> {
    match value {
        toml::Value::String(text) => Some(text.clone()),
        toml::Value::Integer(number) => Some(number.to_string()),
        toml::Value::Boolean(flag) => Some(flag.to_string()),
        toml::Value::Array(entries) if entries.iter().any(toml::Value::is_table) => {
            serde_json::to_string(entries).ok()
        }
        toml::Value::Array(entries) => {
            let entries: Option<Vec<String>> = entries.iter().map(scalar).collect();
            entries.map(|entries| entries.join(","))
        }
        _ => None,
    }
}
