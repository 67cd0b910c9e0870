//! Livestreams: rows, places, webhooks in any order, the outbox.

use crate::support::{streams::*, *};
use futures_util::future::join_all;
use rtc_livestream::{Effect, Event, Refusal, Role, SessionStatus, StreamStatus};
use rtc_store::{Action, LivestreamPatch, Outcome, ParticipantFilter, RoomRef, StoreError, Unsent};

pub async fn a_stream_is_read_as_it_was_written(h: Harness) {
    let tenant = h.tenant("a").await;
    let written = tenant.create_livestream(new_stream("s", "show")).await.unwrap();
    assert_eq!(written.stream.status, StreamStatus::Scheduled);
    assert_eq!((written.stream.created_by.as_str(), written.updated_at), ("ann", NOW));
    assert_eq!(tenant.get_livestream(&stream_id("s")).await.unwrap(), Some(written.clone()));
    assert_eq!(h.store.find_livestream(&stream_id("s")).await.unwrap(), Some(written));
    let refused = on_stream("a", "s", Action::Event(Event::RoomRefused));
    h.apply(refused).await;
    let row = tenant.get_livestream(&stream_id("s")).await.unwrap().unwrap();
    assert_eq!(row.stream.status, StreamStatus::Error);
}

pub async fn a_room_name_is_taken_while_its_stream_is_open(h: Harness) {
    let (tenant, _) = h.live().await;
    let error = tenant.create_livestream(new_stream("t", "show")).await.unwrap_err();
    assert!(matches!(error, StoreError::Conflict(_)), "{error:?}");
    let other = h.tenant("b").await;
    other.create_livestream(new_stream("u", "show")).await.unwrap();
    h.apply(on_stream("a", "s", Action::Event(Event::Ended { at: NOW + 5 }))).await;
    tenant.create_livestream(new_stream("t", "show")).await.unwrap();
}

pub async fn another_tenants_stream_does_not_exist(h: Harness) {
    let (_, room) = h.live().await;
    let b = h.tenant("b").await;
    assert_eq!(b.get_livestream(&stream_id("s")).await.unwrap(), None);
    assert_eq!(b.list_livestreams(None, 10, 0).await.unwrap().total, 0);
    let filter = ParticipantFilter::default();
    assert_eq!(b.list_participants(&stream_id("s"), filter, 10, 0).await.unwrap().total, 0);
    assert_eq!(b.update_livestream(&stream_id("s"), LivestreamPatch::default()).await.unwrap(), None);
    let ended = Action::Event(Event::Ended { at: NOW });
    assert_eq!(h.apply(on_stream("b", "s", ended)).await, Outcome::NoStream);
    let finished = Action::Event(Event::RoomFinished { at: NOW });
    assert_eq!(h.apply(webhook("b", &room, "w", finished)).await, Outcome::NoStream);
    let row = h.store.find_livestream(&stream_id("s")).await.unwrap().unwrap();
    assert_eq!(row.stream.status, StreamStatus::Live);
}

pub async fn streams_are_listed_by_status_with_their_total(h: Harness) {
    let (tenant, _) = h.live().await;
    for n in 0..5 {
        let new = rtc_store::NewLivestream {
            created_at: NOW + n,
            ..new_stream(&format!("t{n}"), &format!("room{n}"))
        };
        tenant.create_livestream(new).await.unwrap();
    }
    let page = tenant.list_livestreams(None, 2, 1).await.unwrap();
    let ids: Vec<_> = page.rows.iter().map(|row| row.stream.id.as_str().to_owned()).collect();
    assert_eq!((ids, page.total), (vec!["t3".to_owned(), "t2".to_owned()], 6));
    let live = tenant.list_livestreams(Some(StreamStatus::Live), 10, 0).await.unwrap();
    assert_eq!((live.rows.len(), live.total), (1, 1));
}

pub async fn a_patch_changes_only_what_it_names(h: Harness) {
    let (tenant, _) = h.live().await;
    let id = stream_id("s");
    let before = tenant.get_livestream(&id).await.unwrap().unwrap();
    let patch = LivestreamPatch {
        title: Some("New".into()),
        description: Some(None),
        max_participants: Some(7),
        updated_at: NOW + 9,
        ..LivestreamPatch::default()
    };
    let after = tenant.update_livestream(&id, patch).await.unwrap().unwrap();
    assert_eq!((after.title.as_str(), after.max_participants, after.updated_at), ("New", 7, NOW + 9));
    assert_eq!((after.description, after.metadata), (None, before.metadata));
    assert_eq!(after.empty_timeout_s, before.empty_timeout_s);
}

