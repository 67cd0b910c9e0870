//! Outgoing webhooks: endpoints, order, retries, the log.

use crate::support::{streams::*, *};
use rtc_livestream::Event;
use rtc_store::{Action, Change, DeliveryCounts, DeliveryState, Settled, Store, Told};
use rtc_types::Millis;

const LEASE: Millis = 30_000;

async fn claim(store: &Store, now: Millis) -> Vec<(String, String)> {
    let mut claimed: Vec<_> = (store.claim_deliveries(100, LEASE, now).await.unwrap().into_iter())
        .map(|delivery| (delivery.endpoint_id, delivery.id))
        .collect();
    claimed.sort();
    claimed
}

fn pairs<const N: usize>(pairs: [(&str, &str); N]) -> Vec<(String, String)> {
    pairs.into_iter().map(|(endpoint, id)| (endpoint.to_owned(), id.to_owned())).collect()
}

pub async fn an_endpoint_is_read_as_it_was_made(h: Harness) {
    let (a, b) = (h.tenant("a").await, h.tenant("b").await);
    assert!(a.create_endpoint(new_endpoint("1", &["room_started", "room_finished"]), 2).await.unwrap());
    assert!(a.create_endpoint(new_endpoint("2", &["*"]), 2).await.unwrap());
    assert!(!a.create_endpoint(new_endpoint("3", &["*"]), 2).await.unwrap());
    let all = a.list_endpoints().await.unwrap();
    assert_eq!(all.len(), 2);
    assert_eq!(all[0].events, ["room_started", "room_finished"]);
    assert_eq!((all[0].url.as_str(), all[0].disabled_at), ("https://1.example/hook", None));
    assert_eq!(a.get_endpoint("2").await.unwrap().as_ref(), all.get(1));
    assert_eq!(b.get_endpoint("2").await.unwrap(), None);
    assert!(!b.delete_endpoint("2").await.unwrap());
    assert!(a.delete_endpoint("2").await.unwrap());
    assert_eq!(a.list_endpoints().await.unwrap().len(), 1);
}

pub async fn an_endpoint_is_told_what_it_asked_for_in_the_transaction_of_the_change(h: Harness) {
    let (tenant, room) = h.live().await;
    tenant.create_endpoint(new_endpoint("all", &["*"]), 9).await.unwrap();
    tenant.create_endpoint(new_endpoint("some", &["livestream_ended"]), 9).await.unwrap();
    let other = h.tenant("b").await;
    other.create_endpoint(new_endpoint("other", &["*"]), 9).await.unwrap();
    let finished = webhook("a", &room, "1", Action::Event(Event::RoomFinished { at: NOW + 1 }));
    let change = Change { told: Some(told("m1", "room_finished", "show")), ..finished };
    let more = |_: &Change, applied: &rtc_store::Applied| -> Vec<Told> {
        vec![told("m2", "livestream_ended", &applied.row.room_name)]
    };
    for _ in 0..2 {
        // The second time it is a duplicate, of which nobody is told.
        h.store.apply(std::slice::from_ref(&change), &more, NOW).await.unwrap();
    }
    let of = async |endpoint: &str| {
        let log = tenant.list_deliveries(endpoint, 10, None).await.unwrap();
        log.into_iter().map(|delivery| delivery.id).collect::<Vec<_>>()
    };
    assert_eq!(of("all").await, ["m2", "m1"]);
    assert_eq!(of("some").await, ["m2"]);
    assert_eq!(of("other").await, [""; 0]);
    assert_eq!(other.list_deliveries("other", 10, None).await.unwrap(), []);
}

pub async fn deliveries_keep_the_order_of_their_room_and_hold_up_no_other(h: Harness) {
    let tenant = h.tenant("a").await;
    for endpoint in ["e", "f"] {
        tenant.create_endpoint(new_endpoint(endpoint, &["*"]), 9).await.unwrap();
    }
    for (id, room) in [("1", "x"), ("2", "x"), ("3", "y")] {
        tenant.tell(&told(id, "room_started", room), NOW).await.unwrap();
    }
    let there = h.another_process().await;
    assert_eq!(claim(&h.store, NOW).await, pairs([("e", "1"), ("e", "3"), ("f", "1"), ("f", "3")]));
    assert_eq!(claim(&there, NOW).await, []);
    let again = Settled::Again { due_at: NOW + 5_000, status: Some(500), why: "it answered 500".into() };
    h.store.settle_delivery("e", "1", &again, NOW).await.unwrap();
    h.store.settle_delivery("f", "1", &Settled::Delivered { status: 200 }, NOW).await.unwrap();
    assert_eq!(claim(&there, NOW + 1).await, pairs([("f", "2")]));
    assert_eq!(h.store.next_delivery_due().await.unwrap(), Some(NOW));
    assert_eq!(claim(&h.store, NOW + 5_000).await, pairs([("e", "1")]));
    let failed = Settled::Failed { status: None, why: "it could not be reached".into() };
    h.store.settle_delivery("e", "1", &failed, NOW + 6_000).await.unwrap();
    let next = h.store.claim_deliveries(10, LEASE, NOW + 6_000).await.unwrap().remove(0);
    assert_eq!((next.id.as_str(), next.url.as_str(), next.attempts), ("2", "https://e.example/hook", 1));
    assert_eq!((next.app_id, next.secret_sealed.as_str()), (app_id("a"), "v1.sealed-e"));
    let counts = h.store.count_deliveries().await.unwrap();
    assert_eq!(counts, DeliveryCounts { waiting: 0, active: 4, delivered: 1, failed: 1 });
}

