//! The connection on which a client receives: we offer everything that others publish, it answers.

use super::{MediaSignal, SubscribedTrack, new_origin};
use crate::media::{ConsumeDraft, Direction, MediaError, PeerMedia, ProducerView, TransportDraft};
use rtc_sfu::{
    DataMode,
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

    pub(super) async fn handle_answer(
        &mut self,
        media: &PeerMedia,
        rev: u32,
        text: &str,
    ) -> Result<(), MediaError> {
        let Some(connection) = self.connection.as_mut().filter(|own| own.outstanding.is_some()) else {
            return Ok(());
        };
        if rev != self.rev {
            return Ok(());
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

    pub(super) fn consumer_of(&self, mid: &str) -> Option<Arc<str>> {
        let tracks = &self.connection.as_ref()?.tracks;
        tracks.iter().find(|track| track.mid == mid).map(|track| track.consumer.clone())
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

    /// Brings the connection in line with what the room publishes, and offers that where no offer is out.
    pub(super) async fn flush(&mut self, media: &PeerMedia) -> Result<Vec<MediaSignal>, MediaError> {
        let mut signals = Vec::new();
        if self.connection.as_ref().is_some_and(|own| !media.has_transport(&own.transport)) {
            signals.extend(self.forget(None));
        }
        let Some(capabilities) = &self.capabilities else { return Ok(signals) };
        let producers = media.producers();
        let connection = match &mut self.connection {
            Some(connection) => connection,
            None if producers.is_empty() => return Ok(signals),
            None => self.connection.insert(Connection::open(media).await?),
        };
        connection.remove_tracks(&producers);
        connection.add_tracks(media, capabilities, producers).await;
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
    async fn open(media: &PeerMedia) -> Result<Self, MediaError> {
        let draft = TransportDraft { direction: Direction::Recv, data: DataMode::Off };
        let made = media.create_transport(draft).await?;
        Ok(Self {
            description: made.description(),
            transport: made.id,
            origin: new_origin(),
            offerer: Offerer::new(false),
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

    /// Their consumers went with the producers.
    fn remove_tracks(&mut self, producers: &[Arc<ProducerView>]) {
        let Self { tracks, offerer, .. } = self;
        tracks.retain(|track| {
            let lives = producers.iter().any(|producer| producer.id == track.view.id);
            if !lives {
                offerer.remove(&track.mid);
            }
            lives
        });
    }

    async fn add_tracks(
        &mut self,
        media: &PeerMedia,
        capabilities: &RtpCapabilities,
        mut producers: Vec<Arc<ProducerView>>,
    ) {
        producers.retain(|producer| {
            !self.refused.contains(&producer.id) && !self.tracks.iter().any(|own| own.view.id == producer.id)
        });
        // People want to hear before they see, and to see what is presented before faces.
        producers.sort_by_key(|producer| match producer.kind {
            MediaKind::Audio => 0,
            MediaKind::Video if is_screen(producer) => 1,
            MediaKind::Video => 2,
        });
        for producer in producers {
            if let Err(error) = self.add_track(media, capabilities, producer).await {
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
        view: Arc<ProducerView>,
    ) -> Result<(), MediaError> {
        let mid = self.offerer.reserve(view.kind)?;
        let draft = ConsumeDraft {
            producer: view.id.to_string(),
            capabilities: capabilities.clone(),
            paused: true,
            mid: Some(mid.clone()),
        };
        match media.consume(&self.transport, draft).await {
            Ok(info) => {
                let seat = &view.peer.seat;
                let stream = if is_screen(&view) { format!("{seat}-screen") } else { seat.to_string() };
                self.offerer.set(&mid, &info.parameters, &stream, &view.id);
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

    async fn take_answer(&mut self, media: &PeerMedia, text: &str) -> Result<(), MediaError> {
        let answer = sdp::parse(text)?;
        if !self.connected {
            media.connect_transport(&self.transport, answer.dtls()?).await?;
            self.connected = true;
        }
        let accepted = self.offerer.handle_answer(&answer)?;
        self.outstanding = None;
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
                let _ = media.set_consumer_paused(&track.consumer, false).await;
            }
        }
        Ok(())
    }
}

fn is_screen(view: &ProducerView) -> bool {
    view.source.starts_with("screen")
}
