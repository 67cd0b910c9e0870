//! Webhooks out, to an endpoint that really listens.

use crate::world::World;
use axum::{Router, body::Bytes, extract::State, http::HeaderMap, http::StatusCode};
use parking_lot::Mutex;
use rtc_app::{DeliveryState, StreamRole};
use rtc_outbound::{ClientOptions, HttpClient, Reach};
use serde_json::Value;
use std::sync::{
    Arc,
    atomic::{AtomicU16, Ordering},
};
use tokio::net::TcpListener;

struct Receiver {
    url: String,
    seen: Arc<Mutex<Vec<(HeaderMap, Bytes)>>>,
    status: Arc<AtomicU16>,
}

type Shared = (Arc<Mutex<Vec<(HeaderMap, Bytes)>>>, Arc<AtomicU16>);

impl Receiver {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}/hook", listener.local_addr().expect("an address"));
        let (seen, status) = (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicU16::new(200)));
        let shared: Shared = (seen.clone(), status.clone());
        let router = Router::new().fallback(take).with_state(shared);
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, seen, status }
    }

    fn answers(&self, status: u16) {
        self.status.store(status, Ordering::Relaxed);
    }

    fn events(&self) -> Vec<String> {
        let name = |body: &Bytes| {
            let body: Value = serde_json::from_slice(body).expect("JSON");
            body["event"].as_str().expect("an event").to_owned()
        };
        self.seen.lock().iter().map(|(_, body)| name(body)).collect()
    }
}

async fn take(State((seen, status)): State<Shared>, headers: HeaderMap, body: Bytes) -> StatusCode {
    seen.lock().push((headers, body));
    StatusCode::from_u16(status.load(Ordering::Relaxed)).expect("a status")
}

fn client() -> HttpClient {
    HttpClient::new(ClientOptions::for_webhooks(Reach::Anywhere))
}

async fn registered(world: &World, receiver: &Receiver) -> String {
    let made = world.app.create_webhook_endpoint(&world.tenant, receiver.url.clone(), vec!["*".into()]).await;
    made.expect("an endpoint").endpoint.id
}

#[tokio::test]
async fn an_endpoint_hears_of_a_room_in_order_and_each_event_once() {
    let world = World::new().await;
    let receiver = Receiver::start().await;
    registered(&world, &receiver).await;
    let stream = world.create("daily").await;
    world.join(&stream.stream.id, "ann", StreamRole::Viewer).await.expect("a place");
    world.session(&stream, "e1", "participant_joined", "ann", "PA_1").await;
    world.session(&stream, "e2", "participant_left", "ann", "PA_1").await;
    world.app.deliver_once(&client()).await.expect("delivered");
    let events = receiver.events();
    assert!(events.starts_with(&["livestream_created".to_owned()]), "{events:?}");
    assert!(
        events.ends_with(&["participant_joined".to_owned(), "participant_left".to_owned()]),
        "{events:?}"
    );
    assert_eq!(world.app.deliver_once(&client()).await.expect("nothing"), 0);
    for (headers, body) in receiver.seen.lock().iter() {
        let header = headers["authorization"].to_str().expect("a text");
        world.key.verify_webhook(header, body, world.now()).expect("the tenant's signature");
    }
}

#[tokio::test]
async fn what_fails_waits_for_its_time_and_keeps_the_rest_of_its_room_waiting() {
    let world = World::new().await;
    let receiver = Receiver::start().await;
    let endpoint = registered(&world, &receiver).await;
    receiver.answers(500);
    let stream = world.create("daily").await;
    world.app.deliver_once(&client()).await.expect("tried");
    assert_eq!(
        receiver.events(),
        ["livestream_created"],
        "one attempt of the oldest, and nothing overtakes it"
    );
    world.session(&stream, "e1", "participant_joined", "ann", "PA_1").await;
    assert_eq!(world.app.deliver_once(&client()).await.expect("nothing is due"), 0);
    let log = world.app.list_webhook_deliveries(&world.tenant, &endpoint, 10, None).await.expect("a log");
    let oldest = log.last().expect("an entry");
    assert_eq!(
        (oldest.state, oldest.attempts, oldest.response_status),
        (DeliveryState::Waiting, 1, Some(500))
    );
    assert!(
        (4_000..=6_000).contains(&(oldest.due_at - world.now())),
        "due in {}",
        oldest.due_at - world.now()
    );

    receiver.answers(200);
    world.pass(6_001);
    world.app.deliver_once(&client()).await.expect("delivered");
    let events = receiver.events();
    assert_eq!(events[..2], ["livestream_created", "livestream_created"], "{events:?}");
    assert_eq!(events.last().map(String::as_str), Some("participant_joined"));
}

#[tokio::test]
async fn an_endpoint_that_is_gone_gets_nothing_any_more() {
    let world = World::new().await;
    let receiver = Receiver::start().await;
    registered(&world, &receiver).await;
    receiver.answers(410);
    let stream = world.create("daily").await;
    world.app.deliver_once(&client()).await.expect("tried");
    let told = receiver.events().len();
    world.session(&stream, "e1", "participant_joined", "ann", "PA_1").await;
    assert_eq!(world.app.deliver_once(&client()).await.expect("nothing"), 0);
    assert_eq!(receiver.events().len(), told);
    let endpoints = world.app.list_webhook_endpoints(&world.tenant).await.expect("a list");
    assert!(endpoints[0].disabled_at.is_some());
}

#[tokio::test]
async fn a_local_endpoint_is_refused_where_only_public_ones_may_be_called() {
    let world = World::new().await;
    let receiver = Receiver::start().await;
    let endpoint = registered(&world, &receiver).await;
    world.create("daily").await;
    let guarded = HttpClient::new(ClientOptions::for_webhooks(Reach::Public));
    world.app.deliver_once(&guarded).await.expect("tried");
    assert!(receiver.events().is_empty());
    let log = world.app.list_webhook_deliveries(&world.tenant, &endpoint, 10, None).await.expect("a log");
    let why = log.last().and_then(|entry| entry.last_error.clone()).unwrap_or_default();
    assert!(why.contains("private or local"), "{why}");
}
