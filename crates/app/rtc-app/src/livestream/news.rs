//! What nodes tell one another of a stream.

use crate::LivestreamDetails;
use bytes::Bytes;
use rtc_types::{Millis, StreamId};
use serde::{Deserialize, Serialize};

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) enum Kind {
    Started,
    Count,
    Ended,
}

/// One message of `stream:events:{id}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct News {
    pub(super) revision: u64,
    pub(super) kind: Kind,
    pub(super) started_at: Option<Millis>,
    pub(super) ended_at: Option<Millis>,
    pub(super) viewers: u32,
    pub(super) total: u32,
    pub(super) peak: u32,
}

impl News {
    pub(super) fn of(row: &LivestreamDetails, kind: Kind) -> Self {
        let stream = &row.stream;
        Self {
            revision: stream.revision,
            kind,
            started_at: stream.started_at,
            ended_at: stream.ended_at,
            viewers: stream.viewer_count,
            total: stream.total_viewers,
            peak: stream.peak_viewer_count,
        }
    }

    pub(super) fn to_bytes(&self) -> Bytes {
        serde_json::to_vec(self).map(Bytes::from).unwrap_or_default()
    }

    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok()
    }
}

pub(super) fn topic(stream: &StreamId) -> String {
    format!("stream:events:{stream}")
}
