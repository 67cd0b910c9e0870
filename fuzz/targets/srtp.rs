//! SRTP and SRTCP: bytes of anyone are never authentic, and of what a peer sends each packet is taken once.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rtc_sfu::srtp::{KeyingMaterial, Profile};
use std::collections::HashSet;

const PROFILES: [Profile; 3] = [Profile::Aes128CmSha1_80, Profile::Aead128Gcm, Profile::Aead256Gcm];
const HEADER: usize = 12;
const STREAMS: usize = 3;

fuzz_target!(|data: &[u8]| {
    let Some((&[which, header_len, ssrc, low, high], rest)) = data.split_first_chunk() else { return };
    let profile = PROFILES[usize::from(which) % PROFILES.len()];
    let (key, salt) = (vec![3; profile.key_len()], vec![4; profile.salt_len()]);
    let (local_key, local_salt) = (key.clone(), salt.clone());
    let keys = KeyingMaterial { profile, local_key, local_salt, remote_key: key, remote_salt: salt };
    let mut receiver = keys.receiver(STREAMS);

    let sequence = u16::from_le_bytes([low, high]);
    let forged = receiver.unprotect_rtp(&mut rest.to_vec(), header_len.into(), ssrc.into(), sequence);
    assert!(forged.is_err());
    assert!(receiver.unprotect_rtcp(&mut rest.to_vec()).is_err());
    assert_eq!(receiver.streams(), 0);

    // A peer's packets, in the order and with the damage that the input says.
    let mut sender = keys.sender();
    let mut taken = HashSet::new();
    for &[ssrc, low, high, damage] in rest.as_chunks::<4>().0 {
        let ssrc = u32::from(ssrc % 5);
        let index = u64::from(u16::from_le_bytes([low, high])) * 2;
        let mut packet = vec![0x80; HEADER + 5 + profile.rtp_overhead()];
        sender.protect_rtp(&mut packet, HEADER, ssrc, index);
        let at = usize::from(damage) % (2 * packet.len());
        if let Some(byte) = packet.get_mut(at) {
            *byte ^= 0x10;
        }
        if let Ok(opened) = receiver.unprotect_rtp(&mut packet, HEADER, ssrc, index as u16) {
            assert!(at >= packet.len(), "damage went unnoticed");
            assert_eq!((opened.index, opened.len), (index, HEADER + 5));
            assert_eq!(packet[HEADER..opened.len], [0x80; 5]);
            assert!(taken.insert((ssrc, index)), "taken twice");
        }
        assert!(receiver.streams() <= STREAMS);

        let mut report = vec![0x81; 8 + usize::from(damage % 32)];
        let plain = report.clone();
        sender.protect_rtcp(&mut report);
        let copy = report.clone();
        assert_eq!(receiver.unprotect_rtcp(&mut report), Ok(plain.len()));
        assert_eq!(report[..plain.len()], plain);
        assert!(receiver.unprotect_rtcp(&mut copy.clone()).is_err(), "RTCP taken twice");
    }
});
