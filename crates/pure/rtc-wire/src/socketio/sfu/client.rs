//! What a client sends.

use super::{
    super::client::InvalidEvent,
    payload::{APP_DATA_BYTES_MAX, PARAMETERS_BYTES_MAX, PLAIN_BYTES_MAX, read, read_or_empty},
};
use rtc_types::{
    Json, MediaKind, RoomId, UserId,
    ortc::{DtlsParameters, RtpCapabilities, RtpParameters, SctpStreamParameters},
};
use serde::Deserialize;
use serde_json::value::RawValue;

/// Characters of a data channel's label or protocol.
const LABEL_CHARS_MAX: usize = 256;

/// An event of a call.
#[derive(Clone, Debug, PartialEq)]
pub enum CallEvent {
    /// `createRoom`: what the call's router can do.
    CreateRoom(RoomId),
    /// `getRouterRtpCapabilities`: as `createRoom`, of the call that the client is in.
    GetRouterRtpCapabilities,
    /// `joinRoom`: takes a seat in a call.
    JoinRoom(Box<JoinCall>),
    /// `leaveRoom`: gives it up.
    LeaveRoom,
    /// `createTransport`
    CreateTransport(CreateTransport),
    /// `connectTransport`
    ConnectTransport(Box<ConnectTransport>),
    /// `restartIce`: of this transport.
    RestartIce(String),
    /// `closeTransport`: this one.
    CloseTransport(String),
    /// `produce`
    Produce(Box<Produce>),
    /// `pauseProducer` (true), `resumeProducer` (false).
    PauseProducer(String, bool),
    /// `closeProducer`
    CloseProducer(String),
    /// `getProducers`: of the call that the client is in, which it may name.
    GetProducers(Option<String>),
    /// `consume`
    Consume(Box<Consume>),
    /// `pauseConsumer` (true), `resumeConsumer` (false).
    PauseConsumer(String, bool),
    /// `setConsumerPreferredLayers`
    SetConsumerPreferredLayers(SetPreferredLayers),
    /// `closeConsumer`
    CloseConsumer(String),
    /// `produceData`
    ProduceData(Box<ProduceData>),
    /// `closeDataProducer`
    CloseDataProducer(String),
    /// `consumeData`
    ConsumeData(ConsumeData),
    /// `closeDataConsumer`
    CloseDataConsumer(String),
    /// `getStats`
    GetStats(StatsRequest),
}

/// `joinRoom`
#[derive(Clone, Debug, PartialEq)]
pub struct JoinCall {
    /// The call.
    pub call_id: RoomId,
    /// Who joins; may be left out where a call token says so.
    pub user_id: Option<UserId>,
    /// What the client can receive; for a `consume` that names nothing else.
    pub rtp_capabilities: Option<RtpCapabilities>,
}

/// Which way a transport carries media, as the client sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TransportDirection {
    /// The client publishes.
    Send,
    /// The client receives.
    Recv,
}

/// `createTransport`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct CreateTransport {
    /// Which way.
    pub direction: TransportDirection,
}

/// `connectTransport`
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ConnectTransport {
    /// Which.
    pub transport_id: String,
    /// The client's.
    pub dtls_parameters: DtlsParameters,
}

/// `produce`
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Produce {
    /// A transport to send.
    pub transport_id: String,
    /// Audio or video.
    pub kind: MediaKind,
    /// As the client sends it.
    pub rtp_parameters: RtpParameters,
    /// An object for the others; its `source` (or `mediaTag`) names what is shown.
    #[serde(default)]
    pub app_data: Option<Json>,
    /// Whether nothing is forwarded yet.
    #[serde(default)]
    pub paused: bool,
}

/// `consume`
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Consume {
    /// A transport to receive.
    pub transport_id: String,
    /// Another's producer.
    pub producer_id: String,
    /// What the client can receive; missing: as it said when it joined.
    #[serde(default)]
    pub rtp_capabilities: Option<RtpCapabilities>,
}

/// `setConsumerPreferredLayers`
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SetPreferredLayers {
    /// Which.
    pub consumer_id: String,
    /// At most this size, 0 the smallest; missing or null: the best.
    #[serde(default)]
    pub spatial_layer: Option<u8>,
    /// At most this frame rate, 0 the lowest; missing: the best.
    #[serde(default)]
    pub temporal_layer: Option<u8>,
}

/// `produceData`
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProduceData {
    /// A transport to send.
    pub transport_id: String,
    /// How it sends.
    pub sctp_stream_parameters: SctpStreamParameters,
    /// Its label.
    #[serde(default)]
    pub label: String,
    /// Its subprotocol.
    #[serde(default)]
    pub protocol: String,
    /// An object for the others.
    #[serde(default)]
    pub app_data: Option<Json>,
}

/// `consumeData`
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ConsumeData {
    /// A transport to receive.
    pub transport_id: String,
    /// Another's data producer.
    pub data_producer_id: String,
}

