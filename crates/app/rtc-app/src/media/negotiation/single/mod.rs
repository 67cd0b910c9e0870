//! One connection for both ways, on which the client always offers: what LiveKit's clients do.
//!
//! A client offers the tracks that it sends, and sections on which it would receive. An answer puts tracks of others
//! into such sections; [`Single::needs`] tells when another offer is to be asked for, and with how many sections
//! more. A section whose track ended is answered inactive once before it serves another: pages notice the end of a
//! track by that.

mod received;
mod sent;

use super::{new_origin, open};
use crate::media::{Direction, MediaError, PeerMedia, ProducerView, TransportDraft};
use rtc_sfu::{
    DataMode,
    sdp::{self, Media, MediaAnswer, Origin, SentTrack, Session, TransportDescription},
};
use rtc_types::{
    MediaKind,
    ortc::{DtlsParameters, IceParameters, RtpParameters},
};
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

/// Sections that a connection may grow to before those that become free are waited for.
const SECTIONS_MAX: usize = 120;

/// A track that the client said it is about to send.
#[derive(Clone, Debug, PartialEq)]
pub struct AnnouncedTrack {
    /// The track's id in the client's offers: one of those that it may go by there.
    pub ids: Vec<String>,
    /// Audio or video.
    pub kind: MediaKind,
    /// The name that it gets.
    pub name: Arc<str>,
    /// `microphone`, `camera`, `screen`, …
    pub source: String,
    /// Whether nothing of it is forwarded yet.
    pub paused: bool,
    /// The codec that its publisher means to send, such as `video/VP9`, where it says so beside its offers; empty:
    /// the first of the offer that the media server has.
    pub mime_type: String,
}

/// What an offer led to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exchanged {
    /// The answer.
    pub sdp: String,
    /// Sections and the tracks (producers by name) that travel in them, both ways.
    pub tracks: Vec<(String, Arc<str>)>,
    /// Tracks that the client began to send: the name, the section, the codec's MIME type, and whether in several
    /// sizes.
    pub published: Vec<PublishedTrack>,
    /// Tracks that the client no longer sends.
    pub unpublished: Vec<Arc<str>>,
}

/// A track that the client began to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublishedTrack {
    /// Its name.
    pub name: Arc<str>,
    /// The section of the connection.
    pub mid: String,
    /// Such as `video/VP8`.
    pub mime_type: String,
    /// How many sizes it comes in.
    pub sizes: usize,
}

/// See the module.
#[derive(Default)]
pub(super) struct Single {
    connection: Option<Connection>,
}

struct Connection {
    transport: Arc<str>,
    description: TransportDescription,
    origin: Origin,
    client: DtlsParameters,
    client_ice: IceParameters,
    sent: HashMap<String, Sent>,
    received: Vec<Received>,
    /// Sections that the client would receive on, by mid, and what state they are in.
    spare: HashMap<String, Spare>,
    refused: HashSet<Arc<str>>,
    /// Whether an offer was asked for that did not come yet.
    asked: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
struct Spare {
    kind: MediaKind,
    /// Its track ended, which the client has not been told.
    closing: bool,
}

/// A track that the client sends.
struct Sent {
    name: Arc<str>,
    parameters: RtpParameters,
}

/// A track that the client receives.
struct Received {
    mid: String,
    consumer: Arc<str>,
    producer: Arc<str>,
    stream: String,
    parameters: RtpParameters,
    live: bool,
}

impl Single {
    pub(super) fn drop_sent(&mut self, name: &str) {
        if let Some(connection) = &mut self.connection {
            connection.sent.retain(|_, sent| *sent.name != *name);
        }
    }

    pub(super) fn consumers(&self) -> impl Iterator<Item = (&Arc<str>, &Arc<str>)> {
        let received = self.connection.iter().flat_map(|connection| &connection.received);
        received.map(|received| (&received.producer, &received.consumer))
    }

    pub(super) fn sends(&self, name: &str) -> bool {
        let sent = self.connection.iter().flat_map(|connection| connection.sent.values());
        sent.into_iter().any(|sent| *sent.name == *name)
    }

    pub(super) async fn exchange(
        &mut self,
        media: &PeerMedia,
        text: &str,
        announced: &[AnnouncedTrack],
        wanted: &[(Arc<ProducerView>, String)],
    ) -> Result<Exchanged, MediaError> {
        let offer = sdp::parse(text)?;
        let (dtls, ice) = (offer.dtls()?, offer.ice()?);
        let mut connection = match self.connection.take() {
            Some(mut current)
                if current.client.fingerprints == dtls.fingerprints
                    && media.has_transport(&current.transport) =>
            {
                if current.client_ice != ice {
                    current.description.ice = media.restart_ice(&current.transport).await?;
                    current.client_ice = ice;
                }
                current
            }
            Some(old) => {
                // What is gone already need not be closed.
                let _ = media.close_transport(&old.transport).await;
                Connection::open(media, dtls, ice).await?
            }
            None => Connection::open(media, dtls, ice).await?,
        };
        let mut exchanged = Exchanged::default();
        connection.asked = false;
        connection.drop_ended(media, wanted).await;
        let accepted = connection.take_sent(media, &offer, announced, &mut exchanged).await;
        connection.fill(media, &offer, wanted).await;
        exchanged.sdp = connection.answer(&offer, &accepted);
        exchanged.tracks = connection.tracks();
        self.connection = Some(connection);
        Ok(exchanged)
    }

