//! The life of a serving process: start, serve, be told to stop, stop in bounded time.

use crate::{
    announce::announce,
    config::{Config, Fault, Faults},
    descriptors,
    exit::Failure,
    logging::Logging,
    platform::Platform,
    signals::Signals,
};

/// Serves until SIGTERM or SIGINT, then ends within `SHUTDOWN_GRACE_MS`.
///
/// # Errors
/// Where the start fails, or a second signal cuts the end short.
pub async fn live(config: Config) -> Result<(), Failure> {
    let logging = Logging::start(&config)?;
    let mut signals = Signals::catch().map_err(Failure::failed)?;
    let descriptors = descriptors::raise();
    tracing::debug!(descriptors, "open files are limited");
    let platform = tokio::select! {
        platform = Platform::start(config) => platform?,
        signal = signals.next() => return Err(Failure::failed(format!("{signal} came before the start was complete"))),
    };
    announce(&platform);
    let signal = signals.next().await;
    tracing::info!(signal, "stopping; a second signal exits at once");
    tokio::select! {
        () = platform.stop() => {}
        signal = signals.next() => return Err(Failure::failed(format!("a second {signal}: stopped at once"))),
    }
    tracing::info!("stopped");
    logging.flush().await;
    Ok(())
}

/// The refusal of `dev` where the environment says production.
pub fn dev_in_production() -> Failure {
    Failure::Configuration(Faults(vec![Fault::new(
        "RTC_ENV",
        "(or NODE_ENV) is production, and `dev` lets everybody in without credentials; run `rtc-platform serve`, or \
         unset it",
    )]))
}
