//! Surface B: an event's JSON array. What is relayed is what was sent, byte for byte.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rtc_wire::socketio::{ClientEvent, Relay};

fuzz_target!(|text: &str| {
    let Ok(ClientEvent::Relay(relay)) = ClientEvent::parse(text) else { return };
    assert!(text.contains(relay.body.as_str()), "the body is not what was sent");
    let written = write(&relay);
    assert_eq!(ClientEvent::parse(&written), Ok(ClientEvent::Relay(relay)), "{written}");
});

fn write(relay: &Relay) -> String {
    let text = |text: &str| serde_json::to_string(text).expect("a text is JSON");
    format!(
        r#"["{}",{{"roomId":{},"targetId":{},"{}":{}}}]"#,
        relay.kind.event(),
        text(&relay.room_id),
        text(&relay.target_id),
        relay.kind.field(),
        relay.body.as_str()
    )
}
