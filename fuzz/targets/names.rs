//! Ids, and the names of closed sets. An id that is accepted keeps its text on every way.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rtc_types::{AppId, Jti, LeaveReason, MediaKind, Role, RoomId, SeatId, TopologySetting, UserId};
use std::{fmt::Display, str::FromStr};

fuzz_target!(|text: &str| {
    id::<AppId>(text);
    id::<RoomId>(text);
    id::<UserId>(text);
    id::<SeatId>(text);
    id::<Jti>(text);
    name::<Role>(text);
    name::<MediaKind>(text);
    name::<LeaveReason>(text);
    name::<TopologySetting>(text);
});

fn id<Id>(text: &str)
where
    Id: FromStr + Display + PartialEq + serde::Serialize + for<'de> serde::Deserialize<'de>,
{
    let Ok(id) = text.parse::<Id>() else {
        let json = serde_json::to_string(text).expect("a text is JSON");
        assert!(serde_json::from_str::<Id>(&json).is_err(), "JSON is a way around the check of {text:?}");
        return;
    };
    assert_eq!(id.to_string(), text);
    let json = serde_json::to_string(&id).expect("an id is JSON");
    assert!(serde_json::from_str::<Id>(&json).is_ok_and(|again| again == id));
}

fn name<Name: FromStr + Display>(text: &str) {
    if let Ok(name) = text.parse::<Name>() {
        assert_eq!(name.to_string(), text);
    }
}
