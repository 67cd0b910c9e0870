//! From an event of a call to the file that does it.

use super::room::{CallJoinJob, prepare_join};
use crate::{
    asker::{Asker, Refused},
    connection::{Connection, State},
    job::Job,
};
use rtc_app::PeerMedia;
use rtc_types::{ErrorCode, RoomId, ortc::RtpCapabilities};
use rtc_wire::socketio::sfu::{CallEvent, Done};
use serde::Serialize;
use std::sync::Arc;

/// Something that a peer asks for, or somebody who would be one.
pub(crate) struct CallJob {
    event: CallEvent,
    asker: Asker,
    /// `None`: about a call that the connection need not be in.
    seat: Option<Seat>,
}

/// Who asks.
struct Seat {
    media: PeerMedia,
    call_id: RoomId,
    /// What the client said when it joined.
    capabilities: Option<Arc<RtpCapabilities>>,
}

impl Connection {
    /// Does what an event of a call asks for, or says what has to be awaited for it.
    pub(crate) fn handle_call(&self, state: &mut State, event: CallEvent, asker: Asker) -> Option<Job> {
        let seat = match event {
            CallEvent::JoinRoom(join) => {
                return prepare_join(self, state, *join, asker).map(|job: CallJoinJob| Job::JoinCall(job));
            }
            CallEvent::LeaveRoom => {
                match state.call.take() {
                    Some(call) => {
                        call.membership.session.leave();
                        asker.give(&Done {});
                    }
                    None => asker.refuse(ErrorCode::NotInRoom, "this connection is in no call"),
                }
                return None;
            }
            CallEvent::CreateRoom(_) => None,
            _ => match &state.call {
                Some(call) => Some(Seat {
                    media: call.membership.session.media(),
                    call_id: call.membership.session.info().room_id.clone(),
                    capabilities: call.capabilities.clone(),
                }),
                None => {
                    asker.refuse(ErrorCode::NotInRoom, "join a call first");
                    return None;
                }
            },
        };
        Some(Job::Call(CallJob { event, asker, seat }))
    }

    /// Does what a peer asks for and answers it.
    pub(crate) async fn run_call(&self, job: CallJob) {
        let CallJob { event, asker, seat } = job;
        match (event, seat) {
            (CallEvent::CreateRoom(call_id), _) => asker.settle(self.create_call(&call_id).await),
            (event, Some(seat)) => self.run_for(event, seat, asker).await,
            (_, None) => asker.refuse(ErrorCode::NotInRoom, "join a call first"),
        }
    }

    async fn run_for(&self, event: CallEvent, seat: Seat, asker: Asker) {
        let Seat { media, call_id, capabilities } = seat;
        match event {
            CallEvent::GetRouterRtpCapabilities => asker.settle(self.create_call(&call_id).await),
            CallEvent::CreateTransport(ask) => asker.settle(self.create_transport(&media, ask).await),
            CallEvent::ConnectTransport(ask) => {
                let ask = *ask;
                done(asker, media.connect_transport(&ask.transport_id, ask.dtls_parameters).await);
            }
            CallEvent::RestartIce(id) => asker.settle(super::transports::restart_ice(&media, &id).await),
            CallEvent::CloseTransport(id) => done(asker, media.close_transport(&id).await),
            CallEvent::Produce(ask) => super::producers::produce(&media, *ask, asker).await,
            CallEvent::PauseProducer(id, paused) => {
                done(asker, media.set_producer_paused(&id, paused).await);
            }
            CallEvent::CloseProducer(id) => done(asker, media.close_producer(&id).await),
            CallEvent::GetProducers(named) => {
                asker.settle(super::producers::list(&media, &call_id, named.as_deref()));
            }
            CallEvent::Consume(ask) => {
                asker.settle(super::consumers::consume(&media, *ask, capabilities).await);
            }
            CallEvent::PauseConsumer(id, paused) => {
                done(asker, media.set_consumer_paused(&id, paused).await);
            }
            CallEvent::SetConsumerPreferredLayers(ask) => {
                done(asker, super::consumers::prefer(&media, &ask).await);
            }
            CallEvent::CloseConsumer(id) => done(asker, media.close_consumer(&id).await),
            CallEvent::ProduceData(ask) => super::data::produce(&media, *ask, asker).await,
            CallEvent::CloseDataProducer(id) => done(asker, media.close_data_producer(&id).await),
            CallEvent::ConsumeData(ask) => asker.settle(super::data::consume(&media, &ask).await),
            CallEvent::CloseDataConsumer(id) => done(asker, media.close_data_consumer(&id).await),
            CallEvent::GetStats(ask) => asker.settle(super::stats::get(&media, &ask).await),
            // Dealt with before anything was awaited.
            CallEvent::CreateRoom(_) | CallEvent::JoinRoom(_) | CallEvent::LeaveRoom => {}
        }
    }
}

/// Answers `{}`, or why not.
fn done(asker: Asker, result: Result<(), impl Into<Refused>>) {
    settle_with(asker, result.map(|()| Done {}));
}

fn settle_with<T: Serialize>(asker: Asker, result: Result<T, impl Into<Refused>>) {
    asker.settle(result.map_err(Into::into));
}
