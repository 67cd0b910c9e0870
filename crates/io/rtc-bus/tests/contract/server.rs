//! A Redis server in a folder of its own, for the length of a test run.

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    os::unix::process::CommandExt,
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex, OnceLock},
};
use tempfile::TempDir;

/// Set to `1` to run without Redis.
const SKIP: &str = "RTC_TEST_SKIP_REDIS";

/// A running server. It stops when this is dropped, or when the test process ends in any way.
pub struct Server {
    folder: TempDir,
    port: u16,
    guard: Mutex<Option<Child>>,
}

impl Server {
    /// The server that the cases share; `None` when Redis is to be skipped.
    pub fn shared() -> Option<Arc<Server>> {
        static SHARED: OnceLock<Option<Arc<Server>>> = OnceLock::new();
        SHARED.get_or_init(|| Server::start().map(Arc::new)).clone()
    }

    /// A server for one case alone; `None` when Redis is to be skipped.
    pub fn start() -> Option<Server> {
        if std::env::var(SKIP).is_ok_and(|value| value == "1") {
            return None;
        }
        let folder = tempfile::Builder::new().prefix("rtc-bus-redis-").tempdir().unwrap();
        let port = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
        let server = Server { folder, port, guard: Mutex::new(None) };
        server.resume();
        Some(server)
    }

    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Starts the server, empty, and returns when it answers.
    pub fn resume(&self) {
        // The shell outlives this process just long enough to stop the server, however this one ends.
        let script = format!(
            "redis-server --port {} --bind 127.0.0.1 --save '' --appendonly no --dir '{}' >/dev/null & \
             server=$!; cat; kill -9 $server; wait $server",
            self.port,
            self.folder.path().display(),
        );
        let guard = Command::new("sh")
            .args(["-c", &script])
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        *self.guard.lock().unwrap() = Some(guard);
        for _ in 0..3_000 {
            if self.answers() {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        panic!("redis-server does not answer: run `apt-get install redis-server`, or set {SKIP}=1 to skip");
    }

    /// Stops the server at once; what it held is gone.
    pub fn stop(&self) {
        if let Some(mut guard) = self.guard.lock().unwrap().take() {
            drop(guard.stdin.take());
            guard.wait().unwrap();
        }
    }

    fn answers(&self) -> bool {
        let mut answer = [0; 7];
        let Ok(mut stream) = TcpStream::connect(("127.0.0.1", self.port)) else { return false };
        stream.write_all(b"PING\r\n").is_ok()
            && stream.read_exact(&mut answer).is_ok()
            && answer == *b"+PONG\r\n"
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
    }
}
