//! Generates `packages/shared/src/generated.ts` and fails while it is stale.
// A generator that runs as a test: it alone in this crate touches files.
#![allow(clippy::disallowed_methods)]

use crate::{embed, error, livestream, rest, signal};
use rtc_types::ErrorCode;
use std::{fmt::Write as _, path::PathBuf};
use ts_rs::{Config, TS};

fn union(name: &str, doc: &str, names: &[&str]) -> String {
    let names: Vec<_> = names.iter().map(|name| format!("  | '{name}'")).collect();
    format!("/** {doc} */\nexport type {name} =\n{};\n\n", names.join("\n"))
}

fn constants() -> String {
    use rtc_types::limits;
    let mut text = String::from(
        "/** WebSocket close codes of the signaling connection. */\nexport const CloseCode = {\n",
    );
    for (code, name) in signal::CloseCode::ALL {
        let _ = writeln!(text, "  {name}: {},", code.code());
    }
    text.push_str("} as const;\n\n/** Limits that the server enforces. */\nexport const Limits = {\n");
    for (name, value) in [
        ("signalingMessageBytesMax", limits::SIGNALING_MESSAGE_BYTES_MAX),
        ("dataPayloadBytesMax", limits::DATA_PAYLOAD_BYTES_MAX),
        ("signalingRatePerS", limits::SIGNALING_RATE_PER_S as usize),
        ("signalingBurst", limits::SIGNALING_BURST as usize),
    ] {
        let _ = writeln!(text, "  {name}: {value},");
    }
    text.push_str("} as const;\n\n");
    text
}

fn declaration<T: TS>(config: &Config) -> String {
    let docs = T::docs().unwrap_or_default();
    format!("{docs}export {}\n\n", T::decl(config))
}

/// The unions of names: error codes, roles, topologies, kinds of media, reasons.
fn unions() -> String {
    let codes: Vec<_> = ErrorCode::ALL.iter().map(|code| code.as_str()).collect();
    let reasons = ["left", "timeout", "kicked", "replaced", "room-closed", "revoked"];
    [
        union("ErrorCode", "Every error code that the server sends.", &codes),
        union("Role", "What a peer may do.", &["host", "participant", "viewer"]),
        union("Topology", "How media travels in a live room.", &["p2p", "sfu"]),
        union("TopologySetting", "How media shall travel.", &["p2p", "sfu", "auto"]),
        union("MediaKind", "A kind of media that can be muted.", &["audio", "video"]),
        union("LeaveReason", "Why a peer left.", &reasons),
    ]
    .concat()
}

fn statuses() -> String {
    let mut text =
        String::from("/** The HTTP status that carries each code. */\nexport const ErrorStatus = {\n");
    for code in ErrorCode::ALL {
        let _ = writeln!(text, "  {}: {},", code.as_str(), error::status(*code));
    }
    text.push_str("} as const satisfies Record<ErrorCode, number>;\n\n");
    text
}

macro_rules! declarations {
    ($config:expr, $($type:ty),+ $(,)?) => { [$(declaration::<$type>($config)),+].concat() };
}

fn signaling(config: &Config) -> String {
    declarations!(
        config,
        signal::IceServer,
        signal::PeerSummary,
        signal::Target,
        signal::SentTrack,
        signal::View,
        signal::ReceivedTrack,
        signal::JoinMessage,
        signal::ClientMessage,
        signal::JoinedMessage,
        signal::ServerMessage,
        signal::ServerFrame,
    )
}

fn rest_api(config: &Config) -> String {
    declarations!(
        config,
        error::ErrorDetail,
        error::ErrorInfo,
        error::ErrorBody,
        rest::CreateApp,
        rest::AppLimits,
        rest::UpdateApp,
        rest::App,
        rest::AppCreated,
        rest::RotateSecret,
        rest::SecretRotated,
        rest::CreateRoom,
        rest::UpdateRoom,
        rest::Room,
        rest::Track,
        rest::Participant,
        rest::MuteParticipant,
        rest::CreateToken,
        rest::TokenCreated,
        rest::Component,
        rest::Health,
    )
}

fn livestreams(config: &Config) -> String {
    declarations!(
        config,
        livestream::CreateLivestream,
        livestream::UpdateLivestream,
        livestream::EndLivestream,
        livestream::JoinLivestream,
        livestream::LeaveLivestream,
        livestream::Livestream,
        livestream::LivestreamParticipant,
        livestream::LivestreamJoined,
        livestream::HostInfo,
        livestream::LivestreamState,
        livestream::RoomStarted,
        livestream::ViewerCountUpdate,
        livestream::RoomEnded,
        livestream::CreateWebhookEndpoint,
        livestream::WebhookEndpoint,
        livestream::WebhookTest,
        livestream::WebhookDelivery,
        livestream::Failure,
    )
}

fn embedded(config: &Config) -> String {
    declarations!(
        config,
        embed::ConnectRequest,
        embed::ConnectInfo,
        embed::PeerRequest,
        embed::HeartbeatAnswer,
        embed::PeerSignal,
        embed::SignalRequest,
        embed::SignalAnswer,
        embed::SignalEvent,
        embed::DisconnectAnswer,
        embed::PeerSnapshot,
        embed::RoomSnapshot,
        embed::RtcServerOptions,
        embed::CreateRoomRequest,
        embed::SweptPeer,
        embed::ServerEvent,
    )
}

fn generated() -> String {
    let config = Config::default();
    let text = [
        "/** Generated from the server's Rust types (crate rtc-wire). Do not edit. */\n\n".to_owned(),
        unions(),
        statuses(),
        constants(),
        signaling(&config),
        rest_api(&config),
        livestreams(&config),
        embedded(&config),
    ]
    .concat();
    format!("{}\n", text.trim_end())
}

#[test]
fn the_generated_typescript_is_fresh() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../packages/shared/src/generated.ts");
    let fresh = generated();
    if std::env::var_os("RTC_WRITE_GENERATED").is_some() {
        std::fs::create_dir_all(path.parent().expect("has a parent")).expect("folder");
        std::fs::write(&path, &fresh).expect("written");
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == fresh, "stale: run RTC_WRITE_GENERATED=1 cargo test -p rtc-wire, and commit the result");
}
