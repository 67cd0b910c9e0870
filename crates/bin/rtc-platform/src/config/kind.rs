//! The kinds of values that variables have: parsers with the words that say what they accept.

use super::{LogFormat, Secret, variable::Kind};
use rtc_wire::{rest::Lifetime, signal::IceServer};
use std::{net::IpAddr, path::PathBuf};

/// Most listeners that `EXTRA_PORTS` may name.
const EXTRA_PORTS_MAX: usize = 16;
/// Most addresses that `ANNOUNCED_IP` may name.
const ADDRESSES_MAX: usize = 16;
/// Most media workers.
const MEDIA_WORKERS_MAX: usize = 256;

/// A TCP port; 0 takes any free one.
pub const PORT: Kind<u16> = Kind {
    accepted: || "a port number, 0 to 65535 (0: any free port)".into(),
    parse: |text| text.parse().ok(),
};

/// A TCP port or nothing.
pub const OPTIONAL_PORT: Kind<Option<u16>> = Kind {
    accepted: || "a port number, 0 to 65535 (0: any free port), or empty for none".into(),
    parse: |text| {
        if text.is_empty() { Some(None) } else { text.parse().ok().map(Some) }
    },
};

/// Several TCP ports.
pub const PORTS: Kind<Vec<u16>> = Kind {
    accepted: || format!("at most {EXTRA_PORTS_MAX} port numbers, comma-separated, or empty for none"),
    parse: |text| {
        let ports: Option<Vec<u16>> = list(text).map(|port| port.parse().ok()).collect();
        ports.filter(|ports| ports.len() <= EXTRA_PORTS_MAX)
    },
};

/// An IP address.
pub const ADDRESS: Kind<IpAddr> = Kind {
    accepted: || "an IP address such as 0.0.0.0, 127.0.0.1 or ::, or localhost".into(),
    parse: |text| match text {
        "localhost" => Some(IpAddr::from([127, 0, 0, 1])),
        _ => text.trim_matches(['[', ']']).parse().ok(),
    },
};

/// Several IP addresses.
pub const ADDRESSES: Kind<Vec<IpAddr>> = Kind {
    accepted: || {
        format!(
            "at most {ADDRESSES_MAX} IP addresses such as 203.0.113.7, comma-separated, or empty for none"
        )
    },
    parse: |text| {
        let known = |address: &IpAddr| !address.is_unspecified() && !address.is_multicast();
        let address = |text: &str| text.trim_matches(['[', ']']).parse().ok().filter(known);
        let addresses: Option<Vec<IpAddr>> = list(text).map(address).collect();
        addresses.filter(|addresses| addresses.len() <= ADDRESSES_MAX)
    },
};

/// How many media workers; nothing: as many as there are cores.
pub const MEDIA_WORKERS: Kind<Option<usize>> = Kind {
    accepted: || {
        format!("a whole number, 0 (no media server) to {MEDIA_WORKERS_MAX}, or empty for one a core")
    },
    parse: |text| match text {
        "" => Some(None),
        _ => text.parse().ok().filter(|workers| *workers <= MEDIA_WORKERS_MAX).map(Some),
    },
};

/// A folder.
pub const FOLDER: Kind<PathBuf> = Kind {
    accepted: || "a path to a folder".into(),
    parse: |text| (!text.is_empty()).then(|| PathBuf::from(text)),
};

/// Where the database is.
pub const DATABASE: Kind<Option<String>> = Kind {
    accepted: || "a sqlite: or postgresql: URL, such as sqlite:./data/rtc.sqlite".into(),
    parse: |text| {
        let known = ["sqlite:", "postgres://", "postgresql://"];
        let named = known.iter().any(|scheme| text.strip_prefix(scheme).is_some_and(|rest| !rest.is_empty()));
        match text {
            "" => Some(None),
            _ => named.then(|| Some(text.to_owned())),
        }
    },
};

/// A key; its strength is judged where the mode is known.
pub const SECRET: Kind<Option<Secret>> = Kind {
    accepted: || "a text of at least 32 bytes".into(),
    parse: |text| Some((!text.is_empty()).then(|| Secret::new(text))),
};

/// The life of a token, in seconds.
pub const LIFETIME: Kind<u64> = Kind {
    accepted: || "60 s to 24 h, as seconds or as a text such as 90s, 15m or 1h".into(),
    parse: |text| Lifetime::Text(text.to_owned()).seconds().ok(),
};

/// Browser origins.
pub const ORIGINS: Kind<Vec<String>> = Kind {
    accepted: || {
        "origins, comma-separated: http:// or https://, a host and perhaps a port, such as https://app.example.com; \
         * admits every origin"
            .into()
    },
    parse: |text| list(text).map(origin).collect(),
};

/// STUN and TURN servers.
pub const ICE_SERVERS: Kind<Vec<IceServer>> = Kind {
    accepted: || {
        "stun:, turn: or turns: URLs, comma-separated, or a JSON array of { urls, username?, credential? }"
            .into()
    },
    parse: |text| {
        let servers = if text.starts_with('[') {
            json_ice_servers(text)?
        } else {
            list(text).map(plain_ice_server).collect()
        };
        let known = |url: &String| ["stun:", "stuns:", "turn:", "turns:"].iter().any(|s| url.starts_with(s));
        let fits = |server: &IceServer| !server.urls.is_empty() && server.urls.iter().all(known);
        servers.iter().all(fits).then_some(servers)
    },
};

