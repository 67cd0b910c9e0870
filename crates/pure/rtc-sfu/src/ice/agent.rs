//! One transport's agent.

use super::{Credentials, paths::Paths, seen::Seen};
use crate::{
    Time, Tuple,
    stun::{Class, IntegrityKey, Message, Method, Writer, attribute},
};
use std::time::Duration;

/// How long a peer may take to get its first check through.
const FIRST_CHECK_TIMEOUT: Duration = Duration::from_secs(30);

/// The attributes below 0x8000 that a check may carry.
const KNOWN_ATTRIBUTES: &[u16] = &[
    attribute::USERNAME,
    attribute::MESSAGE_INTEGRITY,
    attribute::MESSAGE_INTEGRITY_SHA256,
    attribute::REALM,
    attribute::NONCE,
    attribute::PRIORITY,
    attribute::USE_CANDIDATE,
];

/// What became of a check. Where the reply is not empty, it is to be sent to where the check came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CheckOutcome {
    /// Nothing was learned from it.
    Rejected(Rejection),
    /// It is the peer's.
    Answered {
        /// The tuple it came from, where that was not verified before.
        new_tuple: Option<Tuple>,
        /// A tuple that is no longer verified: there are too many.
        dropped_tuple: Option<Tuple>,
        /// Whether [`IceLite::selected`] is another now.
        selected_changed: bool,
        /// The ufrag that does not find us any more: it was the first check after a restart.
        retired_ufrag: Option<String>,
    },
}

impl CheckOutcome {
    const NOTHING_NEW: CheckOutcome =
        Self::Answered { new_tuple: None, dropped_tuple: None, selected_changed: false, retired_ufrag: None };
}

/// Why nothing was learned from a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rejection {
    /// Not a Binding request. Indications keep a path open and prove nothing; we ask for nothing, so that no
    /// response is for us.
    NotARequest,
    /// No USERNAME or no MESSAGE-INTEGRITY (400).
    Incomplete,
    /// USERNAME is not ours (401).
    Username,
    /// MESSAGE-INTEGRITY is wrong (401).
    Integrity,
    /// An attribute that must be understood is not (420).
    UnknownAttribute,
    /// The peer takes itself for controlled, which we are always (487).
    RoleConflict,
    /// The same message came before, and not from this address: no reply.
    Replayed,
}

#[derive(Debug)]
struct Secret {
    credentials: Credentials,
    key: IntegrityKey,
}

impl Secret {
    fn new(credentials: Credentials) -> Self {
        let key = IntegrityKey::new(credentials.password.as_bytes());
        Self { credentials, key }
    }
}

/// The controlled side of ICE on one transport.
#[derive(Debug)]
pub struct IceLite {
    current: Secret,
    /// Those before a restart, until a check comes with the new ones.
    old: Option<Secret>,
    paths: Paths,
    seen: Seen,
    /// The highest number that the peer nominated a path with.
    nomination: Option<u32>,
    consent_timeout: Duration,
    connected: bool,
    expires: Time,
}

impl IceLite {
    /// An agent that no check has reached yet. It expires after 30 s without any, and `consent_timeout` after
    /// the last one.
    pub fn new(now: Time, local: Credentials, consent_timeout: Duration) -> Self {
        Self {
            current: Secret::new(local),
            old: None,
            paths: Paths::default(),
            seen: Seen::default(),
            nomination: None,
            consent_timeout,
            connected: false,
            expires: now + FIRST_CHECK_TIMEOUT,
        }
    }

    /// The newest credentials: those to tell the peer.
    pub fn local(&self) -> &Credentials {
        &self.current.credentials
    }

    /// Takes new credentials. Those that the peer uses hold until its first check with the new ones; gives the
    /// ufrag of those of an earlier restart which never were used, and do not hold any more.
    pub fn restart(&mut self, local: Credentials) -> Option<String> {
        let before = std::mem::replace(&mut self.current, Secret::new(local));
        if self.old.is_some() {
            return Some(before.credentials.ufrag);
        }
        self.old = Some(before);
        None
    }

    /// The ufrags under which checks find us: the newest first, then, during a restart, the old one.
    pub fn ufrags(&self) -> impl Iterator<Item = &str> {
        let secrets = std::iter::once(&self.current).chain(&self.old);
        secrets.map(|secret| secret.credentials.ufrag.as_str())
    }

    /// The tuple to send to: the one that the peer nominated last, before any nomination the first verified.
    pub fn selected(&self) -> Option<Tuple> {
        self.paths.selected()
    }

    /// Whether an authenticated check came from there: other datagrams from elsewhere are not the peer's.
    pub fn is_verified(&self, from: &Tuple) -> bool {
        self.paths.selected().as_ref() == Some(from) || self.paths.contains(from)
    }

    /// A TCP connection has ended. [`Self::selected`] may be another afterwards.
    pub fn remove_tuple(&mut self, tuple: Tuple) {
        self.paths.remove(tuple);
    }

    /// When the agent expires unless a check comes before.
    pub fn poll_timeout(&self) -> Time {
        self.expires
    }

    /// Whether the peer's consent has run out, or it never came.
    pub fn is_expired(&self, now: Time) -> bool {
        now >= self.expires
    }

    /// Whether any authenticated check came.
    pub fn was_connected(&self) -> bool {
        self.connected
    }

