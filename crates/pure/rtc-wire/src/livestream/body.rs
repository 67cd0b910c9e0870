//! What callers send. Fields that are not known are left aside, as clients of other servers send some.

use crate::rest::validate::{self, Metadata};
use garde::Validate;
use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

/// Most participants of one livestream.
const PARTICIPANTS_MAX: u32 = 1_000_000;
/// Longest `emptyTimeout`, in seconds: 30 days.
const EMPTY_TIMEOUT_S_MAX: u32 = 30 * 24 * 3600;

/// Makes a livestream.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, TS, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CreateLivestream {
    /// 1–120 characters; each that is not a letter, a digit, `-` or `_` becomes `-`. Unique among the app's
    /// livestreams that have not ended.
    #[garde(length(chars, min = 1, max = 120), custom(validate::name))]
    pub room_name: String,
    /// 1–200 characters.
    #[garde(length(chars, min = 1, max = 200), custom(validate::name))]
    pub title: String,
    /// At most 2000 characters.
    #[garde(length(chars, max = 2000))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub description: Option<String>,
    /// The user who may be its host.
    #[garde(custom(validate::id))]
    pub created_by: String,
    /// 1–1,000,000; 100 where it is missing.
    #[garde(range(min = 1, max = PARTICIPANTS_MAX))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub max_participants: Option<u32>,
    /// Seconds that the room stays when nobody has come: 1 to 30 days; a day where it is missing.
    #[garde(range(min = 1, max = EMPTY_TIMEOUT_S_MAX))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub empty_timeout: Option<u32>,
    /// An object of at most 8 KiB, given back untouched.
    #[garde(custom(validate::metadata))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    #[ts(optional, type = "Record<string, unknown>")]
    pub metadata: Option<Metadata>,
}

/// Changes a livestream; what is missing stays.
#[derive(Clone, Debug, Default, Serialize, Deserialize, Validate, TS, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UpdateLivestream {
    /// 1–200 characters.
    #[garde(length(chars, min = 1, max = 200), custom(validate::optional_name))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub title: Option<String>,
    /// At most 2000 characters.
    #[garde(length(chars, max = 2000))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub description: Option<String>,
    /// 1–1,000,000; those who are in it stay.
    #[garde(range(min = 1, max = PARTICIPANTS_MAX))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub max_participants: Option<u32>,
    /// Seconds: 1 to 30 days.
    #[garde(range(min = 1, max = EMPTY_TIMEOUT_S_MAX))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub empty_timeout: Option<u32>,
    /// Replaces the object.
    #[garde(custom(validate::metadata))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    #[ts(optional, type = "Record<string, unknown>")]
    pub metadata: Option<Metadata>,
}

/// Ends a livestream.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, TS, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct EndLivestream {
    /// Its creator.
    #[garde(custom(validate::id))]
    pub requesting_user_id: String,
}

/// Joins a livestream.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, TS, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct JoinLivestream {
    /// Who.
    #[garde(custom(validate::id))]
    pub user_id: String,
    /// 1–120 characters.
    #[garde(length(chars, min = 1, max = 120), custom(validate::name))]
    pub display_name: String,
    /// `VIEWER`, or `HOST` for the creator.
    #[garde(custom(check_role))]
    #[ts(type = "'HOST' | 'VIEWER'")]
    pub role: String,
    /// An object of at most 8 KiB, given back untouched.
    #[garde(custom(validate::metadata))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    #[ts(optional, type = "Record<string, unknown>")]
    pub metadata: Option<Metadata>,
}

/// Leaves a livestream.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, TS, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LeaveLivestream {
    /// Who.
    #[garde(custom(validate::id))]
    pub user_id: String,
}

fn check_role(value: &str, _: &()) -> garde::Result {
    if matches!(value, "HOST" | "VIEWER") { Ok(()) } else { Err(garde::Error::new("must be HOST or VIEWER")) }
}
