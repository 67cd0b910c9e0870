//! What a client asks for.

use super::{Broken, Connection, Next, Turn};
use crate::render;
use livekit_protocol::{
    self as lk,
    request_response::{Reason, Request as About},
    signal_request::Message as Request,
    signal_response::Message as Response,
};
use rtc_app::{Layers, ProfilePatch, Refusal, TrackAudience, TrackView, VisibleSize};
use rtc_types::{MediaKind, Millis, UserId};
use std::collections::HashMap;

/// Tracks that one request may name.
const NAMED_MAX: usize = 1000;

impl Connection {
    pub(super) async fn handle_request(&mut self, request: Request) -> Turn {
        match request {
            Request::Offer(offer) => self.handle_offer(offer).await?,
            Request::Answer(answer) => self.handle_answer(answer).await?,
            Request::AddTrack(track) => self.add_track(track).await?,
            Request::Mute(mute) => self.mute(mute).await,
            Request::Subscription(wish) => self.update_subscription(wish).await?,
            Request::TrackSetting(setting) => self.set_tracks(setting).await,
            Request::SubscriptionPermission(permission) => self.admit(permission),
            Request::SyncState(state) => return self.synchronize(state).await,
            Request::UpdateMetadata(update) => self.update_own(update).await?,
            Request::UpdateAudioTrack(update) => {
                let features = update.features.into_iter().take(16).collect();
                // One that is not there any more has no features.
                let _ =
                    self.desk.amend_track(&update.track_sid, |track| track.details.audio_features = features);
            }
            Request::UpdateVideoTrack(update) => {
                let size = (update.width, update.height);
                let _ = self.desk.amend_track(&update.track_sid, |track| {
                    (track.details.width, track.details.height) = size;
                });
            }
            Request::Ping(_) => self.send(Response::Pong(self.now_ms())).await?,
            Request::PingReq(ping) => {
                let pong = lk::Pong { last_ping_timestamp: ping.timestamp, timestamp: self.now_ms() };
                self.send(Response::PongResp(pong)).await?;
            }
            Request::Leave(_) => return Ok(Next::Leave),
            Request::Simulate(scenario) => return self.simulate(scenario).await,
            // We learn addresses from ICE checks and forward layers as they come; data tracks and
            // blobs belong to later versions of the protocol than the one that we report.
            _ => {}
        }
        Ok(Next::Continue)
    }

    fn now_ms(&self) -> i64 {
        let now: Millis = self.shared.app.now();
        i64::try_from(now).unwrap_or(i64::MAX)
    }

    pub(super) async fn add_track(&mut self, request: lk::AddTrackRequest) -> Result<(), Broken> {
        let announced = match render::draft(&request) {
            Some(draft) => self.desk.announce_track(draft),
            None => {
                let about = Some(About::AddTrack(request));
                return self.send(render::refusal(0, Reason::InvalidRequest, "not a track", about)).await;
            }
        };
        let track: TrackView = match announced {
            Ok(track) => track,
            Err(error) => {
                let about = Some(About::AddTrack(request));
                return self.send(render::refusal(0, reason(error), &error.to_string(), about)).await;
            }
        };
        let (cid, track) = (request.cid, Some(render::track_info(&track)));
        self.send(Response::TrackPublished(lk::TrackPublishedResponse { cid, track })).await
    }

    async fn mute(&mut self, mute: lk::MuteTrackRequest) {
        let lk::MuteTrackRequest { sid, muted } = mute;
        if self.desk.amend_track(&sid, |track| track.muted = muted).is_ok()
            && self.negotiator.sends(&sid).await
        {
            // One that the server closed meanwhile is silent either way.
            let _ = self.media.set_producer_paused(&sid, muted).await;
        }
    }

    pub(super) async fn update_subscription(&mut self, wish: lk::UpdateSubscription) -> Result<(), Broken> {
        let of_participants = wish.participant_tracks.into_iter().flat_map(|tracks| tracks.track_sids);
        for sid in wish.track_sids.into_iter().chain(of_participants).take(NAMED_MAX) {
            // Beyond the limit a client keeps what it has.
            let _ = self.desk.wish(&sid, |own| own.subscribed = Some(wish.subscribe));
        }
        self.ask_for_sections().await
    }