    /// Answers a check. The reply replaces what is in `reply`; without authentication it is never longer than
    /// the check. An authenticated check refreshes consent and makes its tuple verified, once: the same message
    /// played again changes nothing.
    ///
    /// PRIORITY, a controlling role and the second part of USERNAME are not asked for: nothing here hangs on
    /// them.
    pub fn handle_check(
        &mut self,
        now: Time,
        from: Tuple,
        message: &Message<'_>,
        reply: &mut Vec<u8>,
    ) -> CheckOutcome {
        reply.clear();
        let is_old = match self.authenticate(message) {
            Ok(is_old) => is_old,
            Err(rejection) => {
                refuse_unauthenticated(rejection, message, reply);
                return CheckOutcome::Rejected(rejection);
            }
        };
        if let Some(rejection) = refuse(self.secret(is_old), message, reply) {
            return CheckOutcome::Rejected(rejection);
        }
        // A request whose reply was lost is sent again, and answered again. From an address that proved nothing
        // it is somebody else's copy.
        let is_new = self.seen.insert(message.transaction());
        if !is_new && !self.is_verified(&from) {
            return CheckOutcome::Rejected(Rejection::Replayed);
        }
        succeed(self.secret(is_old), from, message, reply);
        if is_new { self.learn(now, is_old, from, message) } else { CheckOutcome::NOTHING_NEW }
    }

    /// Whether the message was made with the old credentials rather than the newest.
    fn authenticate(&self, message: &Message<'_>) -> Result<bool, Rejection> {
        if message.class() != Class::Request || message.method() != Method::BINDING {
            return Err(Rejection::NotARequest);
        }
        let ufrag = message.receiver_ufrag().filter(|_| message.has_integrity());
        let ufrag = ufrag.ok_or(Rejection::Incomplete)?;
        let is_old = self.ufrags().position(|ours| ours == ufrag).ok_or(Rejection::Username)? > 0;
        if message.verify_integrity(&self.secret(is_old).key) {
            Ok(is_old)
        } else {
            Err(Rejection::Integrity)
        }
    }

    fn secret(&self, is_old: bool) -> &Secret {
        self.old.as_ref().filter(|_| is_old).unwrap_or(&self.current)
    }

    fn learn(&mut self, now: Time, is_old: bool, from: Tuple, message: &Message<'_>) -> CheckOutcome {
        let mut retired_ufrag = None;
        if !is_old && let Some(old) = self.old.take() {
            retired_ufrag = Some(old.credentials.ufrag);
            // The peer counts its nominations anew. Its old path serves until it chooses.
            self.nomination = None;
        }
        self.connected = true;
        self.expires = now + self.consent_timeout;
        let before = self.paths.selected();
        let (is_new, dropped_tuple) = self.paths.touch(now, from);
        if self.is_nomination(message) {
            self.paths.nominate(from);
        } else {
            self.paths.propose(from);
        }
        CheckOutcome::Answered {
            new_tuple: is_new.then_some(from),
            dropped_tuple,
            selected_changed: self.paths.selected() != before,
            retired_ufrag,
        }
    }

    /// Whether the peer chooses this path. A numbered nomination counts where its number is higher than those
    /// before: it may arrive late. Without a number the newest counts.
    fn is_nomination(&mut self, message: &Message<'_>) -> bool {
        let Some(number) = message.nomination() else { return message.use_candidate() };
        if self.nomination.is_some_and(|highest| number <= highest) {
            return false;
        }
        self.nomination = Some(number);
        true
    }
}

fn succeed(secret: &Secret, from: Tuple, message: &Message<'_>, reply: &mut Vec<u8>) {
    let writer = Writer::new(reply, Class::Success, Method::BINDING, message.transaction())
        .xor_mapped_address(from.remote)
        .integrity(&secret.key)
        .fingerprint();
    // Of fixed length: it fits.
    _ = writer.finish();
}

/// Refuses an authenticated request, where there is cause to.
fn refuse(secret: &Secret, message: &Message<'_>, reply: &mut Vec<u8>) -> Option<Rejection> {
    let unknown = || message.unknown_required(KNOWN_ATTRIBUTES);
    let (rejection, code) = if unknown().next().is_some() {
        (Rejection::UnknownAttribute, 420)
    } else if message.ice_controlled().is_some() {
        (Rejection::RoleConflict, 487)
    } else {
        return None;
    };
    let mut writer =
        Writer::new(reply, Class::Error, Method::BINDING, message.transaction()).error_code(code, "");
    if rejection == Rejection::UnknownAttribute {
        writer = writer.unknown_attributes(unknown());
    }
    // At most 64 attributes are told of: it fits.
    _ = writer.integrity(&secret.key).fingerprint().finish();
    Some(rejection)
}

/// RFC 8489, section 9.1.3. Anybody can have sent the request in anybody's name, so the reply is dropped where
/// it would be the longer of the two; it has no reason text for that.
fn refuse_unauthenticated(rejection: Rejection, message: &Message<'_>, reply: &mut Vec<u8>) {
    let code = match rejection {
        Rejection::Incomplete => 400,
        Rejection::Username | Rejection::Integrity => 401,
        _ => return,
    };
    let writer =
        Writer::new(reply, Class::Error, Method::BINDING, message.transaction()).error_code(code, "");
    let fits = writer.fingerprint().finish().is_ok() && reply.len() <= message.len();
    if !fits {
        reply.clear();
    }
}
