//! A stream's life by the API.

use crate::world::*;
use rtc_app::{LivestreamPatch, ParticipantFilter, SessionStatus, StreamRole, StreamStatus};
use rtc_types::ErrorCode;
use std::sync::atomic::Ordering;

#[tokio::test]
async fn a_stream_is_made_joined_left_and_ended() {
    let w = World::new().await;
    let stream = w.create("show").await;
    assert_eq!(stream.stream.status, StreamStatus::Live);
    assert_eq!(stream.stream.started_at, Some(NOW));
    let id = stream.stream.id.clone();
    w.join(&id, "ann", StreamRole::Host).await.expect("the creator hosts");
    w.join(&id, "zoe", StreamRole::Viewer).await.expect("a viewer");
    let twice = w.join(&id, "zoe", StreamRole::Viewer).await.expect_err("one place a user");
    assert_eq!(twice.code(), ErrorCode::Conflict);
    let host = w.join(&id, "max", StreamRole::Host).await.expect_err("only the creator");
    assert_eq!(host.code(), ErrorCode::Forbidden);

    w.app.leave_livestream(&w.tenant, &id, &user("zoe")).await.expect("left");
    w.app.leave_livestream(&w.tenant, &id, &user("zoe")).await.expect("again");
    w.join(&id, "zoe", StreamRole::Viewer).await.expect("and back");

    let other = w.app.end_livestream(&w.tenant, &id, &user("zoe")).await.expect_err("not the creator");
    assert_eq!(other.code(), ErrorCode::Forbidden);
    w.pass(1_000);
    let ended = w.app.end_livestream(&w.tenant, &id, &user("ann")).await.expect("ended");
    assert_eq!((ended.stream.status, ended.stream.ended_at), (StreamStatus::Ended, Some(NOW + 1_000)));
    w.app.end_livestream(&w.tenant, &id, &user("ann")).await.expect("again");
    let late = w.join(&id, "eve", StreamRole::Viewer).await.expect_err("it is over");
    assert_eq!(late.code(), ErrorCode::ValidationError);
    let left = ParticipantFilter { status: Some(SessionStatus::Left), role: None };
    let all = w.app.list_livestream_participants(&w.tenant, &id, left, 10, 0).await.expect("a list");
    assert_eq!(all.total, 3);
    assert_eq!(
        *w.rooms.asked.lock(),
        [
            "create show",
            "mint for ann",
            "mint for zoe",
            "remove zoe from show",
            "remove zoe from show",
            "mint for zoe",
            "delete show"
        ]
    );
    w.create("show").await;
}

#[tokio::test]
async fn a_media_server_that_refuses_leaves_an_error_and_a_free_name() {
    let w = World::new().await;
    w.rooms.refuses.store(true, Ordering::Relaxed);
    let refused = w.app.create_livestream(&w.tenant, draft("show")).await.expect_err("no room");
    assert_eq!(refused.code(), ErrorCode::Unavailable);
    w.rooms.refuses.store(false, Ordering::Relaxed);
    let rows = w.app.list_livestreams(&w.tenant, None, 10, 0).await.expect("a list").rows;
    assert_eq!(rows.first().map(|row| row.stream.status), Some(StreamStatus::Error));
    let stream = w.create("show").await;
    // No token, no place.
    w.rooms.refuses.store(true, Ordering::Relaxed);
    let refused = w.join(&stream.stream.id, "zoe", StreamRole::Viewer).await.expect_err("no token");
    assert_eq!(refused.code(), ErrorCode::Unavailable);
    w.rooms.refuses.store(false, Ordering::Relaxed);
    w.join(&stream.stream.id, "zoe", StreamRole::Viewer).await.expect("a place");
}

#[tokio::test]
async fn a_full_stream_says_so_and_a_place_that_nobody_came_for_is_freed() {
    let w = World::new().await;
    let id = w.create("show").await.stream.id;
    let patch = LivestreamPatch { max_participants: Some(1), ..LivestreamPatch::default() };
    w.app.update_livestream(&w.tenant, &id, patch).await.expect("changed");
    assert_eq!(w.rooms.asked.lock().last().map(String::as_str), Some("update show to 1"));
    w.join(&id, "zoe", StreamRole::Viewer).await.expect("a place");
    let full = w.join(&id, "max", StreamRole::Viewer).await.expect_err("full");
    assert_eq!(full.code(), ErrorCode::RoomFull);
    w.pass(rtc_app::PLACE_KEPT_MS - 1);
    w.app.sweep_livestreams().await;
    assert!(w.join(&id, "max", StreamRole::Viewer).await.is_err());
    w.pass(2);
    w.app.sweep_livestreams().await;
    w.join(&id, "max", StreamRole::Viewer).await.expect("a place");
}
