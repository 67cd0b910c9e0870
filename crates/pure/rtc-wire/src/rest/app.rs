//! Apps: the tenants.

use super::validate;
use garde::Validate;
use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

/// Makes a tenant.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, TS, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateApp {
    /// 1–120 characters.
    #[garde(length(chars, min = 1, max = 120), custom(validate::name))]
    #[schema(min_length = 1, max_length = 120)]
    pub name: String,
}

/// What is set for one app: caps (null or missing: no cap), and whether its livestreams are private.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Validate, TS, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AppLimits {
    /// Rooms that may exist at once.
    #[garde(range(min = 1, max = 1_000_000))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 1_000_000)]
    #[ts(optional)]
    pub rooms_max: Option<u32>,
    /// Peers that may be connected at once, over all rooms.
    #[garde(range(min = 1, max = 1_000_000))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 1_000_000)]
    #[ts(optional)]
    pub peers_max: Option<u32>,
    /// Whether the state and the events of its livestreams need a token or the app's credentials; else, or where it
    /// is missing, they are public.
    #[garde(skip)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub private_livestreams: Option<bool>,
}

/// Renames a tenant or sets its caps; what is missing stays.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, TS, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateApp {
    /// 1–120 characters.
    #[garde(length(chars, min = 1, max = 120), custom(validate::optional_name))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 120)]
    #[ts(optional)]
    pub name: Option<String>,
    /// Replaces all caps.
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "validate::object")]
    #[ts(optional)]
    pub limits: Option<AppLimits>,
}

/// A tenant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct App {
    /// cuid2.
    pub id: String,
    /// As given.
    pub name: String,
    /// Caps; an empty object: none.
    pub limits: AppLimits,
    /// ISO 8601, UTC.
    pub created_at: String,
    /// ISO 8601, UTC.
    pub updated_at: String,
}

/// A tenant just made: the only time that its secret is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AppCreated {
    /// cuid2.
    pub id: String,
    /// As given.
    pub name: String,
    /// `sk_` and 43 base62 digits. Missing in the repeat of an idempotent request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub secret: Option<String>,
    /// ISO 8601, UTC.
    pub created_at: String,
}

/// Asks for a new secret.
#[derive(Clone, Debug, Default, Serialize, Deserialize, Validate, TS, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RotateSecret {
    /// Hours for which the old secret stays valid; 0: not at all; missing: 24; at most 720.
    #[garde(range(min = 0, max = 720))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, maximum = 720)]
    #[ts(optional)]
    pub grace_hours: Option<u32>,
}

/// A new secret: the only time that it is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct SecretRotated {
    /// The app.
    pub id: String,
    /// `sk_` and 43 base62 digits.
    pub secret: String,
}