    /// The answer is with the client: what it was told of may be sent.
    pub(super) async fn go_live(&mut self, media: &PeerMedia) -> Vec<Arc<str>> {
        let mut live = Vec::new();
        let received = self.connection.iter_mut().flat_map(|connection| &mut connection.received);
        for track in received.filter(|track| !track.live) {
            track.live = true;
            live.push(track.producer.clone());
            // One whose producer went meanwhile is closed already.
            let _ = media.set_consumer_paused(&track.consumer, false).await;
        }
        live
    }

    /// Brings what is received in line with what is wanted. Gives how many sections of audio and of video more the
    /// client has to offer; zeros where an offer is due for another reason, `None` where none is.
    pub(super) async fn needs(
        &mut self,
        media: &PeerMedia,
        wanted: &[(Arc<ProducerView>, String)],
    ) -> Option<(u32, u32)> {
        let connection = self.connection.as_mut()?;
        connection.drop_ended(media, wanted).await;
        let missing = |kind| {
            let placed = |view: &ProducerView| {
                let mut received = connection.received.iter();
                received.any(|own| own.producer == view.id) || connection.refused.contains(&view.id)
            };
            let missing = wanted.iter().filter(|(view, _)| view.kind == kind && !placed(view)).count();
            let patient = connection.spare.len() >= SECTIONS_MAX;
            let free = connection.spare.iter().filter(|(mid, spare)| {
                spare.kind == kind && !connection.is_used(mid) && (patient || !spare.closing)
            });
            (missing, u32::try_from(missing.saturating_sub(free.count())).unwrap_or(0))
        };
        let ((audio, more_audio), (video, more_video)) =
            (missing(MediaKind::Audio), missing(MediaKind::Video));
        let closing = connection.spare.values().any(|spare| spare.closing);
        if connection.asked || (audio + video == 0 && !closing) {
            return None;
        }
        connection.asked = true;
        Some((more_audio, more_video))
    }

    /// The connection (of that name, where one is given) is gone.
    pub(super) fn forget(&mut self, transport: Option<&str>) -> bool {
        let gone = |connection: &mut Connection| transport.is_none_or(|name| *connection.transport == *name);
        self.connection.take_if(gone).is_some()
    }
}

impl Connection {
    async fn open(
        media: &PeerMedia,
        client: DtlsParameters,
        client_ice: IceParameters,
    ) -> Result<Self, MediaError> {
        let draft = TransportDraft { direction: Direction::Both, data: DataMode::Announced };
        let made = open(media, draft, &client).await?;
        Ok(Self {
            description: made.description(),
            transport: made.id,
            origin: new_origin(),
            client,
            client_ice,
            sent: HashMap::new(),
            received: Vec::new(),
            spare: HashMap::new(),
            refused: HashSet::new(),
            asked: false,
        })
    }

    fn is_used(&self, mid: &str) -> bool {
        self.received.iter().any(|received| received.mid == mid)
    }

    fn tracks(&self) -> Vec<(String, Arc<str>)> {
        let sent = self.sent.iter().map(|(mid, sent)| (mid.clone(), sent.name.clone()));
        let received = self.received.iter().map(|track| (track.mid.clone(), track.producer.clone()));
        sent.chain(received).collect()
    }

    fn answer(&mut self, offer: &Session, accepted: &[Option<RtpParameters>]) -> String {
        let answer = |(media, accepted): (&Media, &Option<RtpParameters>)| {
            let track = self.received.iter().find(|track| track.mid == media.mid);
            (track.map(|track| (track, track_word(&track.producer))), accepted.clone())
        };
        let parts: Vec<_> = offer.media.iter().zip(accepted).map(answer).collect();
        let answers: Vec<MediaAnswer<'_>> = parts
            .iter()
            .map(|(track, accepted)| MediaAnswer {
                accepted: accepted.as_ref(),
                sent: track.as_ref().map(|(track, word)| SentTrack {
                    parameters: &track.parameters,
                    stream: &track.stream,
                    track: word,
                }),
            })
            .collect();
        self.origin.version += 1;
        sdp::answer(offer, &answers, &self.description, self.origin)
    }
}

/// A track's id in descriptions: one of LiveKit's for every track.
pub(super) fn track_word(producer: &str) -> String {
    if producer.starts_with("TR_") { producer.to_owned() } else { format!("TR_{producer}") }
}
