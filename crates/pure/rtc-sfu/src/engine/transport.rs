//! One peer connection: its ICE, DTLS, SRTP and SCTP, and what travels on it.

use super::{
    ConsumerId, DataConsumerId, DataMode, DataProducerId, ProducerId, RouterId, TransportFailure,
    TransportOptions, allowance::Allowance, queue::HeldBack, resends::Resends, wheel::together,
};
use crate::{
    Time,
    bwe::{Estimator, Pacer},
    data::{Association, AssociationOptions},
    dtls::Dtls,
    ice::IceLite,
    receive::{ArrivalRecorder, RateMeter},
    send::packet::ExtensionIds,
    srtp::{Receiver, Sender},
};
use rtc_types::ortc::SctpStreamParameters;
use std::{collections::BTreeMap, time::Duration};

/// SSRCs that one peer may send with.
pub(crate) const STREAMS_IN_MAX: usize = 128;

/// bit/s assumed before anything was measured.
const INITIAL_BITRATE: u64 = 600_000;
const BITRATE_MIN: u64 = 30_000;

/// Where an SSRC that a peer sends with belongs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Route {
    pub(crate) ssrc: u32,
    pub(crate) producer: ProducerId,
    pub(crate) stream: u8,
    pub(crate) rtx: bool,
}

/// Both directions' keys.
pub(crate) struct Srtp {
    pub(crate) sender: Sender,
    pub(crate) receiver: Receiver,
}

/// What leaves for the peer, and how fast it may.
pub(crate) struct Egress {
    /// Made with the first consumer that numbers its packets for it.
    pub(crate) estimator: Option<Box<Estimator>>,
    pub(crate) pacer: Pacer,
    /// Packets that the pacer holds back.
    pub(crate) queue: HeldBack,
    pub(crate) resends: Resends,
    pub(crate) round_trip: Duration,
    /// When the pacer lets the first of them go.
    pub(crate) release_at: Time,
}

impl Egress {
    /// Whether the way has room for a retransmission; `stale`: a key frame has followed it, so that it may not be
    /// needed any more.
    pub(crate) fn may_resend(&mut self, now: Time, stale: bool) -> bool {
        let Some(estimate) = self.estimator.as_ref().map(|estimator| estimator.estimate()) else {
            return true;
        };
        self.resends.may_go(now, estimate) && (!stale || self.resends.is_ample(estimate))
    }
}

/// A peer connection.
pub(crate) struct Transport {
    pub(crate) router: RouterId,
    pub(crate) options: TransportOptions,
    pub(crate) ice: IceLite,
    pub(crate) dtls: Option<Dtls>,
    pub(crate) srtp: Option<Srtp>,
    pub(crate) data: Option<Box<Association>>,
    /// How to send on the channels that were announced, by stream.
    pub(crate) channels: BTreeMap<u16, SctpStreamParameters>,
    pub(crate) producers: Vec<ProducerId>,
    pub(crate) consumers: Vec<ConsumerId>,
    pub(crate) data_producers: Vec<DataProducerId>,
    pub(crate) data_consumers: Vec<DataConsumerId>,
    /// Of all its producers: what tells a stream that is not known yet.
    pub(crate) extensions: ExtensionIds,
    pub(crate) routes: Vec<Route>,
    /// Consumers by SSRC, and whether it is their retransmission stream.
    pub(crate) by_ssrc: BTreeMap<u32, (ConsumerId, bool)>,
    pub(crate) arrivals: ArrivalRecorder,
    pub(crate) feedback_count: u8,
    pub(crate) egress: Egress,
    pub(crate) rate_in: RateMeter,
    pub(crate) allowance: Allowance,
    pub(crate) next_mid: u32,
    /// The SSRC under which we send reports that are nobody's.
    pub(crate) ssrc: u32,
    ssrcs_given: u32,
    /// What its streams are told to belong together by, from its first producer on.
    pub(crate) cname: Option<String>,
    /// Our clock less the peer's, in microseconds, by its first sender report.
    pub(crate) clock_offset: Option<i64>,
    pub(crate) report_at: Time,
    pub(crate) allocate_at: Time,
    /// The earliest entry on the wheel.
    pub(crate) timer: Time,
    pub(crate) connected: bool,
    pub(crate) broken: Option<TransportFailure>,
    pub(crate) quality: u8,
}

