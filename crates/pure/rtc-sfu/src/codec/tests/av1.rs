use super::super::*;

#[test]
fn a_key_frame_begins_with_a_sequence_header() {
    // N, one unit of two bytes before the last of two.
    let payload = [0b0010_1000, 2, 0x08, 0, 0x30, 1, 2];
    let parsed = parse(Codec::Av1, &payload, None);
    assert!(parsed.key_frame && parsed.start_of_frame);
    // The same without the bit, and without the header.
    assert!(!parse(Codec::Av1, &[0b0010_0000, 2, 0x08, 0, 0x30, 1, 2], None).key_frame);
    let frame = parse(Codec::Av1, &[0b0001_0000, 0x30, 1, 2], None);
    assert!(!frame.key_frame && frame.start_of_frame);
    // A unit that goes on from the packet before.
    let rest = parse(Codec::Av1, &[0b1001_0000, 0x30, 1, 2], None);
    assert!(!rest.start_of_frame);
}

#[test]
fn layers_are_those_of_the_units() {
    // A frame with extension: temporal 2, spatial 1.
    let parsed = parse(Codec::Av1, &[0b0001_0000, 0x34, 0b0100_1000, 2], None);
    assert_eq!((parsed.temporal, parsed.spatial), (2, 1));
}

#[test]
fn lengths_that_do_not_fit_end_the_walk() {
    for payload in [&[][..], &[0x08], &[0x08, 0x80, 0x80, 0x80, 0x80, 1], &[0x08, 200, 0x08]] {
        assert_eq!(parse(Codec::Av1, payload, None), Payload::default(), "{payload:?}");
    }
}

#[test]
fn the_descriptor_goes_first() {
    let info = DependencyDescriptorInfo {
        start_of_frame: true,
        spatial: 1,
        temporal: 2,
        inter_layer: true,
        sizes: [(320, 180), (640, 360), (0, 0), (0, 0)],
        ..DependencyDescriptorInfo::default()
    };
    let parsed = parse(Codec::Av1, &[0b0001_0000, 0x30, 1, 2], Some(&info));
    assert_eq!((parsed.spatial, parsed.temporal, parsed.dimensions), (1, 2, Some((640, 360))));
    assert!(parsed.inter_layer && parsed.start_of_frame && !parsed.end_of_frame);
    assert_eq!(layer_sizes(Codec::Av1, &[], Some(&info)), info.sizes);
    // H.264 takes layers from it, and beginnings from the payload.
    let parsed = parse(Codec::H264, &[0x41, 0x1a], Some(&info));
    assert!(!parsed.start_of_frame && parsed.temporal == 2);
}
