//! `produceData` and `consumeData`.

use crate::asker::{Asker, Refused};
use rtc_app::{DataProduceDraft, PeerMedia};
use rtc_wire::socketio::sfu::{ConsumeData, DataConsumed, DataProducerId, ProduceData};

pub(super) async fn produce(media: &PeerMedia, ask: ProduceData, asker: Asker) {
    let draft = DataProduceDraft {
        parameters: ask.sctp_stream_parameters,
        label: ask.label,
        protocol: ask.protocol,
        app_data: ask.app_data,
    };
    match media.produce_data(&ask.transport_id, draft).await {
        Ok(id) => asker.give(&DataProducerId { data_producer_id: &id }),
        Err(error) => asker.settle::<()>(Err(error.into())),
    }
}

pub(super) async fn consume(media: &PeerMedia, ask: &ConsumeData) -> Result<DataConsumed, Refused> {
    let made = media.consume_data(&ask.transport_id, &ask.data_producer_id).await?;
    Ok(DataConsumed {
        id: made.id.to_string(),
        data_producer_id: made.producer.id.to_string(),
        sctp_stream_parameters: made.parameters,
        label: made.producer.label.to_string(),
        protocol: made.producer.protocol.to_string(),
        app_data: made.producer.app_data.clone(),
    })
}
