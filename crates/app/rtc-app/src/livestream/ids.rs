//! Ids that livestreams give out.

use crate::{RequestError, random_bytes, random_id};
use rtc_types::{Millis, ParticipantId, StreamId};
use std::sync::atomic::{AtomicU32, Ordering};

/// A version 4 UUID (RFC 9562).
fn uuid() -> String {
    let mut bytes: [u8; 16] = random_bytes();
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex = hex(&bytes);
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
    [part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32)].join("-")
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(super) fn stream_id() -> Result<StreamId, RequestError> {
    StreamId::new(uuid()).map_err(|error| RequestError::Internal(error.to_string()))
}

pub(super) fn participant_id() -> Result<ParticipantId, RequestError> {
    ParticipantId::new(uuid()).map_err(|error| RequestError::Internal(error.to_string()))
}

pub(super) fn endpoint_id() -> String {
    format!("we_{}", random_id())
}

/// The id of a message to the tenants' endpoints. Ids of later messages are greater, as texts: they give the order.
pub(super) fn message_id(now: Millis) -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    format!("msg_{now:012x}{count:08x}{}", hex(&random_bytes::<4>()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_id_is_a_version_4_uuid() {
        let id = uuid();
        assert_eq!((id.len(), id.as_bytes().get(14), id.split('-').count()), (36, Some(&b'4'), 5));
        assert!(matches!(id.as_bytes().get(19), Some(b'8' | b'9' | b'a' | b'b')), "{id}");
    }

    #[test]
    fn ids_of_later_messages_are_greater() {
        let ids = [message_id(5), message_id(5), message_id(6), message_id(0x1_0000_0000)];
        assert!(ids.is_sorted(), "{ids:?}");
    }
}