pub async fn a_delivery_is_in_the_log_and_can_be_sent_again(h: Harness) {
    let (a, b) = (h.tenant("a").await, h.tenant("b").await);
    a.create_endpoint(new_endpoint("e", &["room_started"]), 9).await.unwrap();
    for id in ["1", "2", "3"] {
        a.tell(&told(id, "room_started", id), NOW).await.unwrap();
    }
    a.tell(&told("4", "room_finished", "4"), NOW).await.unwrap();
    assert!(a.tell_endpoint("e", &told("5", "test", "5"), NOW).await.unwrap());
    assert!(!b.tell_endpoint("e", &told("6", "test", "6"), NOW).await.unwrap());
    claim(&h.store, NOW).await;
    h.store.settle_delivery("e", "1", &Settled::Delivered { status: 204 }, NOW + 7).await.unwrap();
    let log = a.list_deliveries("e", 10, None).await.unwrap();
    assert_eq!(log.iter().map(|delivery| delivery.id.as_str()).collect::<Vec<_>>(), ["5", "3", "2", "1"]);
    let first = &log[3];
    assert_eq!((first.state, first.response_status), (DeliveryState::Delivered, Some(204)));
    assert_eq!((first.settled_at, first.attempts), (Some(NOW + 7), 1));
    assert_eq!(a.list_deliveries("e", 1, Some("3")).await.unwrap(), log[2..3]);
    assert_eq!(b.list_deliveries("e", 10, None).await.unwrap(), []);

    assert_eq!(a.replay_delivery("e", "2", NOW + 8).await.unwrap(), None);
    assert_eq!(b.replay_delivery("e", "1", NOW + 8).await.unwrap(), None);
    let replayed = a.replay_delivery("e", "1", NOW + 8).await.unwrap().unwrap();
    assert_eq!((replayed.state, replayed.attempts), (DeliveryState::Waiting, 0));
    assert_eq!(claim(&h.store, NOW + 8).await, pairs([("e", "1")]));
}

pub async fn an_endpoint_that_is_gone_is_told_nothing_more(h: Harness) {
    let tenant = h.tenant("a").await;
    tenant.create_endpoint(new_endpoint("e", &["*"]), 9).await.unwrap();
    for id in ["1", "2"] {
        tenant.tell(&told(id, "room_started", "x"), NOW).await.unwrap();
    }
    claim(&h.store, NOW).await;
    h.store.settle_delivery("e", "1", &Settled::Gone { status: 410 }, NOW + 1).await.unwrap();
    tenant.tell(&told("3", "room_started", "x"), NOW + 2).await.unwrap();
    let log = tenant.list_deliveries("e", 10, None).await.unwrap();
    assert_eq!(log.len(), 2);
    assert!(log.iter().all(|delivery| delivery.state == DeliveryState::Failed));
    assert_eq!(log[1].response_status, Some(410));
    assert_eq!(tenant.get_endpoint("e").await.unwrap().unwrap().disabled_at, Some(NOW + 1));
    assert_eq!(claim(&h.store, NOW + 10 * LEASE).await, []);
}

pub async fn old_ids_and_settled_deliveries_are_purged(h: Harness) {
    let (tenant, room) = h.live().await;
    tenant.create_endpoint(new_endpoint("e", &["*"]), 9).await.unwrap();
    for id in ["1", "2"] {
        tenant.tell(&told(id, "room_started", id), NOW).await.unwrap();
    }
    claim(&h.store, NOW).await;
    h.store.settle_delivery("e", "1", &Settled::Delivered { status: 200 }, NOW).await.unwrap();
    h.apply(webhook("a", &room, "w", Action::Record)).await;
    let day = 24 * HOUR;
    assert_eq!(h.store.purge(NOW + day - 1).await.unwrap().webhook_ids, 0);
    let purged = h.store.purge(NOW + 7 * day).await.unwrap();
    assert_eq!((purged.webhook_ids, purged.deliveries), (1, 1));
    assert_eq!(tenant.list_deliveries("e", 10, None).await.unwrap().len(), 1);
}
