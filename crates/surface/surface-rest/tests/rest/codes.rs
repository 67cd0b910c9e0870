//! Every error code has a request that produces it.

use crate::world::{World, as_admin};
use rtc_http::HttpLimits;
use rtc_types::ErrorCode;
use serde_json::json;

/// Codes that only signaling and the other doors of a room give.
const SIGNALING_ONLY: [ErrorCode; 12] = [
    ErrorCode::InvalidMessage,
    ErrorCode::InvalidToken,
    ErrorCode::TokenExpired,
    ErrorCode::RoomFull,
    ErrorCode::NotInRoom,
    ErrorCode::AlreadyInRoom,
    ErrorCode::RoomNotFound,
    ErrorCode::PeerNotFound,
    ErrorCode::Kicked,
    ErrorCode::Replaced,
    ErrorCode::RoomClosed,
    // A tenant's backend may do everything in its own rooms; only peers of a lesser role are forbidden.
    ErrorCode::Forbidden,
];

async fn produce(code: ErrorCode) -> Option<crate::world::Answer> {
    let world = World::new().await;
    let owner = world.as_owner();
    let room = json!({ "name": "a" });
    Some(match code {
        ErrorCode::ValidationError => world.call("POST", "/rooms", &owner, json!({})).await,
        ErrorCode::Unauthorized => world.get("/rooms", &vec![]).await,
        ErrorCode::NotFound => world.get("/rooms/nothing", &owner).await,
        ErrorCode::MethodNotAllowed => {
            let answer = world.send("PUT", "/rooms", &owner, None).await;
            let allow = answer.header("allow").expect("Allow").to_owned();
            assert!(allow.contains("GET") && allow.contains("POST"), "{allow}");
            answer
        }
        ErrorCode::Conflict => {
            let path = format!("/apps/{}", world.owner.0);
            world.call("PATCH", &path, &as_admin(), json!({ "limits": { "roomsMax": 1 } })).await.expect(200);
            world.call("POST", "/rooms", &owner, room.clone()).await.expect(201);
            world.call("POST", "/rooms", &owner, room).await
        }
        ErrorCode::PayloadTooLarge => {
            world.call("POST", "/rooms", &owner, json!({ "name": "x".repeat(256 * 1024) })).await
        }
        ErrorCode::UnsupportedMediaType => {
            world.send("POST", "/rooms", &owner, Some(room.to_string().into_bytes())).await
        }
        ErrorCode::IdempotencyMismatch => {
            let keyed = [owner, vec![("idempotency-key", "once".to_owned())]].concat();
            world.call("POST", "/rooms", &keyed, room).await.expect(201);
            world.call("POST", "/rooms", &keyed, json!({ "name": "b" })).await
        }
        ErrorCode::RateLimitExceeded => {
            let limits = HttpLimits { rate_per_address_per_s: 1, ..HttpLimits::default() };
            over_the_rate(&World::limited(limits).await, &vec![]).await
        }
        ErrorCode::InternalError => {
            let answer = world.get("/panic", &vec![]).await;
            assert!(!answer.text.contains("the-inner-text"), "{}", answer.text);
            answer
        }
        ErrorCode::Unavailable => {
            world.get("/rooms", &owner).await.expect(200);
            world.server.store.close().await;
            world.get("/rooms", &owner).await
        }
        _ => return None,
    })
}

/// Asks until it is refused for the rate.
async fn over_the_rate(world: &World, headers: &crate::world::Headers) -> crate::world::Answer {
    for _ in 0..1000 {
        let answer = world.get("/rooms", headers).await;
        if answer.status == 429 {
            return answer;
        }
    }
    panic!("never refused");
}

#[tokio::test]
async fn every_code_is_produced_or_belongs_to_signaling() {
    for code in ErrorCode::ALL {
        match produce(*code).await {
            Some(answer) => {
                assert!(!SIGNALING_ONLY.contains(code), "{code} has a producer");
                answer.expect_error(rtc_wire::error::status(*code), code.as_str(), code.as_str());
            }
            None => assert!(SIGNALING_ONLY.contains(code), "{code} has no producer"),
        }
    }
}

#[tokio::test]
async fn an_app_over_its_rate_is_told_when_to_come_back_and_holds_nobody_else_up() {
    let world = World::limited(HttpLimits { rate_per_app_per_s: 1, ..HttpLimits::default() }).await;
    let refused = over_the_rate(&world, &world.as_owner()).await;
    refused.expect_error(429, "RATE_LIMIT_EXCEEDED", "an app");
    assert!(refused.header("retry-after").unwrap().parse::<u64>().unwrap() >= 1);
    world.get("/rooms", &world.as_stranger()).await.expect(200);
}

#[tokio::test]
async fn guessing_secrets_is_limited_by_address() {
    let world = World::limited(HttpLimits { rate_per_address_per_s: 1, ..HttpLimits::default() }).await;
    let guess = vec![("x-app-id", world.owner.0.clone()), ("x-app-secret", "guess".to_owned())];
    over_the_rate(&world, &guess).await.expect_error(429, "RATE_LIMIT_EXCEEDED", "guessing");
    let guess = vec![("authorization", "Bearer guess".to_owned())];
    for _ in 0..1000 {
        if world.get("/apps", &guess).await.status == 429 {
            return;
        }
    }
    panic!("guessing the admin key was never refused");
}
