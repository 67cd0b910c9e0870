//! Negotiation, and which tracks the client gets.
//!
//! A client with one peer connection offers, we answer, and ask for another offer where it is to get other tracks. One
//! with two does so on the one that it publishes on; on the other we offer, and open the data channels that it is to
//! hear on.

use super::{Broken, Connection};
use crate::{data, render};
use livekit_protocol::{self as lk, signal_response::Message as Response};
use rtc_app::{MediaError, MediaSignal, MemberView, ProducerView, TrackDetails};
use rtc_types::ortc::SctpStreamParameters;
use std::sync::Arc;

/// How we send on the channels that we open, as LiveKit does.
const CHANNELS: [(&str, SctpStreamParameters); 2] = {
    let reliable = SctpStreamParameters {
        stream_id: 0,
        ordered: true,
        max_packet_life_time: None,
        max_retransmits: None,
    };
    let lossy = SctpStreamParameters { ordered: false, max_retransmits: Some(0), ..reliable };
    [(data::RELIABLE, reliable), (data::LOSSY, lossy)]
};

impl Connection {
    /// Takes note of what the client was told of.
    pub(super) fn note_told(&mut self, member: &MemberView) {
        self.members.insert(member.peer.seat.clone());
        self.told.extend(member.tracks.iter().map(|track| track.producer.clone()));
    }

    /// The tracks that the client is to get and knows of, each with the name of its stream.
    fn wanted(&mut self) -> Vec<(Arc<ProducerView>, String)> {
        let mut producers = self.media.producers();
        self.told.retain(|told| producers.iter().any(|view| view.id == *told));
        producers.retain(|view| self.told.contains(&view.id));
        // People want to hear before they see.
        producers.sort_by_key(|view| view.kind == rtc_types::MediaKind::Video);
        let stream = |view: &ProducerView| {
            let track = self.desk.member(&view.peer.seat).and_then(|member| {
                member
                    .tracks
                    .iter()
                    .find(|track| track.producer == view.id)
                    .map(|track| track.details.stream.clone())
            });
            let stream = track.filter(|stream| !stream.is_empty());
            let stream = stream.unwrap_or_else(|| rtc_app::track_sid(&view.id).to_string());
            format!("{}|{stream}", render::participant_sid(&view.peer.seat))
        };
        let wanted = self.desk.wanted(producers);
        wanted.into_iter().map(|view| (view.clone(), stream(&view))).collect()
    }

    /// Answers an offer, and begins what it agreed on.
    pub(super) async fn handle_offer(&mut self, offer: lk::SessionDescription) -> Result<(), Broken> {
        let announced = self.desk.announced_tracks();
        let wanted = if self.single { self.wanted() } else { Vec::new() };
        let exchanged = match self.negotiator.exchange(&offer.sdp, &announced, &wanted).await {
            Ok(exchanged) => exchanged,
            Err(error) => return self.give_up(&error).await,
        };
        for track in &exchanged.published {
            // One that was withdrawn meanwhile is told of no more.
            let _ = self.desk.amend_track(&track.name, |draft| {
                draft.details.mime_type.clone_from(&track.mime_type);
                draft.details.mid.clone_from(&track.mid);
                let layered = track.sizes == 1 && is_layered(&track.mime_type, &draft.details);
                (draft.details.simulcast, draft.details.layered) = (track.sizes > 1 || layered, layered);
            });
        }
        exchanged.unpublished.iter().for_each(|name| self.desk.withdraw_track(name));
        self.send(render::answer(offer.id, exchanged.sdp, exchanged.tracks)).await?;
        let live = self.negotiator.go_live().await;
        self.note_live(&live).await;
        self.ask_for_sections().await
    }

    /// Takes the answer to our offer of what the client receives.
    pub(super) async fn handle_answer(&mut self, answer: lk::SessionDescription) -> Result<(), Broken> {
        // Older clients do not tell which offer it is that they answer.
        let rev = Some(answer.id).filter(|id| *id > 0);
        match self.negotiator.take_answer(rev, &answer.sdp).await {
            Ok(live) => self.note_live(&live).await,
            Err(error) => return self.give_up(&error).await,
        }
        self.ask_for_sections().await
    }

    /// The client begins to receive tracks (producers by name).
    async fn note_live(&mut self, live: &[Arc<str>]) {
        for (producer, consumer) in self.negotiator.consumers().await {
            if live.contains(&producer) {
                self.follow_wish(&producer, &consumer).await;
            }
        }
        let mut received = self.media.producers();
        received.retain(|view| live.contains(&view.id));
        self.desk.note_received(&received);
    }

