//! The connection on which a client sends: it offers, we answer.

use super::{MediaSignal, SentSource, new_origin, open};
use crate::media::{Direction, MediaError, PeerMedia, ProduceDraft, TransportDraft};
use rtc_sfu::{
    DataMode,
    sdp::{self, Media, MediaAnswer, Origin, Session, TransportDescription},
};
use rtc_types::{
    MediaKind,
    ortc::{DtlsParameters, IceParameters, RtpParameters},
};
use std::{collections::HashMap, sync::Arc};

/// See the module.
#[derive(Default)]
pub(super) struct Publish {
    connection: Option<Connection>,
    /// The highest number of an offer that was taken.
    rev: u32,
    answer: String,
}

struct Connection {
    transport: Arc<str>,
    description: TransportDescription,
    origin: Origin,
    /// Whose connection it is: a client that made a new one has another certificate.
    client: DtlsParameters,
    client_ice: IceParameters,
    tracks: HashMap<String, Published>,
}

struct Published {
    producer: Arc<str>,
    parameters: RtpParameters,
    source: String,
}

impl Publish {
    pub(super) async fn handle_offer(
        &mut self,
        media: &PeerMedia,
        rev: u32,
        text: &str,
        sources: &[SentSource],
    ) -> Result<Vec<MediaSignal>, MediaError> {
        let connected = self.connection.is_some();
        match self.take_offer(media, rev, text, sources).await {
            // The client has a connection to something that is no more.
            Err(MediaError::WorkerDied) if connected => Ok(vec![MediaSignal::Reset(Direction::Send)]),
            taken => taken,
        }
    }

    async fn take_offer(
        &mut self,
        media: &PeerMedia,
        rev: u32,
        text: &str,
        sources: &[SentSource],
    ) -> Result<Vec<MediaSignal>, MediaError> {
        media.may_publish()?;
        if rev <= self.rev {
            let answered = rev == self.rev && self.connection.is_some();
            return Ok(answered.then(|| self.answer_signal()).into_iter().collect());
        }
        let offer = sdp::parse(text)?;
        let (dtls, ice) = (offer.dtls()?, offer.ice()?);
        let mut connection = match self.connection.take() {
            // The client does not know yet that its connection is gone.
            Some(old)
                if !media.has_transport(&old.transport) && old.client.fingerprints == dtls.fingerprints =>
            {
                return Ok(vec![MediaSignal::Reset(Direction::Send)]);
            }
            Some(old) if old.client.fingerprints != dtls.fingerprints => {
                // What is gone already need not be closed.
                let _ = media.close_transport(&old.transport).await;
                Connection::open(media, dtls, ice).await?
            }
            Some(mut current) => {
                if current.client_ice != ice {
                    current.description.ice = media.restart_ice(&current.transport).await?;
                    current.client_ice = ice;
                }
                current
            }
            None => Connection::open(media, dtls, ice).await?,
        };
        let accepted = connection.take_tracks(media, &offer, sources).await;
        self.answer = connection.answer(&offer, &accepted);
        self.connection = Some(connection);
        self.rev = rev;
        Ok(vec![self.answer_signal()])
    }

    fn answer_signal(&self) -> MediaSignal {
        MediaSignal::Answer { rev: self.rev, sdp: self.answer.clone() }
    }

    /// The connection (of that name, where one is given) is gone.
    pub(super) fn forget(&mut self, transport: Option<&str>) -> Option<MediaSignal> {
        let gone = |connection: &mut Connection| transport.is_none_or(|name| *connection.transport == *name);
        self.connection.take_if(gone).map(|_| MediaSignal::Reset(Direction::Send))
    }

    /// What a client that was away may have missed.
    pub(super) fn repeat(&mut self, media: &PeerMedia) -> Vec<MediaSignal> {
        let alive = self.connection.as_ref().is_some_and(|own| media.has_transport(&own.transport));
        if self.rev == 0 {
            return Vec::new();
        }
        if !alive {
            self.connection = None;
            return vec![MediaSignal::Reset(Direction::Send)];
        }
        let mut signals = vec![self.answer_signal()];
        let wanted = media.layers_wanted();
        let wanted = wanted.into_iter().filter_map(|(producer, mask)| self.layers_signal(&producer, mask));
        signals.extend(wanted);
        signals
    }

