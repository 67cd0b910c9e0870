//! Negotiation by SDP for one seat: what CallSDK's and LiveKit's clients speak in rooms of topology `sfu`.
//!
//! A client of LiveKit has one connection for both ways ([`single`]), or two, of which the one that it sends on is
//! negotiated like that, and the one that it receives on like CallSDK's ([`Negotiator::offer_wanted`]).
//!
//! A client of CallSDK has two connections. On the one that it publishes on, it offers and we answer ([`publish`]); on the
//! one that it subscribes on, we offer, one offer at a time, and it answers ([`subscribe`]). So there is never
//! glare, and what changes while an offer is out makes the next one.
//!
//! Offers are numbered (`rev`) in each direction over all connections of the seat, and answers name the number.
//! What is repeated after a broken socket is told by it: an offer that was answered gets the same answer, an older
//! one nothing. The state belongs to the seat, not to its socket, so media goes on while the socket is down.
//!
//! The order for a surface: [`Negotiator::resume`] once after a resume, [`Negotiator::handle`] for each
//! [`MediaNotice`] and [`Negotiator::flush`] after each batch of them; a client's messages as they come. All give
//! what the client is to be told, in this order.

mod publish;
mod single;
mod subscribe;

pub use single::{AnnouncedTrack, Exchanged, PublishedTrack};

use super::{Direction, MediaError, MediaNotice, PeerMedia, ProducerView, TransportDraft, TransportInfo};
use crate::random_bytes;
use rtc_sfu::sdp::Origin;
use rtc_types::ortc::DtlsParameters;
use std::sync::Arc;
use subscribe::Wanted;
use tokio::sync::Mutex;

/// Peers whose quality a client is told when it comes.
const QUALITIES_MAX: usize = 50;

/// A track and its section of the connection to receive.
pub type SubscribedTrack = (String, Arc<ProducerView>);

/// Something that a client is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MediaSignal {
    /// Our offer on the connection to receive.
    Offer {
        /// For its answer.
        rev: u32,
        /// The description.
        sdp: String,
    },
    /// Our answer on the connection to send.
    Answer {
        /// The offer's.
        rev: u32,
        /// The description.
        sdp: String,
    },
    /// Whose track each section of the connection to receive carries: all of them.
    Tracks(Vec<SubscribedTrack>),
    /// Which spatial layers of a track that the client sends anybody looks at.
    Layers {
        /// Its section of the connection to send.
        mid: String,
        /// 0 is the lowest.
        layers: Vec<u8>,
    },
    /// A connection is gone with what it carried.
    Reset(Direction),
}

/// What a seat has negotiated.
#[derive(Default)]
pub(crate) struct Negotiation {
    publish: publish::Publish,
    subscribe: subscribe::Subscribe,
    single: single::Single,
}

/// Negotiates for a seat. Clones share the seat's state.
#[derive(Clone)]
pub struct Negotiator {
    media: PeerMedia,
    state: Arc<Mutex<Negotiation>>,
}

/// A track that the client says it sends: the section's id and where it comes from.
pub type SentSource = (String, String);

impl PeerMedia {
    /// The seat's negotiation by SDP.
    ///
    /// # Errors
    /// [`MediaError::PeerToPeer`], [`MediaError::Disabled`], [`MediaError::NotInRoom`].
    pub fn negotiator(&self) -> Result<Negotiator, MediaError> {
        self.shared()?;
        self.enter()?;
        let state = self.cell.media().lock().seats.get(&self.peer.seat).map(|seat| seat.negotiation.clone());
        Ok(Negotiator { media: self.clone(), state: state.ok_or(MediaError::NotInRoom)? })
    }

    /// Who speaks and how everybody's way does, as of now: what a client that comes later was not told.
    pub fn standing(&self) -> Vec<MediaNotice> {
        self.cell.with_media(|room, media| {
            let speaker = media.speaker.and_then(|speaker| media.producers.get(speaker));
            let speaker = speaker.filter(|row| !room.is_hidden(&row.peer.seat));
            let speaker = speaker.map(|row| MediaNotice::ActiveSpeaker(Some(row.view())));
            let shown = |seat: &&super::room::SeatMedia| {
                seat.peer.seat == self.peer.seat || !room.is_hidden(&seat.peer.seat)
            };
            let qualities = media.seats.values().filter(shown).filter_map(|seat| {
                Some(MediaNotice::NetworkQuality { peer: seat.peer.clone(), quality: seat.quality? })
            });
            speaker.into_iter().chain(qualities.take(QUALITIES_MAX)).collect()
        })
    }

