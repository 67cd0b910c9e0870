//! The tenant's side of the store: every statement here filters on the tenant's id.

use crate::{
    Claim, Created, Cursor, IdempotentRow, NewIdempotency, NewRoom, NewToken, Page, RoomPatch, RoomRow,
    StoreError, TokenRow,
};
use rtc_types::{AppId, Jti, Millis, RoomId, UserId};

/// What one tenant owns. Another tenant's objects do not exist here.
#[derive(Clone, Debug)]
pub struct TenantStore {}

#[allow(unused_variables)]
impl TenantStore {
    /// Whose it is.
    pub fn app_id(&self) -> &AppId {
        unimplemented!()
    }

    /// Creates a room, unless the key was used in the last 24 h.
    pub async fn create_room(
        &self,
        room: NewRoom,
        key: Option<NewIdempotency>,
    ) -> Result<Created, StoreError> {
        unimplemented!()
    }

    /// One room.
    pub async fn get_room(&self, id: &RoomId) -> Result<Option<RoomRow>, StoreError> {
        unimplemented!()
    }

    /// The rooms, newest first.
    pub async fn list_rooms(&self, limit: u32, after: Option<&Cursor>) -> Result<Page<RoomRow>, StoreError> {
        unimplemented!()
    }

    /// How many rooms there are.
    pub async fn count_rooms(&self) -> Result<u64, StoreError> {
        unimplemented!()
    }

    /// Changes a room and returns it as it is now; `None` when there is none.
    pub async fn update_room(&self, id: &RoomId, patch: RoomPatch) -> Result<Option<RoomRow>, StoreError> {
        unimplemented!()
    }

    /// Deletes a room with its tokens and bans; false when there is none.
    pub async fn delete_room(&self, id: &RoomId) -> Result<bool, StoreError> {
        unimplemented!()
    }

    /// Notes that the room was used; an earlier moment than the one noted changes nothing.
    pub async fn touch_room(&self, id: &RoomId, last_active_at: Millis) -> Result<(), StoreError> {
        unimplemented!()
    }

    /// Records a call token, unless the key was used in the last 24 h. The room must exist.
    pub async fn record_token(
        &self,
        token: NewToken,
        key: Option<NewIdempotency>,
    ) -> Result<Created, StoreError> {
        unimplemented!()
    }

    /// One token.
    pub async fn get_token(&self, jti: &Jti) -> Result<Option<TokenRow>, StoreError> {
        unimplemented!()
    }

    /// Uses a token up: of all attempts, in all processes, exactly one is [`Claim::Claimed`].
    pub async fn claim_token(&self, jti: &Jti, now: Millis) -> Result<Claim, StoreError> {
        unimplemented!()
    }

    /// Gives a claimed token back, for a join that failed after all.
    pub async fn unclaim_token(&self, jti: &Jti) -> Result<(), StoreError> {
        unimplemented!()
    }

    /// Refuses a token from now on and returns it; `None` when there is none.
    pub async fn revoke_token(&self, jti: &Jti, now: Millis) -> Result<Option<TokenRow>, StoreError> {
        unimplemented!()
    }

    /// Refuses every token of a user for a room; returns how many were not revoked before.
    pub async fn revoke_user_tokens(
        &self,
        room: &RoomId,
        user: &UserId,
        now: Millis,
    ) -> Result<u64, StoreError> {
        unimplemented!()
    }

    /// Keeps a user out of a room; again is no error. The room must exist.
    pub async fn ban(&self, room: &RoomId, user: &UserId, now: Millis) -> Result<(), StoreError> {
        unimplemented!()
    }

    /// Whether a user is kept out of a room.
    pub async fn is_banned(&self, room: &RoomId, user: &UserId) -> Result<bool, StoreError> {
        unimplemented!()
    }

    /// Lets a user in again; false when he was not kept out.
    pub async fn unban(&self, room: &RoomId, user: &UserId) -> Result<bool, StoreError> {
        unimplemented!()
    }

    /// The tenant's earlier request with this key, if it was made in the 24 h before `now`.
    pub async fn find_idempotent(
        &self,
        route: &str,
        key: &str,
        now: Millis,
    ) -> Result<Option<IdempotentRow>, StoreError> {
        unimplemented!()
    }
}
