//! `/webhook-endpoints`: where a tenant wants to be told.

use crate::{
    answer::{data, rows, time, with_message},
    state::LivestreamSurface,
};
use axum::{
    Json as Wrapped,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use rtc_app::{DeliveryRow, DeliveryState, EndpointRow, Rows};
use rtc_http::{ApiError, AsTenant, Id, Json, Params};
use rtc_wire::livestream::{Answer, CreateWebhookEndpoint, WebhookDelivery, WebhookEndpoint, WebhookTest};

fn endpoint(row: EndpointRow, secret: Option<String>) -> WebhookEndpoint {
    WebhookEndpoint {
        id: row.id,
        url: row.url,
        events: row.events,
        secret,
        created_at: time(row.created_at),
        disabled_at: row.disabled_at.map(time),
        disabled_reason: row.disabled_why,
    }
}

fn delivery(row: DeliveryRow) -> WebhookDelivery {
    let is_settled = matches!(row.state, DeliveryState::Delivered | DeliveryState::Failed);
    WebhookDelivery {
        id: row.id,
        event: row.event,
        status: row.state.to_string(),
        attempts: row.attempts,
        response_status: row.response_status,
        error: row.last_error,
        payload: row.payload,
        created_at: time(row.created_at),
        next_attempt_at: (!is_settled).then(|| time(row.due_at)),
        settled_at: row.settled_at.map(time),
    }
}

fn all<T>(rows: Vec<T>) -> Rows<T> {
    Rows { total: rows.len() as u64, rows }
}

pub(crate) async fn create(
    State(state): State<LivestreamSurface>,
    AsTenant(tenant): AsTenant,
    body: Json<CreateWebhookEndpoint>,
) -> Result<Response, ApiError> {
    let CreateWebhookEndpoint { url, events } = body.value;
    (state.endpoint_url)(&url).map_err(|why| ApiError::invalid("url", why))?;
    let events = events.unwrap_or_else(|| vec!["*".to_owned()]);
    let made = state.http.app.create_webhook_endpoint(&tenant, url, events).await?;
    Ok((StatusCode::CREATED, data(endpoint(made.endpoint, Some(made.secret)))).into_response())
}

pub(crate) async fn list(
    State(state): State<LivestreamSurface>,
    AsTenant(tenant): AsTenant,
) -> Result<Wrapped<Answer<Vec<WebhookEndpoint>>>, ApiError> {
    let found = state.http.app.list_webhook_endpoints(&tenant).await?;
    Ok(rows(all(found), |row| endpoint(row, None)))
}

pub(crate) async fn delete(
    State(state): State<LivestreamSurface>,
    AsTenant(tenant): AsTenant,
    Id(id): Id<String>,
) -> Result<Wrapped<Answer<Option<()>>>, ApiError> {
    state.http.app.delete_webhook_endpoint(&tenant, &id).await?;
    Ok(with_message(None, "The webhook endpoint is deleted."))
}

pub(crate) async fn test(
    State(state): State<LivestreamSurface>,
    AsTenant(tenant): AsTenant,
    Id(id): Id<String>,
) -> Result<Wrapped<Answer<WebhookTest>>, ApiError> {
    let delivery_id = state.http.app.test_webhook_endpoint(&tenant, &id).await?;
    Ok(data(WebhookTest { delivery_id }))
}

pub(crate) async fn deliveries(
    State(state): State<LivestreamSurface>,
    AsTenant(tenant): AsTenant,
    Id(id): Id<String>,
    params: Params,
) -> Result<Wrapped<Answer<Vec<WebhookDelivery>>>, ApiError> {
    let page = params.page()?;
    let app = &state.http.app;
    let found = app.list_webhook_deliveries(&tenant, &id, page.limit, page.cursor.as_deref()).await?;
    Ok(rows(all(found), delivery))
}

pub(crate) async fn replay(
    State(state): State<LivestreamSurface>,
    AsTenant(tenant): AsTenant,
    Id((id, message)): Id<(String, String)>,
) -> Result<Wrapped<Answer<WebhookDelivery>>, ApiError> {
    let replayed = state.http.app.replay_webhook_delivery(&tenant, &id, &message).await?;
    Ok(data(delivery(replayed)))
}