    /// Whether one of the peer's transports is there still.
    fn has_transport(&self, name: &str) -> bool {
        self.cell.media().lock().transports.owned(name, &self.peer.seat).is_some()
    }
}

impl Negotiator {
    /// Takes an offer of what the client sends: tracks that are new to us are announced to the room, others go.
    ///
    /// # Errors
    /// See [`MediaError`]; nothing of the offer is taken then.
    pub async fn publish(
        &self,
        rev: u32,
        sdp: &str,
        sources: &[SentSource],
    ) -> Result<Vec<MediaSignal>, MediaError> {
        self.state.lock().await.publish.handle_offer(&self.media, rev, sdp, sources).await
    }

    /// Begins to send what others publish. `sdp`: an offer that the client would make to receive, for its codecs.
    ///
    /// # Errors
    /// See [`MediaError`].
    pub async fn subscribe(&self, sdp: &str) -> Result<Vec<MediaSignal>, MediaError> {
        let mut state = self.state.lock().await;
        state.subscribe.handle_capabilities(sdp)?;
        state.subscribe.flush(&self.media, Wanted::everything(&self.media)).await
    }

    /// Takes the answer to our last offer; an older one is ignored.
    ///
    /// # Errors
    /// See [`MediaError`]. The connection is closed then, and another [`Self::subscribe`] makes a new one.
    pub async fn answer(&self, rev: u32, sdp: &str) -> Result<Vec<MediaSignal>, MediaError> {
        let mut state = self.state.lock().await;
        state.subscribe.handle_answer(&self.media, Some(rev), sdp).await?;
        state.subscribe.flush(&self.media, Wanted::everything(&self.media)).await
    }

    /// Offers new ICE credentials on the connection to receive.
    ///
    /// # Errors
    /// See [`MediaError`].
    pub async fn restart(&self) -> Result<Vec<MediaSignal>, MediaError> {
        let mut state = self.state.lock().await;
        state.subscribe.restart_ice(&self.media).await?;
        state.subscribe.flush(&self.media, Wanted::everything(&self.media)).await
    }

    /// The size at which the client shows the video of a section, in pixels of its screen; 0 × 0 pauses it.
    /// A section that carries nothing now is ignored.
    ///
    /// # Errors
    /// See [`MediaError`].
    pub async fn view(&self, mid: &str, width: u32, height: u32) -> Result<(), MediaError> {
        let consumer = self.state.lock().await.subscribe.consumer_of(mid);
        match consumer {
            Some(consumer) => {
                self.media.set_visible_size(&consumer, rtc_sfu::VisibleSize { width, height }).await
            }
            None => Ok(()),
        }
    }

    /// The client is back on another socket: what it may have missed.
    ///
    /// # Errors
    /// See [`MediaError`].
    pub async fn resume(&self) -> Result<Vec<MediaSignal>, MediaError> {
        let mut state = self.state.lock().await;
        let mut signals = state.publish.repeat(&self.media);
        signals.extend(state.subscribe.repeat());
        signals.extend(state.subscribe.flush(&self.media, Wanted::everything(&self.media)).await?);
        Ok(signals)
    }

    /// Takes a notice. What it changes about tracks is offered by the next [`Self::flush`].
    pub async fn handle(&self, notice: &MediaNotice) -> Vec<MediaSignal> {
        let mut state = self.state.lock().await;
        match notice {
            MediaNotice::LayersWanted { producer, mask } => {
                state.publish.layers_signal(producer, *mask).into_iter().collect()
            }
            MediaNotice::TransportClosed { transport, .. } => {
                if state.single.forget(Some(transport)) {
                    return vec![MediaSignal::Reset(Direction::Both)];
                }
                let publish = state.publish.forget(Some(transport));
                publish.or_else(|| state.subscribe.forget(Some(transport))).into_iter().collect()
            }
            MediaNotice::WorkerDied => {
                let single = state.single.forget(None).then_some(MediaSignal::Reset(Direction::Both));
                let publish = state.publish.forget(None);
                single.into_iter().chain(publish).chain(state.subscribe.forget(None)).collect()
            }
            _ => Vec::new(),
        }
    }

    /// On a connection for both ways: takes an offer and answers it. `announced`: tracks that the client may send in
    /// it. `wanted`: the tracks that it is to receive, each with the id of its stream. Call [`Self::go_live`] once
    /// the client has the answer.
    ///
    /// # Errors
    /// See [`MediaError`].
    pub async fn exchange(
        &self,
        sdp: &str,
        announced: &[AnnouncedTrack],
        wanted: &[(Arc<ProducerView>, String)],
    ) -> Result<Exchanged, MediaError> {
        self.state.lock().await.single.exchange(&self.media, sdp, announced, wanted).await
    }

