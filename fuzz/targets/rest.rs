//! Surface A: the body of each REST request. The first byte chooses the route.
#![no_main]

use garde::Validate;
use libfuzzer_sys::fuzz_target;
use rtc_wire::rest::{CreateApp, CreateRoom, CreateToken, MuteParticipant, RotateSecret, UpdateApp, UpdateRoom};
use serde::{Serialize, de::DeserializeOwned};

fuzz_target!(|input: (u8, &[u8])| {
    let (route, body) = input;
    match route % 7 {
        0 => check::<CreateApp>(body),
        1 => check::<UpdateApp>(body),
        2 => check::<RotateSecret>(body),
        3 => check::<CreateRoom>(body),
        4 => check::<UpdateRoom>(body),
        5 => check::<CreateToken>(body),
        _ => check::<MuteParticipant>(body),
    }
});

/// A body that is accepted is accepted again when it is written from what was read.
fn check<Body: DeserializeOwned + Serialize + Validate<Context = ()>>(body: &[u8]) {
    let Ok(read) = serde_json::from_slice::<Body>(body) else { return };
    if read.validate().is_err() {
        return;
    }
    let written = serde_json::to_vec(&read).expect("what was read can be written");
    let again: Body = serde_json::from_slice(&written).expect("what was written can be read");
    again.validate().expect("what was valid stays valid");
}
