//! The `/rtc/*` routes in actix-web.

use actix_web::{
    App, HttpRequest, HttpResponse, HttpServer,
    http::StatusCode,
    rt,
    web::{Bytes, Data, Json, Path, Query, get, post},
};
use futures_util::StreamExt;
use rtc_server::{ConnectRequest, HeartbeatAnswer, PeerRequest, Refusal, RtcServer, SignalRequest};
use std::{convert::Infallible, time::Duration};

fn answer<T: serde::Serialize>(result: Result<T, impl Into<Refusal>>) -> HttpResponse {
    match result.map_err(Into::into) {
        Ok(value) => HttpResponse::Ok().json(value),
        Err(Refusal { status, body }) => {
            HttpResponse::build(StatusCode::from_u16(status).unwrap_or_default()).json(body)
        }
    }
}

async fn connect(rtc: Data<RtcServer>, Json(it): Json<ConnectRequest>) -> HttpResponse {
    let metadata = it.metadata.and_then(|metadata| rtc_server::Json::of(&metadata).ok());
    answer(rtc.connect_peer(&it.room_id, &it.peer_id, metadata))
}

async fn heartbeat(rtc: Data<RtcServer>, it: Json<PeerRequest>) -> HttpResponse {
    answer(rtc.heartbeat(&it.room_id, &it.peer_id).map(|last_seen| HeartbeatAnswer { last_seen }))
}

async fn signal(rtc: Data<RtcServer>, Json(it): Json<SignalRequest>) -> HttpResponse {
    answer(rtc.relay(&it.room_id, &it.from_peer_id, it.signal, it.to_peer_id.as_deref()))
}

async fn disconnect(rtc: Data<RtcServer>, it: Json<PeerRequest>) -> HttpResponse {
    answer(rtc.disconnect_peer(&it.room_id, &it.peer_id))
}

async fn room(rtc: Data<RtcServer>, id: Path<String>) -> HttpResponse {
    answer(rtc.snapshot(&id))
}

async fn events(rtc: Data<RtcServer>, it: Query<PeerRequest>, request: HttpRequest) -> HttpResponse {
    let last = request.headers().get("last-event-id").and_then(|id| id.to_str().ok()?.parse().ok());
    match rtc.subscribe(&it.room_id, &it.peer_id, last) {
        Ok(stream) => HttpResponse::Ok()
            .content_type("text/event-stream")
            .streaming(stream.map(|item| Ok::<_, Infallible>(Bytes::from(item.to_sse())))),
        Err(error) => answer::<()>(Err(error)),
    }
}

/// An argument of the command line: 1 is the port, 2 the heartbeat's interval in milliseconds.
fn argument(index: usize, default: u64) -> u64 {
    std::env::args().nth(index).and_then(|text| text.parse().ok()).unwrap_or(default)
}

#[actix_web::main]
async fn main() -> std::io::Result<()> {
    let server = RtcServer::builder().heartbeat_interval(Duration::from_millis(argument(2, 30_000))).build();
    let swept = server.clone();
    rt::spawn(async move {
        loop {
            rt::time::sleep(swept.heartbeat_interval()).await;
            swept.sweep(swept.now());
        }
    });
    let app = move || {
        App::new()
            .app_data(Data::new(server.clone()))
            .route("/rtc/connect", post().to(connect))
            .route("/rtc/heartbeat", post().to(heartbeat))
            .route("/rtc/signal", post().to(signal))
            .route("/rtc/disconnect", post().to(disconnect))
            .route("/rtc/rooms/{room}", get().to(room))
            .route("/rtc/events", get().to(events))
    };
    let http = HttpServer::new(app).workers(1).bind(format!("127.0.0.1:{}", argument(1, 3000)))?;
    eprintln!("listening on http://{}", http.addrs()[0]);
    http.run().await
}
