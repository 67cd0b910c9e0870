//! What clients that do not play fair can hold, over real sockets. Deadlines are short here; nothing has to be done
//! before one.

use super::*;
use axum::routing::{get, post};
use bytes::Bytes;
use futures_util::{Stream, StreamExt as _, future::BoxFuture, stream};
use rtc_http::{Lasting, Outlet, Source};
use std::{convert::Infallible, io, sync::Arc, time::Instant};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// A request that is answered and ends its connection.
const SHORT: &str = "GET / HTTP/1.1\r\nhost: here\r\nconnection: close\r\n\r\n";

struct Served {
    server: Server,
    address: SocketAddr,
}

async fn serve(router: Router) -> Served {
    serve_with(router, HEAD_TIMEOUT, WRITE_TIMEOUT).await
}

async fn serve_with(router: Router, head: Duration, write: Duration) -> Served {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let bound = Bound { listener, address, variable: "PORT" };
    Served { server: Server::start_with(vec![bound], &router, Patience { head, write }), address }
}

impl Served {
    /// A client that has sent this much.
    async fn client(&self, sent: &str) -> TcpStream {
        let mut stream = TcpStream::connect(self.address).await.expect("a connection");
        stream.write_all(sent.as_bytes()).await.expect("sent");
        stream
    }
}

/// All that the server sends until it closes.
async fn rest(mut stream: TcpStream) -> String {
    let mut text = Vec::new();
    match stream.read_to_end(&mut text).await {
        Ok(_) => {}
        // What it did not read of ours makes its close a reset.
        Err(error) => assert_eq!(error.kind(), io::ErrorKind::ConnectionReset),
    }
    String::from_utf8(text).expect("text")
}

fn small() -> Router {
    Router::new().route("/", get(|| async { "here" }))
}

#[tokio::test]
async fn a_head_that_never_ends_costs_its_connection_and_others_are_served() {
    let served = serve_with(small(), Duration::from_millis(500), WRITE_TIMEOUT).await;
    let began = Instant::now();
    let mut slow = Vec::new();
    for _ in 0..50 {
        slow.push(served.client("GET / HTTP/1.1\r\nhost: here\r\nx-slow: a").await);
    }
    // On a busy machine the deadline may come to a client that means well, too.
    while !rest(served.client(SHORT).await).await.ends_with("here") {}
    for stream in slow {
        assert!(!rest(stream).await.starts_with("HTTP/1.1 200"));
    }
    assert!(began.elapsed() >= Duration::from_millis(500), "not before the deadline");
    served.server.stop().await;
}

#[tokio::test]
async fn a_connection_that_asks_nothing_is_closed() {
    let served = serve_with(small(), Duration::from_millis(50), WRITE_TIMEOUT).await;
    assert_eq!(rest(served.client("").await).await, "");
}

