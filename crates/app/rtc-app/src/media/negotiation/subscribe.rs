//! The connection on which a client receives: we offer what it is to get, it answers.

use super::{MediaSignal, SubscribedTrack, new_origin};
use crate::media::{ConsumeDraft, Direction, MediaError, PeerMedia, ProducerView, TransportDraft};
use rtc_sfu::{
    DataMode,
    ortc::router_capabilities,
    sdp::{self, Offerer, Origin, TransportDescription},
};
use rtc_types::{MediaKind, ortc::RtpCapabilities};
use std::{collections::HashSet, sync::Arc};

/// See the module.
#[derive(Default)]
pub(super) struct Subscribe {
    /// What the client can receive; `None`: it did not ask yet.
    capabilities: Option<RtpCapabilities>,
    connection: Option<Connection>,
    /// The number of our last offer.
    rev: u32,
}

/// A track that the client is to get, and what it is called in the descriptions.
pub(super) struct Wanted {
    pub(super) view: Arc<ProducerView>,
    pub(super) stream: String,
    pub(super) track: String,
}

impl Wanted {
    /// Everything that others publish, in the order in which people want it: to hear before they see, and to see
    /// what is presented before faces.
    pub(super) fn everything(media: &PeerMedia) -> Vec<Self> {
        let mut producers = media.producers();
        producers.sort_by_key(|producer| match producer.kind {
            MediaKind::Audio => 0,
            MediaKind::Video if is_screen(producer) => 1,
            MediaKind::Video => 2,
        });
        let of = |view: Arc<ProducerView>| {
            let seat = &view.peer.seat;
            let stream = if is_screen(&view) { format!("{seat}-screen") } else { seat.to_string() };
            Self { stream, track: view.id.to_string(), view }
        };
        producers.into_iter().map(of).collect()
    }
}

struct Connection {
    transport: Arc<str>,
    description: TransportDescription,
    origin: Origin,
    offerer: Offerer,
    tracks: Vec<Track>,
    /// Producers, by name, that the client cannot or would not take.
    refused: HashSet<Arc<str>>,
    /// The offer that waits for its answer.
    outstanding: Option<String>,
    /// Whether an offer is due although no track changed.
    restarted: bool,
    /// Whether the client's certificate is known.
    connected: bool,
}

struct Track {
    mid: String,
    consumer: Arc<str>,
    view: Arc<ProducerView>,
    /// Whether the client has agreed to it: before, nothing is sent that it could not place.
    live: bool,
}

impl Subscribe {
    pub(super) fn handle_capabilities(&mut self, text: &str) -> Result<(), MediaError> {
        self.capabilities = Some(sdp::capabilities(&sdp::parse(text)?));
        Ok(())
    }

    /// Begins with a client that does not say what it can receive: it is offered what there is, and rejects what it
    /// cannot take. `data`: whether there are to be data channels.
    pub(super) async fn begin(&mut self, media: &PeerMedia, data: bool) -> Result<(), MediaError> {
        self.capabilities.get_or_insert_with(|| router_capabilities().clone());
        if data && self.connection.is_none() {
            self.connection = Some(Connection::open(media, DataMode::Announced).await?);
        }
        Ok(())
    }

    /// The connection's transport.
    pub(super) fn transport(&self) -> Option<&Arc<str>> {
        self.connection.as_ref().map(|connection| &connection.transport)
    }

    /// `rev`: the offer's number; `None` where the client does not tell it. Gives the producers (by name) of the tracks
    /// that begin.
    pub(super) async fn handle_answer(
        &mut self,
        media: &PeerMedia,
        rev: Option<u32>,
        text: &str,
    ) -> Result<Vec<Arc<str>>, MediaError> {
        let Some(connection) = self.connection.as_mut().filter(|own| own.outstanding.is_some()) else {
            return Ok(Vec::new());
        };
        if rev.is_some_and(|rev| rev != self.rev) {
            return Ok(Vec::new());
        }
        let taken = connection.take_answer(media, text).await;
        if let Err(MediaError::Invalid(_)) = &taken {
            // Both sides no longer know what the other has. The client asks anew.
            let _ = media.close_transport(&connection.transport).await;
            (self.connection, self.capabilities) = (None, None);
        }
        taken
    }