/// `getStats`: one of the three.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct StatsRequest {
    /// A transport of the client.
    pub transport_id: Option<String>,
    /// A producer of the client.
    pub producer_id: Option<String>,
    /// A consumer of the client.
    pub consumer_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CallName {
    call_id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Join {
    call_id: String,
    #[serde(default)]
    user_id: Option<String>,
    #[serde(default)]
    rtp_capabilities: Option<RtpCapabilities>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct MaybeCallName {
    call_id: Option<String>,
}

#[derive(Default, Deserialize)]
struct Nothing {}

/// A payload that names one thing.
macro_rules! one {
    ($name:expr, $payload:expr, $field:ident) => {{
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct One {
            $field: String,
        }
        read::<One>($name, $payload, PLAIN_BYTES_MAX)?.$field
    }};
}

impl CallEvent {
    /// Reads an event by its name and payload; `None`: there is no such event of a call.
    ///
    /// # Errors
    /// [`InvalidEvent`] where the payload is not of its shape or too large.
    pub fn parse(name: &str, payload: Option<&RawValue>) -> Option<Result<Self, InvalidEvent>> {
        match Self::read(name, payload) {
            Ok(event) => event.map(Ok),
            Err(error) => Some(Err(error)),
        }
    }

    fn read(name: &str, payload: Option<&RawValue>) -> Result<Option<Self>, InvalidEvent> {
        Ok(Some(match name {
            "createRoom" => {
                let call: CallName = read(name, payload, PLAIN_BYTES_MAX)?;
                CallEvent::CreateRoom(call_id(call.call_id)?)
            }
            "getRouterRtpCapabilities" => {
                read_or_empty::<Nothing>(name, payload).map(|_| CallEvent::GetRouterRtpCapabilities)?
            }
            "joinRoom" => CallEvent::JoinRoom(Box::new(join(read(name, payload, PARAMETERS_BYTES_MAX)?)?)),
            "leaveRoom" => read_or_empty::<Nothing>(name, payload).map(|_| CallEvent::LeaveRoom)?,
            "createTransport" => CallEvent::CreateTransport(read(name, payload, PARAMETERS_BYTES_MAX)?),
            "connectTransport" => {
                CallEvent::ConnectTransport(Box::new(read(name, payload, PARAMETERS_BYTES_MAX)?))
            }
            "restartIce" => CallEvent::RestartIce(one!(name, payload, transport_id)),
            "closeTransport" => CallEvent::CloseTransport(one!(name, payload, transport_id)),
            "produce" => {
                let produce: Produce = read(name, payload, PARAMETERS_BYTES_MAX + APP_DATA_BYTES_MAX)?;
                check_app_data(produce.app_data.as_ref())?;
                CallEvent::Produce(Box::new(produce))
            }
            "pauseProducer" => CallEvent::PauseProducer(one!(name, payload, producer_id), true),
            "resumeProducer" => CallEvent::PauseProducer(one!(name, payload, producer_id), false),
            "closeProducer" => CallEvent::CloseProducer(one!(name, payload, producer_id)),
            "getProducers" => CallEvent::GetProducers(read_or_empty::<MaybeCallName>(name, payload)?.call_id),
            "consume" => CallEvent::Consume(Box::new(read(name, payload, PARAMETERS_BYTES_MAX)?)),
            "pauseConsumer" => CallEvent::PauseConsumer(one!(name, payload, consumer_id), true),
            "resumeConsumer" => CallEvent::PauseConsumer(one!(name, payload, consumer_id), false),
            "setConsumerPreferredLayers" => {
                CallEvent::SetConsumerPreferredLayers(read(name, payload, PLAIN_BYTES_MAX)?)
            }
            "closeConsumer" => CallEvent::CloseConsumer(one!(name, payload, consumer_id)),
            "produceData" => CallEvent::ProduceData(Box::new(produce_data(name, payload)?)),
            "closeDataProducer" => CallEvent::CloseDataProducer(one!(name, payload, data_producer_id)),
            "consumeData" => CallEvent::ConsumeData(read(name, payload, PLAIN_BYTES_MAX)?),
            "closeDataConsumer" => CallEvent::CloseDataConsumer(one!(name, payload, data_consumer_id)),
            "getStats" => CallEvent::GetStats(read(name, payload, PLAIN_BYTES_MAX)?),
            _ => return Ok(None),
        }))
    }
}

fn join(join: Join) -> Result<JoinCall, InvalidEvent> {
    let user_id = join.user_id.map(UserId::new).transpose();
    Ok(JoinCall {
        call_id: call_id(join.call_id)?,
        user_id: user_id.map_err(|why| InvalidEvent(format!("`userId` {why}")))?,
        rtp_capabilities: join.rtp_capabilities,
    })
}

fn produce_data(name: &str, payload: Option<&RawValue>) -> Result<ProduceData, InvalidEvent> {
    let data: ProduceData = read(name, payload, PLAIN_BYTES_MAX + APP_DATA_BYTES_MAX)?;
    check_app_data(data.app_data.as_ref())?;
    for (field, text) in [("label", &data.label), ("protocol", &data.protocol)] {
        if text.chars().count() > LABEL_CHARS_MAX {
            return Err(InvalidEvent(format!("`{field}` has more than {LABEL_CHARS_MAX} characters")));
        }
    }
    Ok(data)
}

fn call_id(text: String) -> Result<RoomId, InvalidEvent> {
    RoomId::new(text).map_err(|why| InvalidEvent(format!("`callId` {why}")))
}

fn check_app_data(app_data: Option<&Json>) -> Result<(), InvalidEvent> {
    match app_data {
        Some(data) if !data.is_object() => Err(InvalidEvent("`appData` must be an object".into())),
        Some(data) if data.as_str().len() > APP_DATA_BYTES_MAX => {
            Err(InvalidEvent(format!("`appData` is larger than {APP_DATA_BYTES_MAX} bytes")))
        }
        _ => Ok(()),
    }
}
