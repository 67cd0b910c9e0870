//! LiveKit's clients and backends: the query that they connect with, a frame, a body of the room API, a packet.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Some((kind, bytes)) = bytes.split_first() else { return };
    match kind % 3 {
        0 => surface_livekit::fuzzing::query(&String::from_utf8_lossy(bytes)),
        1 => surface_livekit::fuzzing::frame(bytes),
        _ => surface_livekit::fuzzing::body(bytes),
    }
});
