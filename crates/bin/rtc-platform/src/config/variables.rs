//! The declaration: every variable of the server, once.

use super::{
    LogFormat, Mode, Reader, Secret, kind,
    variable::{Fallback::*, Group, Kind, Show, Variable, declare},
};
use rtc_wire::signal::IceServer;
use std::{net::IpAddr, path::PathBuf};

declare! {
    port: u16 {
        name: "PORT", group: Listeners, kind: kind::PORT, default: Both("3000"), show: Plain,
        doc: "Main listener: every surface, the pages and the operations endpoints.",
    }
    host: IpAddr {
        name: "HOST", group: Listeners, kind: kind::ADDRESS, default: Both("0.0.0.0"), show: Plain,
        doc: "Address that all listeners bind to.",
    }
    signaling_port: Option<u16> {
        name: "SIGNALING_PORT", group: Listeners, kind: kind::OPTIONAL_PORT, default: Split("3001", ""), show: Plain,
        doc: "One more listener, where clients of a separate signaling server expect it.",
    }
    extra_ports: Vec<u16> {
        name: "EXTRA_PORTS", group: Listeners, kind: kind::PORTS, default: Split("4000", ""), show: Plain,
        doc: "More listeners. Each serves everything that the main one does.",
    }
    data_dir: PathBuf {
        name: "DATA_DIR", group: Storage, kind: kind::FOLDER, default: Both("./data"), show: Plain,
        doc: "Folder of the development database and of the keys that development generates.",
    }
    database_url: Option<String> {
        name: "DATABASE_URL", group: Storage, kind: kind::DATABASE,
        default: Made("a SQLite file in DATA_DIR"), show: Url,
        doc: "Database that holds apps, rooms and revoked tokens. `?schema=` is accepted for PostgreSQL.",
    }
    jwt_secret: Option<Secret> {
        name: "JWT_SECRET", group: Secrets, kind: kind::SECRET,
        default: Made("generated and kept in DATA_DIR"), show: Secret,
        doc: "Signs call tokens. A change ends the life of every token that is out.",
    }
    jwt_expires_in_s: u64 {
        name: "JWT_EXPIRES_IN", group: Secrets, kind: kind::LIFETIME, default: Both("1h"), show: Plain,
        doc: "Life of a call token whose request names none.",
    }
    admin_key: Option<Secret> {
        name: "ADMIN_KEY", group: Secrets, kind: kind::SECRET, default: Both(""), show: Secret,
        doc: "Guards tenant management, /metrics and /stats (`Authorization: Bearer`). Required in production.",
    }
    secrets_key: Option<Secret> {
        name: "SECRETS_KEY", group: Secrets, kind: kind::SECRET,
        default: Made("generated and kept in DATA_DIR"), show: Secret,
        doc: "Encrypts app secrets at rest. Without the key that sealed them, app secrets cannot be used.",
    }
    client_url: Vec<String> {
        name: "CLIENT_URL", group: Clients, kind: kind::ORIGINS, default: Both("http://localhost:3000"), show: Plain,
        doc: "Browser origins that may call the API and open WebSockets.",
    }
    frontend_url: Vec<String> {
        name: "FRONTEND_URL", group: Clients, kind: kind::ORIGINS, default: Both("http://localhost:5173"), show: Plain,
        doc: "More browser origins, as CLIENT_URL.",
    }
    public_url: Option<String> {
        name: "PUBLIC_URL", group: Clients, kind: kind::OPTIONAL_URL, default: Both(""), show: Url,
        doc: "Where clients reach the server, such as https://rtc.example.com. Unset: the host that they asked.",
    }
    trust_proxy: bool {
        name: "TRUST_PROXY", group: Clients, kind: kind::FLAG, default: Both("false"), show: Plain,
        doc: "A proxy in front sets X-Forwarded-For and X-Forwarded-Proto, and nobody can go around it.",
    }
    ice_servers: Vec<IceServer> {
        name: "ICE_SERVERS", group: Clients, kind: kind::ICE_SERVERS,
        default: Both("stun:stun.l.google.com:19302"), show: IceServers,
        doc: "STUN and TURN servers that clients are told.",
    }
    media_workers: Option<usize> {
        name: "MEDIA_WORKERS", group: Media, kind: kind::MEDIA_WORKERS, default: Both(""), show: Plain,
        doc: "Threads of the media server. Unset: one a core. 0: no media server, and rooms of topology sfu are refused.",
    }
    rtc_min_port: u16 {
        name: "RTC_MIN_PORT", group: Media, kind: kind::PORT, default: Both("40000"), show: Plain,
        doc: "First of the ports that media workers take: one each, UDP and TCP.",
    }
    rtc_max_port: u16 {
        name: "RTC_MAX_PORT", group: Media, kind: kind::PORT, default: Both("40100"), show: Plain,
        doc: "Last of the ports that media workers take. Not less than RTC_MIN_PORT.",
    }
    announced_ip: Vec<IpAddr> {
        name: "ANNOUNCED_IP", group: Media, kind: kind::ADDRESSES, default: Both(""), show: Plain,
        doc: "Addresses at which clients reach the media workers. Unset: those of the machine's interfaces, and in \
              development the loopback addresses, too.",
    }
    livekit_url: Option<String> {
        name: "LIVEKIT_URL", group: Livestreams, kind: kind::OPTIONAL_LIVEKIT, default: Both(""), show: Url,
        doc: "An external LiveKit that livestreams run on. Unset: the built-in media server.",
    }
    livekit_api_key: String {
        name: "LIVEKIT_API_KEY", group: Livestreams, kind: kind::NAME, default: Both(""), show: Plain,
        doc: "API key of the external LiveKit.",
    }
    livekit_api_secret: Option<Secret> {
        name: "LIVEKIT_API_SECRET", group: Livestreams, kind: kind::SECRET, default: Both(""), show: Secret,
        doc: "API secret of the external LiveKit.",
    }
    redis_url: Option<String> {
        name: "REDIS_URL", group: Livestreams, kind: kind::OPTIONAL_REDIS, default: Both(""), show: Url,
        doc: "Redis that holds the state of livestreams for several processes. Unset: each process has its own.",
    }
    token_expiration_hours: u64 {
        name: "TOKEN_EXPIRATION_HOURS", group: Livestreams, kind: kind::number::<1, 720>(), default: Both("24"), show: Plain,
        doc: "Hours for which an access token of a livestream's `join` is good.",
    }
    webhook_queue_concurrency: u64 {
        name: "WEBHOOK_QUEUE_CONCURRENCY", group: Livestreams, kind: kind::number::<1, 64>(), default: Both("4"), show: Plain,
        doc: "Batches of webhooks that are worked on at once.",
    }
    call_peers_max: u64 {
        name: "CALL_PEERS_MAX", group: Limits, kind: kind::number::<2, 1000>(), default: Both("100"), show: Plain,
        doc: "Most peers of a Socket.IO call whose room no app has made.",
    }
    api_rate_per_app: u64 {
        name: "API_RATE_PER_APP", group: Limits, kind: kind::number::<1, 1_000_000>(), default: Both("100"), show: Plain,
        doc: "API calls a second of one app; twice as many at once.",
    }
    api_rate_per_address: u64 {
        name: "API_RATE_PER_ADDRESS", group: Limits, kind: kind::number::<1, 1_000_000>(), default: Both("20"), show: Plain,
        doc: "API calls a second of one address without valid credentials; twice as many at once.",
    }
    public_rate_per_address: u64 {
        name: "PUBLIC_RATE_PER_ADDRESS", group: Limits, kind: kind::number::<1, 1_000_000>(), default: Both("1000"), show: Plain,
        doc: "Public states and event streams of livestreams that one address may ask for a second; ten times as many at once.",
    }
    signaling_rate: u64 {
        name: "SIGNALING_RATE", group: Limits, kind: kind::number::<1, 1_000_000>(), default: Both("64"), show: Plain,
        doc: "Signaling messages a second of one connection.",
    }
    signaling_burst: u64 {
        name: "SIGNALING_BURST", group: Limits, kind: kind::number::<1, 1_000_000>(), default: Both("256"), show: Plain,
        doc: "Signaling messages that a connection may send at once. Not less than SIGNALING_RATE.",
    }
    json_body_bytes_max: u64 {
        name: "JSON_BODY_BYTES_MAX", group: Limits, kind: kind::number::<1024, 16_777_216>(), default: Both("262144"), show: Plain,
        doc: "Largest JSON body of a request, in bytes.",
    }
    signaling_message_bytes_max: u64 {
        name: "SIGNALING_MESSAGE_BYTES_MAX", group: Limits, kind: kind::number::<32_768, 2_097_152>(), default: Both("131072"), show: Plain,
        doc: "Largest signaling message, SDP included, in bytes. A larger one closes the connection with 1009.",
    }
    join_timeout_ms: u64 {
        name: "JOIN_TIMEOUT_MS", group: Limits, kind: kind::number::<100, 600_000>(), default: Both("15000"), show: Plain,
        doc: "How long a signaling connection may stay without joining a room, in milliseconds.",
    }
    heartbeat_interval_ms: u64 {
        name: "HEARTBEAT_INTERVAL_MS", group: Limits, kind: kind::number::<100, 600_000>(), default: Both("15000"), show: Plain,
        doc: "How often a signaling connection is pinged, in milliseconds. Two missed pings end it.",
    }
    resume_window_ms: u64 {
        name: "RESUME_WINDOW_MS", group: Limits, kind: kind::number::<0, 600_000>(), default: Both("20000"), show: Plain,
        doc: "How long the seat of a dropped connection is kept, in milliseconds.",
    }
    shutdown_grace_ms: u64 {
        name: "SHUTDOWN_GRACE_MS", group: Operations, kind: kind::number::<0, 600_000>(), default: Both("10000"), show: Plain,
        doc: "How long a stopping server waits for connections to end, in milliseconds.",
    }
    log_level: String {
        name: "LOG_LEVEL", group: Operations, kind: kind::LOG_LEVEL, default: Both("info"), show: Plain,
        doc: "How much is logged.",
    }
    log_format: LogFormat {
        name: "LOG_FORMAT", group: Operations, kind: kind::LOG_FORMAT, default: Split("pretty", "json"), show: Plain,
        doc: "How log lines look: for people, or one JSON object a line.",
    }
    otlp_endpoint: Option<String> {
        name: "OTEL_EXPORTER_OTLP_ENDPOINT", group: Operations, kind: kind::OPTIONAL_URL, default: Both(""), show: Url,
        doc: "OpenTelemetry collector that traces are sent to (OTLP over HTTP). Unset: no traces.",
    }
    rtc_env: String {
        name: "RTC_ENV", group: Operations, kind: kind::TEXT, default: Both(""), show: Plain,
        doc: "`production` makes `dev` refuse to start, and other commands work as in production.",
    }
    node_env: String {
        name: "NODE_ENV", group: Operations, kind: kind::TEXT, default: Both(""), show: Plain,
        doc: "As RTC_ENV.",
    }
}
