use super::super::*;

/// Writes bits, first the highest.
#[derive(Default)]
struct Writer(Vec<bool>);

impl Writer {
    fn put(&mut self, value: u32, width: u32) {
        self.0.extend((0..width).rev().map(|bit| value >> bit & 1 == 1));
    }

    fn below(&mut self, value: u32, limit: u32) {
        let width = 32 - limit.leading_zeros();
        let short = (1 << width) - limit;
        if value < short { self.put(value, width - 1) } else { self.put(value + short, width) }
    }

    fn bytes(&self) -> Vec<u8> {
        let byte = |bits: &[bool]| {
            bits.iter().enumerate().fold(0, |byte, (at, bit)| byte | (*bit as u8) << (7 - at))
        };
        self.0.chunks(8).map(byte).collect()
    }
}

/// Spatial and temporal layer, indications, differences, chain difference.
pub(crate) type Template = (u32, u32, &'static [u32], &'static [u32], u32);

/// One spatial, three temporal layers.
const L1T3: &[Template] = &[
    (0, 0, &[2, 2, 2], &[], 0),
    (0, 0, &[2, 2, 2], &[4], 4),
    (0, 1, &[0, 1, 2], &[2], 2),
    (0, 2, &[0, 0, 1], &[1], 1),
    (0, 2, &[0, 0, 1], &[1], 3),
];

/// Two spatial layers.
const L2T1: &[Template] = &[
    (0, 0, &[2, 2], &[], 0),
    (0, 0, &[2, 3], &[2], 2),
    (1, 0, &[0, 2], &[1], 1),
    (1, 0, &[0, 3], &[2, 1], 1),
];

/// Start, end, template, number.
fn mandatory(start: bool, end: bool, template: u32, number: u32) -> Writer {
    let mut writer = Writer::default();
    writer.put(u32::from(start), 1);
    writer.put(u32::from(end), 1);
    writer.put(template & 63, 6);
    writer.put(number & 0xffff, 16);
    writer
}

pub(crate) fn frame(template: u32, number: u32) -> Vec<u8> {
    mandatory(true, true, template, number).bytes()
}

/// A key frame's first packet.
pub(crate) fn key(first_id: u32, number: u32, templates: &[Template], sizes: &[(u32, u32)]) -> Vec<u8> {
    let mut writer = mandatory(true, false, first_id, number);
    writer.put(0b10000, 5);
    let targets = templates[0].2.len() as u32;
    writer.put(first_id & 63, 6);
    writer.put(targets - 1, 5);
    for pair in templates.windows(2) {
        writer.put(if pair[1].0 > pair[0].0 { 2 } else { pair[1].1 - pair[0].1 }, 2);
    }
    writer.put(3, 2);
    for template in templates {
        template.2.iter().for_each(|indication| writer.put(*indication, 2));
    }
    for template in templates {
        template.3.iter().for_each(|difference| writer.put(0b10000 | (difference - 1), 5));
        writer.put(0, 1);
    }
    writer.below(1, targets + 1);
    (0..targets).for_each(|_| writer.below(0, 1));
    templates.iter().for_each(|template| writer.put(template.4, 4));
    writer.put(u32::from(!sizes.is_empty()), 1);
    for (width, height) in sizes {
        writer.put(width - 1, 16);
        writer.put(height - 1, 16);
    }
    writer.bytes()
}

#[test]
fn a_key_frame_brings_the_layers_that_others_name() {
    let mut reader = DescriptorReader::default();
    assert_eq!(reader.read(&frame(1, 99)), None, "nothing came before");
    let first = reader.read(&key(60, 100, L1T3, &[(1280, 720)])).expect("sound");
    assert!(first.key_frame && first.start_of_frame && !first.end_of_frame && !first.discardable);
    assert_eq!((first.spatial_layers, first.temporal_layers), (1, 3));
    assert_eq!(first.sizes[..2], [(1280, 720), (0, 0)]);
    // Ids wrap after 63.
    let layers: Vec<_> = [(63, 101), (62, 102), (0, 103), (61, 104)]
        .map(|(template, number)| {
            let info = reader.read(&frame(template, number)).expect("known");
            assert!(!info.key_frame && info.end_of_frame);
            (info.temporal, info.switch_up, info.discardable)
        })
        .into();
    // The fourth refers to the third, which a subscriber of the lowest layer did not get.
    assert_eq!(layers, [(2, true, true), (1, true, false), (2, false, true), (0, true, false)]);
    assert_eq!(reader.read(&frame(1, 105)), None, "an id behind the last");
    let parsed = parse(Codec::Av1, &[], reader.read(&frame(62, 102)).as_ref());
    assert_eq!((parsed.temporal, parsed.dimensions), (1, Some((1280, 720))));
}

