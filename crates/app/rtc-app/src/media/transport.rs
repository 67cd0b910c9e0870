//! Transports: one peer connection each, of one direction or both.

use super::{
    MediaError, PeerMedia,
    backend::Worker,
    room::{Entity, Placement, Removed, TransportRow},
};
use crate::random_id;
use rtc_sfu::{DataMode, TransportOptions, sdp::TransportDescription};
use rtc_types::ortc::{DtlsParameters, IceCandidate, IceParameters, SctpParameters};
use std::sync::Arc;

/// Which way a transport carries media, as the client sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// The client publishes on it.
    Send,
    /// The client receives on it.
    Recv,
    /// The client does both on it; each track is still subject to what the client may do.
    Both,
}

impl Direction {
    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Direction::Send => "send",
            Direction::Recv => "recv",
            Direction::Both => "send and receive",
        }
    }
}

/// A transport to be made.
#[derive(Clone, Copy, Debug)]
pub struct TransportDraft {
    /// Which way.
    pub direction: Direction,
    /// Whether it carries data channels, and who names their streams.
    pub data: DataMode,
}

/// What a client needs to know of a transport.
#[derive(Clone, Debug)]
pub struct TransportInfo {
    /// Its public name.
    pub id: Arc<str>,
    /// Our ICE credentials.
    pub ice: IceParameters,
    /// All addresses of ours; none follow.
    pub candidates: Vec<IceCandidate>,
    /// Our certificate's fingerprint.
    pub dtls: DtlsParameters,
    /// Where it carries data channels.
    pub sctp: Option<SctpParameters>,
}

impl TransportInfo {
    /// Our side of it, for an SDP.
    pub(super) fn description(&self) -> TransportDescription {
        TransportDescription {
            ice: self.ice.clone(),
            candidates: self.candidates.clone(),
            dtls: self.dtls.clone(),
            sctp: self.sctp,
        }
    }
}

impl PeerMedia {
    /// Makes a transport. The room is placed on a worker by its first.
    ///
    /// # Errors
    /// See [`MediaError`]; a viewer may not have one to send.
    pub async fn create_transport(&self, draft: TransportDraft) -> Result<TransportInfo, MediaError> {
        if draft.direction == Direction::Send {
            self.may_publish()?;
        }
        let placement = self.place().await?;
        self.enter()?;
        let (router, peer) = (placement.router, self.peer.clone());
        let name: Arc<str> = random_id().into();
        let created = self.command_at(&placement, {
            let name = name.clone();
            move |at| {
                let options = TransportOptions { data: draft.data, ..TransportOptions::default() };
                let created = at.engine.create_transport(at.now, router, options)?;
                let row = TransportRow::new(name, peer.seat.clone(), draft.direction);
                let added = at.cell.media().lock().add_transport(router, created.transport, row);
                match added {
                    Ok(()) => at.note(Entity::Transport(created.transport)),
                    Err(_) => at.engine.close_transport(at.now, created.transport),
                }
                added.map(|()| created)
            }
        });
        let created = created.await?;
        let candidates = placement.worker.candidates();
        Ok(TransportInfo { id: name, ice: created.ice, candidates, dtls: created.dtls, sctp: created.sctp })
    }

    /// Tells the client's DTLS parameters: the handshake may begin.
    ///
    /// # Errors
    /// See [`MediaError`]; the second time is [`MediaError::AlreadyConnected`].
    pub async fn connect_transport(&self, transport: &str, dtls: DtlsParameters) -> Result<(), MediaError> {
        let id = self.transport(&self.cell.media().lock(), transport, None)?;
        self.command(move |at| Ok(at.engine.connect_transport(at.now, id, &dtls).map(|_| ())?)).await
    }

    /// Gives new ICE credentials; the old ones hold until the first check with the new.
    ///
    /// # Errors
    /// See [`MediaError`].
    pub async fn restart_ice(&self, transport: &str) -> Result<IceParameters, MediaError> {
        let id = self.transport(&self.cell.media().lock(), transport, None)?;
        self.command(move |at| Ok(at.engine.restart_ice(at.now, id)?)).await
    }

    /// The addresses of the room's worker, as in [`TransportInfo::candidates`]: for an ICE restart by SDP.
    pub fn candidates(&self) -> Vec<IceCandidate> {
        let placement = self.cell.media().lock().placement.clone();
        placement.map(|placement| placement.worker.candidates()).unwrap_or_default()
    }

    /// Closes a transport with all that it carries; others are told of its producers.
    ///
    /// # Errors
    /// See [`MediaError`].
    pub async fn close_transport(&self, transport: &str) -> Result<(), MediaError> {
        let id = self.transport(&self.cell.media().lock(), transport, None)?;
        let mut removed = Removed::default();
        self.announce(|media| {
            media.remove_transport(id, &mut removed);
            std::mem::take(&mut removed.posts)
        });
        let entities = removed.entities;
        self.command(move |at| {
            at.forget(&entities);
            at.engine.close_transport(at.now, id);
            Ok(())
        })
        .await
    }

    /// Where the room's media is; placed now where it is not yet.
    async fn place(&self) -> Result<Placement, MediaError> {
        let shared = self.shared()?.clone();
        let slot = self.cell.media();
        slot.use_index(&shared.index);
        if let Some(placement) = slot.lock().placement.clone() {
            return Ok(placement);
        }
        let _turn = slot.placing.lock().await;
        if let Some(placement) = slot.lock().placement.clone() {
            return Ok(placement);
        }
        let worker = shared.plane.least_loaded();
        self.place_on(worker).await
    }

    async fn place_on(&self, worker: Worker) -> Result<Placement, MediaError> {
        let index = self.shared()?.index.clone();
        let cell = self.cell.clone();
        let placed = worker.clone();
        let placing = worker.call(move |engine, _| {
            let router = engine.create_router();
            let mut media = cell.media().lock();
            if media.closed {
                engine.close_router(router);
                return Err(MediaError::NotInRoom);
            }
            index.insert((placed.id(), Entity::Router(router)), Arc::downgrade(&cell));
            let placement = Placement { worker: placed, router };
            media.placement = Some(placement.clone());
            Ok(placement)
        });
        placing.await?
    }

    /// Makes the seat's entry, unless the seat has ended. An end that comes later finds the entry, because
    /// the seat goes first.
    pub(super) fn enter(&self) -> Result<(), MediaError> {
        self.cell.media().lock().enter(&self.peer);
        if self.cell.has_seat(&self.peer.seat) {
            return Ok(());
        }
        let (_, closing) = self.cell.media().end_seat(&self.peer.seat);
        closing.into_iter().for_each(super::Closing::carry_out);
        Err(MediaError::NotInRoom)
    }
}
