//! Rooms: create, read, list, change, delete, and when they end by themselves.

use crate::support::*;
use rtc_store::{Claim, Cursor, NewRoom, RoomPatch, RoomRow, StoreError, TenantStore};
use rtc_types::TopologySetting;

pub async fn a_room_is_read_as_it_was_created(h: Harness) {
    let tenant = h.tenant("a").await;
    let metadata = r#"{"z":1,"a":"Zoë \u0000","n":1.50}"#;
    let full = NewRoom {
        name: "Zoë's „room“ 🎥".into(),
        max_participants: 1000,
        topology: TopologySetting::Sfu,
        metadata: Some(metadata.into()),
        empty_timeout_s: Some(u32::MAX),
        ..new_room("full", NOW)
    };
    for new in [full, new_room("plain", NOW + 1)] {
        tenant.create_room(new.clone(), None).await.unwrap();
        let read = tenant.get_room(&new.id).await.unwrap();
        assert_eq!(read, Some(new.into_row(app_id("a"))));
    }
    assert_eq!(tenant.get_room(&room_id("none")).await.unwrap(), None);
    assert_eq!(tenant.app_id(), &app_id("a"));
}

pub async fn a_room_id_is_taken_once_by_each_tenant(h: Harness) {
    let a = h.tenant_with_room("a", "room").await;
    let error = a.create_room(new_room("room", NOW), None).await.unwrap_err();
    assert!(matches!(error, StoreError::Conflict(_)), "{error:?}");
    h.tenant_with_room("b", "room").await;
}

pub async fn a_room_needs_its_app(h: Harness) {
    let error = h.store.tenant(&app_id("none")).create_room(new_room("room", NOW), None).await.unwrap_err();
    assert!(matches!(error, StoreError::Conflict(_)), "{error:?}");
}

pub async fn another_tenants_room_does_not_exist(h: Harness) {
    let a = h.tenant_with_room("a", "room").await;
    let b = h.tenant("b").await;
    let room = room_id("room");
    let before = a.get_room(&room).await.unwrap();
    let patch = RoomPatch { name: Some("mine".into()), updated_at: NOW + 1, ..RoomPatch::default() };
    assert_eq!(b.get_room(&room).await.unwrap(), None);
    assert_eq!(b.update_room(&room, patch).await.unwrap(), None);
    assert!(!b.delete_room(&room).await.unwrap());
    b.touch_room(&room, NOW + HOUR).await.unwrap();
    assert_eq!(b.list_rooms(10, None).await.unwrap().rows, []);
    assert_eq!(b.count_rooms().await.unwrap(), 0);
    let error = b.record_token(new_token("jti", "room", "zoe"), None).await.unwrap_err();
    assert!(matches!(error, StoreError::Conflict(_)), "{error:?}");
    assert_eq!(a.get_room(&room).await.unwrap(), before);
}

async fn page(tenant: &TenantStore, limit: u32, after: Option<&Cursor>) -> (Vec<String>, Option<Cursor>) {
    let page = tenant.list_rooms(limit, after).await.unwrap();
    (page.rows.into_iter().map(|room| room.id.to_string()).collect(), page.next)
}

pub async fn rooms_are_listed_newest_first_page_by_page(h: Harness) {
    let tenant = h.tenant("a").await;
    for n in 0..25u64 {
        // Three rooms of one millisecond each, so that pages end between rooms of the same age.
        tenant.create_room(new_room(&format!("room-{n:02}"), NOW + n / 3), None).await.unwrap();
    }
    h.tenant_with_room("b", "room-99").await;
    let expected: Vec<String> = (0..25).rev().map(|n| format!("room-{n:02}")).collect();
    for limit in [1, 7, 24, 25, 26] {
        let (mut seen, mut next) = page(&tenant, limit, None).await;
        while let Some(cursor) = next {
            let (rooms, after) = page(&tenant, limit, Some(&cursor)).await;
            assert!(!rooms.is_empty() && rooms.len() <= limit as usize);
            seen.extend(rooms);
            next = after;
        }
        assert_eq!(seen, expected, "limit {limit}");
    }
    assert_eq!(tenant.count_rooms().await.unwrap(), 25);
}

pub async fn a_room_that_is_created_while_a_list_is_read_disturbs_no_page(h: Harness) {
    let tenant = h.tenant("a").await;
    for n in 0..4u64 {
        tenant.create_room(new_room(&format!("room-{n}"), NOW + n), None).await.unwrap();
    }
    let (first, next) = page(&tenant, 2, None).await;
    assert_eq!(first, ["room-3", "room-2"]);
    tenant.create_room(new_room("late", NOW + 9), None).await.unwrap();
    tenant.delete_room(&room_id("room-2")).await.unwrap();
    let (second, next) = page(&tenant, 2, next.as_ref()).await;
    assert_eq!((second, next), (vec!["room-1".to_owned(), "room-0".to_owned()], None));
}

