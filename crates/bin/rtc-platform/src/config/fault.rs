//! What is wrong with a configuration, one line a fault.

use super::{Given, Source, find, mask};
use std::fmt;

/// One fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The variable, or the file, that is at fault.
    pub subject: String,
    /// What is wrong and what is accepted.
    pub problem: String,
}

impl Fault {
    /// A fault of a variable (or file) in free words.
    pub fn new(subject: impl Into<String>, problem: impl Into<String>) -> Self {
        Self { subject: subject.into(), problem: problem.into() }
    }

    /// The text of a variable does not parse.
    pub(super) fn not_accepted(name: &'static str, given: &Given, accepted: &str) -> Self {
        let shown = mask::shown(find(name).show, &given.text);
        let origin = match &given.source {
            Source::Default => String::new(),
            source => format!(" ({source})"),
        };
        Self::new(name, format!("\"{}\"{origin} is not accepted; accepted: {accepted}", one_line(&shown)))
    }
}

/// A value with a line break must not make two lines of one fault.
fn one_line(text: &str) -> String {
    text.chars().flat_map(char::escape_debug).collect()
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.subject, self.problem)
    }
}

/// Every fault of a configuration; never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Faults(pub Vec<Fault>);

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, fault) in self.0.iter().enumerate() {
            if index > 0 {
                writeln!(f)?;
            }
            write!(f, "{fault}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Faults {}
