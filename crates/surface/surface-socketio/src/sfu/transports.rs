//! `createTransport` and `restartIce`.

use crate::{asker::Refused, connection::Connection};
use rtc_app::{DataMode, Direction, PeerMedia, TransportDraft};
use rtc_wire::socketio::sfu::{CreateTransport, IceRestarted, IceTransport, TransportDirection};

impl Connection {
    pub(super) async fn create_transport(
        &self,
        media: &PeerMedia,
        ask: CreateTransport,
    ) -> Result<IceTransport, Refused> {
        let direction = match ask.direction {
            TransportDirection::Send => Direction::Send,
            TransportDirection::Recv => Direction::Recv,
        };
        // An association comes up only where the client makes a data channel.
        let made = media.create_transport(TransportDraft { direction, data: DataMode::Negotiated }).await?;
        Ok(IceTransport {
            id: made.id.to_string(),
            ice_parameters: made.ice,
            ice_candidates: made.candidates,
            dtls_parameters: made.dtls,
            sctp_parameters: made.sctp,
            ice_servers: self.shared.config.ice_servers.clone(),
        })
    }
}

pub(super) async fn restart_ice(media: &PeerMedia, transport_id: &str) -> Result<IceRestarted, Refused> {
    Ok(IceRestarted { ice_parameters: media.restart_ice(transport_id).await? })
}
