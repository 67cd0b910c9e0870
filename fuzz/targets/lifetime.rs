//! The life of a token: `90s`, `15m`, `1h`, or seconds.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rtc_types::limits::{TOKEN_LIFE_S_MAX, TOKEN_LIFE_S_MIN};
use rtc_wire::rest::Lifetime;

fuzz_target!(|text: &str| {
    for lifetime in [Some(Lifetime::Text(text.to_owned())), serde_json::from_str(text).ok()].into_iter().flatten() {
        let Ok(seconds) = lifetime.seconds() else { continue };
        assert!((TOKEN_LIFE_S_MIN..=TOKEN_LIFE_S_MAX).contains(&seconds), "{text:?} is {seconds} s");
        assert_eq!(Lifetime::Text(format!("{seconds}s")).seconds(), Ok(seconds));
    }
});
