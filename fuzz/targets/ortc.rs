//! RTP parameters and capabilities: what is valid can be consumed by who has the router's codecs.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rtc_sfu::ortc::{
    can_consume, consumable_parameters, consumer_parameters, producer_type, router_capabilities, validate_producer,
};
use rtc_types::{
    MediaKind,
    ortc::{RtpCapabilities, RtpParameters},
};

fuzz_target!(|text: &str| {
    let (one, other) = text.split_once('\n').unwrap_or((text, "{}"));
    let Ok(parameters) = serde_json::from_str::<RtpParameters>(one) else { return };
    let _ = producer_type(&parameters);
    let router = router_capabilities();
    for kind in [MediaKind::Audio, MediaKind::Video] {
        let Ok(mapping) = validate_producer(kind, &parameters, router) else { continue };
        let consumable = consumable_parameters(kind, &parameters, router, &mapping);
        assert_eq!(can_consume(&consumable, router), Ok(true));
        let sent = consumer_parameters(&consumable, router, 1, 2, "0").expect("the router takes its own");
        assert_eq!(sent.encodings.len(), 1);
        if let Ok(capabilities) = serde_json::from_str::<RtpCapabilities>(other) {
            let can = can_consume(&consumable, &capabilities);
            let sent = consumer_parameters(&consumable, &capabilities, 1, 2, "0");
            // RED alone matches, but is sent with its Opus only.
            assert!(sent.is_err() || can == Ok(true));
        }
    }
});
