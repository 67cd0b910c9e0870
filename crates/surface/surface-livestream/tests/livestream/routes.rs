//! The table of routes, case by case.

use crate::world::*;
use rtc_auth::livekit::{AccessClaims, ApiKey, VideoGrant};
use serde_json::json;

#[tokio::test]
async fn a_livestream_is_made_listed_changed_joined_left_and_ended() {
    let w = World::new().await;
    let body =
        json!({ "roomName": "my show!", "title": "T", "createdBy": "ann", "metadata": { "a": 1 }, "x": 1 });
    let (status, made) = w.ask(As::Owner, "POST", "/livestreams", Some(body.clone())).await;
    assert_eq!(status, 201);
    let stream = &made["data"];
    assert_eq!((&stream["roomName"], &stream["status"]), (&json!("my-show-"), &json!("LIVE")));
    assert_eq!((&stream["maxParticipants"], &stream["emptyTimeout"]), (&json!(100), &json!(86_400)));
    assert_eq!((&stream["metadata"], &stream["endedAt"]), (&json!({ "a": 1 }), &json!(null)));
    assert_eq!(stream["startedAt"], "2027-01-15T08:00:00.000Z");
    let id = stream["id"].as_str().expect("an id");
    let path = format!("/livestreams/{id}");
    let (status, taken) = w.ask(As::Owner, "POST", "/livestreams", Some(body)).await;
    assert_eq!((status, &taken["error"]["code"]), (409, &json!("CONFLICT")));

    let (_, list) = w.ask(As::Owner, "GET", "/livestreams?status=LIVE&limit=10&offset=0", None).await;
    assert_eq!((&list["count"], &list["total"], &list["data"][0]["id"]), (&json!(1), &json!(1), &json!(id)));
    let (status, wrong) = w.ask(As::Owner, "GET", "/livestreams?status=LOUD", None).await;
    assert_eq!((status, &wrong["error"]["details"][0]["path"]), (400, &json!("status")));
    let (_, changed) =
        w.ask(As::Owner, "PATCH", &path, Some(json!({ "title": "New", "maxParticipants": 2 }))).await;
    assert_eq!(
        (&changed["data"]["title"], &changed["data"]["metadata"]),
        (&json!("New"), &json!({ "a": 1 }))
    );

    let join = |user: &str, role: &str| Some(json!({ "userId": user, "displayName": "Z", "role": role }));
    let (status, joined) = w.ask(As::Owner, "POST", &format!("{path}/join"), join("zoe", "VIEWER")).await;
    assert_eq!((status, &joined["data"]["token"]), (200, &json!("token of zoe")));
    assert_eq!(joined["data"]["url"], format!("ws://{}", w.server.address));
    assert_eq!(joined["data"]["participant"]["status"], "JOINED");
    for (user, role, status, code) in [
        ("zoe", "VIEWER", 409, "CONFLICT"),
        ("max", "HOST", 403, "FORBIDDEN"),
        ("max", "LISTENER", 400, "VALIDATION_ERROR"),
    ] {
        let (found, refused) = w.ask(As::Owner, "POST", &format!("{path}/join"), join(user, role)).await;
        assert_eq!((found, &refused["error"]["code"]), (status, &json!(code)), "{user} {role}");
    }
    w.ask(As::Owner, "POST", &format!("{path}/join"), join("ann", "HOST")).await;
    let (status, full) = w.ask(As::Owner, "POST", &format!("{path}/join"), join("max", "VIEWER")).await;
    assert_eq!((status, &full["error"]["code"]), (409, &json!("ROOM_FULL")));
    for _ in 0..2 {
        let left = w.ask(As::Owner, "POST", &format!("{path}/leave"), Some(json!({ "userId": "zoe" }))).await;
        assert!(left.0 == 200 && left.1["message"].is_string(), "{left:?}");
    }
    let (_, left) =
        w.ask(As::Owner, "GET", &format!("{path}/participants?status=LEFT&role=VIEWER"), None).await;
    assert_eq!((&left["total"], &left["data"][0]["userId"]), (&json!(1), &json!("zoe")));

    let end = |user: &str| Some(json!({ "requestingUserId": user }));
    assert_eq!(w.ask(As::Owner, "DELETE", &path, end("zoe")).await.0, 403);
    for _ in 0..2 {
        let (status, ended) = w.ask(As::Owner, "DELETE", &path, end("ann")).await;
        assert_eq!((status, &ended["data"]["status"]), (200, &json!("ENDED")));
        assert!(ended["message"].is_string());
    }
    let (status, over) = w.ask(As::Owner, "POST", &format!("{path}/join"), join("eve", "VIEWER")).await;
    assert_eq!((status, &over["error"]["code"]), (400, &json!("VALIDATION_ERROR")));
    let (_, state) = w.ask(As::Nobody, "GET", &format!("{path}/state"), None).await;
    assert_eq!(state["data"]["status"], "ENDED");
}