impl Transport {
    pub(crate) fn new(
        now: Time,
        router: RouterId,
        options: TransportOptions,
        ice: IceLite,
        ssrc: u32,
    ) -> Self {
        Self {
            router,
            options,
            ice,
            dtls: None,
            srtp: None,
            data: None,
            channels: BTreeMap::new(),
            producers: Vec::new(),
            consumers: Vec::new(),
            data_producers: Vec::new(),
            data_consumers: Vec::new(),
            extensions: ExtensionIds::default(),
            routes: Vec::new(),
            by_ssrc: BTreeMap::new(),
            arrivals: ArrivalRecorder::new(),
            feedback_count: 0,
            egress: Egress {
                estimator: None,
                pacer: Pacer::new(INITIAL_BITRATE),
                queue: HeldBack::default(),
                resends: Resends::new(now),
                round_trip: Duration::ZERO,
                release_at: Time::NEVER,
            },
            rate_in: RateMeter::default(),
            allowance: Allowance::new(now),
            next_mid: 0,
            ssrc,
            ssrcs_given: 0,
            cname: None,
            clock_offset: None,
            report_at: together(now + Duration::from_secs(1)),
            allocate_at: Time::NEVER,
            timer: Time::NEVER,
            connected: false,
            broken: None,
            quality: 5,
        }
    }

    /// An SSRC for a track towards the peer; the one after it is for its retransmissions. None is given twice:
    /// numbers begin anew with each, and the cipher must not see a number again under one SSRC.
    pub(crate) fn new_ssrc(&mut self) -> u32 {
        self.ssrcs_given += 2;
        self.ssrc.wrapping_add(self.ssrcs_given)
    }

    /// Where a stream that the peer sends belongs.
    pub(crate) fn route(&self, ssrc: u32) -> Option<Route> {
        self.routes.iter().find(|route| route.ssrc == ssrc).copied()
    }

    /// Begins to estimate what the way to the peer bears.
    pub(crate) fn estimate(&mut self) {
        let initial =
            if self.options.initial_bitrate == 0 { INITIAL_BITRATE } else { self.options.initial_bitrate };
        let max = if self.options.bitrate_max == 0 { u64::MAX } else { self.options.bitrate_max };
        self.egress.estimator.get_or_insert_with(|| Box::new(Estimator::new(initial, BITRATE_MIN, max)));
    }

    /// The association of its data channels. It is made when it is first needed, by either side: most peers
    /// that could have channels never do.
    pub(crate) fn associate(&mut self, now: Time) -> Option<&mut Association> {
        if self.data.is_none() && self.has_data() && self.srtp.is_some() {
            let options = AssociationOptions {
                mode: self.options.data,
                dtls_client: self.dtls.as_ref().is_some_and(Dtls::is_client),
                ..AssociationOptions::default()
            };
            self.data = Some(Box::new(Association::new(now, options)));
        }
        self.data.as_deref_mut()
    }

    /// Whether it carries data channels.
    pub(crate) fn has_data(&self) -> bool {
        self.options.data != DataMode::Off
    }

    /// When it is to be looked at next, but for what its producers need.
    pub(crate) fn due(&self) -> Time {
        if self.broken.is_some() {
            return Time::ZERO;
        }
        let mut due = self.ice.poll_timeout().min(self.report_at).min(self.allocate_at);
        if let Some(dtls) = &self.dtls
            && self.ice.selected().is_some()
        {
            due = due.min(dtls.poll_timeout());
        }
        if let Some(data) = &self.data {
            due = due.min(data.poll_timeout());
        }
        if let Some(estimator) = &self.egress.estimator {
            due = due.min(estimator.poll_timeout());
        }
        due.min(self.feedback_due())
    }

    /// When its publisher is to be told what arrived.
    pub(crate) fn feedback_due(&self) -> Time {
        together(self.arrivals.poll_timeout())
    }
}
