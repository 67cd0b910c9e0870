//! Janus: the streaming plugin with an RTP mountpoint that the generator feeds, and viewers over its WebSocket API.
//!
//! Janus skips loopback interfaces for ICE, so a private pair of virtual interfaces lends it an address; where
//! they cannot be made, the machine's own address does. Packets stay on the machine either way.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use super::janus_sdp::{self, Offer};
use super::{Crew, Local, Programs, Remote, Stage, fanout_bitrate, soon, ssrc};
use crate::client::Client;
use crate::media::cases::Shape;
use crate::media::client::session::{Link, Session};
use crate::media::cpu;
use crate::media::publish::{ExtensionIds, Layer, Publication, Track};
use crate::media::receive::Expected;
use crate::media::socket::Socket;
use crate::server::{Server, free_address};

const PROGRAM: &str = "/usr/bin/janus";
const LIBRARIES: &str = "/usr/lib/x86_64-linux-gnu/janus";
const INTERFACE: &str = "rtcload0";
const OTHER_END: &str = "rtcload1";
const ADDRESS: Ipv4Addr = Ipv4Addr::new(198, 18, 77, 1);
const VIDEO_PAYLOAD_TYPE: u8 = 100;
const AUDIO_PAYLOAD_TYPE: u8 = 111;
const MOUNTPOINT: u32 = 1;

/// Why Janus cannot be measured here, if so.
pub fn missing() -> Option<String> {
    let found = Path::new(PROGRAM).exists() && plugin("streaming").exists() && transport().exists();
    (!found).then(|| "the Debian package `janus` is not installed".to_owned())
}

fn plugin(name: &str) -> PathBuf {
    Path::new(LIBRARIES).join("plugins").join(format!("libjanus_{name}.so"))
}

fn transport() -> PathBuf {
    Path::new(LIBRARIES).join("transports/libjanus_websockets.so")
}

/// Starts Janus with one mountpoint, feeds it, and has all viewers watch.
pub async fn set(shape: &Shape, programs: &Programs, crew: &Crew, tuned: bool) -> Result<Stage> {
    let bitrate = fanout_bitrate(shape);
    let network = Network::make()?;
    let dir = tempfile::Builder::new().prefix("janus-").tempdir_in(&programs.work)?;
    let control = free_address()?;
    let feed = free_udp_port()?;
    configure(
        dir.path(),
        &Config { control, feed, address: network.address, video: bitrate.is_some(), tuned },
    )?;
    let mut command = Command::new(PROGRAM);
    command.arg("--configs-folder").arg(dir.path()).arg("--disable-colors");
    let server = Server::start_at(command, dir.path(), control).await?;
    feed_mountpoint(crew, feed, bitrate)?;
    let mut api = Api::connect(control).await?;
    let idle_kib = cpu::memory_kib(server.pid())?;
    for n in 0..shape.viewers {
        let local = Local::bind(network.address)?;
        let offer = api.watch().await.with_context(|| format!("viewer {n}"))?;
        let answer = offer.answer(&local.credentials, &crew.identity().fingerprint(), local.address()?);
        api.start(&answer).await.with_context(|| format!("viewer {n}"))?;
        let expected = offer
            .media
            .iter()
            .filter_map(|media| media.ssrc.map(|ssrc| Expected { ssrc, twcc_id: media.twcc_id }));
        let expected: Vec<Expected> = expected.collect();
        let Offer { credentials, fingerprint, candidate, .. } = offer;
        let remote = Remote { credentials, fingerprint, address: candidate };
        let mut session = local.session(remote, crew.identity())?;
        session.expect(&expected);
        let id = crew.next_id();
        crew.receiver(n).add(id, session);
    }
    Ok(Stage::new(server, idle_kib, Box::new((api, network, dir))))
}

/// Plain RTP into the mountpoint's port.
fn feed_mountpoint(crew: &Crew, port: u16, bitrate: Option<u32>) -> Result<()> {
    let local = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let socket = Socket::connect(local, SocketAddr::new(local, port))?;
    let mut session = Session::new(socket, Link::Plain, ssrc()?, Instant::now());
    let payload_type = if bitrate.is_some() { VIDEO_PAYLOAD_TYPE } else { AUDIO_PAYLOAD_TYPE };
    let layers = vec![Layer { ssrc: ssrc()?, rid: None, bitrate: bitrate.unwrap_or_default() }];
    let (video, mid, ids) = (bitrate.is_some(), String::new(), ExtensionIds::default());
    session.publish(Publication::new(Track { video, payload_type, mid, ids, layers }, soon()));
    let id = crew.next_id();
    crew.publishing.add(id, session);
    Ok(())
}

struct Config {
    control: SocketAddr,
    feed: u16,
    address: IpAddr,
    video: bool,
    tuned: bool,
}

