//! Rooms: a tenant's use cases.

use super::{Idempotency, IdempotentAnswer, Listing, Tenant, cursor};
use crate::{App, RequestError, live::Bar};
use rtc_store::{NewRoom, RoomRow};
use rtc_types::{AppId, Millis, RoomId, Topology, TopologySetting};

const CREATE: &str = "POST /rooms";
/// Characters of a room's id: base 36 digits, so more than 160 bits.
const ROOM_ID_CHARS: u16 = 32;

/// A room to be made.
#[derive(Clone, Debug)]
pub struct RoomDraft {
    /// 1–120 characters.
    pub name: String,
    /// 2–1000.
    pub max_participants: u32,
    /// How media shall travel.
    pub topology: TopologySetting,
    /// JSON text of an object, at most 8 KiB.
    pub metadata: Option<String>,
    /// Seconds after which the empty room is deleted; `None`: never.
    pub empty_timeout_s: Option<u32>,
}

/// A change of a room; `None` keeps what is there.
#[derive(Clone, Debug, Default)]
pub struct RoomPatch {
    /// 1–120 characters.
    pub name: Option<String>,
    /// 2–1000; peers that are in the room stay.
    pub max_participants: Option<u32>,
    /// How media shall travel.
    pub topology: Option<TopologySetting>,
    /// JSON text of an object.
    pub metadata: Option<String>,
    /// Seconds after which the empty room is deleted.
    pub empty_timeout_s: Option<u32>,
}

/// A room as its tenant sees it.
#[derive(Clone, Debug)]
pub struct RoomDetails {
    /// Unique for the tenant.
    pub id: RoomId,
    /// Whose.
    pub app_id: AppId,
    /// What people call it.
    pub name: String,
    /// How many it admits.
    pub max_participants: u32,
    /// How media shall travel.
    pub topology: TopologySetting,
    /// JSON text of an object.
    pub metadata: Option<String>,
    /// Seconds after which the empty room is deleted; `None`: never.
    pub empty_timeout_s: Option<u32>,
    /// When it was made.
    pub created_at: Millis,
    /// When it was last changed.
    pub updated_at: Millis,
    /// How many are in it now.
    pub participants: u32,
}

impl RoomDetails {
    fn of(row: RoomRow, participants: usize) -> Self {
        Self {
            id: row.id,
            app_id: row.app_id,
            name: row.name,
            max_participants: row.max_participants,
            topology: row.topology,
            metadata: row.metadata,
            empty_timeout_s: row.empty_timeout_s,
            created_at: row.created_at,
            updated_at: row.updated_at,
            participants: u32::try_from(participants).unwrap_or(u32::MAX),
        }
    }
}

/// Rooms whose media needs the media server are refused where there is none.
fn check_topology(app: &App, topology: TopologySetting, max_participants: u32) -> Result<(), RequestError> {
    if app.config().sfu || topology.resolve(max_participants) == Topology::P2p {
        return Ok(());
    }
    Err(RequestError::Invalid {
        path: "topology",
        message:
            "sfu needs the media server, which this server does not have (auto means sfu for more than 2 \
                  participants): use p2p"
                .into(),
    })
}

impl App {
    /// Makes a room.
    ///
    /// # Errors
    /// See [`RequestError`]; the app's cap on rooms is a conflict.
    pub async fn create_room(
        &self,
        tenant: &Tenant,
        draft: RoomDraft,
        once: Option<Idempotency<'_, RoomDetails>>,
    ) -> Result<IdempotentAnswer<RoomDetails>, RequestError> {
        check_topology(self, draft.topology, draft.max_participants)?;
        once.as_ref().map_or(Ok(()), Idempotency::check)?;
        let store = self.0.store.tenant(tenant.app_id());
        let now = self.now();
        if let Some(once) = &once
            && let Some(row) = store.find_idempotent(CREATE, &once.key, now).await?
        {
            return self.recall(CREATE, once, &row);
        }
        self.check_rooms_max(tenant).await?;
        let id = cuid2::CuidConstructor::new().with_length(ROOM_ID_CHARS).create_id();
        let room = NewRoom {
            id: RoomId::new(id).map_err(|error| RequestError::Internal(error.to_string()))?,
            name: draft.name,
            max_participants: draft.max_participants,
            topology: draft.topology,
            metadata: draft.metadata,
            empty_timeout_s: draft.empty_timeout_s,
            created_at: now,
        };
        let details = RoomDetails::of(room.clone().into_row(tenant.app_id().clone()), 0);
        let key = once.as_ref().map(|once| self.remember(CREATE, once, &details, now));
        let created = store.create_room(room, key).await?;
        self.answer(CREATE, once.as_ref(), created, details)
    }

