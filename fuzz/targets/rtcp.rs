//! RTCP compounds, as a peer can send them: the work is bounded by the bytes, and accounts of arrivals that are
//! written again are read as the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rtc_sfu::rtcp::{Packet, REFERENCE_WRAP_MICROS, TransportCc, XrBlock, packets, write};

fuzz_target!(|compound: &[u8]| {
    let mut work = 0;
    for packet in packets(compound) {
        work += 1;
        let Ok(packet) = packet else { continue };
        work += match packet {
            Packet::SenderReport(report) => report.blocks().count(),
            Packet::ReceiverReport(report) => report.blocks().count(),
            Packet::Sdes(sdes) => sdes.items().count(),
            Packet::Bye(bye) => bye.sources().count(),
            Packet::Nack(nack) => nack.sequences().count(),
            Packet::Fir(fir) => fir.entries().count(),
            Packet::TransportCc(view) => check(&view),
            Packet::Remb(remb) => remb.streams().count(),
            Packet::ExtendedReport(report) => {
                let answers = report.blocks().map(|block| match block {
                    XrBlock::Dlrr(list) => list.iter().count(),
                    _ => 1,
                });
                answers.sum()
            }
            Packet::Pli(_) | Packet::Unknown { .. } => 0,
        };
    }
    assert!(work <= 5 * compound.len());
});

fn check(view: &TransportCc<'_>) -> usize {
    let received: Vec<_> = view.received().collect();
    assert!(received.len() <= usize::from(view.status_count));
    let arrivals: Vec<_> = received.iter().map(|(number, at)| (*number, Some(*at))).collect();
    let mut out = Vec::new();
    let taken = write::transport_cc(&mut out, (view.sender, view.media), view.feedback_count, view.base, &arrivals);
    if taken > 0 {
        let Some(Ok(Packet::TransportCc(again))) = packets(&out).next() else { panic!("not read again") };
        assert_eq!((again.base, again.feedback_count), (view.base, view.feedback_count));
        assert_eq!(again.received().count(), taken);
        for (new, old) in again.received().zip(&received) {
            assert_eq!(new.0, old.0);
            assert_eq!((new.1 - old.1).rem_euclid(REFERENCE_WRAP_MICROS), 0);
        }
    }
    received.len()
}