#[tokio::test]
async fn errors_have_this_surfaces_shape() {
    let w = World::new().await;
    let id = w.create("show").await;
    let refused = json!({ "roomName": "refused", "title": "T", "createdBy": "ann" });
    for (who, method, path, body, status, code) in [
        (As::Nobody, "GET", "/livestreams".to_owned(), None, 401, "UNAUTHORIZED"),
        (As::Bearer("x.y.z"), "GET", "/livestreams".to_owned(), None, 401, "UNAUTHORIZED"),
        (As::Stranger, "GET", format!("/livestreams/{id}"), None, 404, "NOT_FOUND"),
        (
            As::Owner,
            "POST",
            "/livestreams".to_owned(),
            Some(json!({ "title": "x" })),
            400,
            "VALIDATION_ERROR",
        ),
        (As::Owner, "POST", "/livestreams".to_owned(), Some(refused), 503, "UNAVAILABLE"),
        (As::Nobody, "GET", "/livestreams/none/state".to_owned(), None, 404, "NOT_FOUND"),
        (As::Nobody, "GET", "/livestreams/none/events".to_owned(), None, 404, "NOT_FOUND"),
        (As::Nobody, "POST", "/webhooks/livekit".to_owned(), Some(json!({})), 401, "UNAUTHORIZED"),
        (As::Nobody, "GET", "/webhook-endpoints".to_owned(), None, 401, "UNAUTHORIZED"),
        (As::Owner, "DELETE", "/webhook-endpoints/none".to_owned(), None, 404, "NOT_FOUND"),
    ] {
        let (found, answer) = w.ask(who, method, &path, body).await;
        assert_eq!((found, &answer["error"]["code"]), (status, &json!(code)), "{method} {path}: {answer}");
        assert!(answer["requestId"].is_string() && answer["error"]["message"].is_string(), "{answer}");
    }
}

#[tokio::test]
async fn a_user_with_a_token_acts_for_itself_only() {
    let w = World::new().await;
    let id = w.create("show").await;
    let tenant = w.server.app.authenticate(&w.owner.0, &w.owner.1).await.expect("the owner");
    let draft = rtc_app::RoomDraft {
        name: "any".into(),
        max_participants: 2,
        topology: rtc_types::TopologySetting::P2p,
        metadata: None,
        empty_timeout_s: None,
    };
    let made = w.server.app.create_room(&tenant, draft, None).await.expect("a room");
    let rtc_app::IdempotentAnswer::First(room) = made else { panic!("no key was used") };
    let draft = rtc_app::TokenDraft {
        user_id: rtc_types::UserId::new("zoe").expect("an id"),
        role: rtc_types::Role::Participant,
        life_s: None,
        metadata: None,
    };
    let made = w.server.app.create_token(&tenant, &room.id, draft, None).await.expect("a token");
    let rtc_app::IdempotentAnswer::First(minted) = made else { panic!("no key was used") };
    let zoe = As::Bearer(&minted.token);
    let path = format!("/livestreams/{id}/join");
    let join = |user: &str| Some(json!({ "userId": user, "displayName": "Z", "role": "VIEWER" }));
    assert_eq!(w.ask(zoe, "POST", &path, join("max")).await.0, 403);
    assert_eq!(w.ask(zoe, "POST", &path, join("zoe")).await.0, 200);
    let title = Some(json!({ "title": "Mine" }));
    assert_eq!(w.ask(zoe, "PATCH", &format!("/livestreams/{id}"), title).await.0, 403);
    let own = |user: &str| Some(json!({ "roomName": user, "title": "T", "createdBy": user }));
    assert_eq!(w.ask(zoe, "POST", "/livestreams", own("ann")).await.0, 403);
    assert_eq!(w.ask(zoe, "POST", "/livestreams", own("zoe")).await.0, 201);
    // Endpoints are the backend's.
    assert_eq!(w.ask(zoe, "GET", "/webhook-endpoints", None).await.0, 401);
    w.server.app.revoke_token(&tenant, &minted.jti).await.expect("revoked");
    assert_eq!(w.ask(zoe, "GET", "/livestreams", None).await.0, 401);
}