/// A level, or levels by target.
pub const LOG_LEVEL: Kind<String> = Kind {
    accepted: || {
        "error, warn, info, debug, trace or off; also levels by target, such as info,rtc_app=debug".into()
    },
    parse: |text| {
        const LEVELS: [&str; 6] = ["error", "warn", "info", "debug", "trace", "off"];
        let known = |level: &str| LEVELS.contains(&level.trim().to_ascii_lowercase().as_str());
        let fits = |part: &str| part.rsplit_once('=').map_or_else(|| known(part), |(_, level)| known(level));
        let parses = tracing_subscriber::EnvFilter::builder().parse(text).is_ok();
        (parses && !text.is_empty() && list(text).all(fits)).then(|| text.to_owned())
    },
};

/// How log lines look.
pub const LOG_FORMAT: Kind<LogFormat> = Kind {
    accepted: || "pretty or json".into(),
    parse: |text| match text {
        "pretty" => Some(LogFormat::Pretty),
        "json" => Some(LogFormat::Json),
        _ => None,
    },
};

/// An HTTP address of a service, or nothing.
pub const OPTIONAL_URL: Kind<Option<String>> = Kind {
    accepted: || "an http:// or https:// URL, or empty for none".into(),
    parse: |text| match text {
        "" => Some(None),
        _ => (text.starts_with("http://") || text.starts_with("https://"))
            .then(|| reqwest::Url::parse(text).ok())?
            .map(|_| Some(text.to_owned())),
    },
};

/// A name of any kind, or none.
pub const NAME: Kind<String> =
    Kind { accepted: || "any text, or empty for none".into(), parse: |text| Some(text.to_owned()) };

/// Where a LiveKit is, as its SDKs take it.
pub const OPTIONAL_LIVEKIT: Kind<Option<String>> = Kind {
    accepted: || "a ws://, wss://, http:// or https:// URL, or empty for none".into(),
    parse: |text| one_of(text, &["ws://", "wss://", "http://", "https://"]),
};

/// Where a Redis is.
pub const OPTIONAL_REDIS: Kind<Option<String>> = Kind {
    accepted: || "a redis:// or rediss:// URL, or empty for none".into(),
    parse: |text| one_of(text, &["redis://", "rediss://"]),
};

fn one_of(text: &str, schemes: &[&str]) -> Option<Option<String>> {
    if text.is_empty() {
        return Some(None);
    }
    schemes.iter().any(|scheme| text.starts_with(scheme)).then(|| reqwest::Url::parse(text).ok())??;
    Some(Some(text.to_owned()))
}

/// Yes or no.
pub const FLAG: Kind<bool> = Kind {
    accepted: || "true or false".into(),
    parse: |text| match text {
        "true" | "1" => Some(true),
        "false" | "0" => Some(false),
        _ => None,
    },
};

/// Any text.
pub const TEXT: Kind<String> = Kind {
    accepted: || "any text; production is the one that counts".into(),
    parse: |text| Some(text.to_owned()),
};

/// A whole number from `MIN` to `MAX`.
pub const fn number<const MIN: u64, const MAX: u64>() -> Kind<u64> {
    Kind {
        accepted: || format!("a whole number, {MIN} to {MAX}"),
        parse: |text| text.parse().ok().filter(|value| (MIN..=MAX).contains(value)),
    }
}

fn list(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|part| !part.is_empty())
}

/// The origin as browsers send it: no path, no trailing slash, lower case.
fn origin(text: &str) -> Option<String> {
    if text == "*" {
        return Some(text.to_owned());
    }
    let url = reqwest::Url::parse(text).ok()?;
    let bare = url.path() == "/" && url.query().is_none() && url.username().is_empty();
    (matches!(url.scheme(), "http" | "https") && bare).then(|| url.origin().ascii_serialization())
}

fn plain_ice_server(url: &str) -> IceServer {
    IceServer { urls: vec![url.to_owned()], username: None, credential: None }
}

/// `urls` may be one text or a list, as `RTCIceServer` has it.
fn json_ice_servers(text: &str) -> Option<Vec<IceServer>> {
    #[derive(serde::Deserialize)]
    #[serde(untagged)]
    enum Urls {
        One(String),
        Many(Vec<String>),
    }
    #[derive(serde::Deserialize)]
    struct Entry {
        urls: Urls,
        username: Option<String>,
        credential: Option<String>,
    }
    let entries: Vec<Entry> = serde_json::from_str(text).ok()?;
    let server = |entry: Entry| IceServer {
        urls: match entry.urls {
            Urls::One(url) => vec![url],
            Urls::Many(urls) => urls,
        },
        username: entry.username,
        credential: entry.credential,
    };
    Some(entries.into_iter().map(server).collect())
}