    /// Makes a room under an id of the tenant's choice; gives the one that is there.
    pub(crate) async fn create_room_as(
        &self,
        tenant: &Tenant,
        id: RoomId,
        draft: RoomDraft,
    ) -> Result<RoomDetails, RequestError> {
        check_topology(self, draft.topology, draft.max_participants)?;
        let store = self.0.store.tenant(tenant.app_id());
        match self.get_room(tenant, &id).await {
            Err(RequestError::NotFound(_)) => {}
            there => return there,
        }
        self.check_rooms_max(tenant).await?;
        let room = NewRoom {
            id: id.clone(),
            name: draft.name,
            max_participants: draft.max_participants,
            topology: draft.topology,
            metadata: draft.metadata,
            empty_timeout_s: draft.empty_timeout_s,
            created_at: self.now(),
        };
        let created = store.create_room(room, None).await;
        match (self.get_room(tenant, &id).await, created) {
            // Of two that made it at once, one did.
            (Ok(room), _) => Ok(room),
            (Err(_), Err(error)) => Err(error.into()),
            (Err(error), Ok(_)) => Err(error),
        }
    }

    /// The rooms, newest first.
    ///
    /// # Errors
    /// A wrong cursor, or the database's.
    pub async fn list_rooms(
        &self,
        tenant: &Tenant,
        limit: u32,
        after: Option<&str>,
    ) -> Result<Listing<RoomDetails>, RequestError> {
        let page = self.0.store.tenant(tenant.app_id()).list_rooms(limit, cursor(after)?.as_ref()).await?;
        let live = |row: &RoomRow| self.participants_now(tenant, &row.id);
        Ok(Listing {
            items: page
                .rows
                .into_iter()
                .map(|row| (live(&row), row))
                .map(|(n, row)| RoomDetails::of(row, n))
                .collect(),
            next_cursor: page.next.map(|next| next.to_string()),
        })
    }

    /// One room.
    ///
    /// # Errors
    /// [`RequestError::NotFound`], or the database's.
    pub async fn get_room(&self, tenant: &Tenant, id: &RoomId) -> Result<RoomDetails, RequestError> {
        let row =
            self.0.store.tenant(tenant.app_id()).get_room(id).await?.ok_or(RequestError::NotFound("room"))?;
        let participants = self.participants_now(tenant, id);
        Ok(RoomDetails::of(row, participants))
    }

    /// Changes a room, also while somebody is in it.
    ///
    /// # Errors
    /// See [`RequestError`].
    pub async fn update_room(
        &self,
        tenant: &Tenant,
        id: &RoomId,
        patch: RoomPatch,
    ) -> Result<RoomDetails, RequestError> {
        let store = self.0.store.tenant(tenant.app_id());
        let current = store.get_room(id).await?.ok_or(RequestError::NotFound("room"))?;
        let max_participants = patch.max_participants.unwrap_or(current.max_participants);
        check_topology(self, patch.topology.unwrap_or(current.topology), max_participants)?;
        let patch = rtc_store::RoomPatch {
            name: patch.name,
            max_participants: patch.max_participants,
            topology: patch.topology,
            metadata: patch.metadata.map(Some),
            empty_timeout_s: patch.empty_timeout_s.map(Some),
            updated_at: self.now(),
        };
        let row = store.update_room(id, patch).await?.ok_or(RequestError::NotFound("room"))?;
        if let Some(cell) = self.0.live.find(tenant.app_id(), id) {
            self.0.live.run(&cell, |state| state.room.set_capacity(row.max_participants as usize));
        }
        let participants = self.participants_now(tenant, id);
        Ok(RoomDetails::of(row, participants))
    }

    /// Deletes a room and ends the call for everyone in it.
    ///
    /// # Errors
    /// [`RequestError::NotFound`], or the database's.
    pub async fn delete_room(&self, tenant: &Tenant, id: &RoomId) -> Result<(), RequestError> {
        let finished = self.finished_empty(tenant, id).await?;
        if !self.0.store.tenant(tenant.app_id()).delete_room(id).await? {
            return Err(RequestError::NotFound("room"));
        }
        finished.into_iter().for_each(|fact| self.0.live.facts.tell(fact));
        let key = crate::live::key(tenant, id);
        self.0.live.bar(Bar::Room(key));
        if let Some(cell) = self.0.live.find(tenant.app_id(), id) {
            self.0.live.run(&cell, |state| state.room.close());
        }
        Ok(())
    }

    async fn check_rooms_max(&self, tenant: &Tenant) -> Result<(), RequestError> {
        let Some(rooms_max) = self.limits_of(tenant.app_id()).await?.rooms_max else { return Ok(()) };
        if self.0.store.tenant(tenant.app_id()).count_rooms().await? < u64::from(rooms_max) {
            return Ok(());
        }
        Err(RequestError::Conflict(format!("the app has {rooms_max} rooms, as many as its limit allows")))
    }

    fn participants_now(&self, tenant: &Tenant, id: &RoomId) -> usize {
        self.0.live.find(tenant.app_id(), id).map_or(0, |cell| cell.read(rtc_room::Room::len))
    }
}
