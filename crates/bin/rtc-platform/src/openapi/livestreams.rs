//! Descriptions of surface D's routes: livestreams, webhooks in, webhook endpoints. Their handlers are in a crate that
//! knows nothing of OpenAPI; a test asks the running server for each of them.
#![allow(dead_code, reason = "the functions are what the descriptions hang on; nobody calls them")]

use rtc_wire::livestream::{
    Answer, CreateLivestream, CreateWebhookEndpoint, EndLivestream, Failure, JoinLivestream, LeaveLivestream,
    Livestream, LivestreamJoined, LivestreamParticipant, LivestreamState, RoomEnded, RoomStarted,
    UpdateLivestream, ViewerCountUpdate, WebhookDelivery, WebhookEndpoint, WebhookTest,
};
use utoipa::OpenApi;

#[derive(OpenApi)]
#[openapi(
    paths(
        create, list, get, update, end, join, leave, participants, state, events, receive_webhook,
        create_endpoint, list_endpoints, delete_endpoint, test_endpoint, deliveries, replay
    ),
    components(schemas(RoomStarted, ViewerCountUpdate, RoomEnded)),
    tags(
        (name = "livestreams", description = "One host publishes, viewers watch; the tokens are LiveKit's"),
        (name = "webhooks", description = "What the media server tells, and what tenants are told"),
    )
)]
pub(super) struct Livestreams;

/// Make a livestream and its media room.
#[utoipa::path(post, path = "/api/v1/livestreams", operation_id = "createLivestream", tag = "livestreams", security(("callToken" = []), ("appId" = [], "appSecret" = [])),
    request_body = CreateLivestream,
    responses(
    (status = 201, description = "The livestream; it is LIVE", body = Answer<Livestream>),
    (status = 400, description = "VALIDATION_ERROR", body = Failure),
    (status = 401, description = "UNAUTHORIZED", body = Failure),
    (status = 403, description = "FORBIDDEN", body = Failure),
    (status = 409, description = "CONFLICT: a livestream of that roomName has not ended", body = Failure),
    (status = 429, description = "RATE_LIMIT_EXCEEDED: see retry-after", body = Failure),
    (status = 503, description = "UNAVAILABLE: the media server made no room", body = Failure),
))]
fn create() {}

/// The livestreams, newest first.
#[utoipa::path(get, path = "/api/v1/livestreams", operation_id = "listLivestreams", tag = "livestreams", security(("callToken" = []), ("appId" = [], "appSecret" = [])),
    params(("status" = Option<String>, Query, description = "SCHEDULED, LIVE, ENDED or ERROR"), ("limit" = Option<u32>, Query, description = "Rows at most: 1 to 100"), ("offset" = Option<u32>, Query, description = "Rows left out before")),
    responses(
    (status = 200, description = "The livestreams", body = Answer<Vec<Livestream>>),
    (status = 400, description = "VALIDATION_ERROR", body = Failure),
    (status = 401, description = "UNAUTHORIZED", body = Failure),
    (status = 429, description = "RATE_LIMIT_EXCEEDED: see retry-after", body = Failure),
))]
fn list() {}

/// One livestream.
#[utoipa::path(get, path = "/api/v1/livestreams/{id}", operation_id = "getLivestream", tag = "livestreams", security(("callToken" = []), ("appId" = [], "appSecret" = [])),
    params(("id" = String, Path, description = "The livestream")),
    responses(
    (status = 200, description = "The livestream", body = Answer<Livestream>),
    (status = 401, description = "UNAUTHORIZED", body = Failure),
    (status = 404, description = "NOT_FOUND", body = Failure),
    (status = 429, description = "RATE_LIMIT_EXCEEDED: see retry-after", body = Failure),
))]
fn get() {}

/// Change a livestream, and its live room.
#[utoipa::path(patch, path = "/api/v1/livestreams/{id}", operation_id = "updateLivestream", tag = "livestreams", security(("callToken" = []), ("appId" = [], "appSecret" = [])),
    params(("id" = String, Path, description = "The livestream")),
    request_body = UpdateLivestream,
    responses(
    (status = 200, description = "The livestream", body = Answer<Livestream>),
    (status = 400, description = "VALIDATION_ERROR", body = Failure),
    (status = 401, description = "UNAUTHORIZED", body = Failure),
    (status = 403, description = "FORBIDDEN", body = Failure),
    (status = 404, description = "NOT_FOUND", body = Failure),
    (status = 429, description = "RATE_LIMIT_EXCEEDED: see retry-after", body = Failure),
    (status = 503, description = "UNAVAILABLE", body = Failure),
))]
fn update() {}

/// End a livestream; everyone is disconnected. For its creator.
#[utoipa::path(delete, path = "/api/v1/livestreams/{id}", operation_id = "endLivestream", tag = "livestreams", security(("callToken" = []), ("appId" = [], "appSecret" = [])),
    params(("id" = String, Path, description = "The livestream")),
    request_body = EndLivestream,
    responses(
    (status = 200, description = "The livestream", body = Answer<Livestream>),
    (status = 400, description = "VALIDATION_ERROR", body = Failure),
    (status = 401, description = "UNAUTHORIZED", body = Failure),
    (status = 403, description = "FORBIDDEN: another user made it", body = Failure),
    (status = 404, description = "NOT_FOUND", body = Failure),
    (status = 429, description = "RATE_LIMIT_EXCEEDED: see retry-after", body = Failure),
))]
fn end() {}

