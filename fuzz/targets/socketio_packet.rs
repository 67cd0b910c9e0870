//! The Engine.IO and Socket.IO packets beneath surface B, as the library that we serve with reads them.
#![no_main]

use engineioxide_core::{Packet, ProtocolVersion};
use libfuzzer_sys::fuzz_target;
use socketioxide_core::parser::{Parse, ParseConfig, ParserState};
use socketioxide_parser_common::CommonParser;

// Lines: packets of one connection, one after another. A line that begins with NUL is a binary frame.
fuzz_target!(|text: &str| {
    let (config, state) = (ParseConfig::default(), ParserState::default());
    for line in text.lines() {
        if let Some(binary) = line.strip_prefix('\0') {
            _ = CommonParser.decode_bin(&config, &state, binary.to_owned().into());
            continue;
        }
        if let Ok(Packet::Message(message)) = Packet::parse(ProtocolVersion::V4, line.to_owned()) {
            if let Ok(packet) = CommonParser.decode_str(&config, &state, message) {
                _ = CommonParser.encode(packet);
            }
        }
    }
});
