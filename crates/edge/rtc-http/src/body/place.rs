//! Where a body is wrong, and what is accepted there, in words for people.

use crate::ApiError;
use rtc_wire::error::ErrorDetail;
use serde_path_to_error::Segment;

/// The text is not JSON.
pub(super) fn of_broken_json(error: &serde_json::Error) -> ApiError {
    // The parser's text ends in its place, which stands in front here.
    let text = error.to_string();
    let what = text.split(" at line ").next().unwrap_or_default();
    let place = format!("line {}, column {}", error.line(), error.column());
    ApiError::invalid("", format!("the body is not acceptable JSON at {place}: {what}"))
}

/// The text is JSON, but not of the accepted shape.
pub(super) fn of_wrong_data(error: &serde_path_to_error::Error<serde_json::Error>) -> ApiError {
    let mut path: Vec<String> = error.path().iter().filter_map(segment).collect();
    let text = error.inner().to_string();
    let message = match named_field(&text) {
        Some(("missing", name)) => {
            path.push(name.to_owned());
            "is missing".to_owned()
        }
        Some((_, name)) => {
            if path.last().is_none_or(|last| last != name) {
                path.push(name.to_owned());
            }
            let accepted = text.split(", expected ").nth(1).unwrap_or("nothing");
            format!("is not a field of this body; accepted: {accepted}")
        }
        None if text.starts_with("data did not match any variant") => "is not of an accepted type".to_owned(),
        None => text,
    };
    ApiError::invalid(path.join("."), message)
}

/// The field that serde names in its text, and whether it is missing or unknown.
fn named_field(text: &str) -> Option<(&'static str, &str)> {
    let kind = match text.split_once(" field `")?.0 {
        "missing" => "missing",
        "unknown" => "unknown",
        _ => return None,
    };
    text.split('`').nth(1).map(|name| (kind, name))
}

fn segment(segment: &Segment) -> Option<String> {
    match segment {
        Segment::Seq { index } => Some(index.to_string()),
        Segment::Map { key } => Some(key.clone()),
        Segment::Enum { .. } | Segment::Unknown => None,
    }
}

/// The shape is right, a value is not.
pub(super) fn of_invalid(report: &garde::Report) -> ApiError {
    let faults = report.iter().map(|(path, error)| ErrorDetail {
        path: camel_case(&path.to_string()),
        message: in_words(error.message()),
    });
    ApiError::faults(faults.collect())
}

/// Fields are named as in Rust by the validator, and in camelCase on the wire.
fn camel_case(path: &str) -> String {
    let mut camel = String::with_capacity(path.len());
    let mut upper = false;
    for c in path.chars() {
        match c {
            '_' => upper = true,
            c if upper => {
                camel.extend(c.to_uppercase());
                upper = false;
            }
            c => camel.push(c),
        }
    }
    camel
}

/// Says what is accepted where the validator says what is not.
fn in_words(message: &str) -> String {
    let rules = [
        ("length is lower than ", "must have at least ", " characters"),
        ("length is greater than ", "must have at most ", " characters"),
        ("lower than ", "must be at least ", ""),
        ("greater than ", "must be at most ", ""),
    ];
    rules
        .iter()
        .find_map(|(given, before, after)| Some(format!("{before}{}{after}", message.strip_prefix(given)?)))
        .unwrap_or_else(|| message.to_owned())
}