/// Take a place in a livestream, and get the token to connect with.
#[utoipa::path(post, path = "/api/v1/livestreams/{id}/join", operation_id = "joinLivestream", tag = "livestreams", security(("callToken" = []), ("appId" = [], "appSecret" = [])),
    params(("id" = String, Path, description = "The livestream")),
    request_body = JoinLivestream,
    responses(
    (status = 200, description = "The place", body = Answer<LivestreamJoined>),
    (status = 400, description = "VALIDATION_ERROR, also for a livestream that is not LIVE", body = Failure),
    (status = 401, description = "UNAUTHORIZED", body = Failure),
    (status = 403, description = "FORBIDDEN: only the creator is HOST", body = Failure),
    (status = 404, description = "NOT_FOUND", body = Failure),
    (status = 409, description = "CONFLICT: the user is in; ROOM_FULL", body = Failure),
    (status = 429, description = "RATE_LIMIT_EXCEEDED: see retry-after", body = Failure),
    (status = 503, description = "UNAVAILABLE", body = Failure),
))]
fn join() {}

/// Give a place back; the media session ends.
#[utoipa::path(post, path = "/api/v1/livestreams/{id}/leave", operation_id = "leaveLivestream", tag = "livestreams", security(("callToken" = []), ("appId" = [], "appSecret" = [])),
    params(("id" = String, Path, description = "The livestream")),
    request_body = LeaveLivestream,
    responses(
    (status = 200, description = "It was given back, or there was none", body = Answer<serde_json::Value>),
    (status = 400, description = "VALIDATION_ERROR", body = Failure),
    (status = 401, description = "UNAUTHORIZED", body = Failure),
    (status = 403, description = "FORBIDDEN", body = Failure),
    (status = 404, description = "NOT_FOUND", body = Failure),
    (status = 429, description = "RATE_LIMIT_EXCEEDED: see retry-after", body = Failure),
))]
fn leave() {}

/// Who is and was in a livestream, newest first.
#[utoipa::path(get, path = "/api/v1/livestreams/{id}/participants", operation_id = "listLivestreamParticipants", tag = "livestreams", security(("callToken" = []), ("appId" = [], "appSecret" = [])),
    params(("id" = String, Path, description = "The livestream"), ("status" = Option<String>, Query, description = "JOINED or LEFT"), ("role" = Option<String>, Query, description = "HOST or VIEWER"), ("limit" = Option<u32>, Query, description = "Rows at most: 1 to 100"), ("offset" = Option<u32>, Query, description = "Rows left out before")),
    responses(
    (status = 200, description = "The participants", body = Answer<Vec<LivestreamParticipant>>),
    (status = 400, description = "VALIDATION_ERROR", body = Failure),
    (status = 401, description = "UNAUTHORIZED", body = Failure),
    (status = 404, description = "NOT_FOUND", body = Failure),
    (status = 429, description = "RATE_LIMIT_EXCEEDED: see retry-after", body = Failure),
))]
fn participants() {}

/// What watchers see of a livestream. Public by its id, unless its app's livestreams are private.
#[utoipa::path(get, path = "/api/v1/livestreams/{id}/state", operation_id = "getLivestreamState", tag = "livestreams",
    params(("id" = String, Path, description = "The livestream"), ("token" = Option<String>, Query, description = "Of a private stream, where no header can be sent")),
    responses(
    (status = 200, description = "The state", body = Answer<LivestreamState>),
    (status = 401, description = "UNAUTHORIZED: it is private", body = Failure),
    (status = 404, description = "NOT_FOUND: it has none", body = Failure),
    (status = 429, description = "RATE_LIMIT_EXCEEDED: see retry-after", body = Failure),
))]
fn state() {}

/// A livestream as it goes on, as server-sent events. Public by its id, unless its app's livestreams are private.
///
/// `state` (a LivestreamState) first, then `room_started`, `viewer_count_update` and `room_ended`, after which the
/// server closes.
#[utoipa::path(get, path = "/api/v1/livestreams/{id}/events", operation_id = "watchLivestream", tag = "livestreams",
    params(("id" = String, Path, description = "The livestream"), ("last-event-id" = Option<String>, Header, description = "The last event that arrived"), ("token" = Option<String>, Query, description = "Of a private stream, where no header can be sent")),
    responses(
    (status = 200, description = "The events", content_type = "text/event-stream", body = String),
    (status = 401, description = "UNAUTHORIZED: it is private", body = Failure),
    (status = 404, description = "NOT_FOUND: it has no state", body = Failure),
    (status = 429, description = "RATE_LIMIT_EXCEEDED: see retry-after", body = Failure),
    (status = 503, description = "UNAVAILABLE: as many watchers as the server can hold", body = Failure),
))]
fn events() {}

