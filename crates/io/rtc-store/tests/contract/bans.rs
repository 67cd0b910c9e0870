//! Bans: who is kept out of which room.

use crate::support::*;
use rtc_store::StoreError;

pub async fn a_ban_keeps_one_user_out_of_one_room(h: Harness) {
    let tenant = h.tenant_with_room("a", "room").await;
    tenant.create_room(new_room("other", NOW), None).await.unwrap();
    let (room, zoe) = (room_id("room"), user_id("zoe"));
    assert!(!tenant.is_banned(&room, &zoe).await.unwrap());
    tenant.ban(&room, &zoe, NOW).await.unwrap();
    tenant.ban(&room, &zoe, NOW + 1).await.unwrap();
    assert!(tenant.is_banned(&room, &zoe).await.unwrap());
    assert!(!tenant.is_banned(&room, &user_id("max")).await.unwrap());
    assert!(!tenant.is_banned(&room_id("other"), &zoe).await.unwrap());
    assert!(tenant.unban(&room, &zoe).await.unwrap());
    assert!(!tenant.unban(&room, &zoe).await.unwrap());
    assert!(!tenant.is_banned(&room, &zoe).await.unwrap());
}

pub async fn a_ban_is_of_one_tenant(h: Harness) {
    let a = h.tenant_with_room("a", "room").await;
    let b = h.tenant_with_room("b", "room").await;
    let (room, zoe) = (room_id("room"), user_id("zoe"));
    a.ban(&room, &zoe, NOW).await.unwrap();
    assert!(!b.is_banned(&room, &zoe).await.unwrap());
    assert!(!b.unban(&room, &zoe).await.unwrap());
    assert!(a.is_banned(&room, &zoe).await.unwrap());
}

pub async fn a_ban_needs_its_room(h: Harness) {
    let tenant = h.tenant("a").await;
    let error = tenant.ban(&room_id("room"), &user_id("zoe"), NOW).await.unwrap_err();
    assert!(matches!(error, StoreError::Conflict(_)), "{error:?}");
}
