use super::{values::*, *};
use crate::Time;
use proptest::{collection::vec, prelude::*};

/// Version 2, extension, one contributing source, marker, PT 96.
const PACKET: [u8; 32] = [
    0x91, 0xe0, 0x12, 0x34, 0, 0, 0x30, 0x39, 0xde, 0xad, 0xbe, 0xef, 0, 0, 0, 7, // one source
    0xbe, 0xde, 0, 2, 0x10, b'0', 0x51, 0xab, 0xcd, 0, 0, 0, // mid "0", transport-cc
    1, 2, 3, 4,
];

#[test]
fn a_header_tells_where_everything_lies() {
    let header = Header::parse(&PACKET).expect("sound");
    assert!(header.marker && !header.has_padding);
    assert_eq!((header.payload_type, header.sequence), (96, 0x1234));
    assert_eq!((header.timestamp, header.ssrc, header.csrcs), (12345, 0xdead_beef, 1));
    assert_eq!(header.extension, Some(ExtensionBlock { profile: 0xbede, start: 20, len: 8 }));
    assert_eq!(header.len, 28);
    assert_eq!(header.payload(&PACKET), Ok(&[1, 2, 3, 4][..]));
    assert_eq!(header.sources(&PACKET).collect::<Vec<_>>(), [7]);
    let block = header.extension.expect("a block");
    let elements: Vec<_> = extensions(&PACKET, block).collect();
    assert_eq!(elements, [(1, &b"0"[..]), (5, &[0xab, 0xcd][..])]);
    assert_eq!(find_extension(&PACKET, block, 5).and_then(transport_cc), Some(0xabcd));
    assert_eq!(find_extension(&PACKET, block, 4), None);
}

#[test]
fn a_packet_that_ends_before_its_header_is_malformed() {
    assert_eq!(Header::parse(&[]), Err(Malformed::Short));
    assert_eq!(Header::parse(&PACKET[..11]), Err(Malformed::Short));
    assert_eq!(Header::parse(&[0x40; 12]), Err(Malformed::Version));
    let mut sources = PACKET;
    sources[0] = 0x8f;
    assert_eq!(Header::parse(&sources), Err(Malformed::Sources));
    for end in 16..28 {
        assert_eq!(Header::parse(&PACKET[..end]), Err(Malformed::Extension), "{end}");
    }
    let mut long = PACKET;
    long[18..20].copy_from_slice(&[0xff, 0xff]);
    assert_eq!(Header::parse(&long), Err(Malformed::Extension));
    assert_eq!(Header::parse(&PACKET[..28]).expect("sound").payload(&PACKET[..28]), Ok(&[][..]));
}

#[test]
fn padding_that_is_empty_or_longer_than_the_payload_is_malformed() {
    let packet = |payload: &[u8]| [&[0xa0, 96, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1], payload].concat();
    let payload = |payload: &[u8]| {
        let packet = packet(payload);
        Header::parse(&packet).and_then(|header| header.payload(&packet).map(<[u8]>::to_vec))
    };
    assert_eq!(payload(&[9, 0, 0, 3]), Ok(vec![9]));
    assert_eq!(payload(&[0, 0, 3]), Ok(vec![]));
    assert_eq!(payload(&[0, 4]), Err(Malformed::Padding));
    assert_eq!(payload(&[9, 255]), Err(Malformed::Padding));
    assert_eq!(payload(&[9, 0]), Err(Malformed::Padding));
    assert_eq!(payload(&[]), Err(Malformed::Padding), "the header's last byte is no count of padding");
    let header = Header::parse(&packet(&[1])).expect("sound");
    assert_eq!(header.payload(&[0xa0]), Err(Malformed::Short));
}

#[test]
fn two_byte_elements_are_read_with_zeros_between_them() {
    let block = |profile| ExtensionBlock { profile, start: 0, len: 12 };
    let bytes = [16, 2, 7, 8, 0, 0, 200, 0, 3, 1, 5, 0];
    for profile in [0x1000, 0x100f] {
        let elements: Vec<_> = extensions(&bytes, block(profile)).collect();
        assert_eq!(elements, [(16, &[7, 8][..]), (200, &[][..]), (3, &[5][..])]);
    }
    assert_eq!(extensions(&bytes, block(0x2000)).count(), 0);
}

