//! The real program in a folder and an environment of its own.
#![allow(dead_code, clippy::unwrap_used)]

use serde_json::Value;
use std::{
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Child, ChildStdout, Command, Output, Stdio},
};

/// The variables that production does not start without.
pub const STRONG: [(&str, &str); 4] = [
    ("JWT_SECRET", "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"),
    ("ADMIN_KEY", "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"),
    ("SECRETS_KEY", "fcde2b2edba56bf408601fb721fe9b5c338d10ee429ea04fae5511b68fbf8fb9"),
    ("DATABASE_URL", "sqlite:./rtc.sqlite"),
];

/// The program in a folder, with nothing of the test's own environment.
pub fn program(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rtc-platform"));
    command.current_dir(folder).env_clear();
    command
}

/// Runs a command line to its end.
pub fn run(folder: &Path, line: &str) -> Output {
    program(folder).args(line.split_whitespace()).output().unwrap()
}

/// Runs a command line that must succeed; its JSON.
pub fn json(folder: &Path, line: &str) -> Value {
    let output = run(folder, &format!("{line} --json"));
    assert_eq!(output.status.code(), Some(0), "{line}: {}", stderr(&output));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// What a command said on standard error.
pub fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// What a command said on standard output.
pub fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// A serving process; killed when the test ends before it does.
pub struct Serving {
    pub process: Child,
    pub out: BufReader<ChildStdout>,
    pub port: u16,
    pub text: String,
}

impl Serving {
    /// Starts `dev` on free ports and waits until it says where it listens.
    pub fn dev(folder: &Path) -> Self {
        Self::start(program(folder).args(["dev", "--port", "0", "--signaling-port", "", "--extra-ports", ""]))
    }

    /// Starts a command and waits until it says where it listens.
    pub fn start(command: &mut Command) -> Self {
        let mut process = command.stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn().unwrap();
        let mut out = BufReader::new(process.stdout.take().unwrap());
        let mut text = String::new();
        let port = loop {
            let start = text.len();
            assert_ne!(out.read_line(&mut text).unwrap(), 0, "it ended before it listened: {text}");
            if let Some(ports) = text[start..].trim().strip_prefix("Ports") {
                break ports.trim().split([' ', ',']).next().unwrap().parse().unwrap();
            }
        };
        Self { process, out, port, text }
    }

    /// Sends a signal.
    pub fn signal(&self, signal: rustix::process::Signal) {
        let id = rustix::process::Pid::from_raw(self.process.id().try_into().unwrap()).unwrap();
        rustix::process::kill_process(id, signal).unwrap();
    }

    /// An address of it.
    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        _ = self.process.kill();
        _ = self.process.wait();
    }
}
