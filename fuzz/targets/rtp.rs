//! RTP packets, as anybody can send them to a media port: header, extensions, padding.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rtc_sfu::rtp::{ELEMENTS_MAX, ExtensionWriter, Header, SequenceUnwrapper, extensions, values};

fuzz_target!(|packet: &[u8]| {
    let Ok(header) = Header::parse(packet) else { return };
    assert!(header.len <= packet.len());
    assert_eq!(header.sources(packet).count(), usize::from(header.csrcs));
    if let Ok(payload) = header.payload(packet) {
        assert!(payload.len() + header.len <= packet.len());
    }
    let _ = header.payload(&packet[..packet.len() / 2]);
    let Some(block) = header.extension else { return };
    let elements: Vec<_> = extensions(packet, block).take(ELEMENTS_MAX).collect();
    let mut unwrapper = SequenceUnwrapper::new();
    for (_, value) in &elements {
        values::AudioLevel::parse(value);
        values::AbsSendTime::parse(value);
        values::VideoOrientation::parse(value);
        values::AbsCaptureTime::parse(value);
        values::PlayoutDelay::parse(value);
        values::time_offset(value);
        values::name(value);
        if let Some(number) = values::transport_cc(value) {
            assert_eq!(unwrapper.unwrap(number) as u16, number);
        }
    }
    // What is written again is read as the same.
    let mut writer = ExtensionWriter::new();
    let slots: Vec<_> = elements.iter().map(|(id, value)| writer.add(*id, value).expect("read")).collect();
    let mut buffer = vec![0; 12 + writer.block_len()];
    buffer[0] = if elements.is_empty() { 0x80 } else { 0x90 };
    let written = writer.write(&mut buffer[12..]).expect("room");
    let header = Header::parse(&buffer).expect("sound");
    assert_eq!(header.len, buffer.len());
    let again: Vec<_> = header.extension.into_iter().flat_map(|block| extensions(&buffer, block)).collect();
    assert_eq!(again, elements);
    for (slot, (_, value)) in slots.into_iter().zip(elements) {
        assert_eq!(&buffer[12 + written.offset(slot)..][..value.len()], value);
    }
});
