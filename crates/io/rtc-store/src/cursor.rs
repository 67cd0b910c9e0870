//! Where a page of a list ended, as an opaque text.

use crate::sql::to_db;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use rtc_types::Millis;
use std::{fmt, str::FromStr};

/// The last row of a page; the next page starts behind it.
///
/// Lists run from the newest row to the oldest, and by descending id among rows of one millisecond, so a
/// row that is created or deleted meanwhile neither repeats nor hides another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    pub(crate) created_at: Millis,
    pub(crate) id: String,
}

impl Cursor {
    /// The row that a page starts behind, as a statement's values; without a cursor, one that is above all rows.
    pub(crate) fn start(after: Option<&Cursor>) -> (i64, &str) {
        after.map_or((i64::MAX, ""), |cursor| (to_db(cursor.created_at), &cursor.id))
    }
}

/// A text that no list of this server gave as a cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidCursor;

impl fmt::Display for InvalidCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("must be the next-page cursor of an earlier answer")
    }
}

impl std::error::Error for InvalidCursor {}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&URL_SAFE_NO_PAD.encode(format!("{} {}", self.created_at, self.id)))
    }
}

impl FromStr for Cursor {
    type Err = InvalidCursor;

    fn from_str(text: &str) -> Result<Self, InvalidCursor> {
        let plain = URL_SAFE_NO_PAD.decode(text).map_err(|_| InvalidCursor)?;
        let plain = String::from_utf8(plain).map_err(|_| InvalidCursor)?;
        let (created_at, id) = plain.split_once(' ').ok_or(InvalidCursor)?;
        let created_at: Millis = created_at.parse().map_err(|_| InvalidCursor)?;
        if i64::try_from(created_at).is_err() || id.is_empty() || id.contains('\0') {
            return Err(InvalidCursor);
        }
        Ok(Cursor { created_at, id: id.to_owned() })
    }
}

/// One page of a list, newest first.
#[derive(Clone, Debug)]
pub struct Page<T> {
    /// At most as many as were asked for.
    pub rows: Vec<T>,
    /// Where the next page starts; `None` when this is the last.
    pub next: Option<Cursor>,
}

impl<T> Page<T> {
    /// Makes a page of at most `limit` out of `rows`, which were read with a limit of one more.
    pub(crate) fn cut(mut rows: Vec<T>, limit: u32, position: impl Fn(&T) -> Cursor) -> Self {
        let more = rows.len() > limit as usize;
        rows.truncate(limit as usize);
        let next = if more { rows.last().map(position) } else { None };
        Page { rows, next }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_survives_the_way_through_a_url() {
        let cursor = Cursor { created_at: 1_800_000_000_000, id: "daily stand-up é".into() };
        let text = cursor.to_string();
        assert!(text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'), "{text}");
        assert_eq!(text.parse(), Ok(cursor));
    }

    #[test]
    fn a_text_that_is_not_a_cursor_is_refused() {
        let encode = |plain: &str| URL_SAFE_NO_PAD.encode(plain);
        for text in [
            "",
            "???",
            "YQ",
            &encode("12"),
            &encode("x id"),
            &encode("1 "),
            &encode("18446744073709551615 id"),
        ] {
            assert_eq!(text.parse::<Cursor>(), Err(InvalidCursor), "{text}");
        }
    }

    #[test]
    fn the_last_page_has_no_cursor() {
        let at = |n: &u64| Cursor { created_at: *n, id: "x".into() };
        assert_eq!(Page::cut(vec![3, 2], 2, at).next, None);
        let page = Page::cut(vec![3, 2, 1], 2, at);
        assert_eq!(page.rows, [3, 2]);
        assert_eq!(page.next, Some(at(&2)));
    }
}
