//! What the room tells a client.

use super::{Broken, Connection, Next};
use crate::{data, render};
use livekit_protocol::{self as lk, leave_request::Action, signal_response::Message as Response};
use rtc_app::{ConferenceNotice, MediaNotice, ProducerView, RoomMessage, TransportFailure};
use rtc_types::{LeaveReason, PeerInfo, SeatId};
use std::sync::Arc;

/// What changed with a batch of messages, to be told at once.
#[derive(Default)]
pub(super) struct Changes {
    members: Vec<SeatId>,
    gone: Vec<(PeerInfo, LeaveReason)>,
    tracks: bool,
    room: bool,
}

impl Changes {
    fn note(&mut self, seat: &SeatId) {
        if !self.members.contains(seat) {
            self.members.push(seat.clone());
        }
    }

    pub(super) fn note_message(&mut self, message: &RoomMessage) {
        match message {
            RoomMessage::PeerJoined { peer, .. } | RoomMessage::Muted { peer, .. } => self.note(&peer.seat),
            RoomMessage::PeerLeft { peer, reason } => {
                self.members.retain(|seat| *seat != peer.seat);
                self.gone.push((peer.clone(), *reason));
                self.tracks = true;
            }
            // Peers of other surfaces send JSON, which clients of this one have no place for.
            RoomMessage::Relayed { .. } => {}
        }
    }
}

impl Connection {
    /// Takes a notice about media. Gives how the connection goes on, where it does not.
    pub(super) async fn handle_media(
        &mut self,
        notice: MediaNotice,
        changes: &mut Changes,
    ) -> Result<Option<Next>, Broken> {
        match &notice {
            MediaNotice::ProducerAdded(view) => {
                changes.note(&view.peer.seat);
                changes.tracks = true;
            }
            MediaNotice::ProducerClosed { peer, .. } | MediaNotice::ProducerPaused { peer, .. } => {
                changes.note(&peer.seat);
                changes.tracks = true;
            }
            MediaNotice::LayersWanted { producer, mask } => {
                let (mime, streams) = self.streams_of(producer);
                self.send(render::qualities(producer, &mime, streams, *mask)).await?;
            }
            MediaNotice::ConsumerClosed { .. } => changes.tracks = true,
            MediaNotice::ConsumerLayers { consumer, layers } => {
                self.tell_stream_state(consumer, layers.is_none()).await?;
            }
            MediaNotice::TransportConnected { .. } => {
                self.desk.activate();
                self.open_channels().await;
            }
            MediaNotice::ActiveSpeaker(speaker) => self.tell_speaker(speaker.as_deref()).await?,
            MediaNotice::NetworkQuality { peer, quality } => {
                if self.members.contains(&peer.seat) || peer.seat == self.desk.peer().seat {
                    let sid = render::participant_sid(&peer.seat);
                    self.send(render::connection_quality(sid, *quality)).await?;
                }
            }
            MediaNotice::TransportClosed { reason, .. } => {
                let lost = !self.negotiator.handle(&notice).await.is_empty();
                if lost && *reason != TransportFailure::ClosedByPeer {
                    return self.begin_anew().await.map(Some);
                }
            }
            MediaNotice::WorkerDied => {
                self.negotiator.handle(&notice).await;
                return self.begin_anew().await.map(Some);
            }
            // Data channels of peers that negotiate them otherwise; ours have a listener.
            MediaNotice::ConsumerScore { .. }
            | MediaNotice::DataProducerAdded(_)
            | MediaNotice::DataProducerClosed { .. }
            | MediaNotice::DataConsumerClosed { .. }
            | MediaNotice::ChannelOpened { .. }
            | MediaNotice::ChannelMessage { .. } => {}
        }
        Ok(None)
    }

    async fn begin_anew(&mut self) -> Result<Next, Broken> {
        self.send(render::leave(lk::DisconnectReason::MediaFailure, Action::Reconnect)).await?;
        Ok(Next::Leave)
    }

    /// The server ended one of the client's tracks.
    async fn unpublish(&mut self, producer: &Arc<str>) -> Result<(), Broken> {
        self.desk.withdraw_track(producer);
        let gone = lk::TrackUnpublishedResponse { track_sid: producer.to_string() };
        self.send(Response::TrackUnpublished(gone)).await
    }