#[test]
fn an_upper_layer_needs_the_one_below() {
    let mut reader = DescriptorReader::default();
    let first = reader.read(&key(0, 65_535, L2T1, &[(320, 180), (640, 360)])).expect("sound");
    assert_eq!((first.spatial_layers, first.inter_layer, first.sizes[1]), (2, false, (640, 360)));
    let upper = reader.read(&frame(2, 0)).expect("known");
    assert_eq!((upper.spatial, upper.inter_layer, upper.switch_up), (1, true, false));
    let lower = reader.read(&frame(1, 1)).expect("known");
    assert_eq!((lower.spatial, lower.inter_layer), (0, false));
}

#[test]
fn a_frame_may_have_references_of_its_own_and_tell_of_active_targets() {
    let mut reader = DescriptorReader::default();
    reader.read(&key(0, 10, L2T1, &[])).expect("sound");
    reader.read(&frame(2, 11)).expect("known");
    // Only the first target is active; own indications, references 1 and 300, own chain.
    let mut writer = mandatory(true, true, 3, 12);
    writer.put(0b01111, 5);
    writer.put(0b01, 2);
    writer.put(0b0001, 4);
    for (size, difference) in [(1, 1), (3, 300)] {
        writer.put(size, 2);
        writer.put(difference - 1, 4 * size);
    }
    writer.put(0, 2);
    writer.put(9, 8);
    let info = reader.read(&writer.bytes()).expect("sound");
    assert!(info.discardable && !info.inter_layer);
    assert_eq!(info.spatial_layers, 1);
    for end in 0..writer.bytes().len() {
        assert_eq!(reader.read(&writer.bytes()[..end]).is_some(), end == 3, "{end}");
    }
}

#[test]
fn packets_of_before_a_change_are_read_by_the_structure_of_then() {
    let mut reader = DescriptorReader::default();
    reader.read(&key(0, 100, L1T3, &[])).expect("sound");
    reader.read(&key(0, 200, L2T1, &[])).expect("sound");
    let layers = |reader: &mut DescriptorReader, template, number| {
        reader.read(&frame(template, number)).map(|info| (info.spatial, info.temporal))
    };
    assert_eq!(layers(&mut reader, 2, 201), Some((1, 0)));
    assert_eq!(layers(&mut reader, 2, 199), Some((0, 1)), "late");
    assert_eq!(layers(&mut reader, 2, 202), Some((1, 0)));
    // The old key frame once more, as a retransmission.
    reader.read(&key(0, 100, L1T3, &[])).expect("sound");
    assert_eq!(layers(&mut reader, 2, 203), Some((1, 0)));
    assert_eq!(layers(&mut reader, 2, 2000), Some((1, 0)), "from here on the older one is forgotten");
    assert_eq!(layers(&mut reader, 2, 65_536 + 150), Some((1, 0)));
}

#[test]
fn structures_that_end_too_early_or_have_too_many_layers_are_broken() {
    let whole = key(0, 1, L2T1, &[(320, 180), (640, 360)]);
    for end in 0..whole.len() {
        assert_eq!(DescriptorReader::default().read(&whole[..end]), None, "{end}");
    }
    let mut writer = mandatory(true, true, 0, 1);
    writer.put(0b10000, 5);
    writer.put(0, 11);
    (0..8).for_each(|_| writer.put(2, 2));
    writer.put(3, 2);
    (0..8).for_each(|_| writer.put(0, 32));
    assert_eq!(DescriptorReader::default().read(&writer.bytes()), None);
}
