//! One transport's SCTP association.

use super::{
    CloseReason, DEFAULT_PORT, DataEvent, MESSAGE_BYTES_MAX, STREAMS_MAX, SendError, Violation,
    dcep::Dcep,
    guard::{Guard, WINDOW_BYTES, Waiting},
    streams::StreamSet,
};
use crate::{DataMode, Time};
use dcsctp::api::{
    DcSctpSocket, ErrorKind, Message, Options, PpId, SendError as SocketSendError, SendOptions, Socket,
    SocketEvent, SocketTime, StreamId, ZERO_CHECKSUM_ALTERNATE_ERROR_DETECTION_METHOD_LOWER_LAYER_DTLS,
    handover::HandoverReadiness,
};
use rtc_types::ortc::SctpStreamParameters;
use std::{collections::VecDeque, time::Duration};

/// What a payload is (RFC 8831, section 8). SCTP has no empty messages: those of zero bytes have types of their
/// own and one byte.
const PPID_DCEP: PpId = PpId(50);
const PPID_TEXT: PpId = PpId(51);
const PPID_BINARY: PpId = PpId(53);
const PPID_TEXT_EMPTY: PpId = PpId(56);
const PPID_BINARY_EMPTY: PpId = PpId(57);

/// What goes into a packet beside its headers.
const PACKET_PAYLOAD_BYTES: usize = 1163;

/// How an association is made.
#[derive(Clone, Copy, Debug)]
pub struct AssociationOptions {
    /// Whether channels are announced in band, or only known to signaling.
    pub mode: DataMode,
    /// Whether we are the DTLS client: who opens which stream ids (RFC 8832, section 6).
    pub dtls_client: bool,
    /// The peer's SCTP port.
    pub remote_port: u16,
    /// Bytes that may wait for the peer to take them; as much again may be under way.
    pub send_buffer_bytes_max: usize,
}

impl Default for AssociationOptions {
    fn default() -> Self {
        Self {
            mode: DataMode::Negotiated,
            dtls_client: false,
            remote_port: DEFAULT_PORT,
            send_buffer_bytes_max: 1024 * 1024,
        }
    }
}

/// SCTP with one peer.
pub struct Association {
    /// The library counts time from here.
    epoch: Time,
    socket: Socket,
    options: AssociationOptions,
    guard: Guard,
    packets: VecDeque<Vec<u8>>,
    events: VecDeque<DataEvent>,
    /// Open channels; where they are not announced, streams that were used.
    open: StreamSet,
    /// Those that we closed and the peer has not.
    closing: StreamSet,
    connected: bool,
    /// After a violation, for good.
    refused: bool,
}

impl Association {
    /// Begins to set the association up, from our side too: both may (RFC 8831, section 6.1). Call it when DTLS
    /// is up; the first packet is ready then.
    pub fn new(now: Time, options: AssociationOptions) -> Self {
        let mut association = Self {
            epoch: now,
            socket: Socket::new("", &socket_options(&options)),
            options,
            guard: Guard::default(),
            packets: VecDeque::new(),
            events: VecDeque::new(),
            open: StreamSet::new(),
            closing: StreamSet::new(),
            connected: false,
            refused: false,
        };
        association.socket.connect();
        association.drain(now);
        association
    }

    /// Takes in a packet, as DTLS decrypted it.
    pub fn handle_packet(&mut self, now: Time, packet: &[u8]) {
        if self.refused {
            return;
        }
        match self.guard.inspect(now, packet) {
            Ok(true) => {}
            Ok(false) => return,
            Err(violation) => return self.refuse(violation),
        }
        self.advance(now);
        self.socket.handle_input(packet);
        self.drain(now);
    }

    /// The next packet to be sent over DTLS.
    pub fn poll_packet(&mut self) -> Option<Vec<u8>> {
        self.packets.pop_front()
    }

    /// The next fact.
    pub fn poll_event(&mut self) -> Option<DataEvent> {
        self.events.pop_front()
    }

    /// When [`Self::handle_timeout`] is next due; [`Time::NEVER`] where nothing is.
    pub fn poll_timeout(&self) -> Time {
        let due = self.socket.poll_timeout();
        if due == SocketTime::infinite_future() {
            return Time::NEVER;
        }
        // Rounded up: at the microsecond before, the library would have nothing to do.
        self.epoch + (due - SocketTime::zero()) + Duration::from_nanos(999)
    }

    /// Does what is due.
    pub fn handle_timeout(&mut self, now: Time) {
        self.advance(now);
        self.drain(now);
    }

    /// Whether the association is up.
    pub fn is_connected(&self) -> bool {
        self.connected
    }

