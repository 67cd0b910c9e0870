//! Apps: create, read, list, change, rotate, delete.

use crate::support::*;
use rtc_store::{AppPatch, AppRow, Claim, NewApp, StoreError};

pub async fn an_app_is_read_as_it_was_created(h: Harness) {
    let new =
        NewApp {
            limits: Some(r#"{"rooms":5}"#.into()), name: "Zoë's „app“".into(), ..new_app("a", NOW)
        };
    h.store.create_app(new, None).await.unwrap();
    let expected = AppRow {
        id: app_id("a"),
        name: "Zoë's „app“".into(),
        secret_sealed: "v1.sealed-a".into(),
        previous_secret_sealed: None,
        previous_valid_until: None,
        limits: Some(r#"{"rooms":5}"#.into()),
        created_at: NOW,
        updated_at: NOW,
    };
    assert_eq!(h.store.get_app(&app_id("a")).await.unwrap(), Some(expected));
    assert_eq!(h.store.get_app(&app_id("b")).await.unwrap(), None);
}

pub async fn an_app_id_is_taken_once_and_admin_never(h: Harness) {
    h.tenant("a").await;
    for id in ["a", "admin"] {
        let error = h.store.create_app(new_app(id, NOW), None).await.unwrap_err();
        assert!(matches!(error, StoreError::Conflict(_)), "{id}: {error:?}");
    }
}

pub async fn apps_are_listed_newest_first_page_by_page(h: Harness) {
    for n in 0..5 {
        // Two apps of one millisecond each.
        h.store.create_app(new_app(&format!("app-{n}"), NOW + n / 2), None).await.unwrap();
    }
    let mut seen = Vec::new();
    let mut after = None;
    loop {
        let page = h.store.list_apps(2, after.as_ref()).await.unwrap();
        assert!(page.rows.len() <= 2);
        seen.extend(page.rows.into_iter().map(|app| app.id.to_string()));
        let Some(next) = page.next else { break };
        after = Some(next.to_string().parse().unwrap());
    }
    assert_eq!(seen, ["app-4", "app-3", "app-2", "app-1", "app-0"]);
}

pub async fn a_patch_changes_only_what_it_names(h: Harness) {
    h.tenant("a").await;
    let id = app_id("a");
    let patch = AppPatch { limits: Some(Some("{}".into())), updated_at: NOW + 1, ..AppPatch::default() };
    let app = h.store.update_app(&id, patch).await.unwrap().unwrap();
    assert_eq!((app.name.as_str(), app.limits.as_deref(), app.updated_at), ("App a", Some("{}"), NOW + 1));

    let patch = AppPatch { name: Some("New".into()), updated_at: NOW + 2, ..AppPatch::default() };
    let app = h.store.update_app(&id, patch).await.unwrap().unwrap();
    assert_eq!((app.name.as_str(), app.limits.as_deref(), app.created_at), ("New", Some("{}"), NOW));

    let patch = AppPatch { limits: Some(None), updated_at: NOW + 3, ..AppPatch::default() };
    let app = h.store.update_app(&id, patch).await.unwrap().unwrap();
    assert_eq!((app.name.as_str(), app.limits.clone()), ("New", None));
    assert_eq!(h.store.get_app(&id).await.unwrap(), Some(app));
    assert_eq!(h.store.update_app(&app_id("b"), AppPatch::default()).await.unwrap(), None);
}

pub async fn a_rotation_keeps_the_secret_before_for_as_long_as_it_says(h: Harness) {
    h.tenant("a").await;
    let id = app_id("a");
    let app =
        h.store.rotate_secret(&id, "v1.second".into(), Some(NOW + HOUR), NOW + 1).await.unwrap().unwrap();
    assert_eq!(app.secret_sealed, "v1.second");
    assert_eq!(app.previous_secret_sealed.as_deref(), Some("v1.sealed-a"));
    assert_eq!((app.previous_valid_until, app.updated_at), (Some(NOW + HOUR), NOW + 1));

    let app = h.store.rotate_secret(&id, "v1.third".into(), None, NOW + 2).await.unwrap().unwrap();
    assert_eq!(app.secret_sealed, "v1.third");
    assert_eq!((app.previous_secret_sealed.as_deref(), app.previous_valid_until), (None, None));
    assert_eq!(h.store.rotate_secret(&app_id("b"), "x".into(), None, NOW).await.unwrap(), None);
}

pub async fn a_deleted_app_takes_all_it_owns_along_and_nothing_else(h: Harness) {
    for id in ["a", "b"] {
        let tenant = h.tenant_with_room(id, "room").await;
        tenant.record_token(new_token("jti", "room", "zoe"), Some(key("token", "k"))).await.unwrap();
        tenant.ban(&room_id("room"), &user_id("max"), NOW).await.unwrap();
    }
    assert!(h.store.delete_app(&app_id("a")).await.unwrap());
    assert!(!h.store.delete_app(&app_id("a")).await.unwrap());
    assert_eq!(h.store.get_app(&app_id("a")).await.unwrap(), None);

    let (a, b) = (h.store.tenant(&app_id("a")), h.store.tenant(&app_id("b")));
    assert_eq!(a.count_rooms().await.unwrap(), 0);
    assert_eq!(a.claim_token(&jti("jti"), NOW).await.unwrap(), Claim::Unknown);
    assert!(!a.is_banned(&room_id("room"), &user_id("max")).await.unwrap());
    assert_eq!(a.find_idempotent("token", "k", NOW).await.unwrap(), None);

    assert_eq!(b.count_rooms().await.unwrap(), 1);
    assert_eq!(b.claim_token(&jti("jti"), NOW).await.unwrap(), Claim::Claimed);
    assert!(b.is_banned(&room_id("room"), &user_id("max")).await.unwrap());
    assert!(b.find_idempotent("token", "k", NOW).await.unwrap().is_some());
}