pub async fn a_patch_changes_only_what_it_names(h: Harness) {
    let tenant = h.tenant_with_room("a", "room").await;
    let room = room_id("room");
    let full = RoomPatch {
        name: Some("New".into()),
        max_participants: Some(9),
        topology: Some(TopologySetting::P2p),
        metadata: Some(Some("{}".into())),
        empty_timeout_s: Some(Some(60)),
        updated_at: NOW + 1,
    };
    let changed = tenant.update_room(&room, full).await.unwrap();
    let expected = RoomRow {
        app_id: app_id("a"),
        id: room.clone(),
        name: "New".into(),
        max_participants: 9,
        topology: TopologySetting::P2p,
        metadata: Some("{}".into()),
        empty_timeout_s: Some(60),
        last_active_at: NOW,
        created_at: NOW,
        updated_at: NOW + 1,
    };
    assert_eq!(changed, Some(expected.clone()));

    let nothing = RoomPatch { updated_at: NOW + 2, ..RoomPatch::default() };
    let expected = RoomRow { updated_at: NOW + 2, ..expected };
    assert_eq!(tenant.update_room(&room, nothing).await.unwrap(), Some(expected.clone()));

    let clear = RoomPatch {
        metadata: Some(None),
        empty_timeout_s: Some(None),
        updated_at: NOW + 3,
        ..RoomPatch::default()
    };
    let expected = RoomRow { metadata: None, empty_timeout_s: None, updated_at: NOW + 3, ..expected };
    assert_eq!(tenant.update_room(&room, clear).await.unwrap(), Some(expected.clone()));
    assert_eq!(tenant.get_room(&room).await.unwrap(), Some(expected));
    assert_eq!(tenant.update_room(&room_id("none"), RoomPatch::default()).await.unwrap(), None);
}

pub async fn a_deleted_room_takes_its_tokens_and_bans_along(h: Harness) {
    let tenant = h.tenant_with_room("a", "room").await;
    tenant.create_room(new_room("other", NOW), None).await.unwrap();
    for room in ["room", "other"] {
        tenant.record_token(new_token(&format!("jti-{room}"), room, "zoe"), None).await.unwrap();
        tenant.ban(&room_id(room), &user_id("max"), NOW).await.unwrap();
    }
    assert!(tenant.delete_room(&room_id("room")).await.unwrap());
    assert!(!tenant.delete_room(&room_id("room")).await.unwrap());
    assert_eq!(tenant.get_room(&room_id("room")).await.unwrap(), None);
    assert_eq!(tenant.get_token(&jti("jti-room")).await.unwrap(), None);
    assert_eq!(tenant.claim_token(&jti("jti-room"), NOW).await.unwrap(), Claim::Unknown);
    assert!(!tenant.is_banned(&room_id("room"), &user_id("max")).await.unwrap());
    assert!(tenant.get_token(&jti("jti-other")).await.unwrap().is_some());
    assert!(tenant.is_banned(&room_id("other"), &user_id("max")).await.unwrap());
}

pub async fn a_touch_never_goes_back_in_time(h: Harness) {
    let tenant = h.tenant_with_room("a", "room").await;
    let room = room_id("room");
    for (moment, expected) in [(NOW + 5, NOW + 5), (NOW + 3, NOW + 5), (NOW + 7, NOW + 7)] {
        tenant.touch_room(&room, moment).await.unwrap();
        let row = tenant.get_room(&room).await.unwrap().unwrap();
        assert_eq!((row.last_active_at, row.updated_at), (expected, NOW));
    }
    tenant.touch_room(&room_id("none"), NOW).await.unwrap();
}

pub async fn rooms_are_found_once_they_were_empty_for_too_long(h: Harness) {
    let a = h.tenant("a").await;
    let b = h.tenant("b").await;
    let timed = |id: &str, seconds| NewRoom { empty_timeout_s: seconds, ..new_room(id, NOW) };
    a.create_room(timed("minute", Some(60)), None).await.unwrap();
    a.create_room(timed("for-ever", None), None).await.unwrap();
    b.create_room(timed("ten", Some(10)), None).await.unwrap();
    b.create_room(timed("at-once", Some(0)), None).await.unwrap();
    let found = async |moment| {
        let rooms = h.store.rooms_ending_by(moment).await.unwrap();
        assert!(rooms.iter().all(|room| room.ends_at <= moment));
        rooms.into_iter().map(|room| format!("{}/{}", room.app_id, room.id)).collect::<Vec<_>>()
    };
    assert_eq!(found(NOW - 1).await, [""; 0]);
    assert_eq!(found(NOW).await, ["b/at-once"]);
    assert_eq!(found(NOW + 10_000).await, ["b/at-once", "b/ten"]);
    assert_eq!(found(NOW + HOUR).await, ["b/at-once", "b/ten", "a/minute"]);
    b.touch_room(&room_id("ten"), NOW + HOUR).await.unwrap();
    assert_eq!(found(NOW + HOUR).await, ["b/at-once", "a/minute"]);
    assert_eq!(h.store.renew_rooms_ending_by(NOW + 10_000, NOW + 9_000).await.unwrap(), 1);
    assert_eq!(found(NOW + 8_999).await, [""; 0]);
    assert_eq!(found(NOW + HOUR).await, ["b/at-once", "a/minute"]);
    for (id, ends_at) in [("minute", NOW + 2), ("minute", NOW + 5), ("for-ever", NOW)] {
        a.end_room_at(&room_id(id), ends_at).await.unwrap();
    }
    assert_eq!((found(NOW + 4).await.len(), found(NOW + 5).await), (0, vec!["a/minute".to_owned()]));
}
