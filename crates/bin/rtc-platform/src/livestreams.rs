//! Livestreams: what they run on, and the tasks beside them.

use crate::{
    config::{Config, Fault, Faults, Mode, Secret},
    exit::Failure,
};
use axum::Router;
use rtc_app::{App, BuiltInRooms, Bus, ExternalRooms, LivestreamParts, MediaRooms, SystemClock};
use rtc_auth::livekit::ApiKey;
use rtc_http::HttpState;
use rtc_outbound::{ClientOptions, HttpClient, Reach, Target};
use std::sync::Arc;
use surface_livestream::LivestreamSurface;

/// Webhooks delivered to tenants at once.
const DELIVERIES_AT_ONCE: usize = 16;
/// Event streams of the process: as many as its open files bear beside calls.
const WATCHERS_MAX: usize = 10_000;

/// Gives the application what its livestreams run on.
///
/// # Errors
/// `LIVEKIT_URL` or `REDIS_URL` that cannot be used.
pub fn begin(config: &Config, app: &App) -> Result<(), Failure> {
    let secret = config.livekit_api_secret.as_ref().map(Secret::expose).unwrap_or_default();
    let key = config.livekit_api_key.as_str();
    let (rooms, external_key): (Arc<dyn MediaRooms>, _) = match &config.livekit_url {
        Some(url) => {
            let rooms = ExternalRooms::new(url, key, secret, SystemClock::clock())
                .map_err(|why| unusable("LIVEKIT_URL", why))?;
            (Arc::new(rooms), Some(ApiKey::new(key, secret)))
        }
        None => (Arc::new(BuiltInRooms::new(app.clone())), None),
    };
    let bus = match &config.redis_url {
        Some(url) => Bus::redis(url).map_err(|why| unusable("REDIS_URL", why))?,
        None => Bus::in_process(SystemClock::clock()),
    };
    let workers = usize::try_from(config.webhook_queue_concurrency).unwrap_or(1);
    let token_life_s = config.token_expiration_hours.saturating_mul(3600);
    app.with_livestreams(LivestreamParts { rooms, bus, external_key, token_life_s, workers });
    Ok(())
}

/// A URL whose form is accepted and that is not usable.
fn unusable(variable: &str, why: impl std::fmt::Display) -> Failure {
    Failure::Configuration(Faults(vec![Fault::new(variable, format!("is not usable: {why}"))]))
}

/// Works on webhooks in and out, and on what happens in rooms, until it is dropped.
pub async fn run(app: App, mode: Mode) {
    let client = HttpClient::new(ClientOptions::for_webhooks(reach(mode)));
    tokio::join!(
        app.clone().run_livestreams(),
        app.clone().run_media_events(),
        app.run_deliveries(client, DELIVERIES_AT_ONCE),
    );
}

/// The routes.
pub fn router(config: &Config, http: HttpState) -> Router {
    let reach = reach(config.mode);
    surface_livestream::router(LivestreamSurface {
        http,
        public_url: config.public_url.as_deref().map(Arc::from),
        endpoint_url: Arc::new(move |url| Target::parse(url, reach).map(drop).map_err(|why| why.to_string())),
        watchers_max: WATCHERS_MAX,
    })
}

/// Where tenants' webhooks may go: in production to public addresses alone.
fn reach(mode: Mode) -> Reach {
    match mode {
        Mode::Dev => Reach::Anywhere,
        Mode::Production => Reach::Public,
    }
}
