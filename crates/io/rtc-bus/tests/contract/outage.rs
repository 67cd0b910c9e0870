//! A Redis that goes away and comes back.

use crate::server::Server;
use bytes::Bytes;
use rtc_bus::{Advance, Bus, BusError, Notice, StateChange};

const DAY: u64 = 24 * 3_600_000;

fn is_unavailable<T: std::fmt::Debug>(answer: Result<T, BusError>) {
    assert!(matches!(answer, Err(BusError::Unavailable(_))), "{answer:?}");
}

#[tokio::test]
async fn a_redis_that_stops_is_unavailable_until_it_is_back_and_subscribers_learn_of_the_gap() {
    let Some(server) = Server::start() else { return };
    let bus = Bus::redis(&server.url()).unwrap();
    bus.ping().await.unwrap();
    let mut subscription = bus.subscribe("topic").await.unwrap();
    let change = StateChange { version: 1, value: Bytes::new(), members: vec![("zoe".into(), true)] };
    assert!(bus.replace("key", &change, DAY).await.unwrap());

    server.stop();
    for _ in 0..2 {
        is_unavailable(bus.ping().await);
        is_unavailable(bus.publish("topic", Bytes::from("lost")).await);
        is_unavailable(bus.read("key", 1).await);
        is_unavailable(bus.advance("key", &change, DAY).await);
        is_unavailable(bus.add("counter", 1, DAY).await);
    }
    is_unavailable(bus.subscribe("other").await.map(drop));

    server.resume();
    assert_eq!(subscription.next().await, Notice::Gap);
    // Nothing was kept: its owner rebuilds it.
    while let Err(error) = bus.ping().await {
        assert!(matches!(error, BusError::Unavailable(_)), "{error:?}");
    }
    assert_eq!(bus.advance("key", &change, DAY).await.unwrap(), Advance::Missing);
    bus.publish("topic", Bytes::from("back")).await.unwrap();
    assert_eq!(subscription.next().await, Notice::Message(Bytes::from("back")));
    let mut other = bus.subscribe("other").await.unwrap();
    bus.publish("other", Bytes::from("new")).await.unwrap();
    assert_eq!(other.next().await, Notice::Message(Bytes::from("new")));
}

#[tokio::test]
async fn a_redis_that_is_not_there_yet_is_no_hindrance_to_start() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let bus = Bus::redis(&format!("redis://127.0.0.1:{port}")).unwrap();
    is_unavailable(bus.ping().await);
    is_unavailable(bus.subscribe("topic").await.map(drop));
    assert!(matches!(Bus::redis("http://127.0.0.1"), Err(BusError::Url(_))));
}
