//! One connection.

#![allow(
    clippy::disallowed_types,
    reason = "the DTLS library counts time in instants; ours come in as an argument"
)]

use super::{
    DtlsError, DtlsOutput, Identity,
    admit::{HANDSHAKE_DATAGRAM_MAX, Hello, QUEUE_MAX, Stage, admits, hello},
    fingerprint::Expected,
};
use crate::{
    Time,
    srtp::{KeyingMaterial, Profile},
};
use dimpl::{Error, Output, SrtpProfile};
use rtc_types::ortc::{DtlsFingerprint, DtlsRole};
use std::{
    collections::VecDeque,
    sync::Arc,
    time::{Duration, Instant},
};

/// Bytes that one poll of the library may need during the handshake. It panics where a certificate is longer,
/// and a certificate is at most as long as all that its queue holds.
const HANDSHAKE_POLL: usize = 65_536;
const _: () = assert!(HANDSHAKE_DATAGRAM_MAX * QUEUE_MAX <= HANDSHAKE_POLL);
/// Bytes that one poll needs afterwards, at first; a longer record makes it grow.
const CONNECTED_POLL: usize = 2048;
/// Bytes of one record of data.
const DATA_MAX: usize = 16_384;
/// Outputs that may wait to be polled before data is refused.
const OUTPUTS_MAX: usize = 512;
/// Deadlines further away mean "none": the library's idle deadline is ten years.
const IDLE: Duration = Duration::from_secs(365 * 24 * 3600);

/// One connection; see the module's page. Outputs are to be polled after each call that takes `&mut self`.
pub struct Dtls {
    identity: Arc<Identity>,
    is_client: bool,
    inner: dimpl::Dtls,
    stage: Stage,
    expected: Expected,
    /// Whether the peer's certificate was seen and is the expected one.
    verified: bool,
    outputs: VecDeque<DtlsOutput>,
    /// As last told.
    now: Time,
    deadline: Time,
    epoch: Instant,
    /// Datagrams of the hello that is being put together, and whether its beginning is among them.
    hello_parts: usize,
    hello_begun: bool,
    refused: Option<DtlsError>,
    /// For polls while connected; a handshake's is larger and not kept.
    buffer: Vec<u8>,
}

impl Dtls {
    /// A connection that waits for the peer (server) or begins at the first [`Self::handle_timeout`] (client).
    /// `instant_epoch` is the clock at [`Time::ZERO`].
    ///
    /// # Errors
    /// When the role is neither, or no fingerprint can be checked.
    pub fn new(
        now: Time,
        instant_epoch: Instant,
        identity: &Arc<Identity>,
        role: DtlsRole,
        remote_fingerprints: Vec<DtlsFingerprint>,
    ) -> Result<Self, DtlsError> {
        let is_client = match role {
            DtlsRole::Client => true,
            DtlsRole::Server => false,
            DtlsRole::Auto => return Err(DtlsError::UndecidedRole),
        };
        let expected = Expected::new(&remote_fingerprints)?;
        Ok(Self {
            identity: Arc::clone(identity),
            is_client,
            inner: connection(identity, is_client, instant(instant_epoch, now)),
            stage: if is_client { Stage::Calling } else { Stage::Listening },
            expected,
            verified: false,
            outputs: VecDeque::new(),
            now,
            deadline: if is_client { now } else { Time::NEVER },
            epoch: instant_epoch,
            hello_parts: 0,
            hello_begun: false,
            refused: None,
            buffer: Vec::new(),
        })
    }

    /// Takes a datagram of the peer. What anyone could have sent is dropped without an error.
    ///
    /// # Errors
    /// The connection is over for the reason given, which is also its last output.
    pub fn handle_datagram(&mut self, now: Time, datagram: &[u8]) -> Result<(), DtlsError> {
        self.now = self.now.max(now);
        if self.stage == Stage::Listening {
            return self.handle_hello(datagram);
        }
        if !admits(self.stage, datagram) {
            return Ok(());
        }
        self.take(datagram)
    }

    /// Does what is due: repeats what was lost, gives up.
    ///
    /// # Errors
    /// As [`Self::handle_datagram`].
    pub fn handle_timeout(&mut self, now: Time) -> Result<(), DtlsError> {
        if self.stage == Stage::Ended {
            return Ok(());
        }
        self.now = self.now.max(now);
        let result = self.inner.handle_timeout(instant(self.epoch, self.now));
        self.settle(result)
    }

