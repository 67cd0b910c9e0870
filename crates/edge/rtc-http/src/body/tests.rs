//! What a body may not be, and how the client is told.

use super::*;
use garde::Validate;
use rtc_wire::rest::{CreateRoom, CreateToken, RotateSecret, UpdateApp};

fn fault<T: DeserializeOwned + Validate<Context = ()> + std::fmt::Debug>(raw: &[u8]) -> (String, String) {
    let error = parse::<T>(raw).expect_err("refused");
    assert_eq!(error.code(), ErrorCode::ValidationError);
    let text = format!("{error:?}");
    let value = |name: &str| {
        let from = text.rfind(&format!("{name}: \"")).expect("a detail") + name.len() + 3;
        text[from..]
            .split("\" }")
            .next()
            .unwrap_or_default()
            .split("\", message")
            .next()
            .unwrap_or_default()
            .to_owned()
    };
    (value("path"), value("message"))
}

#[test]
fn each_fault_names_its_place() {
    for (raw, path, message) in [
        (r#"{"maxParticipants":3}"#, "name", "is missing"),
        (r#"{"name":"a","metadata":3}"#, "metadata", "map"),
        (r#"{"name":"a","maxParticipants":1}"#, "maxParticipants", "must be at least 2"),
        (r#"{"name":"a","maxParticipants":1001}"#, "maxParticipants", "must be at most 1000"),
        (r#"{"name":"a","maxParticipants":2.5}"#, "maxParticipants", "floating point"),
        (r#"{"name":""}"#, "name", "at least 1 characters"),
        (r#"{"name":"a","shoe":1}"#, "shoe", "is not a field"),
        (r#"{"name":"a","topology":"ring"}"#, "topology", "p2p, sfu, auto"),
        (r#"["a"]"#, "", "JSON object"),
    ] {
        let (at, what) = fault::<CreateRoom>(raw.as_bytes());
        assert_eq!(at, path, "{raw}: {what}");
        assert!(what.contains(message), "{raw}: {what}");
    }
    assert_eq!(fault::<UpdateApp>(br#"{"limits":{"roomsMax":0}}"#).0, "limits.roomsMax");
    assert_eq!(fault::<UpdateApp>(br#"{"limits":{"x":0}}"#).0, "limits.x");
    assert_eq!(fault::<UpdateApp>(br#"{"limits":{"roomsMax":"1"}}"#).0, "limits.roomsMax");
    let (at, what) = fault::<UpdateApp>(br#"{"limits":[1,2]}"#);
    assert_eq!(at, "limits");
    assert!(what.contains("expected an object"), "{what}");
    assert_eq!(fault::<CreateToken>(br#"{"userId":"a","expiresIn":[]}"#).1, "is not of an accepted type");
}

#[test]
fn what_two_parsers_could_read_in_two_ways_is_refused() {
    for raw in [
        &br#"{"name":"a","name":"b"}"#[..],
        br#"{"name":"a","metadata":{"x":{"k":1,"k":2}}}"#,
        br#"{"name":"\ud800"}"#,
        br#"{"name":"a","metadata":{"n":1e400}}"#,
        br#"{"name":"a","metadata":{"n":NaN}}"#,
        br#"{"name":"a"} {}"#,
        b"{\"name\":\"\xff\"}",
        b"\xef\xbb\xbf{\"name\":\"a\"}",
        b"",
        b"{",
    ] {
        let (path, message) = fault::<CreateRoom>(raw);
        assert_eq!(path, "");
        assert!(message.contains("line"), "{message}");
    }
    let bomb = format!("{{\"name\":\"a\",\"metadata\":{{\"d\":{}", "[".repeat(100_000));
    assert!(fault::<CreateRoom>(bomb.as_bytes()).1.contains("recursion"));
}

#[test]
fn an_acceptable_body_is_taken() {
    assert_eq!(parse::<RotateSecret>(br#" {"graceHours":0} "#).expect("taken").grace_hours, Some(0));
    assert!(parse::<UpdateApp>(br#"{"limits":null}"#).is_ok_and(|app| app.limits.is_none()));
    assert!(parse::<UpdateApp>(br#"{"limits":{"roomsMax":3}}"#).is_ok_and(|app| app.limits.is_some()));
    assert!(parse::<CreateRoom>(br#"{"name":"caf\u00e9","metadata":{"a":[1,{"b":null}]}}"#).is_ok());
}

#[test]
fn the_content_type_is_json_in_utf8() {
    let check = |value: &'static str| {
        check_content_type(&HeaderMap::from_iter([(header::CONTENT_TYPE, value.parse().expect("header"))]))
    };
    for good in ["application/json", "Application/JSON; charset=UTF-8", "application/json;charset=\"utf-8\""]
    {
        assert!(check(good).is_ok(), "{good}");
    }
    for bad in [
        "text/plain",
        "application/jsonx",
        "application/json; charset=utf-16",
        "",
        "text/json, application/json",
    ] {
        assert_eq!(check(bad).expect_err("refused").code(), ErrorCode::UnsupportedMediaType, "{bad}");
    }
    assert!(check_content_type(&HeaderMap::new()).is_err());
}
