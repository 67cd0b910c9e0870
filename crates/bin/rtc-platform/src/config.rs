//! The configuration: one declaration, from which come parser, flags, help, `config` and the reference page.
//!
//! Flags win over the environment, the environment over an optional TOML file, the file over defaults.
//! Every fault is found before anything starts, and all are told at once.

mod fault;
mod kind;
mod layers;
mod mask;
mod production;
mod reference;
mod report;
mod secret;
mod variable;
mod variables;

pub use fault::{Fault, Faults};
pub use layers::{Given, Layers, Source, environment, file};
pub use reference::{PATH as REFERENCE_PATH, render as reference};
pub use report::{Entry, Report};
pub use secret::Secret;
pub use variable::{Fallback, Group, Show, Variable};
pub use variables::{Config, VARIABLES};

use std::{collections::BTreeMap, path::Path};

/// What the server is started for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// One machine, no credentials needed.
    Dev,
    /// Every caller is authenticated; weak keys stop the start.
    Production,
}

impl Mode {
    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Mode::Dev => "development",
            Mode::Production => "production",
        }
    }
}

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Pretty,
    /// One JSON object a line.
    Json,
}

/// The variables' texts while they are parsed, and the faults found so far.
pub(crate) struct Reader<'a> {
    given: &'a BTreeMap<&'static str, Given>,
    faults: Vec<Fault>,
}

impl Reader<'_> {
    fn given(&self, name: &'static str) -> &Given {
        &self.given[name]
    }
}

/// A configuration with the origin of each value.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The values.
    pub config: Config,
    /// The texts that they were parsed from, by variable name.
    pub given: BTreeMap<&'static str, Given>,
}

/// Picks and parses every variable.
///
/// # Errors
/// All faults at once.
pub fn load(mode: Mode, layers: &Layers) -> Result<Loaded, Faults> {
    let given: BTreeMap<_, _> =
        VARIABLES.iter().map(|variable| (variable.name, layers.pick(variable, mode))).collect();
    let mut reader = Reader { given: &given, faults: Vec::new() };
    let config = Config::read(mode, &mut reader);
    let mut faults = reader.faults;
    if let Some(config) = &config {
        faults.extend(contradictions(config));
    }
    if mode == Mode::Production {
        faults.extend(production::faults(&given));
    }
    match config {
        Some(config) if faults.is_empty() => Ok(Loaded { config, given }),
        _ => Err(Faults(faults)),
    }
}

/// Reads all layers: the flags given, this process's environment, and the file if there is one.
///
/// # Errors
/// Where the file cannot be used.
pub fn gather(flags: BTreeMap<String, String>, path: Option<&Path>) -> Result<Layers, Faults> {
    Ok(Layers {
        flags,
        environment: environment(),
        file: path.map(file).transpose().map_err(Faults)?.unwrap_or_default(),
    })
}

/// The mode of a command that is the same in both: production where the environment says so.
pub fn ambient_mode(layers: &Layers) -> Mode {
    let says_production = |name: &str| {
        let given = layers.pick(find(name), Mode::Dev);
        given.text.trim().eq_ignore_ascii_case("production")
    };
    if says_production("RTC_ENV") || says_production("NODE_ENV") { Mode::Production } else { Mode::Dev }
}

/// Values that are fine one by one but not together.
fn contradictions(config: &Config) -> Vec<Fault> {
    let mut faults = Vec::new();
    if config.signaling_burst < config.signaling_rate {
        faults.push(Fault::new(
            "SIGNALING_BURST",
            format!(
                "\"{}\" is less than SIGNALING_RATE ({}); accepted: that or more",
                config.signaling_burst, config.signaling_rate
            ),
        ));
    }
    if config.rtc_max_port < config.rtc_min_port && config.rtc_min_port != 0 {
        faults.push(Fault::new(
            "RTC_MAX_PORT",
            format!(
                "\"{}\" is less than RTC_MIN_PORT ({}); accepted: that or more",
                config.rtc_max_port, config.rtc_min_port
            ),
        ));
    }
    faults.extend(livekit_without_key(config));
    faults
}

/// An external LiveKit answers nobody who has no key of it.
fn livekit_without_key(config: &Config) -> Vec<Fault> {
    if config.livekit_url.is_none() {
        return Vec::new();
    }
    let missing = [
        ("LIVEKIT_API_KEY", config.livekit_api_key.is_empty()),
        ("LIVEKIT_API_SECRET", config.livekit_api_secret.is_none()),
    ];
    let fault =
        |name: &str| Fault::new(name, "is missing; LIVEKIT_URL needs the key and the secret of that LiveKit");
    missing.into_iter().filter(|(_, is_missing)| *is_missing).map(|(name, _)| fault(name)).collect()
}

/// The declaration of a variable.
pub(crate) fn find(name: &str) -> &'static Variable {
    VARIABLES.iter().find(|variable| variable.name == name).expect("only declared variables are looked up")
}

impl Config {
    /// Where the database is; in development a SQLite file in `DATA_DIR` unless another is named.
    pub fn database_url(&self) -> String {
        let in_data_dir = || format!("sqlite:{}", self.data_dir.join("rtc-platform.sqlite").display());
        self.database_url.clone().unwrap_or_else(in_data_dir)
    }

    /// The ports to listen on with the variable that moves each; the main one first, each once.
    pub fn ports(&self) -> Vec<(u16, &'static str)> {
        let mut ports = vec![(self.port, "PORT")];
        let more = self.signaling_port.iter().map(|port| (*port, "SIGNALING_PORT"));
        for (port, variable) in more.chain(self.extra_ports.iter().map(|port| (*port, "EXTRA_PORTS"))) {
            // Port 0 is a new free port each time.
            if port == 0 || !ports.iter().any(|(taken, _)| *taken == port) {
                ports.push((port, variable));
            }
        }
        ports
    }

    /// Whether there is a media server.
    pub fn has_media(&self) -> bool {
        self.media_workers != Some(0)
    }

    /// Browser origins that may call the API.
    pub fn origins(&self) -> Vec<String> {
        let mut origins = self.client_url.clone();
        origins.extend(self.frontend_url.iter().cloned());
        origins.dedup();
        origins
    }
}