    pub(super) async fn restart_ice(&mut self, media: &PeerMedia) -> Result<(), MediaError> {
        if let Some(connection) = &mut self.connection {
            connection.description.ice = media.restart_ice(&connection.transport).await?;
            connection.restarted = true;
        }
        Ok(())
    }

    /// As [`Self::restart_ice`], for a client that has lost the offer that was out.
    pub(super) async fn restart_anew(&mut self, media: &PeerMedia) -> Result<(), MediaError> {
        self.restart_ice(media).await?;
        if let Some(connection) = &mut self.connection {
            connection.outstanding = None;
        }
        Ok(())
    }

    pub(super) fn consumer_of(&self, mid: &str) -> Option<Arc<str>> {
        let tracks = &self.connection.as_ref()?.tracks;
        tracks.iter().find(|track| track.mid == mid).map(|track| track.consumer.clone())
    }

    pub(super) fn consumers(&self) -> impl Iterator<Item = (&Arc<str>, &Arc<str>)> {
        let tracks = self.connection.iter().flat_map(|connection| &connection.tracks);
        tracks.map(|track| (&track.view.id, &track.consumer))
    }

    /// The connection (of that name, where one is given) is gone.
    pub(super) fn forget(&mut self, transport: Option<&str>) -> Option<MediaSignal> {
        let gone = |connection: &mut Connection| transport.is_none_or(|name| *connection.transport == *name);
        self.connection.take_if(gone).map(|_| MediaSignal::Reset(Direction::Recv))
    }

    /// What a client that was away may have missed.
    pub(super) fn repeat(&self) -> Vec<MediaSignal> {
        let Some(connection) = &self.connection else { return Vec::new() };
        let offer = connection.outstanding.clone().map(|sdp| MediaSignal::Offer { rev: self.rev, sdp });
        [connection.tracks_signal()].into_iter().chain(offer).collect()
    }

    /// Brings the connection in line with what the client is to get, and offers that where no offer is out.
    pub(super) async fn flush(
        &mut self,
        media: &PeerMedia,
        wanted: Vec<Wanted>,
    ) -> Result<Vec<MediaSignal>, MediaError> {
        let mut signals = Vec::new();
        if self.connection.as_ref().is_some_and(|own| !media.has_transport(&own.transport)) {
            signals.extend(self.forget(None));
        }
        let Some(capabilities) = &self.capabilities else { return Ok(signals) };
        let connection = match &mut self.connection {
            Some(connection) => connection,
            None if wanted.is_empty() => return Ok(signals),
            None => self.connection.insert(Connection::open(media, DataMode::Off).await?),
        };
        connection.remove_tracks(media, &wanted).await;
        connection.add_tracks(media, capabilities, wanted).await;
        let due = connection.offerer.needs_offer() || connection.restarted;
        if due && connection.outstanding.is_none() {
            self.rev += 1;
            signals.push(connection.tracks_signal());
            signals.push(MediaSignal::Offer { rev: self.rev, sdp: connection.offer() });
        }
        Ok(signals)
    }
}

impl Connection {
    async fn open(media: &PeerMedia, data: DataMode) -> Result<Self, MediaError> {
        let draft = TransportDraft { direction: Direction::Recv, data };
        let made = media.create_transport(draft).await?;
        Ok(Self {
            description: made.description(),
            transport: made.id,
            origin: new_origin(),
            offerer: Offerer::new(data != DataMode::Off),
            tracks: Vec::new(),
            refused: HashSet::new(),
            outstanding: None,
            restarted: false,
            connected: false,
        })
    }