    /// When [`Self::handle_timeout`] is next due; [`Time::NEVER`] where nothing is.
    pub fn poll_timeout(&self) -> Time {
        self.deadline
    }

    /// The next output, if there is one.
    pub fn poll_output(&mut self) -> Option<DtlsOutput> {
        self.outputs.pop_front()
    }

    /// Sends data: at most 16,384 bytes, and as one datagram; keep it below the path's limit.
    ///
    /// # Errors
    /// [`DtlsError::NotConnected`] or [`DtlsError::Full`], neither of which ends the connection; others do.
    pub fn send(&mut self, data: &[u8]) -> Result<(), DtlsError> {
        if self.stage != Stage::Connected {
            return Err(DtlsError::NotConnected);
        }
        if data.len() > DATA_MAX || self.outputs.len() >= OUTPUTS_MAX {
            return Err(DtlsError::Full);
        }
        if let Err(error) = self.inner.send_application_data(data) {
            return self.fail(reason(&error));
        }
        self.drain()
    }

    /// Whether we are the side that begins.
    pub fn is_client(&self) -> bool {
        self.is_client
    }

    /// Whether keys were given out, and the connection has not ended since.
    pub fn is_connected(&self) -> bool {
        self.stage == Stage::Connected
    }

    /// Why the last hello was not answered, for logs: a peer that lacks what we need is otherwise just not heard.
    pub fn refused(&self) -> Option<&DtlsError> {
        self.refused.as_ref()
    }

    /// Ends the connection; where it was up, the datagram that tells the peer is the last output.
    pub fn close(&mut self) {
        if self.stage == Stage::Connected && self.inner.close().is_ok() {
            // What it may fail with is moot now.
            let _ = self.drain();
        }
        self.end();
    }

    /// Takes a datagram while nothing was answered yet. Whoever sends hellos that cannot be answered may not be
    /// the peer, and the library would hold on to them and miss the peer's: so each is forgotten when the next
    /// begins.
    fn handle_hello(&mut self, datagram: &[u8]) -> Result<(), DtlsError> {
        let Some(part) = hello(datagram) else { return Ok(()) };
        let begins_anew = match part {
            Hello::Whole => self.hello_parts > 0,
            Hello::First => self.hello_begun,
            Hello::Later => self.hello_parts + 1 >= QUEUE_MAX,
        };
        if begins_anew {
            self.listen_anew();
        }
        self.hello_parts += 1;
        self.hello_begun |= part != Hello::Later;
        self.take(datagram)?;
        if self.stage == Stage::Listening && part == Hello::Whole {
            self.refused.get_or_insert_with(|| DtlsError::Protocol("the hello is malformed".into()));
            self.listen_anew();
        }
        Ok(())
    }

    fn listen_anew(&mut self) {
        self.inner = connection(&self.identity, self.is_client, instant(self.epoch, self.now));
        self.hello_parts = 0;
        self.hello_begun = false;
        self.deadline = Time::NEVER;
    }

    fn take(&mut self, datagram: &[u8]) -> Result<(), DtlsError> {
        let result = self
            .inner
            .handle_timeout(instant(self.epoch, self.now))
            .and_then(|()| self.inner.handle_packet(datagram));
        self.settle(result)
    }

    /// Takes what a call to the library led to.
    fn settle(&mut self, result: Result<(), Error>) -> Result<(), DtlsError> {
        match result {
            Ok(()) => self.drain(),
            // Nothing was answered yet, so that nothing is lost by waiting for another hello.
            Err(error) if self.stage == Stage::Listening => {
                self.refused = Some(reason(&error));
                self.listen_anew();
                Ok(())
            }
            Err(error) => self.fail(reason(&error)),
        }
    }

    /// Takes out all that the library has to say.
    fn drain(&mut self) -> Result<(), DtlsError> {
        let mut buffer = std::mem::take(&mut self.buffer);
        buffer.resize(if self.verified { buffer.len().max(CONNECTED_POLL) } else { HANDSHAKE_POLL }, 0);
        let result = self.drain_with(&mut buffer);
        if self.stage == Stage::Connected {
            // The handshake's is not kept.
            self.buffer = if buffer.len() == HANDSHAKE_POLL { Vec::new() } else { buffer };
        }
        result
    }

