//! Puts the Socket.IO server together.

use crate::{
    auth::{Handshake, Refusal, identify},
    config::SocketIoConfig,
    connection::{Connection, Shared},
    events::{End, Events},
};
use rtc_app::App;
use socketioxide::{
    ParserConfig, ParserError, SocketIo,
    adapter::LocalAdapter,
    extract::TryData,
    handler::{ConnectHandler, FromConnectParts, Value},
    layer::SocketIoLayer,
    socket::Socket,
};
use std::{convert::Infallible, sync::Arc, time::Duration};

/// How long a transport may stay without a handshake that was accepted.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(15);
/// Read buffer of a WebSocket, in bytes: an ordinary candidate or two fit, an SDP makes it grow.
const READ_BUFFER_BYTES: usize = 4096;
/// Attachments of an event: binary is refused, but with an answer and not by ending the connection.
const ATTACHMENTS_MAX: usize = 16;

/// The Socket.IO server as a layer that answers `/socket.io/` and lets all else through, and the handle
/// to it. Call it on the runtime that serves: it ends all connections, so that clients connect again
/// elsewhere, once the application begins to shut down.
pub fn layer(app: App, config: SocketIoConfig) -> (SocketIoLayer, SocketIo) {
    let heartbeat = Duration::from_millis(app.config().heartbeat_interval_ms);
    let (layer, io) = SocketIo::builder()
        .ping_interval(heartbeat)
        .ping_timeout(heartbeat)
        .connect_timeout(CONNECT_TIMEOUT)
        .max_buffer_size(config.waiting_packets_max)
        .max_payload(config.message_bytes_max as u64)
        .ws_read_buffer_size(READ_BUFFER_BYTES)
        .ws_max_message_size(config.message_bytes_max)
        .ws_max_frame_size(config.message_bytes_max)
        .with_parser(
            ParserConfig::common()
                .max_incoming_binaries(ATTACHMENTS_MAX)
                .max_incoming_binary_buf_size(config.message_bytes_max),
        )
        .build_layer();
    let shared = Arc::new(Shared::new(app.clone(), config));
    let admit = move |Connecting(socket): Connecting, auth: TryData<Handshake>| {
        let shared = shared.clone();
        async move { admit(shared, socket, auth.0).await }
    };
    io.ns("/", connected.with(admit));
    let ending = io.clone();
    tokio::spawn(async move {
        app.shutdown_begun().await;
        ending.close().await;
    });
    (layer, io)
}

/// Everything was done by [`admit`], before the client could send a first event.
async fn connected() {}

async fn admit(
    shared: Arc<Shared>,
    socket: Arc<Socket>,
    auth: Result<Handshake, ParserError>,
) -> Result<(), Refusal> {
    let auth = auth.map_err(|_| Refusal::malformed())?;
    let identity = identify(&shared.app, auth).await?;
    let connection = Connection::new(shared, identity);
    socket.on_fallback(Events(connection.clone()));
    socket.on_disconnect(End(connection.clone()));
    connection.expect_a_join(&socket);
    Ok(())
}

/// The socket that shakes hands. The library's own extractor gives no `Arc`, which a `Weak` needs.
struct Connecting(Arc<Socket>);

impl FromConnectParts<LocalAdapter> for Connecting {
    type Error = Infallible;

    fn from_connect_parts(socket: &Arc<Socket>, _: &Option<Value>) -> Result<Self, Infallible> {
        Ok(Self(socket.clone()))
    }
}
