//! Payloads of every codec, as a publisher can send them, and VP8's numbers written into them.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rtc_sfu::codec::{Codec, Payload, layer_sizes, parse, vp8};

const CODECS: [Codec; 8] = [
    Codec::Opus,
    Codec::Red,
    Codec::Pcmu,
    Codec::Vp8,
    Codec::Vp9,
    Codec::H264,
    Codec::Av1,
    Codec::Other,
];

// Payloads follow one another, each with its length before it: a rewriter sees them as one stream.
fuzz_target!(|bytes: &[u8]| {
    let mut rest = bytes;
    let mut rewriter = vp8::Rewriter::default();
    while let Some((choice, after)) = rest.split_first() {
        let (payload, after) = after.split_at(usize::from(choice & 0x3f).min(after.len()));
        rest = after;
        for codec in CODECS {
            let parsed = parse(codec, payload, None);
            assert!(parsed.spatial < 8 && parsed.temporal < 8);
            layer_sizes(codec, payload, None);
        }
        rewrite(&mut rewriter, choice >> 6, payload);
    }
});

fn rewrite(rewriter: &mut vp8::Rewriter, choice: u8, payload: &[u8]) {
    let parsed = parse(Codec::Vp8, payload, None);
    match choice {
        0 => return rewriter.drop(&parsed),
        1 => rewriter.restart(),
        _ => {}
    }
    let numbers = rewriter.next(&parsed);
    assert_eq!(numbers, rewriter.next(&parsed), "packets of one picture have the same numbers");
    let mut copy = payload.to_vec();
    vp8::apply(numbers, &parsed, &mut copy);
    let again = parse(Codec::Vp8, &copy, None);
    let expected = parsed.picture_id.map(|id| if id.long { numbers.0 } else { numbers.0 & 0x7f });
    assert_eq!(again.picture_id.map(|id| id.value), expected);
    assert_eq!(again.tl0_pic_idx, parsed.tl0_pic_idx.map(|_| numbers.1));
    let same = Payload { picture_id: parsed.picture_id, tl0_pic_idx: parsed.tl0_pic_idx, ..again };
    assert_eq!(same, parsed, "nothing else changes");
}
