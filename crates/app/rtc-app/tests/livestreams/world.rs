//! An application with a clock of its own and a media server that only notes what it is asked for.

use async_trait::async_trait;
use parking_lot::Mutex;
use rtc_app::{
    App, AppConfig, Bus, IdempotentAnswer, JoinGrant, JoinTicket, LivestreamDetails, LivestreamDraft,
    LivestreamJoin, LivestreamParts, MediaRoom, MediaRoomDraft, MediaRooms, MediaRoomsError, RequestError,
    StreamRole, Tenant,
};
use rtc_auth::livekit::ApiKey;
use rtc_store::{Store, StoreOptions};
use rtc_types::{AppId, Millis, StreamId, UserId};
use serde_json::{Value, json};
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};
use tempfile::TempDir;

pub const NOW: Millis = 1_800_000_000_000;

#[derive(Default)]
pub struct FakeRooms {
    pub asked: Mutex<Vec<String>>,
    pub refuses: std::sync::atomic::AtomicBool,
    rooms: AtomicU64,
    clock: Arc<AtomicU64>,
}

impl FakeRooms {
    fn note(&self, text: String) -> Result<(), MediaRoomsError> {
        self.asked.lock().push(text);
        if self.refuses.load(Ordering::Relaxed) {
            return Err(MediaRoomsError::Unavailable("it is away".into()));
        }
        Ok(())
    }
}

#[async_trait]
impl MediaRooms for FakeRooms {
    async fn create_room(&self, _: &AppId, room: &MediaRoomDraft) -> Result<MediaRoom, MediaRoomsError> {
        self.note(format!("create {}", room.name))?;
        let n = self.rooms.fetch_add(1, Ordering::Relaxed);
        Ok(MediaRoom { sid: format!("RM_{}_{n}", room.name), created_at: self.clock.load(Ordering::Relaxed) })
    }

    async fn update_room(&self, _: &AppId, room: &MediaRoomDraft) -> Result<(), MediaRoomsError> {
        self.note(format!("update {} to {}", room.name, room.max_participants))
    }

    async fn delete_room(&self, _: &AppId, room: &str) -> Result<(), MediaRoomsError> {
        self.note(format!("delete {room}"))
    }

    async fn remove_participant(&self, _: &AppId, room: &str, who: &UserId) -> Result<(), MediaRoomsError> {
        self.note(format!("remove {who} from {room}"))
    }

    async fn mint(&self, _: &AppId, grant: &JoinGrant) -> Result<JoinTicket, MediaRoomsError> {
        self.note(format!("mint for {}", grant.user_id))?;
        Ok(JoinTicket { token: format!("token of {}", grant.user_id), url: None })
    }
}

pub struct World {
    pub app: App,
    pub tenant: Tenant,
    pub rooms: Arc<FakeRooms>,
    pub key: ApiKey,
    clock: Arc<AtomicU64>,
    folder: TempDir,
}

impl World {
    pub async fn new() -> Self {
        let folder = TempDir::new().expect("a folder");
        let clock = Arc::new(AtomicU64::new(NOW));
        let app = open(&folder, clock.clone(), FakeRooms::default().into()).await;
        let id = AppId::new("app").expect("an id");
        let made = app.create_app_as(id.clone(), "App", None).await.expect("an app");
        let IdempotentAnswer::First(made) = made else { panic!("no key was used") };
        let tenant = app.authenticate("app", &made.secret).await.expect("its secret");
        let rooms = Arc::new(FakeRooms { clock: clock.clone(), ..FakeRooms::default() });
        let key = ApiKey::new("app", &made.secret);
        drop(app);
        let app = open(&folder, clock.clone(), rooms.clone()).await;
        Self { app, tenant, rooms, key, clock, folder }
    }

    /// The application as it is after its process was killed and started again.
    pub async fn restart(&mut self) {
        self.app = open(&self.folder, self.clock.clone(), self.rooms.clone()).await;
    }

    /// The database as another process has it.
    pub async fn another_store(&self) -> Store {
        Store::connect(&url(&self.folder), StoreOptions::default()).await.expect("a database")
    }

    pub fn pass(&self, ms: Millis) {
        self.clock.fetch_add(ms, Ordering::Relaxed);
    }

    pub fn now(&self) -> Millis {
        self.clock.load(Ordering::Relaxed)
    }

    pub async fn create(&self, room: &str) -> LivestreamDetails {
        self.app.create_livestream(&self.tenant, draft(room)).await.expect("a stream")
    }

    /// A user's place; its media session is for the webhook.
    pub async fn join(&self, id: &StreamId, name: &str, role: StreamRole) -> Result<String, RequestError> {
        let join =
            LivestreamJoin { user_id: user(name), display_name: name.to_uppercase(), role, metadata: None };
        let seat = self.app.join_livestream(&self.tenant, id, join).await?;
        Ok(seat.participant.id.to_string())
    }

    /// Posts a webhook of the stream's room, signed by the tenant.
    pub async fn post(&self, body: &Value) -> Result<(), RequestError> {
        let body = body.to_string();
        let authorization = self.key.sign_webhook(body.as_bytes(), self.now());
        self.app.accept_webhook(&authorization, body.as_bytes()).await
    }

    /// A media session that begins or ends, applied at once.
    pub async fn session(&self, stream: &LivestreamDetails, id: &str, event: &str, name: &str, sid: &str) {
        self.post(&self.event(stream, id, event, Some((name, sid)))).await.expect("accepted");
        self.app.work_once().await.expect("worked");
    }

    pub fn event(
        &self,
        stream: &LivestreamDetails,
        id: &str,
        event: &str,
        participant: Option<(&str, &str)>,
    ) -> Value {
        let room = stream.stream.room.as_ref().expect("a room");
        let mut body = json!({
            "event": event,
            "id": id,
            "createdAt": (self.now() / 1000).to_string(),
            "room": { "sid": room.sid, "name": stream.room_name, "creationTimeMs": room.created_at.to_string() },
        });
        if let Some((name, sid)) = participant {
            body["participant"] = json!({
                "sid": sid, "identity": name, "name": name.to_uppercase(), "joinedAtMs": self.now().to_string(),
            });
        }
        body
    }
}

pub fn user(name: &str) -> UserId {
    UserId::new(name).expect("an id")
}

pub fn draft(room: &str) -> LivestreamDraft {
    LivestreamDraft {
        room_name: room.to_owned(),
        title: format!("The {room}"),
        description: None,
        created_by: user("ann"),
        max_participants: 100,
        empty_timeout_s: 86_400,
        metadata: None,
    }
}

fn url(folder: &TempDir) -> String {
    format!("sqlite:{}", folder.path().join("rtc.db").display())
}

async fn open(folder: &TempDir, clock: Arc<AtomicU64>, rooms: Arc<FakeRooms>) -> App {
    let store = Store::connect(&url(folder), StoreOptions::default()).await.expect("a database");
    let config = AppConfig { secrets_key: "key".into(), jwt_secret: "secret".into(), ..AppConfig::default() };
    let time = clock.clone();
    let app = App::new(config, store, Arc::new(move || time.load(Ordering::Relaxed)));
    let bus = Bus::in_process(Arc::new(move || clock.load(Ordering::Relaxed)));
    app.with_livestreams(LivestreamParts { rooms, bus, external_key: None, token_life_s: 3600, workers: 4 });
    app
}
