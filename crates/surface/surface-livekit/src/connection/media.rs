//! Negotiation, and which tracks the client gets.

use super::{Broken, Connection};
use crate::render;
use livekit_protocol::{self as lk, signal_response::Message as Response};
use rtc_app::{MediaError, MemberView, ProducerView};
use std::sync::Arc;

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
        let wanted = self.wanted();
        let exchanged = match self.negotiator.exchange(&offer.sdp, &announced, &wanted).await {
            Ok(exchanged) => exchanged,
            Err(error) => return self.give_up(&error).await,
        };
        for track in &exchanged.published {
            // One that was withdrawn meanwhile is told of no more.
            let _ = self.desk.amend_track(&track.name, |draft| {
                draft.details.mime_type.clone_from(&track.mime_type);
                draft.details.mid.clone_from(&track.mid);
                draft.details.simulcast = track.sizes > 1;
            });
        }
        exchanged.unpublished.iter().for_each(|name| self.desk.withdraw_track(name));
        self.send(render::answer(offer.id, exchanged.sdp, exchanged.tracks)).await?;
        let live = self.negotiator.go_live().await;
        for (producer, consumer) in self.negotiator.consumers().await {
            if live.contains(&producer) {
                self.follow_wish(&producer, &consumer).await;
            }
        }
        let received: Vec<_> =
            wanted.into_iter().map(|(view, _)| view).filter(|view| live.contains(&view.id)).collect();
        self.desk.note_received(&received);
        self.ask_for_sections().await
    }

    /// Asks for another offer where the client is to get other tracks than it does.
    pub(super) async fn ask_for_sections(&mut self) -> Result<(), Broken> {
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
