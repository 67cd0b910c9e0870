//! The RFCs' examples, and what a network or an attacker may do to packets.

use super::{
    cipher::Cipher,
    keys::{AUTHENTICATION_KEY_LEN, Half, SessionKeys, counter_mode, derive},
    replay::WINDOW,
    *,
};
use aws_lc_rs::cipher::EncryptionContext;
use proptest::prelude::*;

const PROFILES: [Profile; 3] = [Profile::Aes128CmSha1_80, Profile::Aead128Gcm, Profile::Aead256Gcm];
const HEADER: usize = 12;
const SSRC: u32 = 0xcafe_babe;

fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.chars().filter_map(|c| c.to_digit(16)).map(|d| d as u8).collect();
    digits.chunks(2).map(|pair| (pair[0] << 4) | pair[1]).collect()
}

/// A sender and the peer's receiver.
fn pair(profile: Profile) -> (Sender, Receiver) {
    let key: Vec<u8> = (0..profile.key_len() as u8).map(|i| i.wrapping_mul(7) ^ 0x5a).collect();
    let salt: Vec<u8> = (0..profile.salt_len() as u8).map(|i| i.wrapping_mul(11) ^ 0xa5).collect();
    (Sender::new(profile, &key, &salt), Receiver::new(profile, &key, &salt, 4))
}

/// A protected packet whose payload is `payload`.
fn packet(sender: &Sender, ssrc: u32, index: u64, payload: &[u8]) -> Vec<u8> {
    let mut packet = vec![0x80, 96];
    packet.extend_from_slice(&(index as u16).to_be_bytes());
    packet.extend_from_slice(&[1, 2, 3, 4]);
    packet.extend_from_slice(&ssrc.to_be_bytes());
    packet.extend_from_slice(payload);
    packet.resize(packet.len() + sender.profile().rtp_overhead(), 0);
    sender.protect_rtp(&mut packet, HEADER, ssrc, index);
    packet
}

fn open(receiver: &mut Receiver, packet: &[u8]) -> Result<(u64, Vec<u8>), SrtpError> {
    let mut packet = packet.to_vec();
    let sequence = u16::from_be_bytes([packet[2], packet[3]]);
    let ssrc = u32::from_be_bytes([packet[8], packet[9], packet[10], packet[11]]);
    let Unprotected { index, len } = receiver.unprotect_rtp(&mut packet, HEADER, ssrc, sequence)?;
    Ok((index, packet[HEADER..len].to_vec()))
}

fn receiver_report(ssrc: u32) -> Vec<u8> {
    let mut packet = vec![0x80, 201, 0, 1];
    packet.extend_from_slice(&ssrc.to_be_bytes());
    packet.extend_from_slice(&[0x81, 206, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2]);
    packet
}

fn session(key: &[u8], salt: &[u8]) -> SessionKeys {
    let mut keys = SessionKeys { key: [0; 32], salt: [0; 14], authentication: [0; AUTHENTICATION_KEY_LEN] };
    keys.key[..key.len()].copy_from_slice(key);
    keys.salt[..salt.len()].copy_from_slice(salt);
    keys
}

#[test]
fn session_keys_are_those_of_rfc_3711_appendix_b_3() {
    let keys = derive(
        Profile::Aes128CmSha1_80,
        Half::Rtp,
        &hex("E1F97A0D3E018BE0D64FA32C06DE4139"),
        &hex("0EC675AD498AFEEBB6960B3AABE6"),
    );
    assert_eq!(keys.key[..16], hex("C61E7A93744F39EE10734AFE3FF7A087"));
    assert_eq!(keys.salt[..], hex("30CBBC08863D8C85D49DB34A9AE1"));
    assert_eq!(keys.authentication[..], hex("CEBE321F6FF7716B6FD4AB49AF256A156D38BAA4"));
}

#[test]
fn the_key_stream_is_that_of_rfc_3711_appendix_b_2() {
    let key = counter_mode(&hex("2B7E151628AED2A6ABF7158809CF4F3C"));
    let counter: [u8; 16] = hex("F0F1F2F3F4F5F6F7F8F9FAFBFCFD0000").try_into().expect("16 bytes");
    let mut stream = [0; 48];
    key.less_safe_encrypt(&mut stream, EncryptionContext::Iv128((&counter).into())).expect("encrypts");
    assert_eq!(
        stream[..],
        hex(
            "E03EAD0935C95E80E166B16DD92B4EB4 D23513162B02D0F72A43A2FE4A5F97AB 41E95B3BB0A2E8DD477901E4FCA894C0"
        )
    );
}

