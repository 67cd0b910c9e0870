//! What the client receives.

use super::{Connection, Received, Spare};
use crate::media::{ConsumeDraft, MediaError, PeerMedia, ProducerView};
use rtc_sfu::sdp::{self, Media, Session};
use std::sync::Arc;

impl Connection {
    /// Takes away what ended or is wanted no longer.
    pub(super) async fn drop_ended(&mut self, media: &PeerMedia, wanted: &[(Arc<ProducerView>, String)]) {
        let lives = |track: &Received| wanted.iter().any(|(view, _)| view.id == track.producer);
        let (kept, ended): (Vec<_>, Vec<_>) = std::mem::take(&mut self.received).into_iter().partition(lives);
        self.received = kept;
        self.refused.retain(|id| wanted.iter().any(|(view, _)| view.id == *id));
        for track in ended {
            // It went with its producer, or the client does not want it any more.
            let _ = media.close_consumer(&track.consumer).await;
            if let Some(spare) = self.spare.get_mut(&track.mid) {
                spare.closing = true;
            }
        }
    }

    /// Puts tracks into the sections that are free for them.
    pub(super) async fn fill(
        &mut self,
        media: &PeerMedia,
        offer: &Session,
        wanted: &[(Arc<ProducerView>, String)],
    ) {
        let usable = |section: &&Media| {
            !section.rejected && section.direction.receives() && !section.direction.sends()
        };
        for section in offer.media.iter().filter(usable) {
            if let Some(kind) = section.kind.rtp() {
                self.spare.entry(section.mid.clone()).or_insert(Spare { kind, closing: false });
            }
        }
        for section in offer.media.iter().filter(usable) {
            let Some(spare) = self.spare.get_mut(&section.mid) else { continue };
            if std::mem::take(&mut spare.closing) || self.is_used(&section.mid) {
                continue;
            }
            while let Some((view, stream)) = self.next_for(section, wanted) {
                match self.receive(media, section, &view, stream).await {
                    Ok(()) => break,
                    // Not tried again: an offer after the other would be asked for in vain.
                    Err(error) => {
                        tracing::debug!(%error, "a track is not sent");
                        self.refused.insert(view.id.clone());
                    }
                }
            }
        }
    }

    fn next_for(
        &self,
        section: &Media,
        wanted: &[(Arc<ProducerView>, String)],
    ) -> Option<(Arc<ProducerView>, String)> {
        let free = |view: &ProducerView| {
            !self.refused.contains(&view.id) && !self.received.iter().any(|own| own.producer == view.id)
        };
        let mut fitting = wanted.iter().filter(|(view, _)| section.kind.rtp() == Some(view.kind));
        fitting.find(|(view, _)| free(view)).cloned()
    }

    async fn receive(
        &mut self,
        media: &PeerMedia,
        section: &Media,
        view: &ProducerView,
        stream: String,
    ) -> Result<(), MediaError> {
        let (capabilities, numbers) = sdp::receiver(section);
        let draft = ConsumeDraft {
            producer: view.id.to_string(),
            capabilities,
            paused: true,
            mid: Some(section.mid.clone()),
        };
        let info = media.consume_numbered(&self.transport, draft, Some(numbers.clone())).await?;
        self.received.push(Received {
            mid: section.mid.clone(),
            consumer: info.id,
            producer: view.id.clone(),
            stream,
            parameters: numbers.translate(&info.parameters),
            live: false,
        });
        Ok(())
    }
}