#[tokio::test]
async fn endpoints_are_registered_tested_and_show_their_log() {
    let w = World::new().await;
    let (status, wrong) =
        w.ask(As::Owner, "POST", "/webhook-endpoints", Some(json!({ "url": "ftp://x" }))).await;
    assert_eq!((status, &wrong["error"]["details"][0]["path"]), (400, &json!("url")));
    let body = json!({ "url": "https://example.com/hook", "events": ["*"] });
    let (status, made) = w.ask(As::Owner, "POST", "/webhook-endpoints", Some(body)).await;
    assert_eq!(status, 201);
    assert!(made["data"]["secret"].as_str().is_some_and(|secret| secret.starts_with("whsec_")));
    let path = format!("/webhook-endpoints/{}", made["data"]["id"].as_str().expect("an id"));
    let (_, list) = w.ask(As::Owner, "GET", "/webhook-endpoints", None).await;
    assert_eq!((&list["count"], &list["data"][0]["secret"]), (&json!(1), &json!(null)));
    let (_, sent) = w.ask(As::Owner, "POST", &format!("{path}/test"), None).await;
    let id = sent["data"]["deliveryId"].as_str().expect("an id");
    let (_, log) = w.ask(As::Owner, "GET", &format!("{path}/deliveries"), None).await;
    assert_eq!((&log["data"][0]["id"], &log["data"][0]["status"]), (&json!(id), &json!("waiting")));
    let replay = format!("{path}/deliveries/{id}/replay");
    assert_eq!(w.ask(As::Owner, "POST", &replay, None).await.0, 404);
    let due = w.server.app.claim_deliveries(1).await.expect("claimed").remove(0);
    let settled = rtc_app::Settled::Delivered { status: 200 };
    w.server.app.settle_delivery(&due.delivery, &settled).await.expect("settled");
    let (status, replayed) = w.ask(As::Owner, "POST", &replay, None).await;
    assert_eq!((status, &replayed["data"]["responseStatus"]), (200, &json!(200)));
    assert_eq!(w.ask(As::Stranger, "DELETE", &path, None).await.0, 404);
    assert_eq!(w.ask(As::Owner, "DELETE", &path, None).await.0, 200);
}

#[tokio::test]
async fn more_participants_than_the_media_server_takes_are_refused() {
    let w = World::new().await;
    let id = w.create("show").await;
    let body = json!({ "roomName": "big", "title": "T", "createdBy": "ann", "maxParticipants": 501 });
    for (method, path, body) in [
        ("POST", "/livestreams".to_owned(), body),
        ("PATCH", format!("/livestreams/{id}"), json!({ "maxParticipants": 501 })),
    ] {
        let (status, refused) = w.ask(As::Owner, method, &path, Some(body)).await;
        assert_eq!((status, &refused["error"]["details"][0]["path"]), (400, &json!("maxParticipants")));
    }
    assert_eq!(w.ask(As::Owner, "GET", "/livestreams", None).await.1["total"], 1, "nothing was made");
}

#[tokio::test]
async fn streams_of_a_private_app_are_watched_with_its_tokens_only() {
    let w = World::new().await;
    let id = w.create("show").await;
    let state = format!("/livestreams/{id}/state");
    assert_eq!(w.ask(As::Nobody, "GET", &state, None).await.0, 200, "public unless said otherwise");
    w.make_private().await;

    let key = |(id, secret): &(String, String)| ApiKey::new(id.as_str(), secret);
    let claims = |room: &str| AccessClaims {
        sub: "zoe".into(),
        exp: NOW / 1000 + 60,
        video: Some(VideoGrant { room_join: true, room: room.into(), ..VideoGrant::default() }),
        ..AccessClaims::default()
    };
    let join = key(&w.owner).mint(&claims("show"));
    let elsewhere = key(&w.owner).mint(&claims("another"));
    let strange = key(&w.stranger).mint(&claims("show"));
    for path in [&state, &format!("/livestreams/{id}/events")] {
        for (who, path) in [
            (As::Nobody, path.clone()),
            (As::Stranger, path.clone()),
            (As::Bearer("x.y.z"), path.clone()),
            (As::Bearer(&elsewhere), path.clone()),
            (As::Bearer(&strange), path.clone()),
            (As::Nobody, format!("{path}?token={strange}")),
        ] {
            let (status, refused) = w.ask(who, "GET", &path, None).await;
            assert_eq!((status, &refused["error"]["code"]), (401, &json!("UNAUTHORIZED")), "{path}");
        }
    }
    for (who, path) in [
        (As::Owner, state.clone()),
        (As::Bearer(&join), state.clone()),
        (As::Nobody, format!("{state}?token={join}")),
    ] {
        assert_eq!(w.ask(who, "GET", &path, None).await.0, 200, "{path}");
    }
    let events = w.client.get(w.url(&format!("/livestreams/{id}/events?token={join}"))).send().await;
    assert_eq!(events.expect("an answer").status().as_u16(), 200);
    assert_eq!(
        w.ask(As::Owner, "GET", "/livestreams/00000000-0000-4000-8000-000000000000/state", None).await.0,
        404
    );
}

#[test]
fn pages_of_every_origin_may_read_what_is_public_and_join_with_a_token() {
    let id = "/api/v1/livestreams/0";
    for path in ["/state", "/events", "/join", "/leave"] {
        assert!(surface_livestream::is_for_every_page(&format!("{id}{path}")), "{path}");
    }
    for path in
        ["/api/v1/livestreams", id, "/api/v1/livestreams/0/participants", "/api/v1/webhook-endpoints/0/test"]
    {
        assert!(!surface_livestream::is_for_every_page(path), "{path}");
    }
}