    fn drain_with(&mut self, buffer: &mut Vec<u8>) -> Result<(), DtlsError> {
        let mut came_up = false;
        let mut closed = false;
        loop {
            match self.inner.poll_output(buffer) {
                Output::Packet(datagram) => {
                    self.outputs.push_back(DtlsOutput::Datagram(datagram.to_vec()));
                    if self.stage == Stage::Listening {
                        self.stage = Stage::Serving;
                    }
                }
                Output::BufferTooSmall { needed } => buffer.resize(needed.max(buffer.len() + 1), 0),
                Output::PeerCert(certificate) => {
                    self.verified = self.expected.matches(certificate);
                    if !self.verified {
                        return self.fail(DtlsError::FingerprintMismatch);
                    }
                }
                Output::Connected if !self.verified => return self.fail(DtlsError::FingerprintMismatch),
                Output::Connected => came_up = true,
                Output::KeyingMaterial(keys, profile) if came_up => {
                    let Some(keys) = keying_material(&keys, profile, self.is_client) else {
                        return self.fail(DtlsError::NoSrtpProfile);
                    };
                    self.stage = Stage::Connected;
                    self.outputs.push_back(DtlsOutput::Connected(keys));
                }
                Output::ApplicationData(data) if self.stage == Stage::Connected => {
                    self.outputs.push_back(DtlsOutput::Data(data.to_vec()));
                }
                Output::CloseNotify => closed = true,
                Output::Timeout(at) => {
                    let wait = at.saturating_duration_since(instant(self.epoch, self.now));
                    // Rounded up, so that it has passed when we are called.
                    let at = self.now + wait + Duration::from_micros(1);
                    self.deadline = if wait > IDLE { Time::NEVER } else { at };
                    break;
                }
                _ => {}
            }
        }
        if came_up && self.stage != Stage::Connected {
            return self.fail(DtlsError::NoSrtpProfile);
        }
        if closed {
            self.outputs.push_back(DtlsOutput::Closed);
            self.end();
        }
        Ok(())
    }

    fn fail(&mut self, error: DtlsError) -> Result<(), DtlsError> {
        self.outputs.push_back(DtlsOutput::Failed(error.clone()));
        self.end();
        Err(error)
    }

    fn end(&mut self) {
        self.stage = Stage::Ended;
        self.deadline = Time::NEVER;
        self.buffer = Vec::new();
    }
}

impl std::fmt::Debug for Dtls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Dtls")
            .field("is_client", &self.is_client)
            .field("stage", &self.stage)
            .finish_non_exhaustive()
    }
}

fn connection(identity: &Identity, is_client: bool, now: Instant) -> dimpl::Dtls {
    let mut connection = dimpl::Dtls::new_12(Arc::clone(&identity.config), identity.certificate.clone(), now);
    connection.set_active(is_client);
    connection
}

fn instant(epoch: Instant, now: Time) -> Instant {
    epoch.checked_add(Duration::from_micros(now.as_micros())).unwrap_or(epoch)
}

fn reason(error: &Error) -> DtlsError {
    match error {
        Error::Timeout(_) => DtlsError::Timeout,
        other => DtlsError::Protocol(other.to_string()),
    }
}

/// RFC 5764, section 4.2: the client's key, the server's key, the client's salt, the server's salt.
fn keying_material(exported: &[u8], profile: SrtpProfile, is_client: bool) -> Option<KeyingMaterial> {
    let profile = match profile {
        SrtpProfile::AES128_CM_SHA1_80 => Profile::Aes128CmSha1_80,
        SrtpProfile::AEAD_AES_128_GCM => Profile::Aead128Gcm,
        SrtpProfile::AEAD_AES_256_GCM => Profile::Aead256Gcm,
        _ => return None,
    };
    if exported.len() != 2 * (profile.key_len() + profile.salt_len()) {
        return None;
    }
    let (keys, salts) = exported.split_at(2 * profile.key_len());
    let (client_key, server_key) = keys.split_at(profile.key_len());
    let (client_salt, server_salt) = salts.split_at(profile.salt_len());
    let (client, server) = ((client_key, client_salt), (server_key, server_salt));
    let (local, remote) = if is_client { (client, server) } else { (server, client) };
    Some(KeyingMaterial {
        profile,
        local_key: local.0.to_vec(),
        local_salt: local.1.to_vec(),
        remote_key: remote.0.to_vec(),
        remote_salt: remote.1.to_vec(),
    })
}