#[test]
fn broken_or_reserved_elements_end_the_walk() {
    let walk = |bytes: &[u8]| {
        let block = ExtensionBlock { profile: 0xbede, start: 0, len: bytes.len() };
        extensions(bytes, block).map(|element| element.0).collect::<Vec<_>>()
    };
    assert_eq!(walk(&[0x10, 1, 0xf0, 1, 0x20, 1, 0, 0]), [1], "15 is reserved");
    assert_eq!(walk(&[0x10, 1, 0x02, 1, 0x20, 1, 0, 0]), [1], "padding has no length");
    assert_eq!(walk(&[0x10, 1, 0x25, 1]), [1], "the second ends too early");
    let outside = ExtensionBlock { profile: 0xbede, start: 4, len: 8 };
    assert_eq!(extensions(&[0x10; 8], outside).count(), 0, "the block is not within the packet");
    let outside = ExtensionBlock { profile: 0xbede, start: usize::MAX, len: 8 };
    assert_eq!(extensions(&[0x10; 8], outside).count(), 0);
}

#[test]
fn a_written_slot_can_be_overwritten_in_place() {
    let mut writer = ExtensionWriter::new();
    writer.add(1, &[0; 8]).expect("room");
    let cc = writer.add(5, &[0; 2]).expect("room");
    assert_eq!(writer.add(0, &[1]), None);
    assert_eq!(writer.add(3, &[1; 256]), None);
    let mut buffer = [0xff; 40];
    write_header(&mut buffer, &Fields { has_extension: true, ..Fields::default() }).expect("room");
    let written = writer.write(&mut buffer[12..]).expect("room");
    assert_eq!((written.len, written.offset(cc)), (16, 14));
    buffer[12 + written.offset(cc)..][..2].copy_from_slice(&77_u16.to_be_bytes());
    let header = Header::parse(&buffer).expect("sound");
    assert_eq!(header.len, 28);
    let value = find_extension(&buffer, header.extension.expect("a block"), 5);
    assert_eq!(value.and_then(transport_cc), Some(77));
    assert!(writer.write(&mut [0; 15]).is_err());
}

#[test]
fn an_empty_writer_writes_no_block() {
    let written = ExtensionWriter::new().write(&mut []).expect("nothing to write");
    assert_eq!(written.len, 0);
}

#[test]
fn numbers_wrap_forwards_and_backwards() {
    let mut unwrapper = SequenceUnwrapper::new();
    assert_eq!(unwrapper.unwrap(2), 65538);
    assert_eq!(unwrapper.unwrap(65535), 65535);
    assert_eq!(unwrapper.highest(), Some(65538));
    assert_eq!(unwrapper.unwrap(32769), 65536 + 32769);
    assert_eq!(unwrapper.unwrap(65535), 2 * 65536 - 1);
    assert_eq!(unwrapper.peek(0), 2 * 65536);
    assert_eq!(unwrapper.unwrap(1), 2 * 65536 + 1);
    let mut timestamps = TimestampUnwrapper::new();
    assert_eq!(timestamps.unwrap(5), (1 << 32) + 5);
    assert_eq!(timestamps.unwrap(u32::MAX), (1 << 32) - 1);
    assert_eq!(timestamps.unwrap(0x7fff_ffff), (1 << 32) + 0x7fff_ffff);
    assert_eq!(timestamps.unwrap(0xf000_0000), (1 << 32) + 0xf000_0000);
    assert_eq!(timestamps.unwrap(0), 2 << 32);
    assert!(is_newer(0, 65535) && !is_newer(65535, 0) && !is_newer(3, 3));
    assert!(is_newer_timestamp(0, u32::MAX) && !is_newer_timestamp(u32::MAX, 0));
}

#[test]
fn values_are_read_as_their_documents_say() {
    assert_eq!(AudioLevel::parse(&[0x9e]), Some(AudioLevel { voice: true, level: 30 }));
    assert_eq!(AudioLevel { voice: true, level: 30 }.to_bytes(), [0x9e]);
    assert_eq!(AudioLevel::parse(&[]), None);
    let orientation = VideoOrientation { back_camera: true, flip: false, rotation: 270 };
    assert_eq!(VideoOrientation::parse(&[0b1011]), Some(orientation));
    let capture = AbsCaptureTime { capture_ntp: 1, clock_offset: None };
    assert_eq!(AbsCaptureTime::parse(&1_u64.to_be_bytes()), Some(capture));
    let both = [1_u64.to_be_bytes(), (-2_i64).to_be_bytes()].concat();
    assert_eq!(AbsCaptureTime::parse(&both), Some(AbsCaptureTime { clock_offset: Some(-2), ..capture }));
    assert_eq!(AbsCaptureTime::parse(&both[..12]), None);
    let delay = PlayoutDelay { min: 0x123, max: 0xabc };
    assert_eq!(delay.to_bytes(), [0x12, 0x3a, 0xbc]);
    assert_eq!(PlayoutDelay::parse(&[0x12, 0x3a, 0xbc]), Some(delay));
    assert_eq!((name(b"r0\0\0"), name(b"\0"), name(&[0xff])), (Some("r0"), None, None));
    assert_eq!(transport_cc(&[1, 2, 3]), None);
    assert_eq!((time_offset(&[0xff, 0xff, 0xfe]), time_offset(&[0])), (Some(-2), None));
}

