//! Logs to standard error, and traces to an OpenTelemetry collector where one is named.

use crate::{
    config::{Config, Fault, Faults, LogFormat},
    exit::Failure,
};
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_otlp::{Protocol, WithExportConfig as _};
use opentelemetry_sdk::{Resource, trace::SdkTracerProvider};
use std::io::IsTerminal as _;
use tracing_subscriber::{
    EnvFilter, Layer as _, Registry, layer::SubscriberExt as _, util::SubscriberInitExt as _,
};

/// Keeps the exporter; flushed at the end.
#[derive(Debug, Default)]
pub struct Logging {
    traces: Option<SdkTracerProvider>,
}

type BoxedLayer = Box<dyn tracing_subscriber::Layer<Registry> + Send + Sync>;

impl Logging {
    /// Sends what the program logs to where the configuration says. Once a process.
    ///
    /// # Errors
    /// Where the collector's address cannot be used.
    pub fn start(config: &Config) -> Result<Self, Failure> {
        let mut layers: Vec<BoxedLayer> = vec![lines(config)];
        let traces = config.otlp_endpoint.as_deref().map(exporter).transpose()?;
        if let Some(provider) = &traces {
            let tracer = provider.tracer("rtc-platform");
            // The exporter's own requests must not make spans of their own.
            let ours = EnvFilter::new("info,hyper=off,reqwest=off,opentelemetry=off,dcsctp=off");
            layers.push(tracing_opentelemetry::layer().with_tracer(tracer).with_filter(ours).boxed());
        }
        // Where a test or an embedding program has a logger already, that one stays.
        if tracing_subscriber::registry().with(layers).try_init().is_err() {
            tracing::debug!("another logger is set already");
        }
        Ok(Self { traces })
    }

    /// Sends what is still held back.
    pub async fn flush(self) {
        let Some(provider) = self.traces else { return };
        let flushed = tokio::task::spawn_blocking(move || provider.shutdown()).await;
        if let Ok(Err(error)) = flushed {
            tracing::warn!(%error, "the last traces could not be sent");
        }
    }
}

fn lines(config: &Config) -> BoxedLayer {
    let filter = EnvFilter::new(directives(&config.log_level));
    let layer = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    match config.log_format {
        LogFormat::Json => layer.json().flatten_event(true).with_filter(filter).boxed(),
        LogFormat::Pretty => {
            layer.with_ansi(std::io::stderr().is_terminal()).with_target(false).with_filter(filter).boxed()
        }
    }
}

/// A plain level leaves out what the migrations say at every start, and the bytes of each packet of a data channel,
/// which dcsctp writes and which are the users' own; a filter by target counts as it is.
fn directives(log_level: &str) -> String {
    match log_level {
        "info" => "info,sea_orm_migration=warn,dcsctp=warn".to_owned(),
        "debug" | "trace" => format!("{log_level},dcsctp=warn"),
        other => other.to_owned(),
    }
}

/// Spans leave in batches from a thread of the exporter's own.
fn exporter(endpoint: &str) -> Result<SdkTracerProvider, Failure> {
    let exporter = opentelemetry_otlp::SpanExporter::builder()
        .with_http()
        .with_protocol(Protocol::HttpBinary)
        // A base address: traces go to `/v1/traces` under it (OTLP specification, endpoint URLs for OTLP/HTTP).
        .with_endpoint(format!("{}/v1/traces", endpoint.trim_end_matches('/')))
        .build()
        .map_err(|error| {
            let problem = format!("cannot be used: {error}");
            Failure::Configuration(Faults(vec![Fault::new("OTEL_EXPORTER_OTLP_ENDPOINT", problem)]))
        })?;
    let resource = Resource::builder().with_service_name("rtc-platform").build();
    Ok(SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource).build())
}
