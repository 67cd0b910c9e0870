//! Data channels: SCTP packets and the messages that open channels, as a peer can send them over DTLS.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rtc_sfu::{
    DataMode, Time,
    data::{Association, AssociationOptions, DataEvent, STREAMS_MAX, dcep::Dcep},
};

// The first byte chooses; packets follow one another, each with its length before it.
fuzz_target!(|bytes: &[u8]| {
    let Some((choice, mut rest)) = bytes.split_first() else { return };
    if choice % 2 == 0 {
        let Some(Dcep::Open { parameters, label, protocol }) = Dcep::parse(7, rest) else { return };
        let open = Dcep::Open { parameters, label, protocol };
        let written = open.to_bytes();
        assert_eq!(Dcep::parse(7, &written), Some(open.clone()));
        return;
    }
    let mode = if choice % 4 == 1 { DataMode::Announced } else { DataMode::Negotiated };
    let mut association = Association::new(Time::ZERO, AssociationOptions { mode, ..Default::default() });
    let mut now = Time::ZERO;
    while let Some(([high, low], after)) = rest.split_first_chunk() {
        let length = usize::from(u16::from_be_bytes([*high, *low])).min(after.len());
        let (packet, after) = after.split_at(length);
        rest = after;
        association.handle_packet(now, packet);
        while association.poll_packet().is_some() {}
        while let Some(event) = association.poll_event() {
            if let DataEvent::Opened { stream, .. } | DataEvent::Message { stream, .. } = event {
                assert!(stream < STREAMS_MAX);
            }
        }
        now = association.poll_timeout().min(Time::from_micros(now.as_micros() + 10_000));
        association.handle_timeout(now);
    }
});
