//! How many connections the operating system lets this process hold.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Descriptors that are asked for: one a connection, with room for a large node.
const WANTED: u64 = 1 << 20;

/// Raises the soft limit of open files as far as the hard limit allows; returns what holds now.
///
/// Most systems start programs with 1024, which is far fewer connections than a server can carry.
pub fn raise() -> u64 {
    let limit = getrlimit(Resource::Nofile);
    let maximum = limit.maximum.unwrap_or(WANTED).min(WANTED);
    let current = limit.current.unwrap_or(u64::MAX);
    if current >= maximum {
        return current;
    }
    let raised = Rlimit { current: Some(maximum), maximum: limit.maximum };
    match setrlimit(Resource::Nofile, raised) {
        Ok(()) => maximum,
        Err(_) => current,
    }
}
