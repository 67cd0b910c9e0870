//! Data channels that are opened in band, by clients or by us, and what members of a room send one another on them.
//!
//! A surface that relays such messages sets a [`ChannelListener`]: it is called by the task that takes the workers'
//! events, one after the other, so that messages of one sender keep their order and none waits in a mailbox.

use super::{MediaError, PeerMedia, peer::At, room::SeatMedia};
use crate::live::RoomCell;
use rtc_sfu::{Event, TransportId};
use rtc_types::{SeatId, ortc::SctpStreamParameters};
use std::sync::Arc;

/// Channels of one peer that are remembered by their label.
const CHANNELS_MAX: usize = 16;

/// A message that a peer sent on a channel that it opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChannelMessage {
    /// The channel's label.
    pub label: Arc<str>,
    /// Whether it is binary, else UTF-8 text.
    pub binary: bool,
    /// The message.
    pub payload: Vec<u8>,
}

/// Takes the messages of a peer. It must not wait.
pub type ChannelListener = Arc<dyn Fn(ChannelMessage) + Send + Sync>;

impl PeerMedia {
    /// Who takes the messages that the peer sends on channels that it opens.
    ///
    /// # Errors
    /// [`MediaError::NotInRoom`].
    pub fn listen_to_channels(&self, listener: ChannelListener) -> Result<(), MediaError> {
        self.enter()?;
        let mut media = self.cell.media().lock();
        let seat = media.seats.get_mut(&self.peer.seat).ok_or(MediaError::NotInRoom)?;
        seat.listener = Some(listener);
        Ok(())
    }

    /// Opens channels to the peer in band, on a transport that is connected; those that are open already stay. What
    /// is sent on channels of these labels goes there from now on.
    ///
    /// # Errors
    /// See [`MediaError`].
    pub async fn open_channels(
        &self,
        transport: &str,
        channels: &[(&'static str, SctpStreamParameters)],
    ) -> Result<(), MediaError> {
        let id = self.transport(&self.cell.media().lock(), transport, None)?;
        let (seat, channels) = (self.peer.seat.clone(), channels.to_vec());
        let open = move |at: &mut At<'_>| {
            for (label, parameters) in channels {
                let is_open =
                    |channel: &Channel| channel.ours && channel.transport == id && *channel.label == *label;
                let media = at.cell.media().lock();
                let known = media.seats.get(&seat).ok_or(MediaError::NotInRoom)?;
                if known.channels.iter().any(is_open) {
                    continue;
                }
                drop(media);
                let stream = at.engine.open_channel(at.now, id, label, parameters)?;
                let channel = Channel { label: label.into(), transport: id, stream, ours: true };
                note(at.cell.media().lock().seats.get_mut(&seat), channel);
            }
            Ok(())
        };
        self.command(open).await
    }

    /// Sends a message to each of these seats that has an open channel of that label, in the background. Gives
    /// how many have.
    pub fn send_on_channels(&self, to: &[SeatId], label: &str, payload: &Arc<[u8]>) -> usize {
        let (placement, targets) = {
            let media = self.cell.media().lock();
            let channel = |seat: &SeatId| {
                // The channel opened last: a client that connected anew has left the others. One that we opened
                // goes before those of the client, which it means for its own messages then.
                let channels = media.seats.get(seat)?.channels.iter().rev();
                let labelled = || channels.clone().filter(|channel| *channel.label == *label);
                let found = labelled().find(|channel| channel.ours).or_else(|| labelled().next())?;
                Some((found.transport, found.stream))
            };
            let targets: Vec<(TransportId, u16)> = to.iter().filter_map(channel).collect();
            (media.placement.clone(), targets)
        };
        let (count, payload) = (targets.len(), payload.clone());
        if let Some(placement) = placement.filter(|_| count > 0) {
            // Where the worker died, nobody is there to get it.
            let _ = placement.worker.post(move |engine, now| {
                for (transport, stream) in targets {
                    // One that does not take what waits for it already loses this one.
                    let _ = engine.send_data(now, transport, stream, true, &payload);
                }
            });
        }
        count
    }
}

/// An open channel of a peer.
pub(crate) struct Channel {
    pub(crate) label: Arc<str>,
    pub(crate) transport: TransportId,
    pub(crate) stream: u16,
    /// Whether we opened it.
    pub(crate) ours: bool,
}

/// Takes note of a channel that a peer has open.
pub(super) fn note(seat: Option<&mut SeatMedia>, channel: Channel) {
    let Some(seat) = seat else { return };
    let place = (channel.transport, channel.stream);
    seat.channels.retain(|other| (other.transport, other.stream) != place);
    if seat.channels.len() >= CHANNELS_MAX {
        seat.channels.remove(0);
    }
    seat.channels.push(channel);
}

/// Hands a message to its sender's listener. Gives back what is none, or has none.
pub(super) fn listen(cell: &Arc<RoomCell>, event: Event) -> Option<Event> {
    let Event::DataChannelMessage { transport, stream, .. } = &event else { return Some(event) };
    let found = {
        let media = cell.media().lock();
        let seat = media.transports.get(*transport).and_then(|row| media.seats.get(&row.seat));
        let label = seat.and_then(|seat| {
            let mut channels = seat.channels.iter();
            let place = (*transport, *stream);
            let found = channels.find(|channel| (channel.transport, channel.stream) == place);
            found.map(|channel| channel.label.clone())
        });
        seat.and_then(|seat| seat.listener.clone()).zip(label)
    };
    match (event, found) {
        (Event::DataChannelMessage { binary, payload, .. }, Some((listener, label))) => {
            listener(ChannelMessage { label, binary, payload });
            None
        }
        (event, _) => Some(event),
    }
}
