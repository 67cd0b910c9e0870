//! What members send one another on data channels.
//!
//! A packet is stamped with its sender, so that nobody speaks for another, and passed to those it names, or to all
//! others. Reliable packets carry their sender's running number: what is repeated after a broken connection is passed
//! on once, and kept for a while for those who were away.

use livekit_protocol::{DataPacket, data_packet::Value};
use prost::Message;
use rtc_app::{App, ChannelMessage, ConferenceDesk, PeerMedia};
use rtc_types::{SeatId, UserId};
use std::sync::Arc;

use crate::{render, state::Shared};

/// The channels' labels.
pub(crate) const RELIABLE: &str = "_reliable";
pub(crate) const LOSSY: &str = "_lossy";
/// Receivers that a packet may name.
const RECEIVERS_MAX: usize = 1000;

/// Passes on what a member sends.
pub(crate) struct Relay {
    pub(crate) app: App,
    pub(crate) shared: Arc<Shared>,
    pub(crate) desk: ConferenceDesk,
    pub(crate) media: PeerMedia,
}

impl Relay {
    /// Takes a message of the member's.
    pub(crate) fn handle(&self, message: &ChannelMessage) {
        let reliable = match &*message.label {
            RELIABLE => true,
            LOSSY => false,
            _ => return,
        };
        let Ok(mut packet) = DataPacket::decode(message.payload.as_slice()) else { return };
        if let Some(Value::RpcResponse(answer)) = &packet.value
            && self.shared.calls.answer(answer)
        {
            return;
        }
        if let Some(Value::RpcAck(ack)) = &packet.value
            && self.shared.calls.is_pending(&ack.request_id)
        {
            return;
        }
        if !self.desk.profile().is_some_and(|profile| profile.permission.publish_data) {
            return;
        }
        if reliable && !self.desk.take_packet(packet.sequence) {
            return;
        }
        let named = self.named(&packet);
        self.stamp(&mut packet, reliable);
        let payload: Arc<[u8]> = packet.encode_to_vec().into();
        if reliable && packet.sequence > 0 {
            self.desk.keep_packet(self.app.now(), packet.sequence, named.clone(), payload.clone());
        }
        let to = named.unwrap_or_else(|| self.desk.other_seats());
        self.media.send_on_channels(&to, &message.label, &payload);
    }

    /// Whom a packet names; `None`: all others.
    fn named(&self, packet: &DataPacket) -> Option<Vec<SeatId>> {
        let (mut users, mut sids) = (packet.destination_identities.as_slice(), &[][..]);
        if let Some(Value::User(user)) = &packet.value
            && users.is_empty()
        {
            #[allow(deprecated, reason = "older clients name receivers there")]
            {
                (users, sids) = (user.destination_identities.as_slice(), user.destination_sids.as_slice());
            }
        }
        if users.is_empty() && sids.is_empty() {
            return None;
        }
        let by_user = |user: &String| self.desk.seat_of(&UserId::new(user).ok()?);
        let by_user = users.iter().take(RECEIVERS_MAX).filter_map(by_user);
        let by_sid = sids.iter().take(RECEIVERS_MAX).flat_map(|sid| render::seat_of(sid));
        let mut seats: Vec<SeatId> = by_user.chain(by_sid).collect();
        seats.retain(|seat| *seat != self.desk.peer().seat);
        seats.sort_unstable();
        seats.dedup();
        Some(seats)
    }

    fn stamp(&self, packet: &mut DataPacket, reliable: bool) {
        let peer = self.desk.peer();
        packet.participant_identity = peer.user_id.to_string();
        packet.participant_sid = render::participant_sid(&peer.seat);
        #[allow(deprecated, reason = "older clients read them")]
        {
            packet.kind = i32::from(!reliable);
        }
        #[allow(deprecated, reason = "older clients read them")]
        if let Some(Value::User(user)) = &mut packet.value {
            user.participant_sid = render::participant_sid(&peer.seat);
            user.participant_identity = peer.user_id.to_string();
        }
        // Nobody but the server says who speaks.
        #[allow(deprecated, reason = "older clients read it")]
        if matches!(packet.value, Some(Value::Speaker(_))) {
            packet.value = None;
        }
    }
}
