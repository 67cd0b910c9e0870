use super::super::*;
use proptest::{collection::vec, prelude::*};
use vp8::Rewriter;

fn packet(id: u16, tl0: u8, temporal: u8) -> Payload {
    let picture_id = Some(PictureId { value: id & 0x7fff, long: true });
    Payload { picture_id, tl0_pic_idx: Some(tl0), temporal, ..Payload::default() }
}

#[test]
fn one_stream_keeps_its_numbers() {
    let mut rewriter = Rewriter::default();
    assert_eq!(rewriter.next(&packet(32_766, 255, 0)), (32_766, 255));
    assert_eq!(rewriter.next(&packet(32_766, 255, 0)), (32_766, 255));
    assert_eq!(rewriter.next(&packet(32_767, 255, 1)), (32_767, 255));
    assert_eq!(rewriter.next(&packet(0, 0, 0)), (0, 0));
    assert_eq!(rewriter.next(&packet(3, 1, 0)), (3, 1), "a loss stays a gap");
    assert_eq!(rewriter.next(&packet(1, 0, 1)), (1, 0), "and a late picture has its place");
}

#[test]
fn dropped_pictures_leave_no_gap() {
    let mut rewriter = Rewriter::default();
    rewriter.drop(&packet(9, 9, 0));
    assert_eq!(rewriter.next(&packet(10, 1, 0)), (10, 1));
    rewriter.drop(&packet(11, 1, 2));
    rewriter.drop(&packet(11, 1, 2));
    assert_eq!(rewriter.next(&packet(12, 1, 1)), (11, 1));
    rewriter.drop(&packet(13, 1, 2));
    assert_eq!(rewriter.next(&packet(14, 2, 0)), (12, 2));
    assert_eq!(rewriter.next(&packet(12, 1, 1)), (11, 1), "late");
    assert_eq!(rewriter.next(&packet(10, 1, 0)), (10, 1));
}

#[test]
fn another_stream_goes_on_behind_the_last() {
    let mut rewriter = Rewriter::default();
    assert_eq!(rewriter.next(&packet(10, 1, 0)), (10, 1));
    rewriter.restart();
    rewriter.drop(&packet(7, 200, 0));
    assert_eq!(rewriter.next(&packet(30_000, 77, 0)), (11, 2));
    assert_eq!(rewriter.next(&packet(30_000, 77, 0)), (11, 2));
    assert_eq!(rewriter.next(&packet(30_001, 77, 1)), (12, 2));
    assert_eq!(rewriter.next(&packet(30_002, 78, 0)), (13, 3));
}

#[test]
fn numbers_of_seven_bits_wrap_where_they_do() {
    let mut rewriter = Rewriter::default();
    let packet =
        |id| Payload { picture_id: Some(PictureId { value: id, long: false }), ..Payload::default() };
    assert_eq!(rewriter.next(&packet(126)).0, 126);
    rewriter.drop(&packet(127));
    assert_eq!(rewriter.next(&packet(0)).0 & 0x7f, 127);
    assert_eq!(rewriter.next(&packet(1)).0 & 0x7f, 0);
    assert_eq!(rewriter.next(&packet(0)).0 & 0x7f, 127);
}

#[test]
fn payloads_without_numbers_pass() {
    let mut rewriter = Rewriter::default();
    assert_eq!(rewriter.next(&Payload::default()), (0, 0));
    rewriter.drop(&Payload::default());
    rewriter.restart();
    assert_eq!(rewriter.next(&Payload::default()), (0, 0));
}

proptest! {
    /// Three temporal layers of which a changing number is forwarded, and changes of stream: what goes out counts
    /// up by one for each picture, and its count of lowest frames by one for each of those.
    #[test]
    fn what_goes_out_has_no_gaps(
        steps in vec((0_u8..3, 1_usize..4, prop_oneof![20 => Just(None), 1 => any::<(u16, u8)>().prop_map(Some)]), 1..300),
        start: (u16, u8),
    ) {
        let mut rewriter = Rewriter::default();
        let (mut id, mut tl0, mut at) = (start.0 & 0x7fff, start.1, 0);
        let mut last: Option<(u16, u8)> = None;
        for (keep, packets, change) in steps {
            if let Some((other, count)) = change {
                (id, tl0, at) = (other & 0x7fff, count, 0);
                rewriter.restart();
            }
            let temporal = [0, 2, 1, 2][at % 4];
            let this = packet(id, tl0, temporal);
            if temporal > keep && last.is_some() {
                (0..packets).for_each(|_| rewriter.drop(&this));
            } else {
                let sent: Vec<_> = (0..packets).map(|_| rewriter.next(&this)).collect();
                prop_assert!(sent.iter().all(|numbers| *numbers == sent[0]));
                if let Some((id, tl0)) = last {
                    let lowest = u8::from(temporal == 0);
                    prop_assert_eq!(sent[0], ((id + 1) & 0x7fff, tl0.wrapping_add(lowest)));
                }
                last = Some(sent[0]);
            }
            at += 1;
            id = (id + 1) & 0x7fff;
            tl0 = tl0.wrapping_add(u8::from(at % 4 == 0));
        }
    }

    /// Pictures that come a little out of order keep their order.
    #[test]
    fn late_pictures_keep_their_place(start: u16, swaps in vec(0_usize..4, 1..200)) {
        let mut order: Vec<u16> = (0..swaps.len() as u16).map(|at| start.wrapping_add(at) & 0x7fff).collect();
        for (at, swap) in swaps.iter().enumerate() {
            let other = (at + swap).min(order.len() - 1);
            order.swap(at, other);
        }
        let mut rewriter = Rewriter::default();
        for id in order {
            prop_assert_eq!(rewriter.next(&packet(id, 0, 0)).0, id);
        }
    }
}