pub async fn of_concurrent_joins_of_one_user_exactly_one_gets_a_place(h: Harness) {
    let (tenant, _) = h.live().await;
    let there = h.another_process().await;
    let joins = (0..12).map(|n| {
        let store = if n % 2 == 0 { &h.store } else { &there };
        apply(store, on_stream("a", "s", seat("zoe", Role::Viewer, n)))
    });
    let outcomes = join_all(joins).await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.applied().is_some()).count(), 1);
    assert!(
        outcomes
            .iter()
            .all(|outcome| outcome.applied().is_some() || *outcome == Outcome::Refused(Refusal::AlreadyIn))
    );
    // A user comes back any number of times, and history is kept.
    for n in 100..103 {
        let gone = Action::Event(Event::Unseated { user_id: user_id("zoe"), at: NOW + n });
        h.apply(on_stream("a", "s", gone)).await;
        let again = h.apply(on_stream("a", "s", seat("zoe", Role::Viewer, n))).await;
        assert!(again.applied().is_some(), "{again:?}");
    }
    let all = tenant.list_participants(&stream_id("s"), ParticipantFilter::default(), 10, 0).await.unwrap();
    assert_eq!(all.total, 4);
    let joined = ParticipantFilter { status: Some(SessionStatus::Joined), role: Some(Role::Viewer) };
    assert_eq!(tenant.list_participants(&stream_id("s"), joined, 10, 0).await.unwrap().total, 1);
}

pub async fn a_stream_never_holds_more_than_it_admits(h: Harness) {
    let (tenant, _) = h.live().await;
    let patch = LivestreamPatch { max_participants: Some(5), ..LivestreamPatch::default() };
    tenant.update_livestream(&stream_id("s"), patch).await.unwrap();
    let there = h.another_process().await;
    let joins = (0..20).map(|n| {
        let store = if n % 2 == 0 { &h.store } else { &there };
        apply(store, on_stream("a", "s", seat(&format!("user{n}"), Role::Viewer, n)))
    });
    let outcomes = join_all(joins).await;
    let places = outcomes.iter().filter(|outcome| outcome.applied().is_some()).count();
    let full = outcomes.iter().filter(|outcome| **outcome == Outcome::Refused(Refusal::Full)).count();
    assert_eq!((places, full), (5, 15));
    let row = tenant.get_livestream(&stream_id("s")).await.unwrap().unwrap();
    assert_eq!(row.stream.joined_count, 5);
}

pub async fn a_webhook_is_applied_once_however_often_and_wherever_it_comes(h: Harness) {
    let (tenant, room) = h.live().await;
    let there = h.another_process().await;
    let mut changes = Vec::new();
    for n in 0..30u64 {
        let (user, sid) = (format!("user{n}"), format!("PA_{n}"));
        changes.push(webhook("a", &room, &format!("left {n}"), left(&user, &sid, NOW + n, NOW + n + 50)));
        changes.push(webhook("a", &room, &format!("joined {n}"), joined(&user, &sid, NOW + n)));
        let stays = (format!("stay{n}"), format!("PA_stay{n}"));
        changes.push(webhook("a", &room, &format!("stays {n}"), joined(&stays.0, &stays.1, NOW + n)));
    }
    let batches = (0..12).map(|n| {
        let store = if n % 2 == 0 { &h.store } else { &there };
        let mut batch = changes.clone();
        batch.rotate_left(n * 7);
        async move {
            for part in batch.chunks(16) {
                // PostgreSQL may break one of two transactions that wait for each other; a worker tries again.
                while let Err(error) = store.apply(part, &nothing_told, NOW).await {
                    assert!(matches!(error, StoreError::Unavailable(_)), "{error:?}");
                }
            }
        }
    });
    join_all(batches).await;
    let stream = tenant.get_livestream(&stream_id("s")).await.unwrap().unwrap().stream;
    assert_eq!((stream.viewer_count, stream.total_viewers, stream.joined_count), (30, 60, 30));
    let all = tenant.list_participants(&stream_id("s"), ParticipantFilter::default(), 100, 0).await.unwrap();
    assert_eq!(all.total, 60);
    assert_eq!(h.store.present_users(&stream_id("s"), 100).await.unwrap().len(), 30);
    let again = h.apply(changes.swap_remove(0)).await;
    assert_eq!(again, Outcome::Duplicate);
}

pub async fn the_end_of_a_room_ends_all_places_also_those_of_its_own_batch(h: Harness) {
    let (tenant, room) = h.live().await;
    h.apply(on_stream("a", "s", seat("max", Role::Viewer, 1))).await;
    h.apply(webhook("a", &room, "1", joined("zoe", "PA_1", NOW + 1))).await;
    let finished = Action::Event(Event::RoomFinished { at: NOW + 20 });
    let batch = [
        webhook("a", &room, "2", joined("eve", "PA_2", NOW + 2)),
        webhook("a", &room, "3", finished),
        webhook("a", &room, "4", left("eve", "PA_2", NOW + 2, NOW + 10)),
        webhook("a", &room, "5", joined("late", "PA_3", NOW + 15)),
    ];
    let outcomes = h.store.apply(&batch, &nothing_told, NOW + 21).await.unwrap();
    assert!(outcomes[1].applied().unwrap().effects.contains(&Effect::TellEnded));
    let row = tenant.get_livestream(&stream_id("s")).await.unwrap().unwrap();
    assert_eq!((row.stream.status, row.stream.ended_at), (StreamStatus::Ended, Some(NOW + 20)));
    assert_eq!((row.stream.viewer_count, row.stream.total_viewers, row.stream.joined_count), (0, 3, 0));
    assert_eq!(row.updated_at, NOW + 21);
    let all = tenant.list_participants(&stream_id("s"), ParticipantFilter::default(), 10, 0).await.unwrap();
    let mut ends: Vec<_> = all.rows.iter().map(|row| (row.user_id.as_str(), row.left_at)).collect();
    ends.sort();
    let at = |n| Some(NOW + n);
    assert_eq!(ends, [("eve", at(10)), ("late", at(20)), ("max", at(20)), ("zoe", at(20))]);
}

