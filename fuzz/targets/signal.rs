//! Surface A: a text frame of a client. What is accepted says the same when it is written and read again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rtc_wire::signal::ReceivedMessage;

fuzz_target!(|text: &str| {
    let Ok(received) = ReceivedMessage::parse(text) else { return };
    let written = serde_json::to_string(&received.message).expect("what was read can be written");
    let again = ReceivedMessage::parse(&written).expect("what was written can be read");
    assert_eq!(again.message, received.message, "{written}");
});
