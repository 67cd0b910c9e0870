//! Who is kept out of a tenant's rooms.

use crate::{
    StoreError, TenantStore,
    sql::{self, to_db},
};
use rtc_types::{Millis, RoomId, UserId};

impl TenantStore {
    /// Keeps a user out of a room; again is no error. The room must exist.
    pub async fn ban(&self, room: &RoomId, user: &UserId, now: Millis) -> Result<(), StoreError> {
        let insert = "INSERT INTO ban (app_id, room_id, user_id, created_at) VALUES ($1, $2, $3, $4) \
            ON CONFLICT (app_id, room_id, user_id) DO NOTHING";
        let values = [self.scope(), room.as_str().into(), user.as_str().into(), to_db(now).into()];
        sql::execute(self.write(), insert, values).await?;
        Ok(())
    }

    /// Whether a user is kept out of a room.
    pub async fn is_banned(&self, room: &RoomId, user: &UserId) -> Result<bool, StoreError> {
        let select = "SELECT user_id FROM ban WHERE app_id = $1 AND room_id = $2 AND user_id = $3";
        let values = [self.scope(), room.as_str().into(), user.as_str().into()];
        Ok(sql::one(self.read(), select, values).await?.is_some())
    }

    /// Lets a user in again; false when it was not kept out.
    pub async fn unban(&self, room: &RoomId, user: &UserId) -> Result<bool, StoreError> {
        let delete = "DELETE FROM ban WHERE app_id = $1 AND room_id = $2 AND user_id = $3";
        let values = [self.scope(), room.as_str().into(), user.as_str().into()];
        Ok(sql::execute(self.write(), delete, values).await? > 0)
    }
}
