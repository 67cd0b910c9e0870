//! `/apps`: the operator's routes.

use crate::{
    answer::{created, page, text, time},
    state::RestState,
};
use axum::{Json as Answer, extract::State, http::StatusCode, response::Response};
use rtc_app::{AppDetails, NewAppSecret};
use rtc_http::{ApiError, AsOperator, Id, IdempotencyKey, Json, OptionalJson, Params};
use rtc_types::AppId;
use rtc_wire::rest::{App, AppCreated, AppLimits, CreateApp, RotateSecret, SecretRotated, UpdateApp};

/// Hours for which the former secret stays good where a rotation does not say.
const GRACE_HOURS_DEFAULT: u32 = 24;

fn app(details: &AppDetails) -> App {
    App {
        id: details.id.to_string(),
        name: details.name.clone(),
        limits: AppLimits {
            rooms_max: details.limits.rooms_max,
            peers_max: details.limits.peers_max,
            private_livestreams: details.limits.private_livestreams.then_some(true),
        },
        created_at: time(details.created_at),
        updated_at: time(details.updated_at),
    }
}

fn app_created(made: &NewAppSecret, secret: Option<&str>) -> AppCreated {
    AppCreated {
        id: made.app.id.to_string(),
        name: made.app.name.clone(),
        secret: secret.map(str::to_owned),
        created_at: time(made.app.created_at),
    }
}

/// Make an app. Its secret is shown this once.
#[utoipa::path(post, path = "/apps", tag = "apps", operation_id = "createApp", security(("adminKey" = [])),
    params(("idempotency-key" = Option<String>, Header, description = "1–255 printable ASCII characters")),
    request_body = CreateApp, responses((status = 201, description = "The app", body = AppCreated)))]
pub(crate) async fn create(
    State(state): State<RestState>,
    _: AsOperator,
    key: IdempotencyKey,
    body: Json<CreateApp>,
) -> Result<Response, ApiError> {
    let render = |made: &NewAppSecret| text(&app_created(made, None));
    let once = key.claim(&body, &render);
    let answer = state.http.app.create_app(&body.value.name, once).await?;
    Ok(created(answer, |made| app_created(made, Some(&made.secret))))
}

/// List the apps, newest first.
#[utoipa::path(get, path = "/apps", tag = "apps", operation_id = "listApps", security(("adminKey" = [])),
    params(("limit" = Option<u32>, Query, minimum = 1, maximum = 200), ("cursor" = Option<String>, Query)),
    responses((status = 200, description = "The apps", body = [App], headers(("x-next-cursor" = String, description = "The next page's cursor; missing on the last page")))))]
pub(crate) async fn list(
    State(state): State<RestState>,
    _: AsOperator,
    params: Params,
) -> Result<Response, ApiError> {
    let asked = params.page()?;
    let listing = state.http.app.list_apps(asked.limit, asked.cursor.as_deref()).await?;
    Ok(page(listing, |details| app(&details)))
}

/// Get an app.
#[utoipa::path(get, path = "/apps/{appId}", tag = "apps", operation_id = "getApp", security(("adminKey" = [])),
    params(("appId" = String, Path)), responses((status = 200, description = "The app", body = App)))]
pub(crate) async fn get(
    State(state): State<RestState>,
    _: AsOperator,
    Id(id): Id<AppId>,
) -> Result<Answer<App>, ApiError> {
    Ok(Answer(app(&state.http.app.get_app(&id).await?)))
}

/// Rename an app or set its limits.
#[utoipa::path(patch, path = "/apps/{appId}", tag = "apps", operation_id = "updateApp", security(("adminKey" = [])),
    params(("appId" = String, Path)), request_body = UpdateApp,
    responses((status = 200, description = "The app", body = App)))]
pub(crate) async fn update(
    State(state): State<RestState>,
    _: AsOperator,
    Id(id): Id<AppId>,
    body: Json<UpdateApp>,
) -> Result<Answer<App>, ApiError> {
    let UpdateApp { name, limits } = body.value;
    let limits = limits.map(|limits| rtc_app::AppLimits {
        rooms_max: limits.rooms_max,
        peers_max: limits.peers_max,
        private_livestreams: limits.private_livestreams.unwrap_or_default(),
    });
    Ok(Answer(app(&state.http.app.update_app(&id, name, limits).await?)))
}

/// Delete an app with all it owns; everyone is disconnected.
#[utoipa::path(delete, path = "/apps/{appId}", tag = "apps", operation_id = "deleteApp", security(("adminKey" = [])),
    params(("appId" = String, Path)), responses((status = 204, description = "Deleted")))]
pub(crate) async fn delete(
    State(state): State<RestState>,
    _: AsOperator,
    Id(id): Id<AppId>,
) -> Result<StatusCode, ApiError> {
    state.http.app.delete_app(&id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Give an app a new secret; the old one stays good for the grace period.
#[utoipa::path(post, path = "/apps/{appId}/rotate-secret", tag = "apps", operation_id = "rotateSecret",
    security(("adminKey" = [])), params(("appId" = String, Path)), request_body = Option<RotateSecret>,
    responses((status = 200, description = "The new secret, shown this once", body = SecretRotated)))]
pub(crate) async fn rotate_secret(
    State(state): State<RestState>,
    _: AsOperator,
    Id(id): Id<AppId>,
    OptionalJson(body): OptionalJson<RotateSecret>,
) -> Result<Answer<SecretRotated>, ApiError> {
    let grace_hours = body.grace_hours.unwrap_or(GRACE_HOURS_DEFAULT);
    let made = state.http.app.rotate_secret(&id, grace_hours).await?;
    Ok(Answer(SecretRotated { id: made.app.id.to_string(), secret: made.secret }))
}