#[test]
fn counter_mode_with_hmac_gives_what_other_implementations_give() {
    let (key, salt) = (hex("e1f97a0d3e018be0d64fa32c06de4139"), hex("0ec675ad498afeebb6960b3aabe6"));
    let sender = Sender::new(Profile::Aes128CmSha1_80, &key, &salt);
    let mut packet = hex("800f1234decafbadcafebabe abababababababababababababababab 00000000000000000000");
    sender.protect_rtp(&mut packet, HEADER, SSRC, 0x1234);
    let expected = hex("800f1234decafbadcafebabe 4e55dc4ce79978d88ca4d215949d2402 b78d6acc99ea179b8dbb");
    assert_eq!(packet, expected);
}

const GALLIA: &str = "8040f17b 8041f8d3 5501a0b2 47616c6c 69612065 7374206f 6d6e6973 20646976
    69736120 696e2070 61727465 73207472 6573";

fn seals_gallia_to(profile: Profile, key: &str, expected: &str) {
    let keys = session(&hex(key), &hex("51756964 2070726f 2071756f"));
    let cipher = || Cipher::new(profile, &keys);
    let sender = Sender::with_ciphers(profile, cipher(), cipher(), 0);
    let mut packet = hex(GALLIA);
    packet.resize(packet.len() + 16, 0);
    sender.protect_rtp(&mut packet, HEADER, 0x5501_a0b2, 0xf17b);
    assert_eq!(packet, hex(expected));
    let mut receiver = Receiver::with_ciphers(profile, cipher(), cipher(), 1);
    let opened = receiver.unprotect_rtp(&mut packet, HEADER, 0x5501_a0b2, 0xf17b).expect("authentic");
    assert_eq!(packet[..opened.len], hex(GALLIA));
}

#[test]
fn aes_128_gcm_seals_the_packet_of_rfc_7714_section_16_1() {
    seals_gallia_to(
        Profile::Aead128Gcm,
        "00010203 04050607 08090a0b 0c0d0e0f",
        "8040f17b 8041f8d3 5501a0b2 f24de3a3 fb34de6c acba861c 9d7e4bca be633bd5 0d294e6f 42a5f47a
         51c7d19b 36de3adf 8833899d 7f27beb1 6a9152cf 765ee439 0cce",
    );
}

#[test]
fn aes_256_gcm_seals_the_packet_of_rfc_7714_section_16_2() {
    seals_gallia_to(
        Profile::Aead256Gcm,
        "00010203 04050607 08090a0b 0c0d0e0f 10111213 14151617 18191a1b 1c1d1e1f",
        "8040f17b 8041f8d3 5501a0b2 32b1de78 a822fe12 ef9f78fa 332e33aa b1801238 9a58e2f3 b50b2a02
         76ffae0f 1ba63799 b87b7aa3 db36dfff d6b0f9bb 7878d7a7 6c13",
    );
}