    fn tracks_signal(&self) -> MediaSignal {
        let of = |track: &Track| -> SubscribedTrack { (track.mid.clone(), track.view.clone()) };
        MediaSignal::Tracks(self.tracks.iter().map(of).collect())
    }

    async fn remove_tracks(&mut self, media: &PeerMedia, wanted: &[Wanted]) {
        let lives = |track: &Track| wanted.iter().any(|wanted| wanted.view.id == track.view.id);
        let (kept, ended): (Vec<_>, Vec<_>) = std::mem::take(&mut self.tracks).into_iter().partition(lives);
        self.tracks = kept;
        self.refused.retain(|id| wanted.iter().any(|wanted| wanted.view.id == *id));
        for track in ended {
            self.offerer.remove(&track.mid);
            // It went with its producer, or the client does not want it any more.
            let _ = media.close_consumer(&track.consumer).await;
        }
    }

    async fn add_tracks(
        &mut self,
        media: &PeerMedia,
        capabilities: &RtpCapabilities,
        mut wanted: Vec<Wanted>,
    ) {
        wanted.retain(|Wanted { view, .. }| {
            !self.refused.contains(&view.id) && !self.tracks.iter().any(|own| own.view.id == view.id)
        });
        for wanted in wanted {
            if let Err(error) = self.add_track(media, capabilities, wanted).await {
                tracing::debug!(%error, "a track is not sent");
                break;
            }
        }
    }

    /// Fails where the next track would fare no better.
    async fn add_track(
        &mut self,
        media: &PeerMedia,
        capabilities: &RtpCapabilities,
        wanted: Wanted,
    ) -> Result<(), MediaError> {
        let Wanted { view, stream, track } = wanted;
        let mid = self.offerer.reserve(view.kind)?;
        let draft = ConsumeDraft {
            producer: view.id.to_string(),
            capabilities: capabilities.clone(),
            paused: true,
            mid: Some(mid.clone()),
        };
        match media.consume(&self.transport, draft).await {
            Ok(info) => {
                self.offerer.set(&mid, &info.parameters, &stream, &track);
                self.tracks.push(Track { mid, consumer: info.id, view, live: false });
                Ok(())
            }
            Err(error) => {
                self.offerer.remove(&mid);
                match error {
                    MediaError::CannotConsume | MediaError::Invalid(_) => {
                        self.refused.insert(view.id.clone());
                        Ok(())
                    }
                    // It went this moment.
                    MediaError::Unknown("producer") => Ok(()),
                    error => Err(error),
                }
            }
        }
    }

    fn offer(&mut self) -> String {
        self.origin.version += 1;
        self.restarted = false;
        let sdp = self.offerer.write(&self.description, self.origin);
        self.outstanding = Some(sdp.clone());
        sdp
    }

    async fn take_answer(&mut self, media: &PeerMedia, text: &str) -> Result<Vec<Arc<str>>, MediaError> {
        let answer = sdp::parse(text)?;
        if !self.connected {
            media.connect_transport(&self.transport, answer.dtls()?).await?;
            self.connected = true;
        }
        let accepted = self.offerer.handle_answer(&answer)?;
        self.outstanding = None;
        let mut begun = Vec::new();
        for section in accepted {
            let Some(at) = self.tracks.iter().position(|track| track.mid == section.mid) else { continue };
            if section.rejected {
                let track = self.tracks.swap_remove(at);
                // One whose producer went meanwhile is closed already.
                let _ = media.close_consumer(&track.consumer).await;
                self.refused.insert(track.view.id.clone());
            } else if let Some(track) =
                self.tracks.get_mut(at).filter(|track| !track.live && section.receives)
            {
                track.live = true;
                begun.push(track.view.id.clone());
                let _ = media.set_consumer_paused(&track.consumer, false).await;
            }
        }
        Ok(begun)
    }
}

fn is_screen(view: &ProducerView) -> bool {
    view.source.starts_with("screen")
}