#[tokio::test]
async fn a_head_beyond_the_limit_is_refused_whatever_pieces_it_comes_in() {
    let served = serve(small()).await;
    for bytes in [HEAD_BYTES_MAX, 70 * 1024, 3 * HEAD_BYTES_MAX] {
        let long = "a".repeat(bytes);
        let mut stream = TcpStream::connect(served.address).await.expect("a connection");
        // The server may close before it has all.
        _ = stream.write_all(format!("GET / HTTP/1.1\r\nx-long: {long}\r\n\r\n").as_bytes()).await;
        let answer = rest(stream).await;
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 431"), "{bytes} bytes: {answer}");
    }
    let fits = "a".repeat(16 * 1024);
    let request = format!("GET / HTTP/1.1\r\nhost: here\r\nconnection: close\r\nx-long: {fits}\r\n\r\n");
    assert!(rest(served.client(&request).await).await.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn a_client_that_reads_nothing_holds_a_bounded_piece_of_an_answer() {
    let produced = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let count = produced.clone();
    // An answer without end, produced as it is taken.
    let endless = move || {
        let count = count.clone();
        let piece = move || {
            count.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            Ok::<_, Infallible>(vec![b'a'; 64 * 1024])
        };
        async move { Body::from_stream(futures_util::stream::iter(std::iter::repeat_with(piece))) }
    };
    let served = serve(small().route("/endless", post(endless))).await;
    let slow = served.client("POST /endless HTTP/1.1\r\nhost: here\r\ncontent-length: 0\r\n\r\n").await;
    // The pieces that the two sockets' buffers take are produced, and then no more, however often others are served.
    let mut last = usize::MAX;
    loop {
        for _ in 0..20 {
            assert!(rest(served.client(SHORT).await).await.ends_with("here"));
        }
        let now = produced.load(std::sync::atomic::Ordering::SeqCst);
        assert!(now < 4_096, "{now} pieces of 64 KiB for a client that reads none");
        if now == last {
            break;
        }
        last = now;
    }
    drop(slow);
}

/// Tells when what it is part of is dropped.
struct Dropped(mpsc::UnboundedSender<()>);

impl Drop for Dropped {
    fn drop(&mut self) {
        _ = self.0.send(());
    }
}

/// Large frames without end. The receiver hears when they are dropped.
fn endless() -> (impl Fn() -> stream::BoxStream<'static, Bytes> + Clone, mpsc::UnboundedReceiver<()>) {
    let (sender, dropped) = mpsc::unbounded_channel();
    let frames = move || {
        let dropped = Dropped(sender.clone());
        let frame = move || {
            let _kept = &dropped;
            Bytes::from(vec![b'a'; 64 * 1024])
        };
        stream::iter(std::iter::repeat_with(frame)).boxed()
    };
    (frames, dropped)
}

fn lasting(frames: impl Stream<Item = Bytes> + Send + 'static) -> Response {
    Lasting::answer([("x-kind", "lasting")], frames, std::future::pending())
}

const EVENTS: &str = "GET /events HTTP/1.1\r\nhost: here\r\n\r\n";

#[tokio::test]
async fn a_reader_that_stalls_is_cut_off_and_delays_nobody() {
    let (frames, mut dropped) = endless();
    let body_frames = frames.clone();
    let body = move || {
        let frames = body_frames();
        async move { Body::from_stream(frames.map(Ok::<_, Infallible>)) }
    };
    let router = small()
        .route("/body", get(body))
        .route("/events", get(move || std::future::ready(lasting(frames()))));
    let served = serve_with(router, HEAD_TIMEOUT, Duration::from_millis(300)).await;
    let began = Instant::now();
    let stalled = [served.client(EVENTS).await, served.client(&EVENTS.replace("/events", "/body")).await];
    assert!(rest(served.client(SHORT).await).await.ends_with("here"));
    for _ in &stalled {
        dropped.recv().await.expect("both are cut off");
    }
    assert!(began.elapsed() >= Duration::from_millis(300), "not before the deadline");
    // Nothing of them is left: the server ends although their clients still hold on.
    served.server.stop().await;
    drop(stalled);
}

#[tokio::test]
async fn an_answer_that_lasts_sends_each_frame_at_once_and_ends_with_its_connection() {
    let (frames, to_send) = mpsc::unbounded_channel::<&'static str>();
    let to_send = std::sync::Arc::new(parking_lot::Mutex::new(Some(to_send)));
    let events = move || {
        let to_send = to_send.lock().take().expect("one reader");
        let frames = stream::unfold(to_send, |mut to_send| async {
            Some((Bytes::from(to_send.recv().await?), to_send))
        });
        std::future::ready(lasting(frames))
    };
    let served = serve(small().route("/events", get(events))).await;
    let mut reader = served.client(EVENTS).await;
    let mut got = String::new();
    for frame in ["one;", "two;", "three;"] {
        frames.send(frame).expect("sent");
        while !got.ends_with(frame) {
            let mut piece = [0; 1024];
            let length = reader.read(&mut piece).await.expect("read");
            assert!(length > 0, "it ended: {got}");
            got.push_str(std::str::from_utf8(&piece[..length]).expect("text"));
        }
    }
    drop(frames);
    assert_eq!(rest(reader).await, "");
    let (head, body) = got.split_once("\r\n\r\n").expect("a head");
    assert_eq!(body, "one;two;three;");
    assert!(head.starts_with("HTTP/1.1 200 OK\r\nx-kind: lasting\r\ndate: "), "{head}");
    assert!(head.ends_with(" GMT\r\nconnection: close"), "{head}");
}

#[tokio::test]
async fn a_reader_of_a_lasting_answer_that_goes_is_noticed_and_one_that_stays_ends_with_the_server() {
    let (sender, mut dropped) = mpsc::unbounded_channel();
    let events = move || {
        let quiet = stream::iter([Bytes::from("hello")]).chain(stream::pending());
        let kept = Dropped(sender.clone());
        std::future::ready(lasting(quiet.map(move |frame| {
            let _kept = &kept;
            frame
        })))
    };
    let served = serve(small().route("/events", get(events))).await;
    let hello = async |mut reader: TcpStream| {
        let mut got = Vec::new();
        while !got.ends_with(b"hello") {
            assert!(reader.read_buf(&mut got).await.expect("read") > 0);
        }
        reader
    };
    let goes = hello(served.client(EVENTS).await).await;
    let stays = hello(served.client(EVENTS).await).await;
    drop(goes);
    dropped.recv().await.expect("it is noticed");
    assert!(dropped.try_recv().is_err());
    served.server.stop().await;
    assert_eq!(rest(stays).await, "");
}

/// Says hello, and hands its outlet to the test.
struct Handed {
    hello: Option<Bytes>,
    outlets: mpsc::UnboundedSender<Arc<dyn Outlet>>,
    _kept: Dropped,
}

impl Source for Handed {
    fn next(&mut self) -> BoxFuture<'_, Option<Bytes>> {
        match self.hello.take() {
            Some(hello) => Box::pin(std::future::ready(Some(hello))),
            None => Box::pin(std::future::pending()),
        }
    }

    fn attach(&mut self, outlet: &Arc<dyn Outlet>) -> bool {
        self.outlets.send(outlet.clone()).is_ok()
    }
}

#[tokio::test]
async fn frames_are_pushed_and_a_reader_that_does_not_keep_up_is_dropped_alone() {
    let (outlets, mut attached) = mpsc::unbounded_channel();
    let (sender, mut dropped) = mpsc::unbounded_channel();
    let events = move || {
        let hello = Some(Bytes::from_static(b"hello;"));
        let source = Handed { hello, outlets: outlets.clone(), _kept: Dropped(sender.clone()) };
        std::future::ready(Lasting::answer_from([("x-kind", "pushed")], source, std::future::pending()))
    };
    let served = serve(small().route("/events", get(events))).await;
    let slow = served.client(EVENTS).await;
    let stalled = attached.recv().await.expect("an outlet");
    let mut reader = served.client(EVENTS).await;
    let outlet = attached.recv().await.expect("an outlet");
    let large = Bytes::from(vec![b'a'; 256 * 1024]);
    let mut pushed = 0;
    // The kernel holds some for the one that reads nothing, then it is as far behind as it may be.
    while dropped.try_recv().is_err() {
        stalled.push(&large);
        pushed += 1;
        assert!(pushed < 10_000, "what waits has a limit");
        tokio::task::yield_now().await;
    }
    outlet.push(&large);
    outlet.push(&Bytes::from_static(b";bye"));
    outlet.end();
    outlet.push(&large);
    drop(outlet);
    let mut got = Vec::new();
    reader.read_to_end(&mut got).await.expect("read");
    let text = String::from_utf8(got).expect("text");
    let (_, body) = text.split_once("\r\n\r\n").expect("a head");
    assert!(body.starts_with("hello;aaa") && body.ends_with("aaa;bye"));
    assert_eq!(body.len(), "hello;".len() + large.len() + ";bye".len());
    dropped.recv().await.expect("this one is over, too");
    drop((slow, stalled));
    served.server.stop().await;
}
