//! ICE as a full agent that controls (RFC 8445) towards a server with one candidate: nominating checks until one
//! is answered, consent after that (RFC 7675), and answers to the other side's checks, which libnice sends even
//! in lite mode.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use super::stun::{self, Message, TransactionId};

/// Between checks until one is answered.
const CHECK_INTERVAL: Duration = Duration::from_millis(50);
/// The interval grows to this at most, so that hundreds of sessions that start at once do not drown the server.
const CHECK_INTERVAL_MAX: Duration = Duration::from_millis(800);
/// Between consent checks, as browsers send them.
const CONSENT_INTERVAL: Duration = Duration::from_millis(2_500);

/// User name fragment and password of one side.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Credentials {
    /// `ice-ufrag`.
    pub ufrag: String,
    /// `ice-pwd`.
    pub password: String,
}

impl Credentials {
    /// Makes them of random bytes.
    pub fn from_random(bytes: [u8; 16]) -> Self {
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        Self { ufrag: hex[..8].to_owned(), password: hex[8..].to_owned() }
    }
}

/// The agent of one session.
pub struct IceAgent {
    ours: Credentials,
    theirs: Credentials,
    tie_breaker: u64,
    sent: u64,
    interval: Duration,
    next_check: Instant,
    connected: bool,
}

impl IceAgent {
    /// An agent that sends its first check at once.
    pub fn new(ours: Credentials, theirs: Credentials, tie_breaker: u64, now: Instant) -> Self {
        Self {
            ours,
            theirs,
            tie_breaker,
            sent: 0,
            interval: CHECK_INTERVAL,
            next_check: now,
            connected: false,
        }
    }

    /// Whether a check was answered.
    pub fn connected(&self) -> bool {
        self.connected
    }

    /// When [`IceAgent::poll_check`] has something to send.
    pub fn deadline(&self) -> Instant {
        self.next_check
    }

    /// The check that is due, if one is.
    pub fn poll_check(&mut self, now: Instant) -> Option<Vec<u8>> {
        if now < self.next_check {
            return None;
        }
        self.next_check = now + if self.connected { CONSENT_INTERVAL } else { self.interval };
        self.interval = (self.interval * 2).min(CHECK_INTERVAL_MAX);
        self.sent += 1;
        let username = format!("{}:{}", self.theirs.ufrag, self.ours.ufrag);
        Some(stun::request(self.transaction(), &username, self.tie_breaker, &self.theirs.password))
    }

    fn transaction(&self) -> TransactionId {
        let mut id = [0; 12];
        id[..4].copy_from_slice(&(self.sent as u32).to_be_bytes());
        id[4..].copy_from_slice(&self.tie_breaker.to_be_bytes());
        id
    }

    /// Takes a STUN datagram in; returns the answer to send, if it asks for one.
    pub fn handle(&mut self, datagram: &[u8], from: SocketAddr, now: Instant) -> Option<Vec<u8>> {
        match stun::read(datagram, &self.ours.password, &self.theirs.password)? {
            Message::Request(id) => Some(stun::success(id, from, &self.ours.password)),
            Message::Success(_) => {
                if !std::mem::replace(&mut self.connected, true) {
                    self.next_check = now + CONSENT_INTERVAL;
                }
                None
            }
            Message::Error(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn credentials(name: &str) -> Credentials {
        Credentials { ufrag: name.to_owned(), password: format!("{name} password") }
    }

    #[test]
    fn checks_slow_down_and_become_consent_once_answered() {
        let start = Instant::now();
        let mut agent = IceAgent::new(credentials("us"), credentials("them"), 9, start);
        let check = agent.poll_check(start).expect("the first check is sent at once");
        assert!(agent.poll_check(start).is_none());
        let mut at = start;
        for _ in 0..10 {
            at = agent.deadline();
            assert!(agent.poll_check(at).is_some());
        }
        assert_eq!(agent.deadline() - at, CHECK_INTERVAL_MAX);
        let id: TransactionId = check[8..20].try_into().expect("12 bytes");
        let from = "192.0.2.1:9".parse().expect("an address");
        assert!(agent.handle(&stun::success(id, from, "them password"), from, at).is_none());
        assert!(agent.connected());
        assert_eq!(agent.deadline(), at + CONSENT_INTERVAL);
    }

    #[test]
    fn a_check_of_the_other_side_is_answered() {
        let now = Instant::now();
        let mut agent = IceAgent::new(credentials("us"), credentials("them"), 9, now);
        let from = "192.0.2.1:9".parse().expect("an address");
        let check = stun::request([5; 12], "us:them", 1, "us password");
        let answer = agent.handle(&check, from, now).expect("an answer");
        assert_eq!(stun::read(&answer, "", "us password"), Some(Message::Success([5; 12])));
        assert!(!agent.connected(), "only an answer to our own check proves the path");
    }
}
