//! What a client says with its request to connect.

use axum::http::StatusCode;
use base64::{
    Engine,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use flate2::read::GzDecoder;
use livekit_protocol::{
    AddTrackRequest, JoinRequest, SessionDescription, SyncState, WrappedJoinRequest, wrapped_join_request,
};
use prost::Message;
use serde::Deserialize;
use std::{collections::BTreeMap, io::Read};

use crate::access::Refused;

/// Characters of `join_request`, and bytes of what is in it.
const JOIN_REQUEST_CHARS_MAX: usize = 512 * 1024;
const JOIN_REQUEST_BYTES_MAX: u64 = 1024 * 1024;

/// Query parameters of all paths.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Query {
    pub(crate) access_token: Option<String>,
    join_request: Option<String>,
    auto_subscribe: Option<String>,
    reconnect: Option<String>,
    sid: Option<String>,
    attributes: Option<String>,
}

/// A client's wish to connect.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Entry {
    /// Whether it has one peer connection for both ways, else two.
    pub(crate) single: bool,
    pub(crate) auto_subscribe: bool,
    /// It was here before, as that participant.
    pub(crate) reconnect: Option<String>,
    pub(crate) attributes: BTreeMap<String, String>,
    pub(crate) metadata: String,
    pub(crate) tracks: Vec<AddTrackRequest>,
    pub(crate) offer: Option<SessionDescription>,
    pub(crate) sync_state: Option<SyncState>,
}

impl Entry {
    /// Reads the query. A `join_request` asks for one peer connection, on whichever path it comes.
    ///
    /// # Errors
    /// 400 for a `join_request` that is none.
    pub(crate) fn read(query: &Query, v1: bool) -> Result<Self, Refused> {
        match &query.join_request {
            Some(text) => {
                let request = join_request(text).ok_or_else(|| {
                    Refused::new(StatusCode::BAD_REQUEST, "join_request is not a WrappedJoinRequest")
                })?;
                Ok(Self::of(request))
            }
            None if v1 => Err(Refused::new(StatusCode::BAD_REQUEST, "join_request is missing")),
            None => {
                let reconnect = is_true(query.reconnect.as_deref()).then(|| query.sid.clone());
                Ok(Self {
                    single: false,
                    auto_subscribe: query.auto_subscribe.as_deref().is_none_or(|text| is_true(Some(text))),
                    reconnect: reconnect.map(Option::unwrap_or_default),
                    attributes: query.attributes.as_deref().and_then(attributes).unwrap_or_default(),
                    ..Self::default()
                })
            }
        }
    }

    fn of(request: JoinRequest) -> Self {
        Self {
            single: true,
            auto_subscribe: request.connection_settings.is_none_or(|settings| settings.auto_subscribe),
            reconnect: request.reconnect.then_some(request.participant_sid),
            attributes: request.participant_attributes.into_iter().collect(),
            metadata: request.metadata,
            tracks: request.add_track_requests,
            offer: request.publisher_offer,
            sync_state: request.sync_state,
        }
    }
}

fn is_true(text: Option<&str>) -> bool {
    matches!(text, Some("1" | "true"))
}

/// Base64 of URLs, with or without padding.
fn decode(text: &str) -> Option<Vec<u8>> {
    const ENGINE: GeneralPurpose = GeneralPurpose::new(
        &base64::alphabet::URL_SAFE,
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
    );
    ENGINE.decode(text).ok()
}

fn join_request(text: &str) -> Option<JoinRequest> {
    let bytes = decode(text).filter(|_| text.len() <= JOIN_REQUEST_CHARS_MAX)?;
    let wrapped = WrappedJoinRequest::decode(bytes.as_slice()).ok()?;
    let plain = match wrapped_join_request::Compression::try_from(wrapped.compression).ok()? {
        wrapped_join_request::Compression::None => wrapped.join_request,
        wrapped_join_request::Compression::Gzip => {
            let mut plain = Vec::new();
            let reader = GzDecoder::new(wrapped.join_request.as_slice());
            let read = reader.take(JOIN_REQUEST_BYTES_MAX + 1).read_to_end(&mut plain).ok()?;
            (read as u64 <= JOIN_REQUEST_BYTES_MAX).then_some(plain)?
        }
    };
    JoinRequest::decode(plain.as_slice()).ok()
}

fn attributes(text: &str) -> Option<BTreeMap<String, String>> {
    serde_json::from_slice(&decode(text)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use flate2::{Compression, write::GzEncoder};
    use livekit_protocol::ConnectionSettings;
    use proptest::prelude::*;
    use std::io::Write;

    fn query(request: &WrappedJoinRequest) -> Query {
        Query { join_request: Some(URL_SAFE_NO_PAD.encode(request.encode_to_vec())), ..Query::default() }
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes).expect("into memory");
        encoder.finish().expect("into memory")
    }

    #[test]
    fn a_join_request_is_read_compressed_or_not() {
        let settings = ConnectionSettings { auto_subscribe: true, ..ConnectionSettings::default() };
        let request = JoinRequest {
            connection_settings: Some(settings),
            reconnect: true,
            participant_sid: "PA_1".into(),
            ..JoinRequest::default()
        };
        let plain = request.encode_to_vec();
        for (compression, join_request) in [(0, plain.clone()), (1, gzip(&plain))] {
            let entry = Entry::read(&query(&WrappedJoinRequest { compression, join_request }), true);
            let entry = entry.expect("it is one");
            assert!(entry.single && entry.auto_subscribe);
            assert_eq!(entry.reconnect.as_deref(), Some("PA_1"));
        }
    }

    #[test]
    fn what_unpacks_to_more_than_a_megabyte_is_refused() {
        let bomb = WrappedJoinRequest { compression: 1, join_request: gzip(&vec![0; 8 << 20]) };
        assert!(Entry::read(&query(&bomb), true).is_err());
    }

    #[test]
    fn rubbish_is_refused_before_the_upgrade() {
        for text in ["", "!", "AAAA", "_____w"] {
            let query = Query { join_request: Some(text.into()), ..Query::default() };
            let read = Entry::read(&query, true);
            assert!(read.is_err() || read.is_ok_and(|entry| entry.offer.is_none()), "{text}");
        }
        assert_eq!(
            Entry::read(&Query::default(), true).map_err(|refused| refused.0),
            Err(StatusCode::BAD_REQUEST)
        );
    }

    proptest! {
        #[test]
        fn whatever_a_request_holds_it_is_read_or_refused(bytes: Vec<u8>, packed: bool, text: String) {
            let join_request = if packed { gzip(&bytes) } else { bytes };
            let wrapped = query(&WrappedJoinRequest { compression: packed.into(), join_request });
            let bare = Query { join_request: Some(text.clone()), attributes: Some(text), ..Query::default() };
            for query in [wrapped, bare] {
                for v1 in [false, true] {
                    let refused = Entry::read(&query, v1).err();
                    prop_assert!(refused.is_none_or(|refused| refused.0 == StatusCode::BAD_REQUEST));
                }
            }
        }
    }

    #[test]
    fn older_clients_say_it_in_the_query() {
        let query = Query {
            auto_subscribe: Some("0".into()),
            reconnect: Some("1".into()),
            sid: Some("PA_9".into()),
            attributes: Some(URL_SAFE_NO_PAD.encode(r#"{"a":"b"}"#)),
            ..Query::default()
        };
        let entry = Entry::read(&query, false).expect("it is one");
        assert!(!entry.single && !entry.auto_subscribe);
        assert_eq!(entry.reconnect.as_deref(), Some("PA_9"));
        assert_eq!(entry.attributes["a"], "b");
    }
}
