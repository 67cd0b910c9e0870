//! Starting, purging, stopping, and a database that is gone.

use crate::support::{postgres::Server, *};
use futures_util::future::join_all;
use rtc_store::{Backend, Claim, NewIdempotency, NewToken, Purged, Store, StoreError, StoreOptions};
use rtc_types::ErrorCode;

pub async fn a_second_start_finds_what_the_first_wrote(h: Harness) {
    let tenant = h.tenant_with_room("a", "room").await;
    tenant.record_token(new_token("jti", "room", "zoe"), None).await.unwrap();
    tenant.revoke_token(&jti("jti"), NOW).await.unwrap();
    h.store.close().await;
    let tenant = h.another_process().await.tenant(&app_id("a"));
    assert!(tenant.get_room(&room_id("room")).await.unwrap().is_some());
    assert_eq!(tenant.claim_token(&jti("jti"), NOW).await.unwrap(), Claim::Revoked);
}

pub async fn several_nodes_may_start_at_once(h: Harness) {
    // The harness made its tables; a fresh database is one schema, or one file, further.
    let url = if h.url.starts_with("sqlite") { h.url.clone() + ".new" } else { h.url.clone() + "_new" };
    let stores = join_all((0..4).map(|_| Store::connect(&url, options()))).await;
    for store in stores {
        store.unwrap().ping().await.unwrap();
    }
}

pub async fn a_closed_store_is_unavailable(h: Harness) {
    let tenant = h.tenant_with_room("a", "room").await;
    h.store.close().await;
    h.store.close().await;
    let answers = [
        h.store.ping().await.err(),
        h.store.get_app(&app_id("a")).await.err(),
        h.store.create_app(new_app("b", NOW), None).await.err(),
        h.store.delete_app(&app_id("a")).await.err(),
        h.store.purge(NOW).await.err(),
        tenant.create_room(new_room("late", NOW), None).await.err(),
        tenant.record_token(new_token("jti", "room", "zoe"), None).await.err(),
        tenant.claim_token(&jti("jti"), NOW).await.err(),
        tenant.get_room(&room_id("room")).await.err(),
        tenant.delete_room(&room_id("room")).await.err(),
    ];
    for (n, error) in answers.into_iter().enumerate() {
        assert_eq!(error.map(|error| error.code()), Some(ErrorCode::Unavailable), "{n}");
    }
}

pub async fn a_purge_removes_what_is_out_of_date_and_nothing_else(h: Harness) {
    let tenant = h.tenant_with_room("a", "room").await;
    let day = 24 * HOUR;
    let new_key = NewIdempotency { created_at: NOW + 1, ..key("rooms", "new") };
    tenant.create_room(new_room("1", NOW), Some(key("rooms", "old"))).await.unwrap();
    tenant.create_room(new_room("2", NOW), Some(new_key)).await.unwrap();
    let tokens = (0..2_500).map(|n| {
        let expires_at = if n == 0 { NOW - 6 * day + 1 } else { NOW - 6 * day };
        tenant.record_token(NewToken { expires_at, ..new_token(&format!("jti-{n}"), "room", "zoe") }, None)
    });
    for answer in join_all(tokens).await {
        answer.unwrap();
    }
    assert_eq!(h.store.purge(NOW + day - 1).await.unwrap(), Purged::default());
    assert_eq!(
        h.store.purge(NOW + day).await.unwrap(),
        Purged { idempotency_keys: 1, tokens: 2_499, ..Purged::default() }
    );
    assert!(tenant.get_token(&jti("jti-0")).await.unwrap().is_some());
    assert!(tenant.find_idempotent("rooms", "new", NOW + 2).await.unwrap().is_some());
    assert_eq!(tenant.count_rooms().await.unwrap(), 3);
}

pub async fn a_ping_is_answered(h: Harness) {
    h.store.ping().await.unwrap();
    let expected = if h.url.starts_with("sqlite") { Backend::Sqlite } else { Backend::Postgres };
    assert_eq!(h.store.backend(), expected);
}

#[tokio::test]
async fn a_memory_database_lives_as_long_as_its_store() {
    let store = Store::connect("sqlite::memory:", StoreOptions::default()).await.unwrap();
    store.create_app(new_app("a", NOW), None).await.unwrap();
    let tenant = store.tenant(&app_id("a"));
    let rooms = (0..50).map(|n| tenant.create_room(new_room(&format!("room-{n}"), NOW), None));
    for answer in join_all(rooms).await {
        answer.unwrap();
    }
    assert_eq!(tenant.count_rooms().await.unwrap(), 50);
}

#[tokio::test]
async fn schemas_of_one_postgresql_database_are_separate() {
    let Some(server) = Server::shared() else { return };
    let open = async |schema: &str| {
        Store::connect(&format!("{}?schema={schema}", server.url()), options()).await.unwrap()
    };
    let (one, two) = (open("apart_1").await, open("apart-2").await);
    one.create_app(new_app("a", NOW), None).await.unwrap();
    assert_eq!(two.get_app(&app_id("a")).await.unwrap(), None);
    assert!(open("apart_1").await.get_app(&app_id("a")).await.unwrap().is_some());
}

#[tokio::test]
async fn a_postgresql_server_that_stops_is_unavailable_until_it_is_back() {
    let Some(server) = Server::start() else { return };
    let options = StoreOptions { acquire_timeout_ms: 500, ..options() };
    let store = Store::connect(&server.url(), options.clone()).await.unwrap();
    store.create_app(new_app("a", NOW), None).await.unwrap();
    let tenant = store.tenant(&app_id("a"));
    tenant.create_room(new_room("room", NOW), None).await.unwrap();

    server.stop();
    for _ in 0..2 {
        let answers = [
            store.ping().await.err(),
            store.create_app(new_app("b", NOW), None).await.err(),
            tenant.get_room(&room_id("room")).await.err(),
            tenant.create_room(new_room("late", NOW), None).await.err(),
            tenant.claim_token(&jti("jti"), NOW).await.err(),
        ];
        for (n, error) in answers.into_iter().enumerate() {
            assert!(matches!(error, Some(StoreError::Unavailable(_))), "{n}: {error:?}");
        }
    }
    let refused = Store::connect(&server.url(), options).await.unwrap_err();
    assert!(refused.to_string().starts_with("the database cannot be reached: "), "{refused}");

    server.resume();
    tenant.create_room(new_room("late", NOW), None).await.unwrap();
    assert_eq!(tenant.count_rooms().await.unwrap(), 2);
}

#[tokio::test]
async fn a_sqlite_file_that_cannot_be_made_is_unavailable() {
    let error = Store::connect("sqlite:/proc/none/rtc.db", options()).await.unwrap_err();
    assert!(error.to_string().contains("/proc/none"), "{error}");
}
