use super::super::*;

/// Picture id of 15 bits, count, temporal layer 1 with its switch bit; a key frame of 640x480.
const VP8_KEY: [u8; 16] = [
    0x90, 0xf0, 0x92, 0x34, 0x56, 0x60, // X S, I L T K, 0x1234, count, tid 1 Y
    0x10, 2, 0, 0x9d, 0x01, 0x2a, 0x80, 0x42, 0xe0, 0x01,
];

#[test]
fn a_vp8_key_frame_is_told_by_its_first_packet() {
    let parsed = parse(Codec::Vp8, &VP8_KEY, None);
    assert!(parsed.key_frame && parsed.start_of_frame && parsed.switch_up && !parsed.discardable);
    assert_eq!(parsed.picture_id, Some(PictureId { value: 0x1234, long: true }));
    assert_eq!((parsed.tl0_pic_idx, parsed.temporal), (Some(0x56), 1));
    assert_eq!(parsed.dimensions, Some((640, 480)));
    let mut later = VP8_KEY;
    later[0] = 0x80;
    assert!(!parse(Codec::Vp8, &later, None).key_frame);
    let mut delta = VP8_KEY;
    delta[6] |= 1;
    let parsed = parse(Codec::Vp8, &delta, None);
    assert!(!parsed.key_frame && parsed.start_of_frame && parsed.dimensions.is_none());
}

#[test]
fn vp8_numbers_are_written_where_they_lie() {
    let parsed = parse(Codec::Vp8, &VP8_KEY, None);
    let mut copy = VP8_KEY;
    vp8::apply((0x0001, 9), &parsed, &mut copy);
    assert_eq!(copy[..6], [0x90, 0xf0, 0x80, 0x01, 9, 0x60]);
    assert_eq!(copy[6..], VP8_KEY[6..]);
    let short = [0xb0, 0x80, 0x12, 0];
    let parsed = parse(Codec::Vp8, &short, None);
    assert_eq!(parsed.picture_id, Some(PictureId { value: 0x12, long: false }));
    assert!(parsed.discardable);
    let mut copy = short;
    vp8::apply((0x0181, 9), &parsed, &mut copy);
    assert_eq!(copy, [0xb0, 0x80, 0x01, 0]);
    let plain = [0x10, 0];
    let mut copy = plain;
    vp8::apply((1, 2), &parse(Codec::Vp8, &plain, None), &mut copy);
    assert_eq!(copy, plain);
    vp8::apply((1, 2), &parsed, &mut []);
}

#[test]
fn a_vp8_payload_that_ends_within_its_descriptor_begins_nothing() {
    for end in 0..6 {
        assert_eq!(parse(Codec::Vp8, &VP8_KEY[..end], None), Payload::default(), "{end}");
    }
}

#[test]
fn a_vp9_key_picture_tells_of_all_its_layers() {
    let mut payload = vec![0x8a | 0x20, 0x81, 0x02, 0b0001_0000, 7]; // I L B V; id 0x102; tid 0 U sid 0; count
    payload.extend([0b0101_1000]); // three layers, sizes, pictures
    for (width, height) in [(320_u16, 180_u16), (640, 360), (1280, 720)] {
        payload.extend(width.to_be_bytes());
        payload.extend(height.to_be_bytes());
    }
    payload.extend([1, 0b0001_0100, 1, 0xde]);
    let parsed = parse(Codec::Vp9, &payload, None);
    assert!(parsed.key_frame && parsed.start_of_frame && !parsed.end_of_frame && parsed.switch_up);
    assert_eq!(parsed.picture_id, Some(PictureId { value: 0x102, long: true }));
    assert_eq!((parsed.spatial, parsed.temporal, parsed.tl0_pic_idx), (0, 0, Some(7)));
    assert_eq!((parsed.spatial_layers, parsed.dimensions), (3, Some((320, 180))));
    let sizes = layer_sizes(Codec::Vp9, &payload, None);
    assert_eq!(sizes, [(320, 180), (640, 360), (1280, 720), (0, 0)]);
    assert_eq!(layer_sizes(Codec::Vp9, &payload[..9], None)[0], (0, 0));
}

#[test]
fn a_vp9_upper_layer_ends_its_frame_and_is_no_key_frame() {
    // I P L F E; id 5; tid 2, sid 1, D; references 1 and 2.
    let payload = [0xf4, 5, 0b0100_0011, 0b0000_0011, 0b0000_0100, 0xaa];
    let parsed = parse(Codec::Vp9, &payload, None);
    assert!(!parsed.key_frame && !parsed.start_of_frame && parsed.end_of_frame && parsed.inter_layer);
    assert_eq!((parsed.spatial, parsed.temporal, parsed.tl0_pic_idx), (1, 2, None));
    // Not predicted from earlier pictures, but from the layer below.
    let parsed = parse(Codec::Vp9, &[0xb8, 5, 0b0000_0011, 0xaa], None);
    assert!(!parsed.key_frame && parsed.start_of_frame && parsed.inter_layer && parsed.spatial == 1);
    // Nothing but a key frame of one layer.
    assert!(parse(Codec::Vp9, &[0x08, 0xaa], None).key_frame);
}

#[test]
fn sizes_of_a_vp8_key_frame_are_those_of_the_lowest_layer() {
    assert_eq!(layer_sizes(Codec::Vp8, &VP8_KEY, None)[..2], [(640, 480), (0, 0)]);
}