    pub(super) fn layers_signal(&self, producer: &str, mask: u8) -> Option<MediaSignal> {
        let tracks = &self.connection.as_ref()?.tracks;
        let (mid, _) = tracks.iter().find(|(_, track)| *track.producer == *producer)?;
        let layers = (0..8).filter(|layer| mask & (1 << layer) != 0).collect();
        Some(MediaSignal::Layers { mid: mid.clone(), layers })
    }
}

impl Connection {
    async fn open(
        media: &PeerMedia,
        client: DtlsParameters,
        client_ice: IceParameters,
    ) -> Result<Self, MediaError> {
        let draft = TransportDraft { direction: Direction::Send, data: DataMode::Off };
        let made = open(media, draft, &client).await?;
        let description = made.description();
        let (origin, tracks) = (new_origin(), HashMap::new());
        Ok(Self { transport: made.id, description, origin, client, client_ice, tracks })
    }

    /// Makes the producers those of the offer. Gives the parameters of each section that is taken.
    async fn take_tracks(
        &mut self,
        media: &PeerMedia,
        offer: &Session,
        sources: &[SentSource],
    ) -> Vec<Option<RtpParameters>> {
        let offered =
            |mid: &String| offer.media.iter().any(|section| section.mid == *mid && !section.rejected);
        let gone: Vec<String> = self.tracks.keys().filter(|mid| !offered(mid)).cloned().collect();
        for mid in gone {
            self.close_track(media, &mid).await;
        }
        let mut accepted = Vec::with_capacity(offer.media.len());
        for section in &offer.media {
            accepted.push(self.take_track(media, section, sources).await);
        }
        accepted
    }

    async fn take_track(
        &mut self,
        media: &PeerMedia,
        section: &Media,
        sources: &[SentSource],
    ) -> Option<RtpParameters> {
        let kind = section.kind.rtp().filter(|_| !section.rejected)?;
        let parameters = sdp::producer_parameters(section).ok()?;
        if !section.direction.sends() {
            self.close_track(media, &section.mid).await;
            return Some(parameters);
        }
        let source = source_of(section, kind, sources);
        let same = |track: &Published| track.parameters == parameters && track.source == source;
        if self.tracks.get(&section.mid).is_some_and(same) {
            return Some(parameters);
        }
        self.close_track(media, &section.mid).await;
        let draft = ProduceDraft {
            kind,
            parameters: parameters.clone(),
            paused: false,
            source: Some(source.clone()),
            app_data: None,
        };
        match media.produce(&self.transport, draft).await {
            Ok(producer) => {
                let track = Published { producer, parameters: parameters.clone(), source };
                self.tracks.insert(section.mid.clone(), track);
                Some(parameters)
            }
            Err(error) => {
                tracing::debug!(%error, "a section of an offer was rejected");
                None
            }
        }
    }

    async fn close_track(&mut self, media: &PeerMedia, mid: &str) {
        if let Some(track) = self.tracks.remove(mid) {
            // One that the server closed before is gone either way.
            let _ = media.close_producer(&track.producer).await;
        }
    }

    fn answer(&mut self, offer: &Session, accepted: &[Option<RtpParameters>]) -> String {
        let answers: Vec<_> =
            accepted.iter().map(|accepted| MediaAnswer { accepted: accepted.as_ref(), sent: None }).collect();
        self.origin.version += 1;
        sdp::answer(offer, &answers, &self.description, self.origin)
    }
}

fn source_of(section: &Media, kind: MediaKind, sources: &[SentSource]) -> String {
    let told = sources.iter().find(|(mid, _)| *mid == section.mid);
    let usual = match kind {
        MediaKind::Audio => "microphone",
        MediaKind::Video => "camera",
    };
    told.map_or(usual, |(_, source)| source).to_owned()
}
