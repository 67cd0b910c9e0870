//! Who asks: access tokens of the tenants, and what they say about the one who joins.

use axum::http::{HeaderMap, StatusCode, header};
use livekit_protocol::participant_info;
use rtc_app::{AccessClaims, AccessTokenError, App, Permission, Profile, Tenant, TrackSource, VideoGrant};
use rtc_types::Role;

/// A request that is refused before any upgrade: the status and the words that clients show.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Refused(pub(crate) StatusCode, pub(crate) String);

impl Refused {
    pub(crate) fn new(status: StatusCode, text: impl Into<String>) -> Self {
        Self(status, text.into())
    }
}

/// The token of a request: `Authorization: Bearer`, or `access_token` in the query, which browsers use.
pub(crate) fn token<'a>(headers: &'a HeaderMap, query: Option<&'a str>) -> Option<&'a str> {
    let bearer = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    bearer.and_then(|value| value.strip_prefix("Bearer ")).or(query).filter(|token| !token.is_empty())
}

/// Verifies a token. 401 tells clients that trying again is of no use.
pub(crate) async fn verify(app: &App, token: Option<&str>) -> Result<(Tenant, AccessClaims), Refused> {
    let unauthorized = |text: &str| Refused::new(StatusCode::UNAUTHORIZED, text);
    let token = token.ok_or_else(|| unauthorized("no permissions to access the room"))?;
    app.verify_access_token(token).await.map_err(|error| match error {
        AccessTokenError::Invalid(why) => unauthorized(&format!("invalid token: {why}")),
        AccessTokenError::Expired => unauthorized("invalid token: it has expired"),
        AccessTokenError::Store(error) => {
            tracing::error!(error = error.log_text(), "an access token was not checked");
            Refused::new(StatusCode::SERVICE_UNAVAILABLE, "the server cannot check tokens now")
        }
        AccessTokenError::Internal(error) => {
            tracing::error!(error, "an access token was not checked");
            Refused::new(StatusCode::INTERNAL_SERVER_ERROR, "the server failed; the log has the details")
        }
    })
}

/// What a token lets its holder do in the room.
pub(crate) fn permission(grant: &VideoGrant) -> Permission {
    Permission {
        subscribe: grant.subscribes(),
        publish: grant.publishes(),
        publish_data: grant.publishes_data(),
        sources: grant.can_publish_sources.iter().map(|name| source(name)).collect(),
        hidden: grant.hidden,
        recorder: grant.recorder,
        update_own: grant.updates_own_metadata(),
        subscribe_metrics: grant.can_subscribe_metrics.unwrap_or(false),
        agent: grant.agent,
    }
}

fn source(name: &str) -> TrackSource {
    match name.to_ascii_lowercase().as_str() {
        "camera" => TrackSource::Camera,
        "microphone" => TrackSource::Microphone,
        "screen_share" => TrackSource::Screen,
        "screen_share_audio" => TrackSource::ScreenAudio,
        _ => TrackSource::Unknown,
    }
}

/// What peers of other surfaces see of the role.
pub(crate) fn role(grant: &VideoGrant) -> Role {
    match (grant.room_admin, grant.publishes()) {
        (true, _) => Role::Host,
        (false, true) => Role::Participant,
        (false, false) => Role::Viewer,
    }
}

/// Who joins, by its token.
pub(crate) fn profile(claims: &AccessClaims, auto_subscribe: bool) -> Profile {
    let grant = claims.video.clone().unwrap_or_default();
    let kind = participant_info::Kind::from_str_name(&claims.kind.to_ascii_uppercase());
    Profile {
        name: claims.name.clone(),
        metadata: claims.metadata.clone(),
        attributes: claims.attributes.clone(),
        permission: permission(&grant),
        kind: kind.unwrap_or(participant_info::Kind::Standard).into(),
        auto_subscribe,
        active: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_comes_in_the_header_or_the_query() {
        let mut headers = HeaderMap::new();
        assert_eq!(token(&headers, Some("q")), Some("q"));
        assert_eq!(token(&headers, Some("")), None);
        headers.insert(header::AUTHORIZATION, "Bearer h".parse().expect("a header"));
        assert_eq!(token(&headers, Some("q")), Some("h"));
    }

    #[test]
    fn grants_become_permissions() {
        let grant = VideoGrant {
            can_publish: Some(false),
            can_publish_data: Some(true),
            can_publish_sources: vec!["screen_share".into()],
            ..VideoGrant::default()
        };
        let permission = permission(&grant);
        assert!(permission.subscribe && permission.publish_data && !permission.publish);
        assert_eq!(permission.sources, [TrackSource::Screen]);
        assert_eq!(role(&grant), Role::Viewer);
    }
}
