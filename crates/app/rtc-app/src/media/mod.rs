//! Media of live rooms: who has which transports, producers and consumers, under which public names.
//!
//! A live room of topology `sfu` has one router on one worker of rtc-media, made when its first transport is.
//! A surface acts for a seat through [`PeerMedia`] ([`crate::Session::media`], [`crate::PeerHandle::media`]),
//! whose methods are asynchronous: each is one trip to the room's worker. What others do arrives in the
//! mailbox as [`crate::Outbound::Media`]: a [`MediaNotice`], outside the replayed sequence.
//!
//! The order for a subscriber: [`PeerMedia::producers`] once after joining or resuming, then notices. A
//! producer may come by both ways; it has one name, so surfaces tell.
//!
//! How it holds together:
//! - [`room`] is the bookkeeping, without I/O: rows by engine id and by name, and what goes with what.
//! - A command runs as a closure on the worker and writes its rows there, before the engine can report an
//!   event about them. It takes the bookkeeping's lock for that, which is never held while messages are
//!   pushed or anything is awaited. Lock order: the cell, then the bookkeeping.
//! - [`events`] carries what the engine reports to the seats that it concerns.
//! - When a seat ends, whatever the reason, its rows go under the room's lock, so that nobody finds them
//!   afterwards; the engine is told right after.

mod backend;
mod channels;
mod consume;
mod data;
mod end;
mod error;
mod events;
mod negotiation;
mod notice;
mod peer;
mod produce;
mod room;
mod slot;
mod stats;
#[cfg(test)]
mod tests;
mod transport;

pub use backend::{MediaPlane, MediaStartError};
pub use channels::{ChannelListener, ChannelMessage};
pub use consume::{ConsumeDraft, ConsumerInfo};
pub use data::{DataConsumerInfo, DataProduceDraft};
pub use error::MediaError;
pub use negotiation::{
    AnnouncedTrack, Exchanged, MediaSignal, Negotiator, PublishedTrack, SentSource, SubscribedTrack,
};
pub use notice::{DataProducerView, MediaNotice, ProducerView};
pub use peer::PeerMedia;
pub use produce::ProduceDraft;
pub(crate) use room::RoomMedia;
pub(crate) use slot::{Closing, MediaSlot, Post, To};
pub use stats::{EntityStats, MediaStats, MediaWorker, PeerMediaView, StatsOf};
pub use transport::{Direction, TransportDraft, TransportInfo};
pub(crate) use {backend::Shared, end::MuteOrder};