/// Writes a configuration of our own: one transport, one plugin, one mountpoint.
fn configure(dir: &Path, config: &Config) -> Result<()> {
    let (plugins, transports) = (dir.join("plugins"), dir.join("transports"));
    for (folder, library) in [(&plugins, plugin("streaming")), (&transports, transport())] {
        std::fs::create_dir(folder)?;
        let name = library.file_name().context("a library has a name")?;
        std::os::unix::fs::symlink(&library, folder.join(name))?;
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
    let (kind, payload_type, codec) = match config.video {
        true => ("video", VIDEO_PAYLOAD_TYPE, "vp8"),
        false => ("audio", AUDIO_PAYLOAD_TYPE, "opus"),
    };
    let mountpoint = format!(
        "general: {{\n}}\nbench: {{\n type = \"rtp\"\n id = {MOUNTPOINT}\n media = (\n {{\n type = \"{kind}\"\n \
         mid = \"m\"\n port = {}\n iface = \"127.0.0.1\"\n pt = {payload_type}\n codec = \"{codec}\"\n }}\n )\n}}\n",
        config.feed
    );
    std::fs::write(dir.join("janus.jcfg"), core)?;
    std::fs::write(dir.join("janus.transport.websockets.jcfg"), control)?;
    std::fs::write(dir.join("janus.plugin.streaming.jcfg"), mountpoint)?;
    Ok(())
}

fn free_udp_port() -> Result<u16> {
    Ok(UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

/// A session of Janus's API; each viewer is a handle in it.
struct Api {
    client: Client,
    session: u64,
    handle: u64,
    transactions: u64,
}

impl Api {
    async fn connect(address: SocketAddr) -> Result<Self> {
        let protocol = "sec-websocket-protocol: janus-protocol\r\n";
        let client = Client::connect_with(address, "/", protocol).await?;
        let mut api = Self { client, session: 0, handle: 0, transactions: 0 };
        let created = api.ask(json!({ "janus": "create" })).await?;
        api.session = created["data"]["id"].as_u64().context("a session without an id")?;
        Ok(api)
    }

    /// Attaches a viewer to the mountpoint and returns the offer that it gets.
    async fn watch(&mut self) -> Result<Offer> {
        let attached = self.ask(json!({ "janus": "attach", "plugin": "janus.plugin.streaming" })).await?;
        self.handle = attached["data"]["id"].as_u64().context("a handle without an id")?;
        let body = json!({ "request": "watch", "id": MOUNTPOINT });
        let offered = self.ask(json!({ "janus": "message", "body": body })).await?;
        janus_sdp::read_offer(offered["jsep"]["sdp"].as_str().context("an event without an offer")?)
    }

    /// Answers the last offer.
    async fn start(&mut self, answer: &str) -> Result<()> {
        let jsep = json!({ "type": "answer", "sdp": answer });
        self.ask(json!({ "janus": "message", "body": { "request": "start" }, "jsep": jsep })).await?;
        Ok(())
    }

    /// Sends a request and waits for what answers it in the end.
    async fn ask(&mut self, mut request: Value) -> Result<Value> {
        self.transactions += 1;
        let transaction = self.transactions.to_string();
        request["transaction"] = json!(transaction);
        if self.session != 0 {
            request["session_id"] = json!(self.session);
        }
        if request["janus"] == "message" {
            request["handle_id"] = json!(self.handle);
        }
        self.client.sender.text(&request.to_string());
        self.client.sender.flush()?;
        loop {
            while let Some(text) = self.client.receiver.next_text()? {
                let answer: Value = serde_json::from_slice(text)?;
                if answer["transaction"] != transaction || answer["janus"] == "ack" {
                    continue;
                }
                let failed = &answer["plugindata"]["data"]["error"];
                if answer["janus"] == "error" || !failed.is_null() {
                    bail!("Janus refused {}: {answer}", request["janus"]);
                }
                return Ok(answer);
            }
            self.client.receiver.fill().await?;
        }
    }
}

/// The address that Janus gathers its candidates from.
struct Network {
    address: IpAddr,
    made: bool,
}

impl Network {
    fn make() -> Result<Self> {
        let ip = |arguments: &str| {
            let output = Command::new("ip").args(arguments.split(' ')).output();
            output.is_ok_and(|output| output.status.success())
        };
        let made = ip(&format!("link add {INTERFACE} type veth peer name {OTHER_END}"))
            || ip(&format!("link show {INTERFACE}"));
        if made
            && (ip(&format!("addr replace {ADDRESS}/30 dev {INTERFACE}")))
            && ip(&format!("link set {INTERFACE} up"))
            && ip(&format!("link set {OTHER_END} up"))
        {
            return Ok(Self { address: IpAddr::V4(ADDRESS), made });
        }
        // No packet is sent: connecting only asks for the route, and with it for our own address.
        let probe = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))?;
        probe.connect((Ipv4Addr::new(192, 0, 2, 1), 9)).context("no address beside loopback for Janus")?;
        Ok(Self { address: probe.local_addr()?.ip(), made })
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        if self.made {
            let _ = Command::new("ip").args(["link", "del", INTERFACE]).output();
        }
    }
}
