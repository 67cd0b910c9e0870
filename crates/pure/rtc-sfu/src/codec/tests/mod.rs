mod av1;
pub(crate) mod dd;
mod h264;
mod hostile;
mod rewriter;
mod vpx;

use super::*;

#[test]
fn codecs_are_known_by_their_mime_types_in_any_case() {
    assert_eq!(Codec::from_mime("video/VP8"), Codec::Vp8);
    assert_eq!(Codec::from_mime("VIDEO/h264"), Codec::H264);
    assert_eq!(Codec::from_mime("audio/OPUS"), Codec::Opus);
    assert_eq!(Codec::from_mime("video/rtx"), Codec::Other);
}

#[test]
fn silence_is_told_from_sound() {
    let voice = parse(Codec::Opus, &[0x78, 1, 2, 3], None);
    assert!(voice.start_of_frame && voice.end_of_frame && !voice.key_frame && !voice.silent);
    assert!(parse(Codec::Opus, &[0x78], None).silent);
    assert!(!parse(Codec::Pcmu, &[0x78], None).silent);
    // One redundant block of three bytes, then the newest.
    let red = [0x80 | 111, 0x0f, 0x00, 3, 111, 9, 9, 9, 0x78, 7, 7];
    assert_eq!(opus::red_primary(&red), Some((111, &[0x78, 7, 7][..])));
    assert!(!parse(Codec::Red, &red, None).silent);
    assert!(parse(Codec::Red, &red[..9], None).silent);
    assert_eq!(opus::red_primary(&red[..7]), None);
    assert_eq!(opus::red_primary(&[0x80; 400]), None);
}
