use super::super::*;
use proptest::{collection::vec, prelude::*};
use str0m::rtp::Vp8Descriptor;

const CODECS: [Codec; 9] = [
    Codec::Opus,
    Codec::Red,
    Codec::Pcmu,
    Codec::Pcma,
    Codec::Vp8,
    Codec::Vp9,
    Codec::H264,
    Codec::Av1,
    Codec::Other,
];

#[test]
fn what_is_kept_of_each_packet_is_small() {
    assert!(size_of::<Payload>() <= 32, "{}", size_of::<Payload>());
}

proptest! {
    #[test]
    fn no_payload_makes_the_readers_panic(bytes in vec(any::<u8>(), 0..64), value in vec(any::<u8>(), 0..80)) {
        let info = DescriptorReader::default().read(&value);
        for codec in CODECS {
            for info in [None, info.as_ref()] {
                let parsed = parse(codec, &bytes, info);
                layer_sizes(codec, &bytes, info);
                prop_assert!(parsed.spatial < 8 && parsed.temporal < 8);
                let mut copy = bytes.clone();
                vp8::apply((0x7fff, 0xff), &parsed, &mut copy);
                vp8::apply((0x7fff, 0xff), &parsed, &mut copy[..bytes.len() / 2]);
            }
        }
    }

    #[test]
    fn no_row_of_descriptors_makes_the_reader_panic(values in vec(vec(any::<u8>(), 0..60), 1..20), structure: bool) {
        let mut reader = DescriptorReader::default();
        for mut value in values {
            if let (true, Some(flags)) = (structure, value.get_mut(3)) { *flags |= 0x80; }
            if let Some(info) = reader.read(&value) {
                prop_assert!(usize::from(info.spatial) < SPATIAL_LAYERS_MAX && info.temporal < 8);
            }
        }
    }

    /// Another implementation's reader of VP8 agrees.
    #[test]
    fn vp8_is_read_as_others_read_it(mut bytes in vec(any::<u8>(), 1..20)) {
        // Reserved bits are zero, and a count comes with its layer.
        bytes[0] &= 0b1011_0111;
        if let Some(fields) = bytes.get_mut(1) { *fields |= (*fields & 0x40) >> 1; }
        let ours = parse(Codec::Vp8, &bytes, None);
        match Vp8Descriptor::parse(&bytes) {
            Ok(theirs) => {
                prop_assert_eq!(ours.picture_id.map(|id| id.value), theirs.picture_id());
                prop_assert_eq!(ours.tl0_pic_idx, theirs.tl0_pic_idx());
                prop_assert_eq!(ours.key_frame, theirs.starts_keyframe(&bytes));
                let (Some(_), Some(_)) = (ours.picture_id, ours.tl0_pic_idx) else { return Ok(()) };
                let mut copy = bytes.clone();
                vp8::apply((0x155, 0x77), &ours, &mut copy);
                let again = Vp8Descriptor::parse(&copy).expect("as long as before");
                let expected = if ours.picture_id.is_some_and(|id| id.long) { 0x155 } else { 0x55 };
                prop_assert_eq!((again.picture_id(), again.tl0_pic_idx()), (Some(expected), Some(0x77)));
            }
            Err(_) => prop_assert!(!ours.key_frame),
        }
    }
}