/// Take a webhook of the media server's: signed in LiveKit's scheme, and in the queue with the answer.
#[utoipa::path(post, path = "/api/v1/webhooks/livekit", operation_id = "receiveWebhook", tag = "webhooks",
    params(("authorization" = String, Header, description = "A JWT of a known key that holds the hash of the body")),
    request_body = String,
    responses(
    (status = 200, description = "It is in the queue for good", body = Answer<serde_json::Value>),
    (status = 401, description = "UNAUTHORIZED: the signature is wrong", body = Failure),
    (status = 413, description = "PAYLOAD_TOO_LARGE", body = Failure),
    (status = 429, description = "RATE_LIMIT_EXCEEDED: see retry-after", body = Failure),
    (status = 503, description = "UNAVAILABLE", body = Failure),
))]
fn receive_webhook() {}

/// Register a webhook endpoint.
#[utoipa::path(post, path = "/api/v1/webhook-endpoints", operation_id = "createWebhookEndpoint", tag = "webhooks", security(("appId" = [], "appSecret" = [])),
    request_body = CreateWebhookEndpoint,
    responses(
    (status = 201, description = "The endpoint, with its secret: it is not shown again", body = Answer<WebhookEndpoint>),
    (status = 400, description = "VALIDATION_ERROR", body = Failure),
    (status = 401, description = "UNAUTHORIZED", body = Failure),
    (status = 409, description = "CONFLICT", body = Failure),
    (status = 429, description = "RATE_LIMIT_EXCEEDED: see retry-after", body = Failure),
))]
fn create_endpoint() {}

/// The webhook endpoints.
#[utoipa::path(get, path = "/api/v1/webhook-endpoints", operation_id = "listWebhookEndpoints", tag = "webhooks", security(("appId" = [], "appSecret" = [])),
    responses(
    (status = 200, description = "The endpoints", body = Answer<Vec<WebhookEndpoint>>),
    (status = 401, description = "UNAUTHORIZED", body = Failure),
    (status = 429, description = "RATE_LIMIT_EXCEEDED: see retry-after", body = Failure),
))]
fn list_endpoints() {}

/// Delete a webhook endpoint.
#[utoipa::path(delete, path = "/api/v1/webhook-endpoints/{id}", operation_id = "deleteWebhookEndpoint", tag = "webhooks", security(("appId" = [], "appSecret" = [])),
    params(("id" = String, Path, description = "The endpoint")),
    responses(
    (status = 200, description = "It is deleted", body = Answer<serde_json::Value>),
    (status = 401, description = "UNAUTHORIZED", body = Failure),
    (status = 404, description = "NOT_FOUND", body = Failure),
    (status = 429, description = "RATE_LIMIT_EXCEEDED: see retry-after", body = Failure),
))]
fn delete_endpoint() {}

/// Send an endpoint a test.
#[utoipa::path(post, path = "/api/v1/webhook-endpoints/{id}/test", operation_id = "testWebhookEndpoint", tag = "webhooks", security(("appId" = [], "appSecret" = [])),
    params(("id" = String, Path, description = "The endpoint")),
    responses(
    (status = 200, description = "It is on its way", body = Answer<WebhookTest>),
    (status = 401, description = "UNAUTHORIZED", body = Failure),
    (status = 404, description = "NOT_FOUND", body = Failure),
    (status = 429, description = "RATE_LIMIT_EXCEEDED: see retry-after", body = Failure),
))]
fn test_endpoint() {}

/// An endpoint's deliveries, newest first.
#[utoipa::path(get, path = "/api/v1/webhook-endpoints/{id}/deliveries", operation_id = "listWebhookDeliveries", tag = "webhooks", security(("appId" = [], "appSecret" = [])),
    params(("id" = String, Path, description = "The endpoint"), ("limit" = Option<u32>, Query, description = "Rows at most: 1 to 100"), ("cursor" = Option<String>, Query, description = "After the rows before")),
    responses(
    (status = 200, description = "The deliveries", body = Answer<Vec<WebhookDelivery>>),
    (status = 400, description = "VALIDATION_ERROR", body = Failure),
    (status = 401, description = "UNAUTHORIZED", body = Failure),
    (status = 404, description = "NOT_FOUND", body = Failure),
    (status = 429, description = "RATE_LIMIT_EXCEEDED: see retry-after", body = Failure),
))]
fn deliveries() {}

/// Send a delivery once more.
#[utoipa::path(post, path = "/api/v1/webhook-endpoints/{id}/deliveries/{deliveryId}/replay", operation_id = "replayWebhookDelivery", tag = "webhooks", security(("appId" = [], "appSecret" = [])),
    params(("id" = String, Path, description = "The endpoint"), ("deliveryId" = String, Path, description = "The delivery")),
    responses(
    (status = 200, description = "The delivery", body = Answer<WebhookDelivery>),
    (status = 401, description = "UNAUTHORIZED", body = Failure),
    (status = 404, description = "NOT_FOUND", body = Failure),
    (status = 429, description = "RATE_LIMIT_EXCEEDED: see retry-after", body = Failure),
))]
fn replay() {}
