//! `POST /webhooks/livekit`: the media server's webhooks. 200 once they are committed to the queue.

use crate::{answer::with_message, state::LivestreamSurface};
use axum::{
    Json as Wrapped,
    extract::{Request, State},
    http::header,
};
use rtc_http::{ApiError, read_body};
use rtc_wire::livestream::Answer;

pub(crate) async fn receive(
    State(state): State<LivestreamSurface>,
    request: Request,
) -> Result<Wrapped<Answer<Option<()>>>, ApiError> {
    let authorization = request.headers().get(header::AUTHORIZATION).cloned();
    let authorization = authorization.as_ref().and_then(|value| value.to_str().ok());
    let authorization = authorization.ok_or_else(unsigned)?.to_owned();
    let body = read_body(request, state.http.limits.json_body_bytes_max).await?;
    match state.http.app.accept_webhook(&authorization, &body).await {
        Ok(()) => Ok(with_message(None, "The webhook is in the queue.")),
        Err(rtc_app::RequestError::Unauthorized) => Err(unsigned()),
        Err(error) => Err(error.into()),
    }
}

fn unsigned() -> ApiError {
    ApiError::unauthorized("Authorization must hold a token that a known key signed for exactly this body")
}
