//! Webhooks in and out.

use crate::world::*;
use rtc_app::{DeliveryState, JobState, Settled, StreamRole, StreamStatus};
use rtc_auth::{livekit::ApiKey, standard_webhook::EndpointSecret};
use rtc_types::ErrorCode;
use serde_json::json;

#[tokio::test]
async fn a_webhook_that_nobody_of_ours_signed_is_not_queued() {
    let w = World::new().await;
    let stream = w.create("show").await;
    let body = w.event(&stream, "1", "room_finished", None).to_string();
    let good = w.key.sign_webhook(body.as_bytes(), w.now());
    let foreign = ApiKey::new("app", "another secret").sign_webhook(body.as_bytes(), w.now());
    let unknown = ApiKey::new("nobody", "secret").sign_webhook(body.as_bytes(), w.now());
    let changed = body.replace("room_finished", "room_started");
    for (authorization, body) in
        [("", &body), ("x.y.z", &body), (&foreign, &body), (&unknown, &body), (&good, &changed)]
    {
        let refused = w.app.accept_webhook(authorization, body.as_bytes()).await.expect_err("refused");
        assert_eq!(refused.code(), ErrorCode::Unauthorized, "{authorization}");
    }
    let unnamed = w.post(&json!({ "event": "room_finished" })).await.expect_err("no id");
    assert_eq!(unnamed.code(), ErrorCode::ValidationError);
    assert_eq!(w.app.count_webhooks().await.expect("counts"), rtc_app::JobCounts::default());
    w.app.accept_webhook(&good, body.as_bytes()).await.expect("accepted");
    assert_eq!(w.app.count_webhooks().await.expect("counts").waiting, 1);
}

#[tokio::test]
async fn what_was_accepted_is_applied_once_also_after_a_kill() {
    let mut w = World::new().await;
    let stream = w.create("show").await;
    let id = stream.stream.id.clone();
    w.join(&id, "zoe", StreamRole::Viewer).await.expect("a place");
    for _ in 0..3 {
        for (n, name) in ["zoe", "max"].into_iter().enumerate() {
            let joined =
                w.event(&stream, &format!("j{n}"), "participant_joined", Some((name, &format!("PA_{n}"))));
            w.post(&joined).await.expect("accepted");
        }
    }
    w.restart().await;
    assert_eq!(w.app.work_once().await.expect("worked"), 2);
    let state = w.app.livestream_state(&id).await.expect("a state");
    assert_eq!((state.viewer_count, state.total_viewers, state.peak_viewer_count), (2, 2, 2));
    let mut participants = state.participants;
    participants.sort();
    assert_eq!(participants, ["max", "zoe"]);
    // The same ids once more are no news.
    w.session(&stream, "j0", "participant_joined", "zoe", "PA_0").await;
    w.session(&stream, "l0", "participant_left", "zoe", "PA_0").await;
    w.session(&stream, "l0", "participant_left", "zoe", "PA_0").await;
    assert_eq!(w.app.livestream_state(&id).await.expect("a state").viewer_count, 1);
    w.session(&stream, "f", "room_finished", "", "").await;
    let state = w.app.livestream_state(&id).await.expect("a state");
    assert_eq!((state.is_live, state.viewer_count, state.total_viewers), (false, 0, 2));
    assert_eq!(state.participants, [""; 0]);
    let row = w.app.get_livestream(&w.tenant, &id).await.expect("a row");
    assert_eq!(row.stream.status, StreamStatus::Ended);
}

#[tokio::test]
async fn a_webhook_that_cannot_be_applied_waits_longer_each_time_and_parks() {
    let w = World::new().await;
    let (one, other) = (w.create("one").await, w.create("other").await);
    w.session(&one, "1", "participant_joined", "zoe", "PA_1").await;
    // The session's id is of the other stream already; a good one in the same batch is not held up.
    w.post(&w.event(&other, "2", "participant_joined", Some(("max", "PA_1")))).await.expect("accepted");
    w.post(&w.event(&other, "3", "participant_joined", Some(("eve", "PA_3")))).await.expect("accepted");
    for wait in [0, 1_000, 2_000, 4_000] {
        if wait > 0 {
            w.pass(wait - 1);
            assert_eq!(w.app.work_once().await.expect("worked"), 0, "{wait}");
            assert_eq!(w.app.count_webhooks().await.expect("counts").delayed, 1);
            w.pass(1);
        }
        assert_eq!(w.app.work_once().await.expect("worked"), if wait == 0 { 2 } else { 1 }, "{wait}");
    }
    assert_eq!(w.app.livestream_state(&other.stream.id).await.expect("a state").viewer_count, 1);
    let failed = w.app.list_webhooks(JobState::Failed, 10, 0).await.expect("a list");
    assert_eq!(failed.iter().map(|job| job.key.id.as_str()).collect::<Vec<_>>(), ["app:2"]);
    assert_eq!(w.app.replay_webhooks(Some("app:2")).await.expect("replayed"), 1);
    assert_eq!(w.app.work_once().await.expect("worked"), 1);
    w.app.work_once().await.expect("worked");
    assert_eq!(w.app.drop_webhooks(None).await.expect("dropped"), 0);
}

#[tokio::test]
async fn endpoints_are_told_in_order_with_what_signs_the_message() {
    let w = World::new().await;
    let url = "https://example.com/hook".to_owned();
    let all = w.app.create_webhook_endpoint(&w.tenant, url.clone(), vec!["*".into()]).await.expect("made");
    assert!(all.secret.starts_with("whsec_"));
    let wrong = w.app.create_webhook_endpoint(&w.tenant, url, vec!["Room Started".into()]).await;
    assert_eq!(wrong.expect_err("no such name").code(), ErrorCode::ValidationError);
    let stream = w.create("show").await;
    w.session(&stream, "1", "track_published", "zoe", "PA_1").await;
    w.session(&stream, "2", "room_finished", "", "").await;
    let mut events = Vec::new();
    loop {
        let due = w.app.claim_deliveries(10).await.expect("claimed");
        let Some(due) = due.first() else { break };
        assert_eq!(due.secret, all.secret);
        EndpointSecret::parse(&due.secret).expect("a secret that signs");
        w.app.authenticate("app", &due.app_secret).await.expect("the app's secret");
        let body: serde_json::Value = serde_json::from_str(&due.delivery.payload).expect("JSON");
        assert_eq!(body["event"], due.delivery.event);
        events.push(due.delivery.event.clone());
        w.app.settle_delivery(&due.delivery, &Settled::Delivered { status: 200 }).await.expect("settled");
    }
    let expected =
        ["livestream_created", "livestream_started", "track_published", "room_finished", "livestream_ended"];
    assert_eq!(events, expected);
    let id = &all.endpoint.id;
    let log = w.app.list_webhook_deliveries(&w.tenant, id, 10, None).await.expect("a log");
    assert!(log.iter().all(|delivery| delivery.state == DeliveryState::Delivered));
    let test = w.app.test_webhook_endpoint(&w.tenant, id).await.expect("sent");
    assert_eq!(w.app.claim_deliveries(10).await.expect("claimed")[0].delivery.id, test);
    let oldest = &log.last().expect("five").id;
    w.app.replay_webhook_delivery(&w.tenant, id, oldest).await.expect("replayed");
    w.app.delete_webhook_endpoint(&w.tenant, id).await.expect("deleted");
    let gone = w.app.list_webhook_deliveries(&w.tenant, id, 10, None).await.expect_err("gone");
    assert_eq!(gone.code(), ErrorCode::NotFound);
}
