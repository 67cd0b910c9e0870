//! Scenarios with the texts of real browsers (`tests/sdp`, captured from Chromium 156 and Firefox 153) and with
//! str0m as the other side.

mod hostile;
mod peer;
mod publish;
mod single;
mod subscribe;

use super::*;
use rtc_types::ortc::{
    DtlsFingerprint, DtlsParameters, DtlsRole, IceCandidate, IceParameters, RtpParameters, SctpParameters,
};

const ORIGIN: Origin = Origin { id: 77, version: 1 };

/// Our side of a connection.
fn transport() -> TransportDescription {
    let candidate = IceCandidate {
        foundation: "udp".to_owned(),
        priority: 2_130_706_431,
        ip: "127.0.0.1".to_owned(),
        address: "127.0.0.1".to_owned(),
        protocol: "udp".to_owned(),
        port: 40_000,
        kind: "host".to_owned(),
        tcp_type: None,
    };
    let tcp = IceCandidate {
        protocol: "tcp".to_owned(),
        tcp_type: Some("passive".to_owned()),
        priority: 1_000,
        ..candidate.clone()
    };
    let fingerprint = DtlsFingerprint { algorithm: "sha-256".to_owned(), value: ["AB"; 32].join(":") };
    TransportDescription {
        ice: IceParameters {
            username_fragment: "abcdabcd".to_owned(),
            password: "abcdabcdabcdabcdabcdabcd".to_owned(),
            ice_lite: true,
        },
        candidates: vec![candidate, tcp],
        dtls: DtlsParameters { role: DtlsRole::Auto, fingerprints: vec![fingerprint] },
        sctp: Some(SctpParameters {
            port: 5_000,
            os: 1_024,
            mis: 1_024,
            max_message_size: 262_144,
            max_send_message_size: 262_144,
            max_receive_message_size: 262_144,
        }),
    }
}

/// Takes all that can be taken.
fn answer_all(offer: &Session) -> (String, Vec<Option<RtpParameters>>) {
    let parameters: Vec<_> = offer.media.iter().map(|media| producer_parameters(media).ok()).collect();
    let answers: Vec<_> = parameters
        .iter()
        .map(|parameters| MediaAnswer { accepted: parameters.as_ref(), ..MediaAnswer::default() })
        .collect();
    (answer(offer, &answers, &transport(), ORIGIN), parameters)
}

fn mimes(parameters: &RtpParameters) -> Vec<&str> {
    parameters.codecs.iter().map(|codec| codec.mime_type.as_str()).collect()
}
