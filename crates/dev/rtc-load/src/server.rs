//! A server under test: rtc-platform's release binary or one of the Node baselines, as a child process.

use std::fs::File;
use std::io::Read;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::procfs;

/// How long a server may take until it accepts connections.
const START_TIMEOUT: Duration = Duration::from_secs(20);
/// High enough that no limit is met: the relay and the API are measured, not the limiter's refusals.
const NO_LIMIT: &str = "1000000";

/// The variables that it is given for.
const LIMITS: [&str; 5] = [
    "API_RATE_PER_APP",
    "API_RATE_PER_ADDRESS",
    "PUBLIC_RATE_PER_ADDRESS",
    "SIGNALING_RATE",
    "SIGNALING_BURST",
];

/// Who is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
pub enum Peer {
    /// rtc-platform.
    Ours,
    /// The Node server that does the same.
    Baseline,
}

impl std::fmt::Display for Peer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Ours => "rtc-platform",
            Self::Baseline => "baseline",
        })
    }
}

/// Where the programs are, where their files may go, and where they listen.
#[derive(Clone)]
pub struct Programs {
    /// The rtc-platform binary.
    pub binary: PathBuf,
    /// The folder of the Node servers.
    pub baselines: PathBuf,
    /// Databases and logs go here.
    pub work: PathBuf,
    /// Where servers listen; they are reachable over loopback always.
    pub host: Ipv4Addr,
}

/// The keys that a server is started with.
pub struct Keys {
    /// Signs call tokens.
    pub jwt: String,
    /// Opens tenant management.
    pub admin: String,
    /// Seals app secrets.
    pub sealing: String,
    /// The baselines' one tenant.
    pub app_id: String,
    /// Its secret.
    pub app_secret: String,
}

impl Keys {
    /// Draws new keys from the system.
    pub fn generate() -> Result<Self> {
        Ok(Self {
            jwt: random_hex()?,
            admin: random_hex()?,
            sealing: random_hex()?,
            app_id: "bench".to_owned(),
            app_secret: format!("sk_{}", random_hex()?),
        })
    }
}

/// 32 random bytes as text.
fn random_hex() -> Result<String> {
    let mut bytes = [0; 32];
    File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// A running server; dropping it kills it.
pub struct Server {
    child: Child,
    /// What it needs to run (a Redis), and what is counted as its own.
    helper: Option<Box<Server>>,
    /// Where it listens.
    pub address: SocketAddr,
}

impl Server {
    /// Starts rtc-platform with its database and log in `dir`.
    pub async fn ours(programs: &Programs, dir: &Path, keys: &Keys) -> Result<Self> {
        let mut command = Command::new(&programs.binary);
        command
            .arg("serve")
            .env_clear()
            .env("HOST", programs.host.to_string())
            .env("EXTRA_PORTS", "")
            .env("LOG_LEVEL", "warn");
        command.env("DATABASE_URL", format!("sqlite:{}", dir.join("bench.db").display()));
        command.env("JWT_SECRET", &keys.jwt).env("ADMIN_KEY", &keys.admin).env("SECRETS_KEY", &keys.sealing);
        command.env("CALL_PEERS_MAX", "1000").env("ANNOUNCED_IP", "127.0.0.1");
        let port = free_udp_port()?.max(u16::MAX / 2 + 1);
        command
            .env("RTC_MIN_PORT", port.to_string())
            .env("RTC_MAX_PORT", port.saturating_add(64).to_string());
        for limit in LIMITS {
            command.env(limit, NO_LIMIT);
        }
        Self::start(command, dir).await
    }

    /// Starts the Node server `script`, likewise.
    pub async fn baseline(programs: &Programs, script: &str, dir: &Path, keys: &Keys) -> Result<Self> {
        Self::start(node(programs, script, dir, keys), dir).await
    }

    /// Starts the Node server `script` with a Redis of its own, whose log of writes is on the disk before each answer:
    /// what was answered outlives a loss of power, as it does with our SQLite.
    pub async fn baseline_on_redis(
        programs: &Programs,
        script: &str,
        dir: &Path,
        keys: &Keys,
    ) -> Result<Self> {
        let redis_address = free_address()?;
        let redis_dir = dir.join("redis");
        std::fs::create_dir_all(&redis_dir)?;
        let mut redis = Command::new("redis-server");
        redis.args(["--bind", "127.0.0.1", "--appendonly", "yes", "--appendfsync", "always", "--save", ""]);
        redis.args(["--port", &redis_address.port().to_string(), "--dir"]).arg(&redis_dir);
        let redis = Self::start_at(redis, &redis_dir, redis_address).await?;
        let mut command = node(programs, script, dir, keys);
        command.env("REDIS_PORT", redis_address.port().to_string());
        let mut server = Self::start(command, dir).await?;
        server.helper = Some(Box::new(redis));
        Ok(server)
    }

    /// Starts a server that listens at the port of the variable PORT, with its log in `dir`.
    pub async fn start(mut command: Command, dir: &Path) -> Result<Self> {
        let address = free_address()?;
        command.env("PORT", address.port().to_string());
        Self::start_at(command, dir, address).await
    }

    /// Starts a server that will listen at `address`, with its log in `dir`.
    pub async fn start_at(mut command: Command, dir: &Path, address: SocketAddr) -> Result<Self> {
        let log = dir.join("server.log");
        let output = File::create(&log)?;
        command.current_dir(dir);
        command.stdin(Stdio::null()).stdout(output.try_clone()?).stderr(output);
        let child = command.spawn().with_context(|| format!("cannot start {:?}", command.get_program()))?;
        let mut server = Self { child, helper: None, address };
        server.wait_until_listening(&log).await?;
        Ok(server)
    }

    async fn wait_until_listening(&mut self, log: &Path) -> Result<()> {
        let deadline = Instant::now() + START_TIMEOUT;
        while tokio::net::TcpStream::connect(self.address).await.is_err() {
            if let Some(status) = self.child.try_wait()? {
                bail!("the server ended at start ({status}): {}", tail(log));
            }
            if Instant::now() > deadline {
                bail!("the server does not listen after {START_TIMEOUT:?}: {}", tail(log));
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(())
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Processor time taken so far, its helper's included, in seconds.
    pub fn cpu_seconds(&self) -> Result<f64> {
        let helper = self.helper.as_ref().map_or(Ok(0.0), |helper| helper.cpu_seconds())?;
        Ok(procfs::cpu_seconds(self.child.id())? + helper)
    }

    /// Resident memory in KiB.
    pub fn resident_kib(&self) -> Result<f64> {
        procfs::resident_kib(self.child.id())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Both fail only when the process has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A Node server's command line.
fn node(programs: &Programs, script: &str, dir: &Path, keys: &Keys) -> Command {
    let mut command = Command::new("node");
    command.arg(programs.baselines.join(script)).env("NODE_ENV", "production");
    command.env("DATABASE_FILE", dir.join("bench.db")).env("JWT_SECRET", &keys.jwt);
    command.env("HOST", programs.host.to_string());
    command.env("APP_ID", &keys.app_id).env("APP_SECRET", &keys.app_secret);
    command
}

/// A port nobody listens on. A new one for each server keeps closed connections of the last out of the way.
pub fn free_address() -> Result<SocketAddr> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?)
}

/// A UDP port that nobody uses.
pub fn free_udp_port() -> Result<u16> {
    Ok(UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

/// The last lines of a log.
fn tail(log: &Path) -> String {
    let text = std::fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(8)..].join("\n")
}
