//! Who speaks, from the audio-level header extension (RFC 6464): no audio is decoded.

mod speakers;

pub use speakers::ActiveSpeakers;
