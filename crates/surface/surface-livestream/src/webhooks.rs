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
    let (parts, body) = request.into_parts();
    state.http.check_signer(&parts)?;
    let authorization = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let authorization = authorization.map(str::to_owned);
    let request = Request::from_parts(parts.clone(), body);
    let accepted = match &authorization {
        Some(authorization) => {
            let body = read_body(request, state.http.limits.json_body_bytes_max).await?;
            state.http.app.accept_webhook(authorization, &body).await
        }
        None => Err(rtc_app::RequestError::Unauthorized),
    };
    match accepted {
        Ok(()) => Ok(with_message(None, "The webhook is in the queue.")),
        Err(rtc_app::RequestError::Unauthorized) => {
            state.http.count_signer(&parts)?;
            Err(unsigned())
        }
        Err(error) => Err(error.into()),
    }
}

fn unsigned() -> ApiError {
    ApiError::unauthorized("Authorization must hold a token that a known key signed for exactly this body")
}
