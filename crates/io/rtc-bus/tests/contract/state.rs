//! Versioned state.

use crate::Harness;
use bytes::Bytes;
use futures_util::future::join_all;
use rtc_bus::{Advance, StateChange};

const DAY: u64 = 24 * 3_600_000;

fn change<const N: usize>(version: u64, members: [(&str, bool); N]) -> StateChange {
    StateChange {
        version,
        value: Bytes::from(format!("value {version}")),
        members: members.into_iter().map(|(member, is_in)| (member.to_owned(), is_in)).collect(),
    }
}

async fn members(h: &Harness, key: &str) -> Vec<String> {
    let mut members = h.there.read(key, 1_000).await.unwrap().unwrap().members;
    members.sort();
    members
}

pub async fn state_is_missing_until_it_is_put_there(h: Harness) {
    let key = h.name("state");
    assert_eq!(h.bus.read(&key, 10).await.unwrap(), None);
    assert_eq!(h.bus.advance(&key, &change(7, [("zoe", true)]), DAY).await.unwrap(), Advance::Missing);
    assert_eq!(h.bus.read(&key, 10).await.unwrap(), None);
    assert!(h.bus.replace(&key, &change(3, [("zoe", true), ("max", false)]), DAY).await.unwrap());
    let state = h.there.read(&key, 10).await.unwrap().unwrap();
    assert_eq!((state.version, &state.value[..], state.member_count), (3, &b"value 3"[..], 1));
    assert_eq!(state.members, ["zoe"]);
}

pub async fn changes_may_come_in_any_order_and_more_than_once(h: Harness) {
    let changes = [
        change(1, [("zoe", true)]),
        change(2, [("max", true)]),
        change(3, [("zoe", false)]),
        change(4, [("eve", true), ("zoe", true)]),
        change(5, [("max", false)]),
    ];
    for order in [[0, 1, 2, 3, 4], [4, 3, 2, 1, 0], [2, 0, 4, 1, 3], [3, 4, 0, 2, 1]] {
        let key = h.name(&format!("{order:?}"));
        h.bus.replace(&key, &change(0, []), DAY).await.unwrap();
        for n in order.into_iter().chain(order) {
            h.bus.advance(&key, &changes[n], DAY).await.unwrap();
        }
        let state = h.bus.read(&key, 10).await.unwrap().unwrap();
        assert_eq!((state.version, &state.value[..]), (5, &b"value 5"[..]), "{order:?}");
        assert_eq!(members(&h, &key).await, ["eve", "zoe"], "{order:?}");
    }
    let key = h.name("newest");
    h.bus.replace(&key, &change(1, []), DAY).await.unwrap();
    assert_eq!(h.bus.advance(&key, &changes[2], DAY).await.unwrap(), Advance::Newest);
    assert_eq!(h.bus.advance(&key, &changes[1], DAY).await.unwrap(), Advance::Older);
    assert_eq!(h.bus.advance(&key, &changes[2], DAY).await.unwrap(), Advance::Older);
}

pub async fn a_rebuild_never_goes_back(h: Harness) {
    let key = h.name("state");
    assert!(h.bus.replace(&key, &change(5, [("zoe", true)]), DAY).await.unwrap());
    assert!(!h.bus.replace(&key, &change(4, [("max", true)]), DAY).await.unwrap());
    assert_eq!(members(&h, &key).await, ["zoe"]);
    // One of the same version repairs what a lost change left behind.
    assert!(h.bus.replace(&key, &change(5, [("eve", true)]), DAY).await.unwrap());
    assert_eq!(members(&h, &key).await, ["eve"]);
    assert_eq!(h.bus.advance(&key, &change(6, [("eve", false)]), DAY).await.unwrap(), Advance::Newest);
    assert_eq!(members(&h, &key).await, [""; 0]);
}

pub async fn members_are_counted_and_read_up_to_a_limit(h: Harness) {
    let key = h.name("state");
    let members = (0..500).map(|n| (format!("user{n}"), true)).collect();
    let all = StateChange { members, ..change(1, []) };
    h.bus.replace(&key, &all, DAY).await.unwrap();
    for max in [0, 1, 10, 500, 1_000] {
        let state = h.bus.read(&key, max).await.unwrap().unwrap();
        assert_eq!((state.member_count, state.members.len()), (500, max.min(500)));
        let mut unique = state.members;
        unique.sort();
        unique.dedup();
        assert_eq!(unique.len(), max.min(500));
    }
}

pub async fn concurrent_changes_lose_nothing(h: Harness) {
    let key = h.name("state");
    h.bus.replace(&key, &change(0, []), DAY).await.unwrap();
    let changes = (1..=200u64).map(|version| {
        let (h, key) = (&h, &key);
        async move {
            let bus = if version % 2 == 0 { &h.bus } else { &h.there };
            let change =
                StateChange { members: vec![(format!("user{version}"), true)], ..change(version, []) };
            bus.advance(key, &change, DAY).await.unwrap();
        }
    });
    join_all(changes).await;
    let state = h.bus.read(&key, 0).await.unwrap().unwrap();
    assert_eq!((state.version, state.member_count), (200, 200));
}

pub async fn state_lives_for_its_time_after_the_last_change(h: Harness) {
    let key = h.name("state");
    assert_eq!(h.bus.lives_for(&key).await.unwrap(), None);
    h.bus.replace(&key, &change(1, [("zoe", true)]), DAY).await.unwrap();
    let left = h.bus.lives_for(&key).await.unwrap().unwrap();
    assert!(left > DAY - 600_000 && left <= DAY, "{left}");
    h.bus.advance(&key, &change(2, [("zoe", false)]), 3 * DAY).await.unwrap();
    let left = h.bus.lives_for(&key).await.unwrap().unwrap();
    assert!(left > 3 * DAY - 600_000 && left <= 3 * DAY, "{left}");
}

pub async fn a_counter_counts_from_everywhere(h: Harness) {
    let key = h.name("counter");
    let adds = (0..100).map(|n| if n % 2 == 0 { &h.bus } else { &h.there }.add(&key, 2, DAY));
    let mut values: Vec<_> = join_all(adds).await.into_iter().map(Result::unwrap).collect();
    values.sort();
    assert_eq!(values, (1..=100).map(|n| n * 2).collect::<Vec<_>>());
    assert_eq!(h.bus.add(&key, -200, DAY).await.unwrap(), 0);
    assert!(h.bus.lives_for(&key).await.unwrap().is_some_and(|left| left <= DAY));
}

pub async fn state_that_was_removed_is_gone(h: Harness) {
    let key = h.name("state");
    h.bus.replace(&key, &change(9, [("zoe", true)]), DAY).await.unwrap();
    h.there.remove(&key).await.unwrap();
    h.there.remove(&key).await.unwrap();
    assert_eq!(h.bus.read(&key, 1).await.unwrap(), None);
    h.bus.replace(&key, &change(1, []), DAY).await.unwrap();
    assert_eq!(members(&h, &key).await, [""; 0]);
}
