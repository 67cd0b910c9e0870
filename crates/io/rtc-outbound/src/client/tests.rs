//! The client against real sockets.

use super::*;
use crate::testing::Receiver;
use axum::{body::Body, response::IntoResponse};
use tokio::net::TcpListener;

fn client(reach: Reach) -> HttpClient {
    HttpClient::new(ClientOptions { timeout_ms: 5_000, ..ClientOptions::for_webhooks(reach) })
}

async fn post(client: &HttpClient, url: &str) -> Result<Answer, RequestError> {
    let target = Target::parse(url, Reach::Anywhere).expect("a URL");
    client.post(&target, HeaderMap::new(), Bytes::from_static(b"{}")).await
}

#[tokio::test]
async fn an_answer_comes_back_with_its_status_and_body() {
    let receiver = Receiver::start(|_| (axum::http::StatusCode::CREATED, "made").into_response()).await;
    let answer = post(&client(Reach::Anywhere), &format!("{}/hook", receiver.url)).await.expect("an answer");
    assert_eq!(answer, Answer { status: 201, body: b"made".to_vec(), is_cut: false });
    let seen = receiver.seen();
    assert_eq!((seen.len(), seen[0].path.as_str(), seen[0].body.as_slice()), (1, "/hook", b"{}".as_slice()));
}

#[tokio::test]
async fn a_guarded_client_reaches_no_local_address_by_number_or_name() {
    let receiver = Receiver::start(|_| "no".into_response()).await;
    let by_name = receiver.url.replace("127.0.0.1", "localhost");
    let guarded = client(Reach::Public);
    assert_eq!(post(&guarded, &receiver.url).await, Err(RequestError::Forbidden));
    assert_eq!(post(&guarded, &by_name).await, Err(RequestError::Forbidden));
    assert!(receiver.seen().is_empty());
    assert!(post(&client(Reach::Anywhere), &by_name).await.is_ok());
}

#[tokio::test]
async fn the_resolver_gives_a_guarded_client_no_local_address() {
    let resolve = |reach| GuardedResolver(reach).resolve("localhost".parse().expect("a name"));
    let refused = resolve(Reach::Public).await.err().expect("a refusal");
    assert!(matches!(refused.downcast_ref(), Some(Refusal(RequestError::Forbidden))));
    assert!(resolve(Reach::Anywhere).await.is_ok_and(|mut found| found.next().is_some()));
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_is_not_followed() {
    let receiver = Receiver::start(|seen| match seen.path.as_str() {
        "/from" => (axum::http::StatusCode::FOUND, [("location", "/to")]).into_response(),
        _ => "followed".into_response(),
    })
    .await;
    let answer = post(&client(Reach::Anywhere), &format!("{}/from", receiver.url)).await.expect("an answer");
    assert_eq!((answer.status, receiver.seen().len()), (302, 1));
}

#[tokio::test]
async fn an_endless_answer_is_cut_at_the_limit() {
    let receiver = Receiver::start(|_| Body::from(vec![b'x'; 1 << 20]).into_response()).await;
    let answer = post(&client(Reach::Anywhere), &receiver.url).await.expect("an answer");
    assert_eq!((answer.status, answer.body.len(), answer.is_cut), (200, 4096, true));
}

#[tokio::test]
async fn a_server_that_says_nothing_runs_into_the_time_limit() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let hasty = ClientOptions { timeout_ms: 50, ..ClientOptions::for_webhooks(Reach::Anywhere) };
    assert_eq!(post(&HttpClient::new(hasty), &url).await, Err(RequestError::Timeout));
}

#[tokio::test]
async fn a_closed_port_and_a_broken_connection_are_told_apart() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let hang_up = tokio::spawn(async move {
        let (socket, _) = listener.accept().await.expect("a connection");
        let _ = socket.readable().await;
        drop(socket);
    });
    assert_eq!(post(&client(Reach::Anywhere), &url).await, Err(RequestError::Broken));
    hang_up.await.expect("it ends");
    assert_eq!(post(&client(Reach::Anywhere), &url).await, Err(RequestError::Connect));
}
