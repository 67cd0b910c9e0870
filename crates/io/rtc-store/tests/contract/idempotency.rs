//! Idempotency keys: one row however often and however concurrently a request is repeated.

use crate::support::*;
use futures_util::future::join_all;
use rtc_store::{Created, IdempotentRow, NewIdempotency, StoreError};

fn first_answer() -> IdempotentRow {
    IdempotentRow { body_hash: "hash".into(), response: "{\"first\":true}".into(), created_at: NOW }
}

pub async fn a_repeated_creation_finds_the_first_answer_and_writes_nothing(h: Harness) {
    let tenant = h.tenant("a").await;
    assert_eq!(tenant.find_idempotent("rooms", "k", NOW).await.unwrap(), None);
    assert_eq!(tenant.create_room(new_room("1", NOW), Some(key("rooms", "k"))).await.unwrap(), Created::New);
    assert_eq!(tenant.find_idempotent("rooms", "k", NOW).await.unwrap(), Some(first_answer()));
    let repeat = NewIdempotency { response: "second".into(), created_at: NOW + 5, ..key("rooms", "k") };
    let created = tenant.create_room(new_room("2", NOW), Some(repeat)).await.unwrap();
    assert_eq!(created, Created::Existing(first_answer()));
    assert_eq!(tenant.get_room(&room_id("2")).await.unwrap(), None);

    let created = tenant.record_token(new_token("1", "1", "zoe"), Some(key("tokens", "k"))).await.unwrap();
    assert_eq!(created, Created::New);
    let created = tenant.record_token(new_token("2", "1", "zoe"), Some(key("tokens", "k"))).await.unwrap();
    assert_eq!(created, Created::Existing(first_answer()));
    assert_eq!(tenant.get_token(&jti("2")).await.unwrap(), None);
}

pub async fn concurrent_creations_with_one_key_write_one_row(h: Harness) {
    let here = h.tenant("a").await;
    let there = h.another_process().await.tenant(&app_id("a"));
    let creations = (0..40).map(|n| {
        let tenant = if n % 2 == 0 { &here } else { &there };
        let repeat = NewIdempotency { response: format!("answer {n}"), ..key("rooms", "k") };
        tenant.create_room(new_room(&format!("room-{n}"), NOW), Some(repeat))
    });
    let answers: Vec<Created> = join_all(creations).await.into_iter().map(Result::unwrap).collect();
    let winners: Vec<usize> = (0..40).filter(|n| answers[*n] == Created::New).collect();
    let [winner] = winners[..] else { panic!("one creation writes: {winners:?}") };
    let first = IdempotentRow { response: format!("answer {winner}"), ..first_answer() };
    assert!(answers.iter().enumerate().all(|(n, a)| n == winner || *a == Created::Existing(first.clone())));
    let rooms = here.list_rooms(50, None).await.unwrap().rows;
    assert_eq!(rooms.iter().map(|room| room.id.to_string()).collect::<Vec<_>>(), [format!("room-{winner}")]);
}

pub async fn a_key_counts_for_one_route_of_one_tenant(h: Harness) {
    let a = h.tenant("a").await;
    let b = h.tenant("b").await;
    for (tenant, room, route) in [(&a, "1", "rooms"), (&a, "2", "other"), (&b, "1", "rooms")] {
        let created = tenant.create_room(new_room(room, NOW), Some(key(route, "k"))).await.unwrap();
        assert_eq!(created, Created::New, "{route}");
    }
    assert_eq!(b.find_idempotent("other", "k", NOW).await.unwrap(), None);
    assert_eq!(h.store.find_idempotent("rooms", "k", NOW).await.unwrap(), None);
}

pub async fn a_key_is_free_again_after_24_hours(h: Harness) {
    let tenant = h.tenant("a").await;
    tenant.create_room(new_room("1", NOW), Some(key("rooms", "k"))).await.unwrap();
    let day = 24 * HOUR;
    assert_eq!(tenant.find_idempotent("rooms", "k", NOW + day - 1).await.unwrap(), Some(first_answer()));
    assert_eq!(tenant.find_idempotent("rooms", "k", NOW + day).await.unwrap(), None);
    let within = NewIdempotency { created_at: NOW + day - 1, ..key("rooms", "k") };
    let created = tenant.create_room(new_room("2", NOW), Some(within)).await.unwrap();
    assert_eq!(created, Created::Existing(first_answer()));
    let after = NewIdempotency { created_at: NOW + day, response: "new".into(), ..key("rooms", "k") };
    assert_eq!(tenant.create_room(new_room("2", NOW), Some(after)).await.unwrap(), Created::New);
    let found = tenant.find_idempotent("rooms", "k", NOW + day).await.unwrap().unwrap();
    assert_eq!(found.response, "new");
}

pub async fn a_creation_that_fails_does_not_use_its_key_up(h: Harness) {
    let tenant = h.tenant_with_room("a", "taken").await;
    let error = tenant.create_room(new_room("taken", NOW), Some(key("rooms", "k"))).await.unwrap_err();
    assert!(matches!(error, StoreError::Conflict(_)), "{error:?}");
    assert_eq!(tenant.find_idempotent("rooms", "k", NOW).await.unwrap(), None);
    assert_eq!(
        tenant.create_room(new_room("free", NOW), Some(key("rooms", "k"))).await.unwrap(),
        Created::New
    );
}

pub async fn an_app_is_created_once_per_key(h: Harness) {
    let other = h.another_process().await;
    let creations = (0..10).map(|n| {
        let store = if n % 2 == 0 { &h.store } else { &other };
        store.create_app(new_app(&format!("app-{n}"), NOW), Some(key("apps", "k")))
    });
    let answers: Vec<Created> = join_all(creations).await.into_iter().map(Result::unwrap).collect();
    assert_eq!(answers.iter().filter(|answer| **answer == Created::New).count(), 1);
    assert_eq!(h.store.list_apps(50, None).await.unwrap().rows.len(), 1);
    assert_eq!(h.store.find_idempotent("apps", "k", NOW).await.unwrap(), Some(first_answer()));
}
