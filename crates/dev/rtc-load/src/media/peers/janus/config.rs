//! A configuration folder of our own: one transport, one plugin, one mountpoint or the rooms.

use std::fmt::Write as _;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;

use anyhow::{Context, Result};

use super::streaming::{AUDIO_PAYLOAD_TYPE, MOUNTPOINT, VIDEO_PAYLOAD_TYPE};
use super::{plugin, transport};
use crate::media::cases::{Shape, Video};

/// What the files say.
pub struct Config {
    /// Where the API listens.
    pub control: SocketAddr,
    /// The mountpoint's UDP port.
    pub feed: u16,
    /// Where media is received and sent.
    pub address: IpAddr,
    /// An event loop a core, instead of a thread a viewer.
    pub tuned: bool,
}

/// Writes the files into `dir`.
pub fn write(dir: &Path, config: &Config, shape: &Shape) -> Result<()> {
    let name = if shape.members == 1 { "streaming" } else { "videoroom" };
    let (plugins, transports) = (dir.join("plugins"), dir.join("transports"));
    for (folder, library) in [(&plugins, plugin(name)), (&transports, transport())] {
        std::fs::create_dir(folder)?;
        let file = library.file_name().context("a library has a name")?;
        std::os::unix::fs::symlink(&library, folder.join(file))?;
    }
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let tuning = if config.tuned { format!("event_loops = {cores}") } else { String::new() };
    let (plugins, transports, none) = (plugins.display(), transports.display(), dir.display());
    let core = format!(
        "general: {{\n configs_folder = \"{none}\"\n plugins_folder = \"{plugins}\"\n \
         transports_folder = \"{transports}\"\n events_folder = \"{none}\"\n loggers_folder = \"{none}\"\n \
         debug_level = 3\n session_timeout = 0\n {tuning}\n}}\n\
         nat: {{\n ice_lite = true\n ice_enforce_list = \"{}\"\n}}\n",
        config.address
    );
    let (ip, port) = (config.control.ip(), config.control.port());
    let control = format!(
        "general: {{\n json = \"compact\"\n ws = true\n ws_port = {port}\n ws_ip = \"{ip}\"\n wss = false\n}}\n\
         admin: {{\n admin_ws = false\n admin_wss = false\n}}\n"
    );
    let content = if shape.members == 1 { mountpoint(config, shape) } else { rooms(shape) };
    std::fs::write(dir.join("janus.jcfg"), core)?;
    std::fs::write(dir.join("janus.transport.websockets.jcfg"), control)?;
    std::fs::write(dir.join(format!("janus.plugin.{name}.jcfg")), content)?;
    Ok(())
}

fn mountpoint(config: &Config, shape: &Shape) -> String {
    let (kind, payload_type, codec) = match shape.video {
        Video::None => ("audio", AUDIO_PAYLOAD_TYPE, "opus"),
        Video::Single(_) | Video::Simulcast => ("video", VIDEO_PAYLOAD_TYPE, "vp8"),
    };
    format!(
        "general: {{\n}}\nbench: {{\n type = \"rtp\"\n id = {MOUNTPOINT}\n media = (\n {{\n type = \"{kind}\"\n \
         mid = \"m\"\n port = {}\n iface = \"127.0.0.1\"\n pt = {payload_type}\n codec = \"{codec}\"\n }}\n )\n}}\n",
        config.feed
    )
}

fn rooms(shape: &Shape) -> String {
    let mut text = "general: {\n}\n".to_owned();
    for room in 1..=shape.rooms {
        // Writing to a String cannot fail.
        let _ = write!(
            text,
            "room-{room}: {{\n description = \"bench\"\n publishers = {}\n bitrate = 0\n audiocodec = \"opus\"\n \
             videocodec = \"vp8\"\n record = false\n}}\n",
            shape.members
        );
    }
    text
}