    /// Whether the client has a connection of its own to receive on, which is to be up before it publishes.
    pub(super) fn receives_first(&self) -> bool {
        !self.single && self.desk.profile().is_some_and(|profile| profile.permission.subscribe)
    }

    /// Offers what the client is to get, on the connection that it has for that.
    async fn offer_wanted(&mut self) -> Result<(), Broken> {
        let wanted = self.wanted();
        let signals = match self.negotiator.offer_wanted(self.receives_first(), &wanted).await {
            Ok(signals) => signals,
            Err(error) => return self.give_up(&error).await,
        };
        let mut tracks = Vec::new();
        for signal in signals {
            match signal {
                MediaSignal::Tracks(all) => {
                    tracks = all.into_iter().map(|(mid, view)| (mid, view.id.clone())).collect();
                }
                MediaSignal::Offer { rev, sdp } => {
                    let tracks = std::mem::take(&mut tracks);
                    self.send(render::offer(rev, sdp, tracks)).await?;
                }
                // What is lost altogether comes as a notice too.
                MediaSignal::Reset(_) | MediaSignal::Answer { .. } | MediaSignal::Layers { .. } => {}
            }
        }
        Ok(())
    }

    /// The client is back on another socket: the connection that it receives on gets new ICE credentials.
    pub(super) async fn restart_receiving(&mut self) -> Result<(), Broken> {
        if let Err(error) = self.negotiator.restart_wanted().await {
            return self.give_up(&error).await;
        }
        self.open_channels().await;
        Ok(())
    }

    /// Opens the data channels on which a client with two connections hears.
    pub(super) async fn open_channels(&mut self) {
        if let Some(transport) = self.negotiator.receiving().await {
            // Before the transport is up there are none; we are told when it is.
            let _ = self.media.open_channels(&transport, &CHANNELS).await;
        }
    }

    /// Asks for another offer where the client is to get other tracks than it does, or makes one.
    pub(super) async fn ask_for_sections(&mut self) -> Result<(), Broken> {
        if !self.single {
            return self.offer_wanted().await;
        }
        let wanted = self.wanted();
        let Some((num_audios, num_videos)) = self.negotiator.needs(&wanted).await else { return Ok(()) };
        let requirement = lk::MediaSectionsRequirement { num_audios, num_videos };
        self.send(Response::MediaSectionsRequirement(requirement)).await
    }

    /// Tells of tracks that their publishers do not let the client have, and of those that they do again.
    pub(super) async fn tell_denied(&mut self) -> Result<(), Broken> {
        let producers = self.media.producers();
        self.denied.retain(|id| producers.iter().any(|view| view.id == *id));
        for view in &producers {
            if !self.told.contains(&view.id) {
                continue;
            }
            let denied = self.desk.is_denied(view);
            if denied == self.denied.contains(&view.id) {
                continue;
            }
            if denied {
                self.denied.insert(view.id.clone());
            } else {
                self.denied.remove(&view.id);
            }
            let update = lk::SubscriptionPermissionUpdate {
                participant_sid: render::participant_sid(&view.peer.seat),
                track_sid: rtc_app::track_sid(&view.id).to_string(),
                allowed: !denied,
            };
            self.send(Response::SubscriptionPermissionUpdate(update)).await?;
        }
        Ok(())
    }

    /// An offer that cannot be answered: both sides no longer know what the other has, so the client begins anew.
    async fn give_up(&mut self, error: &MediaError) -> Result<(), Broken> {
        tracing::debug!(%error, "an offer was not answered");
        let action = match error {
            MediaError::NotInRoom | MediaError::Disabled | MediaError::PeerToPeer => return Ok(()),
            MediaError::WorkerDied => lk::leave_request::Action::Reconnect,
            _ => lk::leave_request::Action::Disconnect,
        };
        self.send(render::leave(lk::DisconnectReason::MediaFailure, action)).await
    }
}

/// Whether a track that goes in one stream has sizes nonetheless: descriptions do not say so, but a publisher that
/// announces several and then sends one stream, of a codec that can have layers, means these.
fn is_layered(mime: &str, details: &TrackDetails) -> bool {
    let can = ["video/VP9", "video/AV1"].iter().any(|known| known.eq_ignore_ascii_case(mime));
    can && details.layers.len() > 1
}
