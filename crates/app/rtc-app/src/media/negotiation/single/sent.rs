//! What the client sends.

use super::{AnnouncedTrack, Connection, Exchanged, PublishedTrack, Sent};
use crate::media::{PeerMedia, ProduceDraft};
use rtc_sfu::sdp::{self, Media, Session};
use rtc_types::ortc::RtpParameters;
use std::sync::Arc;

impl Connection {
    /// Makes the producers those of the offer. Gives the parameters of each section that is taken.
    pub(super) async fn take_sent(
        &mut self,
        media: &PeerMedia,
        offer: &Session,
        announced: &[AnnouncedTrack],
        exchanged: &mut Exchanged,
    ) -> Vec<Option<RtpParameters>> {
        let sends = |mid: &String| {
            let mut sections = offer.media.iter();
            sections.any(|section| section.mid == *mid && !section.rejected && section.direction.sends())
        };
        let gone: Vec<String> = self.sent.keys().filter(|mid| !sends(mid)).cloned().collect();
        for mid in gone {
            exchanged.unpublished.extend(self.close_sent(media, &mid).await);
        }
        let mut accepted = Vec::with_capacity(offer.media.len());
        for section in &offer.media {
            let track = self.track_in(section, offer, announced);
            accepted.push(self.take_section(media, section, track, exchanged).await);
        }
        accepted
    }

    /// The announced track that a section carries. Firefox names tracks otherwise in its offers than it announced
    /// them: a new section that names none carries the first of its kind that has no section yet.
    fn track_in<'a>(
        &self,
        section: &Media,
        offer: &Session,
        announced: &'a [AnnouncedTrack],
    ) -> Option<&'a AnnouncedTrack> {
        let named = announced.iter().find(|track| track.is_in(section));
        if named.is_some() || self.sent.contains_key(&section.mid) {
            return named;
        }
        let has_none = |track: &&AnnouncedTrack| {
            section.kind.rtp() == Some(track.kind)
                && !self.sent.values().any(|sent| sent.name == track.name)
                && !offer.media.iter().any(|other| track.is_in(other))
        };
        announced.iter().find(has_none)
    }

    async fn take_section(
        &mut self,
        media: &PeerMedia,
        section: &Media,
        track: Option<&AnnouncedTrack>,
        exchanged: &mut Exchanged,
    ) -> Option<RtpParameters> {
        let kind = section.kind.rtp().filter(|_| !section.rejected)?;
        let section = &self.preferring(section, track);
        let parameters = sdp::producer_parameters(section).ok()?;
        if !section.direction.sends() {
            return Some(parameters);
        }
        if let Some(sent) = self.sent.get(&section.mid) {
            let same = sent.parameters == parameters && track.is_none_or(|track| track.name == sent.name);
            if same {
                return Some(parameters);
            }
            exchanged.unpublished.extend(self.close_sent(media, &section.mid).await);
        }
        // A track that was not announced may be one that is refused: its section is kept, and brings nothing.
        let Some(track) = track else { return Some(parameters) };
        let draft = ProduceDraft {
            kind,
            parameters: lowest_first(parameters.clone()),
            paused: track.paused,
            source: Some(track.source.clone()),
            app_data: None,
        };
        match media.produce_as(&self.transport, draft, track.name.clone()).await {
            Ok(name) => {
                exchanged.published.push(PublishedTrack {
                    name: name.clone(),
                    mid: section.mid.clone(),
                    mime_type: parameters
                        .codecs
                        .first()
                        .map(|codec| codec.mime_type.clone())
                        .unwrap_or_default(),
                    sizes: parameters.encodings.len(),
                });
                exchanged.unpublished.retain(|other| *other != name);
                let sent = Sent { name, parameters: parameters.clone() };
                self.sent.insert(section.mid.clone(), sent);
                Some(parameters)
            }
            Err(error) => {
                tracing::debug!(%error, "a track of an offer was not taken");
                Some(parameters)
            }
        }
    }

    /// The section with the codecs first that its publisher means to send. Browsers offer all that they have, in an
    /// order of their own; what is sent already stays what it is.
    fn preferring(&self, section: &Media, track: Option<&AnnouncedTrack>) -> Media {
        let sent = self.sent.get(&section.mid).and_then(|sent| sent.parameters.codecs.first());
        let told = track.map(|track| track.mime_type.as_str()).filter(|mime| !mime.is_empty());
        let mut section = section.clone();
        if let Some(mime) = told.or(sent.map(|codec| codec.mime_type.as_str())) {
            section.codecs.sort_by_key(|codec| !codec.mime_type.eq_ignore_ascii_case(mime));
        }
        section
    }

    async fn close_sent(&mut self, media: &PeerMedia, mid: &str) -> Option<Arc<str>> {
        let sent = self.sent.remove(mid)?;
        // One that the server closed before is gone either way.
        let _ = media.close_producer(&sent.name).await;
        Some(sent.name)
    }
}

/// LiveKit's clients name the sizes of a video `q`, `h` and `f`, and those on its Rust core offer the largest first:
/// layers are counted from the lowest. Sizes of other names stay as they are.
fn lowest_first(mut parameters: RtpParameters) -> RtpParameters {
    const NAMES: [&str; 3] = ["q", "h", "f"];
    let place = |rid: Option<&str>| NAMES.iter().position(|name| Some(*name) == rid);
    if parameters.encodings.iter().all(|encoding| place(encoding.rid.as_deref()).is_some()) {
        parameters.encodings.sort_by_key(|encoding| place(encoding.rid.as_deref()));
    }
    parameters
}

impl AnnouncedTrack {
    /// Whether a section of an offer carries it.
    fn is_in(&self, section: &Media) -> bool {
        let track = section.msid.as_deref().and_then(|msid| msid.split_ascii_whitespace().nth(1));
        track.is_some_and(|track| self.ids.iter().any(|id| id == track))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rtc_types::ortc::RtpEncodingParameters;

    fn sorted(rids: &[&str]) -> Vec<String> {
        let encoding = |rid: &&str| RtpEncodingParameters { rid: Some((*rid).into()), ..Default::default() };
        let parameters =
            RtpParameters { encodings: rids.iter().map(encoding).collect(), ..RtpParameters::default() };
        lowest_first(parameters).encodings.into_iter().filter_map(|encoding| encoding.rid).collect()
    }

    #[test]
    fn sizes_are_counted_from_the_lowest_in_whichever_order_they_are_offered() {
        assert_eq!(sorted(&["f", "h", "q"]), ["q", "h", "f"]);
        assert_eq!(sorted(&["q", "h", "f"]), ["q", "h", "f"]);
        assert_eq!(sorted(&["h", "q"]), ["q", "h"]);
        assert_eq!(sorted(&["r0", "q"]), ["r0", "q"], "names of others are left as they are");
    }
}