    /// How the client shows tracks: whether at all, how large, or in which of their sizes.
    async fn set_tracks(&mut self, setting: lk::UpdateTrackSettings) {
        let quality = u8::try_from(setting.quality).ok().filter(|quality| *quality < 3);
        let hidden = setting.disabled || setting.quality == i32::from(lk::VideoQuality::Off);
        for sid in setting.track_sids.iter().take(NAMED_MAX) {
            let wish = self.desk.wish(sid, |own| {
                own.disabled = hidden;
                own.quality = quality;
                (own.width, own.height) = (setting.width, setting.height);
            });
            if wish.is_err() {
                continue;
            }
            let consumers = self.negotiator.consumers().await;
            let found = consumers.iter().find(|(producer, _)| *rtc_app::track_sid(producer) == **sid);
            if let Some((producer, consumer)) = found {
                self.follow_wish(producer, consumer).await;
            }
        }
    }

    /// Makes what is sent follow what the client wants of a track.
    pub(super) async fn follow_wish(&mut self, producer: &str, consumer: &str) {
        let wish = self.desk.wish_of(producer);
        // A consumer that went meanwhile needs nothing.
        let _ = self.media.set_consumer_paused(consumer, wish.disabled).await;
        if wish.width > 0 && wish.height > 0 {
            let size = VisibleSize { width: wish.width, height: wish.height };
            let _ = self.media.set_visible_size(consumer, size).await;
        }
        let layers = wish.quality.filter(|_| wish.width == 0 || wish.height == 0);
        let layers = layers.map(|spatial| Layers { spatial, temporal: u8::MAX });
        let _ = self.media.set_preferred_layers(consumer, layers).await;
    }

    /// Who may have the client's tracks.
    fn admit(&mut self, permission: lk::SubscriptionPermission) {
        let audience = (!permission.all_participants).then(|| {
            let mut audience = TrackAudience { users: HashMap::new(), seats: HashMap::new() };
            for entry in permission.track_permissions.into_iter().take(NAMED_MAX) {
                let tracks = (!entry.all_tracks).then_some(entry.track_sids);
                if let Ok(user) = UserId::new(&entry.participant_identity) {
                    audience.users.insert(user, tracks);
                } else {
                    let seats = render::seat_of(&entry.participant_sid);
                    audience.seats.extend(seats.map(|seat| (seat, tracks.clone())));
                }
            }
            audience
        });
        // Beyond the limit what was said before holds.
        let _ = self.desk.admit(audience);
    }

    async fn update_own(&mut self, update: lk::UpdateParticipantMetadata) -> Result<(), Broken> {
        let patch = ProfilePatch {
            name: Some(update.name.clone()).filter(|name| !name.is_empty()),
            metadata: Some(update.metadata.clone()).filter(|metadata| !metadata.is_empty()),
            attributes: update.attributes.clone().into_iter().collect(),
            permission: None,
        };
        let id = update.request_id;
        let (reason, text) = match self.desk.update(patch) {
            Ok(()) => (Reason::Ok, String::new()),
            Err(error) => (reason(error), error.to_string()),
        };
        if id == 0 && reason == Reason::Ok {
            return Ok(());
        }
        self.send(render::refusal(id, reason, &text, Some(About::UpdateMetadata(update)))).await
    }

    /// Ends that clients' tests ask for.
    async fn simulate(&mut self, scenario: lk::SimulateScenario) -> Turn {
        use lk::simulate_scenario::Scenario;
        match scenario.scenario {
            Some(Scenario::ServerLeave(true)) => {
                let action = lk::leave_request::Action::Reconnect;
                self.send(render::leave(lk::DisconnectReason::ServerShutdown, action)).await?;
                Ok(Next::Leave)
            }
            Some(Scenario::DisconnectSignalOnResume(_) | Scenario::DisconnectSignalOnResumeNoMessages(_)) => {
                Err(Broken)
            }
            _ => Ok(Next::Continue),
        }
    }

    /// The codec of one of the client's tracks, and how many streams it sends of it.
    pub(super) fn streams_of(&self, sid: &str) -> (String, usize) {
        let track = self.desk.own_track(sid);
        track.filter(|track| track.kind == MediaKind::Video).map_or((String::new(), 1), |track| {
            let details = track.details;
            let several = details.simulcast && !details.layered;
            (details.mime_type, if several { details.layers.len().max(2) } else { 1 })
        })
    }
}

fn reason(refusal: Refusal) -> Reason {
    match refusal {
        Refusal::NotAllowed => Reason::NotAllowed,
        Refusal::TooLarge => Reason::LimitExceeded,
        Refusal::NotFound => Reason::NotFound,
    }
}
