//! The configuration's limits in the shape that each surface takes them.

use crate::config::Config;
use rtc_http::HttpLimits;
use surface_livekit::LiveKitConfig;
use surface_signaling::{AllowedOrigins, SignalingConfig};
use surface_socketio::SocketIoConfig;

/// Bytes of a Socket.IO event beside the message that it carries.
const EVENT_ENVELOPE_BYTES: usize = 2 * 1024;

/// Pages that may connect.
pub fn origins(config: &Config) -> AllowedOrigins {
    AllowedOrigins::new(config.origins().iter().map(String::as_str))
}

/// Of HTTP requests.
pub fn http(config: &Config) -> HttpLimits {
    HttpLimits {
        json_body_bytes_max: narrow(config.json_body_bytes_max, usize::MAX),
        rate_per_app_per_s: narrow(config.api_rate_per_app, u32::MAX),
        rate_per_address_per_s: narrow(config.api_rate_per_address, u32::MAX),
        rate_public_per_s: narrow(config.public_rate_per_address, u32::MAX),
        trust_proxy: config.trust_proxy,
    }
}

/// Of signaling over WebSocket.
pub fn signaling(config: &Config) -> SignalingConfig {
    SignalingConfig {
        ice_servers: config.ice_servers.clone(),
        allowed_origins: origins(config),
        message_bytes_max: narrow(config.signaling_message_bytes_max, usize::MAX),
        rate_per_s: narrow(config.signaling_rate, u32::MAX),
        burst: narrow(config.signaling_burst, u32::MAX),
        join_deadline_ms: config.join_timeout_ms,
    }
}

/// Of the Socket.IO relay and calls.
pub fn socketio(config: &Config) -> SocketIoConfig {
    SocketIoConfig {
        message_bytes_max: narrow(config.signaling_message_bytes_max, usize::MAX)
            .saturating_add(EVENT_ENVELOPE_BYTES),
        rate_per_s: narrow(config.signaling_rate, u32::MAX),
        burst: narrow(config.signaling_burst, u32::MAX),
        join_deadline_ms: config.join_timeout_ms,
        ice_servers: config.ice_servers.clone(),
        call_peers_max: narrow(config.call_peers_max, usize::MAX),
        ..SocketIoConfig::default()
    }
}

/// Of LiveKit's clients and the room API.
pub fn livekit(config: &Config) -> LiveKitConfig {
    LiveKitConfig {
        ice_servers: config.ice_servers.clone(),
        rate_per_s: narrow(config.signaling_rate, u32::MAX),
        burst: narrow(config.signaling_burst, u32::MAX),
        resume_window_ms: config.resume_window_ms,
        ..LiveKitConfig::default()
    }
}

/// The declaration keeps every number far below 2^32.
fn narrow<T: TryFrom<u64>>(value: u64, most: T) -> T {
    T::try_from(value).unwrap_or(most)
}