pub async fn a_room_that_had_the_name_before_does_not_end_the_stream(h: Harness) {
    let (tenant, room) = h.live().await;
    h.apply(on_stream("a", "s", Action::Event(Event::Ended { at: NOW + 5 }))).await;
    h.live_stream(&tenant, "t", "show").await;
    let finished = || Action::Event(Event::RoomFinished { at: NOW + 20 });
    h.apply(webhook("a", &room, "1", finished())).await;
    let older = RoomRef { sid: "RM_old".into(), created_at: NOW - 100_000, ..room };
    assert_eq!(h.apply(webhook("a", &older, "2", finished())).await, Outcome::NoStream);
    let row = tenant.get_livestream(&stream_id("t")).await.unwrap().unwrap();
    assert_eq!(row.stream.status, StreamStatus::Live);
    // One that does not say its sid is the open stream's.
    let unnamed = RoomRef { sid: String::new(), created_at: 0, ..older };
    h.apply(webhook("a", &unnamed, "3", finished())).await;
    let row = tenant.get_livestream(&stream_id("t")).await.unwrap().unwrap();
    assert_eq!(row.stream.status, StreamStatus::Ended);
}

pub async fn a_batch_that_cannot_be_written_leaves_no_trace(h: Harness) {
    let (tenant, room) = h.live().await;
    h.live_stream(&tenant, "t", "other").await;
    h.apply(webhook("a", &room, "1", joined("zoe", "PA_1", NOW + 1))).await;
    let batch = [
        webhook("a", &room, "2", joined("eve", "PA_2", NOW + 2)),
        // A media session's id is of one stream.
        webhook("a", &room_of("t", "other"), "3", joined("max", "PA_1", NOW + 3)),
    ];
    let error = h.store.apply(&batch, &nothing_told, NOW).await.unwrap_err();
    assert!(matches!(error, StoreError::Conflict(_)), "{error:?}");
    assert_eq!(h.store.present_users(&stream_id("s"), 10).await.unwrap(), [user_id("zoe")]);
    assert!(h.apply(batch[0].clone()).await.applied().is_some());
}

pub async fn a_place_that_nobody_came_for_is_found_and_freed(h: Harness) {
    let (_, room) = h.live().await;
    for (n, user) in ["zoe", "max"].into_iter().enumerate() {
        h.apply(on_stream("a", "s", seat(user, Role::Viewer, n as u64))).await;
    }
    h.apply(webhook("a", &room, "1", joined("max", "PA_1", NOW + 1))).await;
    assert_eq!(h.store.places_awaited_since(NOW).await.unwrap(), []);
    let awaited = h.store.places_awaited_since(NOW + 1).await.unwrap();
    let place = (app_id("a"), stream_id("s"), user_id("zoe"), participant_id("seat 0 of zoe"));
    assert_eq!(awaited, [place]);
    for (n, user) in ["zoe", "max"].into_iter().enumerate() {
        let participant = participant_id(&format!("seat {n} of {user}"));
        let lapse = Action::Lapse { user_id: user_id(user), participant, at: NOW + 60 };
        h.apply(on_stream("a", "s", lapse)).await;
    }
    // Max had come.
    assert_eq!(h.store.present_users(&stream_id("s"), 10).await.unwrap(), [user_id("max")]);
    let row = h.store.find_livestream(&stream_id("s")).await.unwrap().unwrap();
    assert_eq!(row.stream.joined_count, 1);
}

pub async fn what_watchers_are_to_be_told_is_in_the_outbox_until_it_was(h: Harness) {
    let (_, room) = h.live().await;
    h.apply(webhook("a", &room, "1", joined("zoe", "PA_1", NOW + 1))).await;
    h.apply(webhook("a", &room, "2", joined("zoe", "PA_1", NOW + 1))).await;
    let unsent = |revision, started| Unsent { stream_id: stream_id("s"), revision, started, ended: false };
    assert_eq!(h.store.unsent(NOW + 1).await.unwrap(), [unsent(1, true), unsent(2, false)]);
    assert_eq!(h.store.unsent(NOW).await.unwrap(), []);
    h.store.mark_sent(&[(&stream_id("s"), 1)]).await.unwrap();
    assert_eq!(h.store.unsent(NOW + 1).await.unwrap(), [unsent(2, false)]);
}