#[test]
fn send_times_wrap_after_64_seconds() {
    let sent = |micros| AbsSendTime::from_time(Time::from_micros(micros));
    assert_eq!(sent(1_500_000).to_bytes(), [0x06, 0x00, 0x00]);
    assert_eq!(AbsSendTime::from_ntp(3_u64 << 31), sent(1_500_000));
    assert_eq!(sent(64_000_000), sent(0));
    assert_eq!(sent(64_500_000).micros_since(sent(63_500_000)), 1_000_000);
    assert_eq!(sent(63_500_000).micros_since(sent(64_500_000)), -1_000_000);
    assert_eq!(AbsSendTime::parse(&sent(7).to_bytes()), Some(sent(7)));
    assert_eq!(AbsSendTime::parse(&[1, 2]), None);
    assert_eq!(sent(u64::MAX).to_bytes().len(), 3);
}

proptest! {
    #[test]
    fn no_bytes_make_the_reader_panic(bytes in vec(any::<u8>(), 0..100), first in prop_oneof![0x80_u8..=0xbf, any::<u8>()]) {
        let mut bytes = bytes;
        if let Some(byte) = bytes.first_mut() { *byte = first; }
        if let Ok(header) = Header::parse(&bytes) {
            prop_assert!(header.len <= bytes.len());
            if let Ok(payload) = header.payload(&bytes) {
                prop_assert!(payload.len() <= bytes.len() - header.len);
            }
            if let Some(block) = header.extension {
                let total: usize = extensions(&bytes, block).map(|(_, value)| value.len()).sum();
                prop_assert!(total <= block.len);
            }
        }
    }

    #[test]
    fn what_is_written_is_read(
        marker: bool, payload_type in 0_u8..128, sequence: u16, timestamp: u32, ssrc: u32,
        elements in vec((1_u8.., vec(any::<u8>(), 0..20)), 0..ELEMENTS_MAX),
        payload in vec(any::<u8>(), 0..30),
    ) {
        let mut writer = ExtensionWriter::new();
        for (id, value) in &elements { writer.add(*id, value).expect("room"); }
        let mut buffer = vec![0; 12 + writer.block_len()];
        let has_extension = !elements.is_empty();
        let fields = Fields { marker, payload_type, sequence, timestamp, ssrc, has_extension, has_padding: false };
        write_header(&mut buffer, &fields).expect("room");
        writer.write(&mut buffer[12..]).expect("room");
        buffer.extend(&payload);
        let header = Header::parse(&buffer).expect("sound");
        prop_assert_eq!((header.marker, header.payload_type), (marker, payload_type));
        prop_assert_eq!((header.sequence, header.timestamp, header.ssrc), (sequence, timestamp, ssrc));
        prop_assert_eq!(header.payload(&buffer), Ok(&payload[..]));
        let read: Vec<(u8, Vec<u8>)> = header.extension.map_or(vec![], |block| {
            extensions(&buffer, block).map(|(id, value)| (id, value.to_vec())).collect()
        });
        prop_assert_eq!(read, elements);
    }

    #[test]
    fn unwrapping_follows_a_stream_with_reordering(start: u16, steps in vec(-100_i64..300, 1..200)) {
        let mut unwrapper = SequenceUnwrapper::new();
        let mut at = 65536 + i64::from(start);
        prop_assert_eq!(unwrapper.unwrap(start), at as u64);
        for step in steps {
            at = (at + step).max(65536 + i64::from(start) - 20_000);
            if (at as u64) + 30_000 < unwrapper.highest().expect("seen") { continue }
            prop_assert_eq!(unwrapper.unwrap(at as u16), at as u64);
        }
    }
}
