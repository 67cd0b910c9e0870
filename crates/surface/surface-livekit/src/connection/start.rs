//! The first messages of a connection: a join, or the return of one who was away.

use super::{Broken, Connection, Next, Turn};
use crate::{entry::Entry, render};
use livekit_protocol::{self as lk, leave_request::Action, signal_response::Message as Response};
use rtc_app::MemberView;
use std::collections::HashSet;

/// Tracks that a client may announce with its join.
const TRACKS_MAX: usize = 16;
/// Publishers of data that a client may name when it comes back.
const PUBLISHERS_MAX: usize = 1000;

impl Connection {
    pub(super) async fn start(&mut self, entry: Entry) -> Turn {
        if self.session.info().resumed {
            self.welcome_back().await?;
        } else {
            self.welcome().await?;
        }
        if let Some(state) = entry.sync_state {
            let next = self.synchronize(state).await?;
            if !matches!(next, Next::Continue) {
                return Ok(next);
            }
        }
        for track in entry.tracks.into_iter().take(TRACKS_MAX) {
            self.add_track(track).await?;
        }
        if let Some(offer) = entry.offer {
            self.handle_offer(offer).await?;
        }
        if !self.single {
            self.ask_for_sections().await?;
        }
        Ok(Next::Continue)
    }

    async fn welcome(&mut self) -> Result<(), Broken> {
        let Some(own) = self.desk.member(&self.desk.peer().seat) else { return Err(Broken) };
        let others = self.desk.others();
        others.iter().for_each(|member| self.note_told(member));
        let codec = |mime: &&str| lk::Codec { mime: (*mime).to_owned(), fmtp_line: String::new() };
        let room = self.room(&others);
        self.send(Response::Join(lk::JoinResponse {
            room: Some(room),
            participant: Some(render::participant(&own)),
            other_participants: others.iter().map(render::participant).collect(),
            server_version: render::VERSION.to_owned(),
            subscriber_primary: self.receives_first(),
            ice_servers: self.ice_servers(),
            ping_timeout: render::PING_TIMEOUT_S,
            ping_interval: render::PING_INTERVAL_S,
            server_info: Some(render::server_info()),
            enabled_publish_codecs: render::CODECS.iter().map(codec).collect(),
            ..lk::JoinResponse::default()
        }))
        .await?;
        self.tell_standing().await
    }

    async fn welcome_back(&mut self) -> Result<(), Broken> {
        self.send(Response::Reconnect(lk::ReconnectResponse {
            ice_servers: self.ice_servers(),
            server_info: Some(render::server_info()),
            last_message_seq: self.desk.last_packet(),
            client_configuration: None,
        }))
        .await?;
        let mut everybody = self.desk.others();
        everybody.iter().for_each(|member| self.note_told(member));
        let room = self.room(&everybody);
        everybody.extend(self.desk.member(&self.desk.peer().seat));
        self.send(render::update(everybody.iter().map(render::participant).collect())).await?;
        self.send(Response::RoomUpdate(lk::RoomUpdate { room: Some(room) })).await?;
        if !self.single {
            self.restart_receiving().await?;
        }
        self.tell_standing().await
    }

    /// The room as it is now. `others`: who is in it besides.
    pub(super) fn room(&self, others: &[MemberView]) -> lk::Room {
        let (sid, metadata, created_at) = self.desk.room();
        let info = self.session.info();
        render::room(render::RoomParts {
            sid: &sid,
            name: info.room_id.as_str(),
            metadata,
            created_at,
            capacity: self.desk.capacity(),
            members: others.len() + 1,
            publishers: others.iter().filter(|member| !member.tracks.is_empty()).count(),
            empty_timeout_s: 0,
            departure_timeout_s: self.desk.departure_timeout_s(),
        })
    }

    fn ice_servers(&self) -> Vec<lk::IceServer> {
        let of = |server: &rtc_wire::signal::IceServer| lk::IceServer {
            urls: server.urls.clone(),
            username: server.username.clone().unwrap_or_default(),
            credential: server.credential.clone().unwrap_or_default(),
        };
        self.shared.config.ice_servers.iter().map(of).collect()
    }

    /// Takes what a client that was away has kept. One that has what we have not begins anew.
    pub(super) async fn synchronize(&mut self, state: lk::SyncState) -> Turn {
        let sids = state.publish_tracks.iter().filter_map(|published| Some(&published.track.as_ref()?.sid));
        if sids.into_iter().any(|sid| self.desk.own_track(sid).is_none()) {
            self.send(render::leave(lk::DisconnectReason::StateMismatch, Action::Reconnect)).await?;
            return Ok(Next::Leave);
        }
        if let Some(subscription) = state.subscription {
            self.update_subscription(subscription).await?;
        }
        let mut told = HashSet::new();
        for seen in state.datachannel_receive_states.into_iter().take(PUBLISHERS_MAX) {
            if !told.insert(seen.publisher_sid.clone()) {
                continue;
            }
            let missed = render::seat_of(&seen.publisher_sid)
                .flat_map(|seat| self.desk.missed_packets(&seat, seen.last_seq))
                .collect::<Vec<_>>();
            let own = [self.desk.peer().seat.clone()];
            for packet in missed {
                self.media.send_on_channels(&own, crate::data::RELIABLE, &packet);
            }
        }
        Ok(Next::Continue)
    }
}
