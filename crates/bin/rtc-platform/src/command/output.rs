//! What a command prints: a text for people, a value for programs.

use crate::exit::Failure;
use serde::Serialize;
use serde_json::Value;

/// A result in both forms.
#[derive(Debug)]
pub struct Output {
    text: String,
    value: Option<Value>,
}

impl Output {
    /// A value and how people read it.
    pub fn new(value: &impl Serialize, text: String) -> Result<Self, Failure> {
        let value = serde_json::to_value(value).map_err(Failure::failed)?;
        Ok(Self { text, value: Some(value) })
    }

    /// A document that is the same for people and programs.
    pub fn document(text: String) -> Self {
        Self { text, value: None }
    }

    /// Nothing to print.
    pub fn none() -> Self {
        Self::document(String::new())
    }

    /// What goes to standard output.
    pub fn render(&self, json: bool) -> String {
        match &self.value {
            Some(value) if json => format!("{value:#}"),
            _ => self.text.clone(),
        }
    }
}

/// Columns, each as wide as its longest cell.
pub fn table(head: &[&str], rows: &[Vec<String>]) -> String {
    let width = |column: usize| {
        let cells = rows.iter().map(|row| row[column].chars().count());
        cells.chain([head[column].chars().count()]).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..head.len()).map(width).collect();
    let line = |cells: Vec<&str>| {
        let padded = cells.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}"));
        padded.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    let mut lines = vec![line(head.to_vec())];
    lines.extend(rows.iter().map(|row| line(row.iter().map(String::as_str).collect())));
    lines.join("\n")
}

/// The faults of an input, as `path: message`, one a line.
pub fn accepted<T: garde::Validate<Context = ()>>(input: &T) -> Result<(), Failure> {
    input.validate().map_err(|report| {
        let lines: Vec<String> = report.iter().map(|(path, error)| format!("{path}: {error}")).collect();
        Failure::Usage(lines.join("\n"))
    })
}

/// The answer of a use case that was asked without an idempotency key.
pub fn first<T>(answer: rtc_app::IdempotentAnswer<T>) -> Result<T, Failure> {
    match answer {
        rtc_app::IdempotentAnswer::First(value) => Ok(value),
        rtc_app::IdempotentAnswer::Repeat(_) => Err(Failure::failed("a command was taken for a repeat")),
    }
}
