//! SDP of clients: what is read is answered in the same sections, and our own text is read again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rtc_sfu::{
    ortc::{router_capabilities, validate_capabilities, validate_producer},
    sdp::{MediaAnswer, Offerer, Origin, TransportDescription, answer, capabilities, parse, producer_parameters},
};
use rtc_types::ortc::{DtlsParameters, IceParameters};

fuzz_target!(|text: &str| {
    let Ok(session) = parse(text) else { return };
    let _ = (session.ice(), session.dtls(), Offerer::new(true).handle_answer(&session));
    validate_capabilities(&capabilities(&session)).expect("capabilities are the router's");
    let parameters: Vec<_> = session.media.iter().map(|media| producer_parameters(media).ok()).collect();
    for (media, parameters) in session.media.iter().zip(&parameters) {
        if let Some((kind, parameters)) = media.kind.rtp().zip(parameters.as_ref()) {
            let _ = validate_producer(kind, parameters, router_capabilities());
        }
    }
    let taken = |accepted| MediaAnswer { accepted, ..MediaAnswer::default() };
    let answers: Vec<_> = parameters.iter().map(|parameters| taken(parameters.as_ref())).collect();
    let transport = TransportDescription {
        ice: IceParameters { username_fragment: "abcd".into(), password: "a".repeat(22), ice_lite: true },
        candidates: Vec::new(),
        dtls: DtlsParameters { role: Default::default(), fingerprints: Vec::new() },
        sctp: None,
    };
    let written = answer(&session, &answers, &transport, Origin { id: 1, version: 1 });
    match parse(&written) {
        Ok(again) => assert_eq!(again.media.len(), session.media.len(), "{written}"),
        // Many sections with long lines make an answer that is longer than what we would read.
        Err(rtc_sfu::sdp::SdpError::TooLong | rtc_sfu::sdp::SdpError::TooMany(_)) => {}
        Err(error) => panic!("{error}: {written}"),
    }
});
