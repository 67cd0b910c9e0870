//! A room's media.

use super::{ProducerId, TransportId};
use crate::audio::ActiveSpeakers;

pub(crate) struct Router {
    pub(crate) transports: Vec<TransportId>,
    pub(crate) speakers: ActiveSpeakers<ProducerId>,
}
