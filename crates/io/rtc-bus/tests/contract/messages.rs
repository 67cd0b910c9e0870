//! Publish and subscribe.

use crate::Harness;
use bytes::Bytes;
use rtc_bus::Notice;

fn message(text: impl Into<String>) -> Bytes {
    Bytes::from(text.into())
}

pub async fn a_message_reaches_every_subscriber_of_its_topic_in_order(h: Harness) {
    let (topic, other) = (h.name("topic"), h.name("other"));
    h.bus.publish(&topic, message("before")).await.unwrap();
    let mut here = h.bus.subscribe(&topic).await.unwrap();
    let mut second = h.bus.subscribe(&topic).await.unwrap();
    let mut there = h.there.subscribe(&topic).await.unwrap();
    let mut elsewhere = h.bus.subscribe(&other).await.unwrap();
    for n in 0..50 {
        h.bus.publish(&topic, message(n.to_string())).await.unwrap();
    }
    h.there.publish(&other, message("other")).await.unwrap();
    for subscription in [&mut here, &mut second, &mut there] {
        for n in 0..50 {
            assert_eq!(subscription.next().await, Notice::Message(message(n.to_string())));
        }
    }
    assert_eq!(elsewhere.next().await, Notice::Message(message("other")));
}

pub async fn a_subscription_that_ended_disturbs_no_other(h: Harness) {
    let topic = h.name("topic");
    let mut kept = h.bus.subscribe(&topic).await.unwrap();
    for n in 0..20 {
        let short = h.bus.subscribe(&topic).await.unwrap();
        let alone = h.bus.subscribe(&h.name("alone")).await.unwrap();
        drop((short, alone));
        h.there.publish(&topic, message(n.to_string())).await.unwrap();
        assert_eq!(kept.next().await, Notice::Message(message(n.to_string())));
    }
    let mut again = h.bus.subscribe(&h.name("alone")).await.unwrap();
    h.bus.publish(&h.name("alone"), message("again")).await.unwrap();
    assert_eq!(again.next().await, Notice::Message(message("again")));
}

pub async fn a_subscriber_that_is_too_slow_is_told_of_a_gap(h: Harness) {
    let topic = h.name("topic");
    let mut slow = h.bus.subscribe(&topic).await.unwrap();
    let mut quick = h.bus.subscribe(&topic).await.unwrap();
    for n in 0..1_000 {
        h.bus.publish(&topic, message(n.to_string())).await.unwrap();
        assert_eq!(quick.next().await, Notice::Message(message(n.to_string())));
    }
    assert_eq!(slow.next().await, Notice::Gap);
    let Notice::Message(next) = slow.next().await else { panic!("one gap is told once") };
    assert!(std::str::from_utf8(&next).unwrap().parse::<u32>().unwrap() > 0);
}