    /// A stream that rests although nobody asked it to, and one that flows again.
    async fn tell_stream_state(&mut self, consumer: &Arc<str>, rests: bool) -> Result<(), Broken> {
        let before = self.streams.insert(consumer.clone(), rests);
        if before == Some(rests) || (before.is_none() && !rests) {
            return Ok(());
        }
        let consumers = self.negotiator.consumers().await;
        self.streams.retain(|known, _| consumers.iter().any(|(_, consumer)| consumer == known));
        let Some((producer, _)) = consumers.iter().find(|(_, own)| own == consumer) else { return Ok(()) };
        let view = self.media.producers().into_iter().find(|view| view.id == *producer);
        let Some(view) = view.filter(|view| !rests || !(view.paused || self.desk.wish_of(producer).disabled))
        else {
            return Ok(());
        };
        let (sid, track) = (render::participant_sid(&view.peer.seat), rtc_app::track_sid(&view.id));
        self.send(render::stream_state(sid, track.to_string(), rests)).await
    }

    async fn tell_speaker(&mut self, speaker: Option<&ProducerView>) -> Result<(), Broken> {
        let now = speaker.map(|view| render::participant_sid(&view.peer.seat));
        let before =
            std::mem::replace(&mut self.speaker, now.clone()).filter(|before| Some(before) != now.as_ref());
        let changes: Vec<_> =
            before.map(|sid| (sid, false)).into_iter().chain(now.map(|sid| (sid, true))).collect();
        if changes.is_empty() {
            return Ok(());
        }
        self.send(render::speakers(changes)).await
    }

    /// Who speaks and how everybody's way does: what a client that comes later was not told.
    pub(super) async fn tell_standing(&mut self) -> Result<(), Broken> {
        let mut changes = Changes::default();
        for notice in self.media.standing() {
            self.handle_media(notice, &mut changes).await?;
        }
        Ok(())
    }

    pub(super) async fn handle_conference(
        &mut self,
        notice: ConferenceNotice,
        changes: &mut Changes,
    ) -> Result<(), Broken> {
        match notice {
            ConferenceNotice::Member(seat) => changes.note(&seat),
            ConferenceNotice::Room => changes.room = true,
            ConferenceNotice::Wishes => {
                changes.tracks = true;
                self.tell_denied().await?;
            }
            ConferenceNotice::Permission => changes.note(&self.desk.peer().seat.clone()),
            ConferenceNotice::Muted { track, muted } => {
                let mute = lk::MuteTrackRequest { sid: track.to_string(), muted };
                self.send(Response::Mute(mute)).await?;
                changes.note(&self.desk.peer().seat.clone());
            }
            ConferenceNotice::Unpublished { track } => {
                self.negotiator.drop_sent(&track).await;
                self.unpublish(&track).await?;
            }
            ConferenceNotice::Received { track } => {
                let subscribed = lk::TrackSubscribed { track_sid: track.to_string() };
                self.send(Response::TrackSubscribed(subscribed)).await?;
            }
            ConferenceNotice::Packet { payload, reliable } => {
                let label = if reliable { data::RELIABLE } else { data::LOSSY };
                self.media.send_on_channels(&[self.desk.peer().seat.clone()], label, &payload);
            }
        }
        Ok(())
    }

    /// Tells what changed: members first, because clients drop tracks of those whom they do not know.
    pub(super) async fn tell(&mut self, changes: Changes) -> Result<(), Broken> {
        let mut told = Vec::new();
        for (peer, reason) in &changes.gone {
            if self.members.remove(&peer.seat) {
                told.push(render::departed(peer, self.desk.departed(&peer.seat), departure(*reason)));
            }
        }
        for seat in &changes.members {
            if let Some(member) = self.desk.member(seat) {
                if *seat != self.desk.peer().seat {
                    self.note_told(&member);
                }
                told.push(render::participant(&member));
            }
        }
        if !told.is_empty() {
            self.send(render::update(told)).await?;
        }
        if changes.room {
            let room = self.room(&self.desk.others());
            self.send(Response::RoomUpdate(lk::RoomUpdate { room: Some(room) })).await?;
        }
        if changes.tracks || !changes.members.is_empty() {
            self.tell_denied().await?;
            self.ask_for_sections().await?;
        }
        Ok(())
    }
}

fn departure(reason: LeaveReason) -> lk::DisconnectReason {
    match reason {
        LeaveReason::Left => lk::DisconnectReason::ClientInitiated,
        LeaveReason::Timeout => lk::DisconnectReason::ConnectionTimeout,
        LeaveReason::Kicked | LeaveReason::Revoked => lk::DisconnectReason::ParticipantRemoved,
        LeaveReason::Replaced => lk::DisconnectReason::DuplicateIdentity,
        LeaveReason::RoomClosed => lk::DisconnectReason::RoomDeleted,
    }
}
