//! A PostgreSQL server in a folder of its own, for the length of a test run.

use std::{
    fs,
    net::TcpListener,
    os::unix::{fs::PermissionsExt, process::CommandExt},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{Arc, OnceLock},
};

/// Set to `1` to run without PostgreSQL.
const SKIP: &str = "RTC_TEST_SKIP_POSTGRES";

/// A running server. It stops when this is dropped, or when the test process ends in any way.
pub struct Server {
    binaries: PathBuf,
    folder: PathBuf,
    port: u16,
    guard: Child,
}

impl Server {
    /// The server that the cases share; `None` when PostgreSQL is to be skipped.
    pub fn shared() -> Option<Arc<Server>> {
        static SHARED: OnceLock<Option<Arc<Server>>> = OnceLock::new();
        SHARED.get_or_init(|| Server::start().map(Arc::new)).clone()
    }

    /// A server for one case alone; `None` when PostgreSQL is to be skipped.
    pub fn start() -> Option<Server> {
        if std::env::var(SKIP).is_ok_and(|value| value == "1") {
            return None;
        }
        let binaries = newest_binaries().unwrap_or_else(|| {
            panic!("PostgreSQL is not installed: run `apt-get install postgresql`, or set {SKIP}=1 to skip")
        });
        let folder = tempfile::Builder::new().prefix("rtc-store-pg-").tempdir().unwrap().keep();
        // The server runs as another user, who must be able to enter the folder and make its own in it.
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o777)).unwrap();
        let port = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
        let guard = guard(&binaries, &folder);
        let server = Server { binaries, folder, port, guard };
        let data = server.data();
        server.run("initdb", &format!("-D {data} -A trust -U postgres --no-sync --locale=C -E UTF8"));
        server.resume();
        Some(server)
    }

    /// The URL of its database, without a schema.
    pub fn url(&self) -> String {
        format!("postgresql://postgres@127.0.0.1:{}/postgres", self.port)
    }

    /// Starts the server again after [`Server::stop`], on the same port with the same data.
    pub fn resume(&self) {
        let (folder, port, data) = (self.folder.display(), self.port, self.data());
        let options = format!(
            "-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c fsync=off \
             -c max_connections=300"
        );
        self.run("pg_ctl", &format!("-D {data} -l {folder}/log -w -o '{options}' start"));
    }

    /// Stops the server and cuts its connections.
    pub fn stop(&self) {
        self.run("pg_ctl", &format!("-D {} -m fast -w stop", self.data()));
    }

    fn data(&self) -> String {
        self.folder.join("data").display().to_string()
    }

    fn run(&self, program: &str, arguments: &str) {
        let line = format!("{} {arguments}", self.binaries.join(program).display());
        let output = as_server_user(&line).current_dir(&self.folder).output().unwrap();
        // pg_ctl leaves a server behind that would hold pipes open, so its own text is in the log file.
        assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The guard sees its input end, stops the server and removes the folder.
        drop(self.guard.stdin.take());
        self.guard.wait().ok();
    }
}

/// A process that outlives this one just long enough to stop the server, however this one ends.
fn guard(binaries: &Path, folder: &Path) -> Child {
    let stop =
        format!("{} -D {}/data -m immediate stop", binaries.join("pg_ctl").display(), folder.display());
    let script = if is_root() { format!("su postgres -c '{stop}'") } else { stop };
    Command::new("sh")
        .args(["-c", &format!("cat; {script}; rm -rf {}", folder.display())])
        .process_group(0)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// PostgreSQL refuses to run as root; there it runs as the user that its package makes.
fn as_server_user(line: &str) -> Command {
    let mut command = if is_root() {
        let mut su = Command::new("su");
        su.args(["postgres", "-c", line]);
        su
    } else {
        let mut sh = Command::new("sh");
        sh.args(["-c", line]);
        sh
    };
    command.stdin(Stdio::null()).stdout(Stdio::null());
    command
}

fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

fn newest_binaries() -> Option<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").ok()?;
    versions
        .filter_map(|version| Some(version.ok()?.path()))
        .filter(|version| version.join("bin/initdb").exists())
        .max_by_key(|version| version.file_name().and_then(|name| name.to_str()?.parse::<u32>().ok()))
        .map(|version| version.join("bin"))
}