#[test]
fn aes_128_gcm_seals_the_rtcp_of_rfc_7714_section_17_1() {
    let keys = session(&hex("00010203 04050607 08090a0b 0c0d0e0f"), &hex("51756964 2070726f 2071756f"));
    let cipher = || Cipher::new(Profile::Aead128Gcm, &keys);
    let plain = hex("81c8000d 4d617273 4e545031 4e545032 52545020 0000042a 0000e930 4c756e61
        deadbeef deadbeef deadbeef deadbeef deadbeef");
    let mut sender = Sender::with_ciphers(Profile::Aead128Gcm, cipher(), cipher(), 0x5d4);
    let mut packet = plain.clone();
    sender.protect_rtcp(&mut packet);
    assert_eq!(
        packet,
        hex("81c8000d 4d617273 63e94885 dcdab67c a727d766 2f6b7e99 7ff5c0f7 6c06f32d c676a5f1
            730d6fda 4ce09b46 86303ded 0bb9275b c84aa458 96cf4d2f c5abf872 45d9eade 800005d4")
    );
    let mut receiver = Receiver::with_ciphers(Profile::Aead128Gcm, cipher(), cipher(), 1);
    assert_eq!(receiver.unprotect_rtcp(&mut packet), Ok(plain.len()));
    assert_eq!(packet[..plain.len()], plain);
}

#[test]
fn packets_come_out_as_they_went_in() {
    for profile in PROFILES {
        let (mut sender, mut receiver) = pair(profile);
        for index in 0..5 {
            let payload = vec![index as u8; 200 * index as usize];
            let sent = packet(&sender, SSRC, index, &payload);
            assert_eq!(sent.len(), HEADER + payload.len() + profile.rtp_overhead());
            assert_eq!(open(&mut receiver, &sent), Ok((index, payload)));
            let mut report = receiver_report(SSRC);
            sender.protect_rtcp(&mut report);
            assert_eq!(report.len(), receiver_report(SSRC).len() + profile.rtcp_overhead());
            let len = receiver.unprotect_rtcp(&mut report).expect("authentic");
            assert_eq!(report[..len], receiver_report(SSRC));
        }
    }
}

#[test]
fn a_payload_sealed_from_elsewhere_gives_the_same_packet() {
    for profile in PROFILES {
        let (sender, _) = pair(profile);
        let payload = [0x42; 333];
        let expected = packet(&sender, SSRC, 77, &payload);
        let mut written = expected.clone();
        written[HEADER..].fill(0xee);
        sender.protect_rtp_from(&payload, &mut written, HEADER, SSRC, 77);
        assert_eq!(written, expected);
    }
}

#[test]
fn sequence_numbers_roll_over_in_any_order() {
    for profile in PROFILES {
        let (sender, mut receiver) = pair(profile);
        let order = [65_533, 65_536, 65_535, 65_538, 65_534, 65_537, 98_000, 130_000, 131_074, 131_071];
        for index in order {
            assert_eq!(
                open(&mut receiver, &packet(&sender, SSRC, index, &[1; 50])),
                Ok((index, vec![1; 50]))
            );
        }
        for index in [131_074, 131_071, 65_538, 65_535] {
            let result = open(&mut receiver, &packet(&sender, SSRC, index, &[1; 50]));
            // What is far behind is taken for what lies ahead with the same sequence number, and fails there.
            assert!(
                matches!(result, Err(SrtpError::Replayed | SrtpError::Authentication)),
                "{index}: {result:?}"
            );
        }
    }
}

#[test]
fn a_packet_is_taken_once_and_an_old_one_never() {
    for profile in PROFILES {
        let (sender, mut receiver) = pair(profile);
        let newest = 5000;
        open(&mut receiver, &packet(&sender, SSRC, newest, b"new")).expect("authentic");
        for index in [newest, newest - WINDOW, newest - WINDOW - 1] {
            let replay = packet(&sender, SSRC, index, b"new");
            assert_eq!(open(&mut receiver, &replay), Err(SrtpError::Replayed));
        }
        let late = packet(&sender, SSRC, newest - WINDOW + 1, b"late");
        assert!(open(&mut receiver, &late).is_ok());
        assert_eq!(open(&mut receiver, &late), Err(SrtpError::Replayed));
        open(&mut receiver, &packet(&sender, SSRC, newest + 10 * WINDOW, b"jump")).expect("authentic");
        assert_eq!(open(&mut receiver, &late), Err(SrtpError::Replayed));
    }
}

#[test]
fn replayed_rtcp_is_refused_and_each_ssrc_has_its_own_memory() {
    for profile in PROFILES {
        let (mut sender, mut receiver) = pair(profile);
        let mut reports: Vec<Vec<u8>> = [1, 2, 1, 2].map(receiver_report).into();
        reports.iter_mut().for_each(|report| sender.protect_rtcp(report));
        for report in reports.iter().rev() {
            assert!(receiver.unprotect_rtcp(&mut report.clone()).is_ok());
        }
        for report in &reports {
            assert_eq!(receiver.unprotect_rtcp(&mut report.clone()), Err(SrtpError::Replayed));
        }
    }
}

#[test]
fn a_wrong_tag_changes_nothing() {
    for profile in PROFILES {
        let (sender, mut receiver) = pair(profile);
        let good = packet(&sender, SSRC, 10, b"good");
        for at in 0..good.len() {
            let mut bad = good.clone();
            bad[at] ^= 1;
            assert_eq!(open(&mut receiver, &bad), Err(SrtpError::Authentication), "byte {at}");
            assert_eq!(receiver.streams(), 0);
        }
        open(&mut receiver, &good).expect("authentic");
        // A forged jump must not move the window nor the roll-over counter.
        for sequence in [11_u16, 30_000, 65_000] {
            let mut forged = packet(&sender, SSRC, u64::from(sequence), b"forged");
            *forged.last_mut().expect("a tag") ^= 0x80;
            assert!(open(&mut receiver, &forged).is_err());
        }
        assert!(open(&mut receiver, &packet(&sender, SSRC, 9, b"late")).is_ok());
        assert!(open(&mut receiver, &packet(&sender, SSRC, 11, b"next")).is_ok());
    }
}

#[test]
fn rtcp_that_was_changed_or_is_not_encrypted_is_refused() {
    for profile in PROFILES {
        let (mut sender, mut receiver) = pair(profile);
        let mut good = receiver_report(SSRC);
        sender.protect_rtcp(&mut good);
        for at in 0..good.len() {
            let mut bad = good.clone();
            bad[at] ^= 0x80;
            assert!(receiver.unprotect_rtcp(&mut bad).is_err(), "byte {at}");
        }
        assert!(receiver.unprotect_rtcp(&mut good).is_ok());
    }
}

#[test]
fn keys_of_another_session_open_nothing() {
    for profile in PROFILES {
        let (sender, _) = pair(profile);
        let mut other = Receiver::new(profile, &vec![9; profile.key_len()], &vec![9; profile.salt_len()], 4);
        assert_eq!(open(&mut other, &packet(&sender, SSRC, 1, b"x")), Err(SrtpError::Authentication));
    }
}

#[test]
fn streams_are_limited_and_can_be_forgotten() {
    let (sender, mut receiver) = pair(Profile::Aead128Gcm);
    for ssrc in 1..=4 {
        open(&mut receiver, &packet(&sender, ssrc, 1, b"x")).expect("room");
    }
    let fifth = packet(&sender, 5, 1, b"x");
    assert_eq!(open(&mut receiver, &fifth), Err(SrtpError::TooManyStreams));
    receiver.remove_stream(2);
    assert!(open(&mut receiver, &fifth).is_ok());
    for ssrc in [1, 3, 4, 5] {
        assert_eq!(open(&mut receiver, &packet(&sender, ssrc, 1, b"x")), Err(SrtpError::Replayed));
        assert!(open(&mut receiver, &packet(&sender, ssrc, 2, b"x")).is_ok());
    }
    assert_eq!(receiver.streams(), 4);
}

#[test]
fn rtcp_shorter_than_a_header_is_not_sent() {
    let (mut sender, _) = pair(Profile::Aead128Gcm);
    let mut short = vec![0x80, 201, 0];
    sender.protect_rtcp(&mut short);
    assert!(short.is_empty());
}

proptest! {
    #[test]
    fn no_bytes_make_the_receiver_panic_or_pass(
        bytes in proptest::collection::vec(any::<u8>(), 0..200),
        header_len in 0_usize..220,
        ssrc: u32,
        sequence: u16,
        which in 0_usize..3,
    ) {
        let (_, mut receiver) = pair(PROFILES[which]);
        prop_assert!(receiver.unprotect_rtp(&mut bytes.clone(), header_len, ssrc, sequence).is_err());
        prop_assert!(receiver.unprotect_rtcp(&mut bytes.clone()).is_err());
        prop_assert_eq!(receiver.streams(), 0);
    }

    #[test]
    fn within_the_window_each_packet_is_taken_exactly_once(
        start in 0_u64..65_536,
        offsets in proptest::collection::vec(0_u64..WINDOW, 1..60),
    ) {
        let (sender, mut receiver) = pair(Profile::Aead128Gcm);
        let mut seen = vec![start];
        open(&mut receiver, &packet(&sender, SSRC, start, b"first")).expect("authentic");
        for index in offsets.into_iter().map(|offset| start + offset) {
            let result = open(&mut receiver, &packet(&sender, SSRC, index, b"more"));
            if seen.contains(&index) {
                prop_assert_eq!(result, Err(SrtpError::Replayed));
            } else {
                prop_assert_eq!(result, Ok((index, b"more".to_vec())));
                seen.push(index);
            }
        }
    }
}
