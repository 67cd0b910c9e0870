//! Frames on TCP: a length of two bytes, then a datagram (RFC 4571).

/// The longest frame taken: far more than any datagram of WebRTC; other protocols' first bytes read as more.
pub(crate) const FRAME_BYTES_MAX: usize = 16 * 1024;
/// Room that a reader needs for what is left of the last read and a frame's length.
pub(crate) const CARRY_BYTES_MAX: usize = FRAME_BYTES_MAX + 2;

/// The stream is not of frames.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct NotFrames;

/// Calls `each` with every whole frame in `bytes`; gives how many bytes they took.
pub(crate) fn split(bytes: &mut [u8], mut each: impl FnMut(&mut [u8])) -> Result<usize, NotFrames> {
    let mut taken = 0;
    while let Some((prefix, rest)) = bytes.get_mut(taken..).and_then(|rest| rest.split_first_chunk_mut::<2>())
    {
        let length = usize::from(u16::from_be_bytes(*prefix));
        if length > FRAME_BYTES_MAX {
            return Err(NotFrames);
        }
        let Some(frame) = rest.get_mut(..length) else { break };
        if length > 0 {
            each(frame);
        }
        taken += 2 + length;
    }
    Ok(taken)
}

/// How many of the first `room` bytes of `frames` are whole frames, and how many frames those are. `frames`
/// begins with a frame.
pub(crate) fn whole(frames: &[u8], room: usize) -> (usize, usize) {
    let (mut bytes, mut count) = (0, 0);
    while let Some(prefix) = frames.get(bytes..).and_then(|rest| rest.first_chunk::<2>()) {
        let next = bytes + 2 + usize::from(u16::from_be_bytes(*prefix));
        if next > room.min(frames.len()) {
            break;
        }
        (bytes, count) = (next, count + 1);
    }
    (bytes, count)
}

/// Bytes of the frame that `frames` begins with, its length included.
pub(crate) fn whole_one(frames: &[u8]) -> usize {
    frames.first_chunk::<2>().map_or(0, |prefix| 2 + usize::from(u16::from_be_bytes(*prefix)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn framed(datagrams: &[Vec<u8>]) -> Vec<u8> {
        let frames = datagrams.iter().map(|datagram| {
            let length = u16::try_from(datagram.len()).expect("a short datagram");
            [&length.to_be_bytes()[..], datagram].concat()
        });
        frames.flatten().collect()
    }

    proptest! {
        #[test]
        fn frames_come_out_whole_however_the_stream_is_cut(
            datagrams in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..300), 1..12),
            cuts in prop::collection::vec(1_usize..200, 1..40),
        ) {
            let stream = framed(&datagrams);
            let (mut carry, mut found, mut at) = (Vec::new(), Vec::new(), 0);
            for cut in cuts.iter().cycle() {
                let end = (at + cut).min(stream.len());
                carry.extend_from_slice(&stream[at..end]);
                let taken = split(&mut carry, |frame| found.push(frame.to_vec())).expect("frames");
                carry.drain(..taken);
                at = end;
                if at == stream.len() { break }
            }
            prop_assert_eq!(found, datagrams);
            prop_assert!(carry.is_empty());
        }

        #[test]
        fn hostile_bytes_are_frames_or_refused(mut bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
            let length = bytes.len();
            if let Ok(taken) = split(&mut bytes, |_| {}) {
                prop_assert!(taken <= length);
            }
        }
    }

    #[test]
    fn another_protocols_greeting_is_refused() {
        let mut request = *b"GET / HTTP/1.1\r\n";
        assert_eq!(split(&mut request, |_| unreachable!("no frame")), Err(NotFrames));
    }

    #[test]
    fn only_whole_frames_are_counted_into_the_room_there_is() {
        let stream = framed(&[vec![1; 10], vec![2; 20], vec![3; 30]]);
        assert_eq!(whole(&stream, stream.len()), (stream.len(), 3));
        assert_eq!(whole(&stream, stream.len() - 1), (34, 2));
        assert_eq!(whole(&stream, 11), (0, 0));
    }
}
