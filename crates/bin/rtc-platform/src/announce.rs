//! Says what listens where, in words where a person watches, as log lines where a program does.

use crate::{
    config::{LogFormat, Mode},
    foundation::DEV_TENANT,
    platform::Platform,
};
use std::{fmt::Write as _, io::Write as _};

const WARNING: &str = "\
WARNING  Development mode: everyone who can reach these ports acts as the tenant `dev` without credentials.
         Do not put it on a network that you do not trust; `rtc-platform serve` is for that.";

/// Tells where everything is.
pub fn announce(platform: &Platform) {
    match platform.config.log_format {
        LogFormat::Pretty => {
            // Nobody may be reading; that is no reason not to serve.
            _ = writeln!(std::io::stdout(), "{}", text(platform));
        }
        LogFormat::Json => {
            for address in &platform.addresses {
                tracing::info!(%address, mode = platform.config.mode.as_str(), "listening");
            }
            for port in platform.app().media_ports() {
                tracing::info!(port, "listening for media, UDP and TCP");
            }
            if platform.config.mode == Mode::Dev {
                tracing::warn!("development mode: callers without credentials act as the tenant dev");
            }
        }
    }
}

fn text(platform: &Platform) -> String {
    let ports: Vec<u16> = platform.addresses.iter().map(|address| address.port()).collect();
    let host = match platform.config.host {
        host if host.is_unspecified() || host.is_loopback() => "localhost".to_owned(),
        host if host.is_ipv6() => format!("[{host}]"),
        host => host.to_string(),
    };
    let port = ports.first().copied().unwrap_or_default();
    let base = format!("http://{host}:{port}");
    let mut lines = vec![
        ("Start page", format!("{base}/")),
        ("REST API", format!("{base}/   reference at {base}/docs")),
        ("Signaling", format!("ws://{host}:{port}/")),
        ("Socket.IO", format!("{base}/socket.io/")),
        ("Health", format!("{base}/health")),
        ("Ports", ports.iter().map(u16::to_string).collect::<Vec<_>>().join(", ") + " (the same on each)"),
    ];
    let media: Vec<String> = platform.app().media_ports().iter().map(u16::to_string).collect();
    if !media.is_empty() {
        lines.push(("Media", format!("ports {}, UDP and TCP", media.join(", "))));
    }
    if platform.config.mode == Mode::Dev {
        let secret = platform.dev_secret.as_ref().map_or_else(
            || format!("not known here; `rtc-platform app rotate-secret {DEV_TENANT}` gives a new one"),
            |secret| secret.expose().to_owned(),
        );
        lines.insert(0, ("Demo", format!("{base}/demo/")));
        lines.insert(1, ("Live", format!("{base}/live/")));
        lines.push(("App id", DEV_TENANT.to_owned()));
        lines.push(("App secret", secret));
    }
    let mut text =
        format!("rtc-platform {} runs for {}\n\n", env!("CARGO_PKG_VERSION"), platform.config.mode.as_str());
    for (name, value) in lines {
        // Writing to a text cannot fail.
        _ = writeln!(text, "  {name:<11} {value}");
    }
    if platform.config.mode == Mode::Dev {
        _ = write!(text, "\n{WARNING}\n");
    }
    text
}