    /// The client has the last answer of [`Self::exchange`]: tracks begin. Gives those (producers by name) that do.
    pub async fn go_live(&self) -> Vec<Arc<str>> {
        self.state.lock().await.single.go_live(&self.media).await
    }

    /// How many sections to receive audio and video on the client has to offer more, so that it can get what is
    /// `wanted`; zeros where it only has to offer again, `None` where nothing is due or was asked for already.
    pub async fn needs(&self, wanted: &[(Arc<ProducerView>, String)]) -> Option<(u32, u32)> {
        self.state.lock().await.single.needs(&self.media, wanted).await
    }

    /// On two connections: offers the client what is `wanted` of it to receive, where that changed and no offer is
    /// out. `data`: whether the connection to receive carries data channels, and is there although there is
    /// nothing else on it; it cannot change later.
    ///
    /// # Errors
    /// See [`MediaError`].
    pub async fn offer_wanted(
        &self,
        data: bool,
        wanted: &[(Arc<ProducerView>, String)],
    ) -> Result<Vec<MediaSignal>, MediaError> {
        let mut state = self.state.lock().await;
        state.subscribe.begin(&self.media, data).await?;
        let of = |(view, stream): &(Arc<ProducerView>, String)| Wanted {
            track: single::track_word(&view.id),
            stream: stream.clone(),
            view: view.clone(),
        };
        state.subscribe.flush(&self.media, wanted.iter().map(of).collect()).await
    }

    /// On two connections: takes the answer to our last offer, as [`Self::answer`], and offers nothing yet. `rev`
    /// is `None` where the client does not tell it. Gives the tracks (producers by name) that begin.
    ///
    /// # Errors
    /// See [`MediaError`].
    pub async fn take_answer(&self, rev: Option<u32>, sdp: &str) -> Result<Vec<Arc<str>>, MediaError> {
        self.state.lock().await.subscribe.handle_answer(&self.media, rev, sdp).await
    }

    /// On two connections: the next [`Self::offer_wanted`] offers new ICE credentials, also where an offer is out:
    /// it went with the client's old socket.
    ///
    /// # Errors
    /// See [`MediaError`].
    pub async fn restart_wanted(&self) -> Result<(), MediaError> {
        self.state.lock().await.subscribe.restart_anew(&self.media).await
    }

    /// On two connections: the transport of the one to receive, where there is one.
    pub async fn receiving(&self) -> Option<Arc<str>> {
        self.state.lock().await.subscribe.transport().cloned()
    }

    /// For a LiveKit client: how the client receives each track (producer and consumer, by name).
    pub async fn consumers(&self) -> Vec<(Arc<str>, Arc<str>)> {
        let state = self.state.lock().await;
        let consumers = state.single.consumers().chain(state.subscribe.consumers());
        consumers.map(|(producer, consumer)| (producer.clone(), consumer.clone())).collect()
    }

    /// For a LiveKit client: whether it sends that track.
    pub async fn sends(&self, producer: &str) -> bool {
        self.state.lock().await.single.sends(producer)
    }

    /// For a LiveKit client: the server ended one of the client's tracks. Its section brings nothing until
    /// another track is announced for it.
    pub async fn drop_sent(&self, producer: &str) {
        self.state.lock().await.single.drop_sent(producer);
    }

    /// Offers what has changed, where no offer is out.
    ///
    /// # Errors
    /// See [`MediaError`].
    pub async fn flush(&self) -> Result<Vec<MediaSignal>, MediaError> {
        self.state.lock().await.subscribe.flush(&self.media, Wanted::everything(&self.media)).await
    }
}

impl MediaNotice {
    /// Whether it changes what a subscriber can be offered: [`Negotiator::flush`] is due.
    pub fn changes_tracks(&self) -> bool {
        matches!(
            self,
            Self::ProducerAdded(_)
                | Self::ProducerClosed { .. }
                | Self::ConsumerClosed { .. }
                | Self::TransportClosed { .. }
                | Self::WorkerDied
        )
    }
}

/// Makes a transport for a client that has made an offer, and begins to connect it.
async fn open(
    media: &PeerMedia,
    draft: TransportDraft,
    client: &DtlsParameters,
) -> Result<TransportInfo, MediaError> {
    let made = media.create_transport(draft).await?;
    if let Err(error) = media.connect_transport(&made.id, client.clone()).await {
        // What is gone already need not be closed.
        let _ = media.close_transport(&made.id).await;
        return Err(error);
    }
    Ok(made)
}

/// A new session, for the `o=` line.
fn new_origin() -> Origin {
    Origin { id: u64::from_be_bytes(random_bytes()) >> 2, version: 0 }
}
