//! Dependency descriptors of one stream, as a publisher can send them.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rtc_sfu::codec::{Codec, DescriptorReader, SPATIAL_LAYERS_MAX, parse};

// Values follow one another, each with its length before it.
fuzz_target!(|bytes: &[u8]| {
    let mut rest = bytes;
    let mut reader = DescriptorReader::default();
    while let Some((length, after)) = rest.split_first() {
        let (value, after) = after.split_at(usize::from(*length).min(after.len()));
        rest = after;
        let Some(info) = reader.read(value) else { continue };
        assert!(usize::from(info.spatial) < SPATIAL_LAYERS_MAX && info.temporal < 8);
        assert!((1..=SPATIAL_LAYERS_MAX).contains(&usize::from(info.spatial_layers)));
        assert!((1..=8).contains(&info.temporal_layers));
        assert_eq!(reader.read(value), Some(info), "the same packet once more");
        for codec in [Codec::Av1, Codec::H264, Codec::Other] {
            parse(codec, value, Some(&info));
        }
    }
});