    /// Sends a message. Before the association is up it waits. Of `reliability` the stream id is not looked at.
    ///
    /// # Errors
    /// See [`SendError`].
    pub fn send(
        &mut self,
        now: Time,
        stream: u16,
        binary: bool,
        reliability: &SctpStreamParameters,
        payload: &[u8],
    ) -> Result<(), SendError> {
        let is_announced = self.options.mode == DataMode::Announced;
        if stream >= STREAMS_MAX || (is_announced && !self.open.contains(stream)) {
            return Err(SendError::Stream);
        }
        let ppid = match (binary, payload.is_empty()) {
            (false, false) => PPID_TEXT,
            (true, false) => PPID_BINARY,
            (false, true) => PPID_TEXT_EMPTY,
            (true, true) => PPID_BINARY_EMPTY,
        };
        let payload = if payload.is_empty() { &[0] } else { payload };
        self.advance(now);
        let sent = self.queue(stream, ppid, reliability, payload);
        if sent.is_ok() && !is_announced {
            self.open.insert(stream);
        }
        self.drain(now);
        sent
    }

    /// Opens a channel in band and gives its stream. Messages may be sent at once. Of `reliability` the stream
    /// id is not looked at.
    ///
    /// # Errors
    /// See [`SendError`].
    pub fn open(
        &mut self,
        now: Time,
        label: &str,
        protocol: &str,
        reliability: &SctpStreamParameters,
    ) -> Result<u16, SendError> {
        let first = if self.options.dtls_client { 0 } else { 1 };
        let mut streams = (first..STREAMS_MAX).step_by(2);
        let is_free = |stream: &u16| !self.open.contains(*stream) && !self.closing.contains(*stream);
        let stream = streams.find(is_free).ok_or(SendError::TooMany)?;
        let parameters = SctpStreamParameters { stream_id: stream, ..*reliability };
        self.advance(now);
        let sent = self.queue_dcep(stream, &Dcep::Open { parameters, label, protocol });
        if sent.is_ok() {
            self.open.insert(stream);
        }
        self.drain(now);
        sent.map(|()| stream)
    }

    /// Closes our side of a channel; what waits on it is dropped. The peer closes its own in answer.
    pub fn close_stream(&mut self, now: Time, stream: u16) {
        if self.open.remove(stream) {
            self.advance(now);
            self.reset(stream);
            self.drain(now);
        }
    }

    fn reset(&mut self, stream: u16) {
        // Peers that cannot reset streams keep theirs open; nothing can be done about it.
        if self.socket.reset_streams(&[StreamId(stream)]).is_ok() {
            self.closing.insert(stream);
        }
    }

    fn queue_dcep(&mut self, stream: u16, message: &Dcep<'_>) -> Result<(), SendError> {
        let reliable = SctpStreamParameters {
            stream_id: stream,
            ordered: true,
            max_packet_life_time: None,
            max_retransmits: None,
        };
        self.queue(stream, PPID_DCEP, &reliable, &message.to_bytes())
    }

    fn queue(
        &mut self,
        stream: u16,
        ppid: PpId,
        reliability: &SctpStreamParameters,
        payload: &[u8],
    ) -> Result<(), SendError> {
        if payload.len() > MESSAGE_BYTES_MAX {
            return Err(SendError::TooLarge);
        }
        if self.refused {
            return Err(SendError::Closed);
        }
        let waiting = self.socket.get_metrics().map_or(0, |metrics| metrics.unack_data_count);
        if waiting.saturating_mul(PACKET_PAYLOAD_BYTES) > self.options.send_buffer_bytes_max.saturating_mul(2)
        {
            return Err(SendError::Full);
        }
        let options = SendOptions {
            unordered: !reliability.ordered,
            lifetime: reliability.max_packet_life_time.map(|millis| Duration::from_millis(millis.into())),
            max_retransmissions: reliability.max_retransmits,
            lifecycle_id: None,
        };
        let message = Message::new(StreamId(stream), ppid, payload.to_vec());
        self.socket.send(message, &options).map_err(|error| match error {
            SocketSendError::ResourceExhaustion => SendError::Full,
            SocketSendError::MessageTooLarge { .. } => SendError::TooLarge,
            SocketSendError::ShuttingDown | SocketSendError::EmptyPayload => SendError::Closed,
        })
    }

    fn advance(&mut self, now: Time) {
        self.socket.advance_time(SocketTime::zero() + now.since(self.epoch));
    }

