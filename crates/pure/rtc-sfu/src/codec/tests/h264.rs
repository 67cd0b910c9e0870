use super::super::*;

/// Baseline, 640x360.
const SPS_360: [u8; 11] = [0x67, 0x42, 0xc0, 0x1e, 0xd9, 0x00, 0xa0, 0x2f, 0xf9, 0x61, 0x00];

fn stap(units: &[&[u8]]) -> Vec<u8> {
    let mut payload = vec![0x78];
    for unit in units {
        payload.extend((unit.len() as u16).to_be_bytes());
        payload.extend(*unit);
    }
    payload
}

#[test]
fn a_key_frame_begins_with_its_parameter_sets() {
    let payload = stap(&[&SPS_360, &[0x68, 0xce]]);
    let parsed = parse(Codec::H264, &payload, None);
    assert!(parsed.key_frame && parsed.start_of_frame && !parsed.discardable);
    assert_eq!(parsed.dimensions, Some((640, 360)));
    let single = parse(Codec::H264, &SPS_360, None);
    assert!(single.key_frame && single.start_of_frame);
    let pps = parse(Codec::H264, &[0x68, 0xce], None);
    assert!(!pps.key_frame && !pps.start_of_frame);
    // The frame's own data belongs to the key frame, but a receiver cannot begin with it.
    for idr in [&[0x65, 0x88][..], &[0x7c, 0x85, 0x88], &[0x7c, 0x05, 0]] {
        let parsed = parse(Codec::H264, idr, None);
        assert!(parsed.key_frame && !parsed.start_of_frame, "{idr:?}");
    }
}

#[test]
fn other_frames_begin_with_their_first_macroblock() {
    let starts = |payload: &[u8]| {
        let parsed = parse(Codec::H264, payload, None);
        assert!(!parsed.key_frame);
        parsed.start_of_frame
    };
    assert!(starts(&[0x41, 0x9a]), "one unit");
    assert!(!starts(&[0x41, 0x1a]), "a later slice");
    assert!(starts(&[0x5c, 0x81, 0x9a]), "the first fragment");
    assert!(!starts(&[0x5c, 0x01, 0x9a]), "a later fragment");
    assert!(starts(&stap(&[&[0x06, 1], &[0x41, 0x9a]])), "behind further information");
    assert!(parse(Codec::H264, &[0x01, 0x9a], None).discardable);
}

#[test]
fn sizes_are_cropped() {
    // High profile, 120 by 68 macroblocks, 8 lines cropped.
    let sps = bits(&[
        (0x67, 8),
        (100, 8),
        (0, 8),
        (40, 8), // profile, constraints, level
        (1, 1),
        (0b010, 3),
        (1, 1),
        (1, 1),
        (0, 1),
        (0, 1), // set 0, chroma 1, depths, no bypass, no scaling
        (1, 1),
        (0b011, 3), // frame numbers, order type 2
        (0b00101, 5),
        (0, 1), // four references, no gaps
        (120, 13),
        (68, 13), // widths and heights minus one, as Exp-Golomb: six zeros, then the number plus one
        (1, 1),
        (1, 1), // frames only, direct inference
        (1, 1),
        (1, 1),
        (1, 1),
        (1, 1),
        (0b00101, 5), // crop 0 0 0 4
        (0, 1),
        (1, 1),
    ]);
    assert_eq!(parse(Codec::H264, &sps, None).dimensions, Some((1920, 1080)));
    for end in 1..sps.len() - 1 {
        let parsed = parse(Codec::H264, &sps[..end], None);
        assert!(parsed.key_frame && parsed.dimensions.is_none(), "{end}");
    }
}

#[test]
fn broken_aggregates_are_read_as_far_as_they_go() {
    let mut payload = stap(&[&SPS_360]);
    payload.extend([0xff, 0xff, 0x65]);
    assert!(parse(Codec::H264, &payload, None).key_frame);
    assert!(!parse(Codec::H264, &[0x78, 0], None).key_frame);
    assert_eq!(parse(Codec::H264, &[], None), Payload::default());
}

fn bits(fields: &[(u32, u32)]) -> Vec<u8> {
    let all: Vec<u32> = fields
        .iter()
        .flat_map(|(value, width)| (0..*width).rev().map(move |bit| value.checked_shr(bit).unwrap_or(0) & 1))
        .collect();
    all.chunks(8)
        .map(|chunk| chunk.iter().enumerate().fold(0, |byte, (at, bit)| byte | (*bit as u8) << (7 - at)))
        .collect()
}
