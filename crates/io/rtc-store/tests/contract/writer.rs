//! The group commit, as its callers see it.

use crate::support::*;
use futures_util::future::join_all;
use rtc_store::{Claim, Created, StoreError};

pub async fn a_bad_row_in_a_batch_hurts_only_its_caller(h: Harness) {
    let tenant = h.tenant_with_room("a", "taken").await;
    let ids = |n: usize| {
        if n % 50 == 17 { "taken".to_owned() } else { format!("room-{n}") }
    };
    let answers = join_all((0..300).map(|n| tenant.create_room(new_room(&ids(n), NOW), None))).await;
    for (n, answer) in answers.into_iter().enumerate() {
        match answer {
            Ok(created) => assert!(created == Created::New && ids(n) != "taken", "{n}"),
            Err(error) => {
                assert!(matches!(error, StoreError::Conflict(_)) && ids(n) == "taken", "{n}: {error:?}")
            }
        }
    }
    assert_eq!(tenant.count_rooms().await.unwrap(), 295);
}

pub async fn a_read_sees_every_acknowledged_write_also_from_another_process(h: Harness) {
    let here = h.tenant("a").await;
    let there = h.another_process().await.tenant(&app_id("a"));
    let checks = (0..100).map(|n| {
        let (here, there) = (&here, &there);
        async move {
            let id = format!("room-{n}");
            here.create_room(new_room(&id, NOW), None).await.unwrap();
            assert!(here.get_room(&room_id(&id)).await.unwrap().is_some());
            assert!(there.get_room(&room_id(&id)).await.unwrap().is_some());
        }
    });
    join_all(checks).await;
}

pub async fn batches_of_every_kind_at_once_are_written_whole(h: Harness) {
    let tenant = h.tenant_with_room("a", "room").await;
    let steps = (0..400).map(|n| {
        let tenant = tenant.clone();
        tokio::spawn(async move {
            let id = format!("x{n}");
            let with_key = (n % 7 == 0).then(|| key("rooms", &id));
            assert_eq!(tenant.create_room(new_room(&id, NOW), with_key).await.unwrap(), Created::New);
            assert_eq!(tenant.record_token(new_token(&id, &id, "zoe"), None).await.unwrap(), Created::New);
            let claims = join_all([&jti(&id); 3].map(|token| tenant.claim_token(token, NOW))).await;
            claims.into_iter().map(Result::unwrap).filter(|claim| *claim == Claim::Claimed).count()
        })
    });
    for claimed in join_all(steps).await {
        assert_eq!(claimed.unwrap(), 1);
    }
    assert_eq!(tenant.count_rooms().await.unwrap(), 401);
}

pub async fn what_was_queued_is_written_before_the_store_closes(h: Harness) {
    let tenant = h.tenant("a").await;
    let write = |n: usize| {
        let tenant = tenant.clone();
        tokio::spawn(async move { (n, tenant.create_room(new_room(&format!("room-{n}"), NOW), None).await) })
    };
    let mut writes: Vec<_> = (0..500).map(write).collect();
    // Once one is acknowledged the writer is at work and others wait.
    let (_, first) = writes.remove(0).await.unwrap();
    first.unwrap();
    h.store.close().await;
    let reader = h.another_process().await.tenant(&app_id("a"));
    for write in writes {
        let (n, answer) = write.await.unwrap();
        let is_there = reader.get_room(&room_id(&format!("room-{n}"))).await.unwrap().is_some();
        match answer {
            Ok(created) => assert!(created == Created::New && is_there, "{n}"),
            Err(error) => assert!(matches!(error, StoreError::Unavailable(_)) && !is_there, "{n}: {error:?}"),
        }
    }
}