    /// Takes all that the library has to say: first that it is connected, then messages, then what closed.
    fn drain(&mut self, now: Time) {
        let mut closed = None;
        // What is answered (a channel acknowledged, a stream reset) is said in the next round. A peer cannot
        // prolong this: each round takes what one packet brought.
        loop {
            let mut resets = Vec::new();
            while let Some(event) = self.socket.poll_event() {
                match event {
                    SocketEvent::SendPacket(packet) => self.packets.push_back(packet),
                    SocketEvent::OnConnected() => self.handle_connected(),
                    SocketEvent::OnConnectionRestarted() => resets.extend(self.open.iter()),
                    SocketEvent::OnIncomingStreamReset(streams) if streams.is_empty() => {
                        resets.extend(self.open.iter().chain(self.closing.iter()));
                    }
                    SocketEvent::OnIncomingStreamReset(streams) => {
                        resets.extend(streams.iter().map(|stream| stream.0));
                    }
                    SocketEvent::OnClosed() => closed = Some(CloseReason::ByPeer),
                    SocketEvent::OnAborted(ErrorKind::TooManyRetries, _) => {
                        closed = Some(CloseReason::NoAnswer)
                    }
                    SocketEvent::OnAborted(..) => closed = Some(CloseReason::ByPeer),
                    _ => {}
                }
            }
            let mut is_quiet = resets.is_empty();
            while let Some(message) = self.socket.get_next_message() {
                is_quiet = false;
                if let Err(violation) = self.guard.delivered(message.payload.len()) {
                    return self.refuse(violation);
                }
                self.handle_message(message);
            }
            for stream in resets {
                self.handle_reset(stream);
            }
            if is_quiet {
                break;
            }
        }
        if let Some(reason) = closed {
            return self.handle_closed(reason);
        }
        let socket = &self.socket;
        let judged = self.guard.check(now, || {
            let readiness = socket.get_handover_readiness();
            Waiting {
                chunks: readiness.contains(HandoverReadiness::STREAM_HAS_UNASSEMBLED_CHUNKS),
                reset: readiness.contains(HandoverReadiness::STREAM_RESET_DEFERRED),
            }
        });
        if let Err(violation) = judged {
            self.refuse(violation);
        }
    }

    fn handle_connected(&mut self) {
        self.connected = true;
        self.events.push_back(DataEvent::Connected);
    }

    fn handle_closed(&mut self, reason: CloseReason) {
        self.guard = Guard::default();
        (self.open, self.closing) = (StreamSet::new(), StreamSet::new());
        // A peer without SCTP never answers our attempt; it may still come with its own.
        if std::mem::take(&mut self.connected) || matches!(reason, CloseReason::Violation(_)) {
            self.events.push_back(DataEvent::Closed(reason));
        }
    }

    /// Ends the association for good. What the library holds is freed.
    fn refuse(&mut self, violation: Violation) {
        self.refused = true;
        self.socket.close();
        while let Some(event) = self.socket.poll_event() {
            if let SocketEvent::SendPacket(packet) = event {
                self.packets.push_back(packet);
            }
        }
        self.socket = Socket::new("", &socket_options(&self.options));
        self.handle_closed(CloseReason::Violation(violation));
    }

    fn handle_reset(&mut self, stream: u16) {
        self.closing.remove(stream);
        if self.open.remove(stream) {
            self.reset(stream);
            // Theirs is closed already: none is to come.
            self.closing.remove(stream);
            self.events.push_back(DataEvent::StreamClosed { stream });
        }
    }

    fn handle_message(&mut self, message: Message) {
        let Message { stream_id: StreamId(stream), ppid, payload } = message;
        let is_announced = self.options.mode == DataMode::Announced;
        let (binary, payload) = match ppid {
            PPID_DCEP if is_announced => return self.handle_dcep(stream, &payload),
            PPID_TEXT if std::str::from_utf8(&payload).is_ok() => (false, payload),
            PPID_BINARY => (true, payload),
            PPID_TEXT_EMPTY => (false, Vec::new()),
            PPID_BINARY_EMPTY => (true, Vec::new()),
            _ => return,
        };
        if is_announced && !self.open.contains(stream) {
            return;
        }
        self.open.insert(stream);
        self.events.push_back(DataEvent::Message { stream, binary, payload });
    }

    fn handle_dcep(&mut self, stream: u16, message: &[u8]) {
        match Dcep::parse(stream, message) {
            Some(Dcep::Ack) => {}
            // Opened twice, or by both sides at once: what is there stays.
            Some(Dcep::Open { .. }) if self.open.contains(stream) => {}
            Some(Dcep::Open { parameters, label, protocol }) => {
                self.open.insert(stream);
                let (label, protocol) = (label.to_owned(), protocol.to_owned());
                self.events.push_back(DataEvent::Opened { stream, label, protocol, parameters });
                // Where no room is left for one byte, the peer has worse problems than a missing answer.
                _ = self.queue_dcep(stream, &Dcep::Ack);
            }
            None => self.reset(stream),
        }
    }
}

fn socket_options(options: &AssociationOptions) -> Options {
    Options {
        local_port: DEFAULT_PORT,
        remote_port: options.remote_port,
        announced_maximum_incoming_streams: STREAMS_MAX,
        announced_maximum_outgoing_streams: STREAMS_MAX,
        max_message_size: MESSAGE_BYTES_MAX,
        max_receiver_window_buffer_size: WINDOW_BYTES,
        max_send_buffer_size: options.send_buffer_bytes_max,
        per_stream_send_queue_limit: options.send_buffer_bytes_max,
        // A minute without answer; ICE consent runs out before.
        max_timer_backoff_duration: Some(Duration::from_secs(3)),
        max_retransmissions: Some(20),
        // DTLS guards the packets already: Chrome agrees to leave the checksum out (RFC 9653).
        zero_checksum_alternate_error_detection_method:
            ZERO_CHECKSUM_ALTERNATE_ERROR_DETECTION_METHOD_LOWER_LAYER_DTLS,
        ..Options::default()
    }
}

impl std::fmt::Debug for Association {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Association").field("connected", &self.connected).finish_non_exhaustive()
    }
}
