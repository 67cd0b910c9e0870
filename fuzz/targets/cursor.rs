//! The cursor of a list's next page.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rtc_store::Cursor;

fuzz_target!(|text: &str| {
    let Ok(cursor) = text.parse::<Cursor>() else { return };
    assert_eq!(cursor.to_string().parse(), Ok(cursor));
});
