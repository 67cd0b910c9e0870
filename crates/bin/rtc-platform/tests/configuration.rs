//! The configuration: where values come from, what they default to, how faults are told.
#![allow(clippy::unwrap_used)]

use rtc_platform::config::{self, Config, Faults, Layers, LogFormat, Mode, Report, Source, VARIABLES, load};
use std::collections::BTreeMap;

const STRONG: [(&str, &str); 4] = [
    ("JWT_SECRET", "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"),
    ("ADMIN_KEY", "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"),
    ("SECRETS_KEY", "fcde2b2edba56bf408601fb721fe9b5c338d10ee429ea04fae5511b68fbf8fb9"),
    ("DATABASE_URL", "postgresql://rtc:open@db/rtc?schema=calls"),
];

fn values(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect()
}

fn environment(pairs: &[(&str, &str)]) -> Layers {
    Layers { environment: values(pairs), ..Layers::default() }
}

fn dev(pairs: &[(&str, &str)]) -> Result<Config, Faults> {
    load(Mode::Dev, &environment(pairs)).map(|loaded| loaded.config)
}

fn production(pairs: &[(&str, &str)]) -> Result<Config, Faults> {
    let mut all = STRONG.to_vec();
    all.extend(pairs);
    load(Mode::Production, &environment(&all)).map(|loaded| loaded.config)
}

fn lines(faults: Faults) -> Vec<String> {
    faults.to_string().lines().map(str::to_owned).collect()
}

#[test]
fn a_flag_wins_over_the_environment_the_environment_over_the_file_the_file_over_the_default() {
    let mut layers = Layers::default();
    let mut port = |layer: &str| {
        match layer {
            "file" => layers.file = values(&[("PORT", "3300")]),
            "environment" => layers.environment = values(&[("PORT", "3200")]),
            "flag" => layers.flags = values(&[("PORT", "3100")]),
            _ => {}
        }
        let loaded = load(Mode::Dev, &layers).unwrap();
        (loaded.config.port, loaded.given["PORT"].source.clone())
    };
    assert_eq!(port("none"), (3000, Source::Default));
    assert_eq!(port("file"), (3300, Source::File));
    assert_eq!(port("environment"), (3200, Source::Environment));
    assert_eq!(port("flag"), (3100, Source::Flag));
}

#[test]
fn every_variable_has_the_default_of_its_mode() {
    let expected: [(&str, &str, &str); 42] = [
        ("PORT", "3000", "3000"),
        ("HOST", "0.0.0.0", "0.0.0.0"),
        ("SIGNALING_PORT", "3001", ""),
        ("EXTRA_PORTS", "4000", ""),
        ("DATA_DIR", "./data", "./data"),
        ("DATABASE_URL", "", ""),
        ("JWT_SECRET", "", ""),
        ("JWT_EXPIRES_IN", "1h", "1h"),
        ("ADMIN_KEY", "", ""),
        ("SECRETS_KEY", "", ""),
        ("CLIENT_URL", "http://localhost:3000", "http://localhost:3000"),
        ("FRONTEND_URL", "http://localhost:5173", "http://localhost:5173"),
        ("PUBLIC_URL", "", ""),
        ("TRUST_PROXY", "false", "false"),
        ("ICE_SERVERS", "stun:stun.l.google.com:19302", "stun:stun.l.google.com:19302"),
        ("MEDIA_WORKERS", "", ""),
        ("RTC_MIN_PORT", "40000", "40000"),
        ("RTC_MAX_PORT", "40100", "40100"),
        ("ANNOUNCED_IP", "", ""),
        ("LIVEKIT_URL", "", ""),
        ("LIVEKIT_API_KEY", "", ""),
        ("LIVEKIT_API_SECRET", "", ""),
        ("REDIS_URL", "", ""),
        ("TOKEN_EXPIRATION_HOURS", "24", "24"),
        ("WEBHOOK_QUEUE_CONCURRENCY", "4", "4"),
        ("CALL_PEERS_MAX", "100", "100"),
        ("API_RATE_PER_APP", "100", "100"),
        ("API_RATE_PER_ADDRESS", "20", "20"),
        ("PUBLIC_RATE_PER_ADDRESS", "1000", "1000"),
        ("SIGNALING_RATE", "64", "64"),
        ("SIGNALING_BURST", "256", "256"),
        ("JSON_BODY_BYTES_MAX", "262144", "262144"),
        ("SIGNALING_MESSAGE_BYTES_MAX", "131072", "131072"),
        ("JOIN_TIMEOUT_MS", "15000", "15000"),
        ("HEARTBEAT_INTERVAL_MS", "15000", "15000"),
        ("RESUME_WINDOW_MS", "20000", "20000"),
        ("SHUTDOWN_GRACE_MS", "10000", "10000"),
        ("LOG_LEVEL", "info", "info"),
        ("LOG_FORMAT", "pretty", "json"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "", ""),
        ("RTC_ENV", "", ""),
        ("NODE_ENV", "", ""),
    ];
    let declared: Vec<&str> = VARIABLES.iter().map(|variable| variable.name).collect();
    let listed: Vec<&str> = expected.iter().map(|(name, ..)| *name).collect();
    assert_eq!(declared, listed, "each variable is listed here with its default");
    for (variable, (_, dev, production)) in VARIABLES.iter().zip(expected) {
        assert_eq!(variable.fallback.text(Mode::Dev), dev, "{} in development", variable.name);
        assert_eq!(variable.fallback.text(Mode::Production), production, "{} in production", variable.name);
    }
}

#[test]
fn the_defaults_of_the_limits_are_those_that_the_layers_agree_on() {
    use rtc_types::limits;
    let config = dev(&[]).unwrap();
    assert_eq!(config.json_body_bytes_max, limits::JSON_BODY_BYTES_MAX as u64);
    assert_eq!(config.signaling_message_bytes_max, limits::SIGNALING_MESSAGE_BYTES_MAX as u64);
    assert_eq!(config.signaling_rate, u64::from(limits::SIGNALING_RATE_PER_S));
    assert_eq!(config.signaling_burst, u64::from(limits::SIGNALING_BURST));
    assert_eq!(config.api_rate_per_app, u64::from(limits::API_RATE_PER_APP_PER_S));
    assert_eq!(config.api_rate_per_address, u64::from(limits::API_RATE_PER_ADDRESS_PER_S));
    assert_eq!(config.join_timeout_ms, limits::JOIN_DEADLINE_MS);
    assert_eq!(config.heartbeat_interval_ms, limits::HEARTBEAT_INTERVAL_MS);
    assert_eq!(config.resume_window_ms, limits::RESUME_WINDOW_MS);
}

#[test]
fn development_listens_where_old_clients_look_and_production_on_one_port() {
    let ports = |config: Config| config.ports().iter().map(|(port, _)| *port).collect::<Vec<_>>();
    assert_eq!(ports(dev(&[]).unwrap()), [3000, 3001, 4000]);
    assert_eq!(ports(production(&[]).unwrap()), [3000]);
    let alone = [("EXTRA_PORTS", ""), ("SIGNALING_PORT", "")];
    assert_eq!(ports(dev(&alone).unwrap()), [3000], "empty: none");
    let same = [("PORT", "4000"), ("EXTRA_PORTS", "4000, 4001,4001"), ("SIGNALING_PORT", "4001")];
    assert_eq!(ports(dev(&same).unwrap()), [4000, 4001], "each port once");
}

#[test]
fn media_variables_are_parsed_and_held_against_each_other() {
    let config = dev(&[("ANNOUNCED_IP", "203.0.113.7, [2001:db8::1]"), ("MEDIA_WORKERS", "3")]).unwrap();
    let announced: Vec<String> = config.announced_ip.iter().map(ToString::to_string).collect();
    assert_eq!(announced, ["203.0.113.7", "2001:db8::1"]);
    assert!(config.media_workers == Some(3) && config.has_media());
    assert!(dev(&[]).unwrap().has_media() && !dev(&[("MEDIA_WORKERS", "0")]).unwrap().has_media());
    for (name, value) in [
        ("ANNOUNCED_IP", "0.0.0.0"),
        ("ANNOUNCED_IP", "example.com"),
        ("MEDIA_WORKERS", "-1"),
        ("MEDIA_WORKERS", "999"),
    ] {
        assert!(lines(dev(&[(name, value)]).unwrap_err())[0].starts_with(name), "{name}={value}");
    }
    let crossed = [("RTC_MIN_PORT", "50000"), ("RTC_MAX_PORT", "49999")];
    assert!(lines(dev(&crossed).unwrap_err())[0].starts_with("RTC_MAX_PORT"));
}

#[test]
fn values_are_parsed_into_what_they_mean() {
    let config = dev(&[
        ("JWT_EXPIRES_IN", "15m"),
        ("CLIENT_URL", "https://A.example.com/, http://localhost:3000"),
        ("HOST", "::1"),
        (
            "ICE_SERVERS",
            r#"[{"urls":"stun:a"},{"urls":["turn:b","turns:b"],"username":"u","credential":"c"}]"#,
        ),
        ("LOG_FORMAT", "json"),
        ("LOG_LEVEL", "warn,rtc_app=debug"),
        ("DATABASE_URL", "sqlite::memory:"),
    ])
    .unwrap();
    assert_eq!(config.jwt_expires_in_s, 900);
    assert_eq!(config.client_url, ["https://a.example.com", "http://localhost:3000"]);
    assert_eq!(config.host, std::net::IpAddr::from([0, 0, 0, 0, 0, 0, 0, 1]));
    assert_eq!(config.ice_servers[1].urls, ["turn:b", "turns:b"]);
    assert_eq!(config.ice_servers[1].credential.as_deref(), Some("c"));
    assert_eq!(config.log_format, LogFormat::Json);
    assert_eq!(config.database_url(), "sqlite::memory:");
    assert_eq!(dev(&[("DATA_DIR", "/d")]).unwrap().database_url(), "sqlite:/d/rtc-platform.sqlite");
}

#[test]
fn every_value_that_is_not_accepted_is_told_in_one_line_with_what_is_accepted() {
    let bad = [
        ("PORT", "70000"),
        ("HOST", "nowhere"),
        ("SIGNALING_PORT", "x"),
        ("EXTRA_PORTS", "1,2,x"),
        ("DATABASE_URL", "mysql://db"),
        ("JWT_EXPIRES_IN", "1d"),
        ("CLIENT_URL", "https://a.example.com/path"),
        ("FRONTEND_URL", "ftp://a"),
        ("PUBLIC_URL", "rtc.example.com"),
        ("TRUST_PROXY", "yes"),
        ("ICE_SERVERS", "[{\"urls\":\"http:a\"}]"),
        ("API_RATE_PER_APP", "0"),
        ("API_RATE_PER_ADDRESS", "-1"),
        ("SIGNALING_RATE", "many"),
        ("SIGNALING_BURST", "1.5"),
        ("JSON_BODY_BYTES_MAX", "10"),
        ("SIGNALING_MESSAGE_BYTES_MAX", "1"),
        ("JOIN_TIMEOUT_MS", ""),
        ("HEARTBEAT_INTERVAL_MS", "1s"),
        ("RESUME_WINDOW_MS", "20000\n"),
        ("SHUTDOWN_GRACE_MS", "never\never"),
        ("LOG_LEVEL", "loud"),
        ("LOG_FORMAT", "xml"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4318"),
    ];
    let faults = lines(dev(&bad).unwrap_err());
    let named: Vec<&str> = faults.iter().map(|line| line.split(':').next().unwrap()).collect();
    let expected: Vec<&str> =
        bad.iter().map(|(name, _)| *name).filter(|name| *name != "RESUME_WINDOW_MS").collect();
    assert_eq!(
        named, expected,
        "one line each, in the order of the declaration; white space around is trimmed"
    );
    assert_eq!(
        faults[0],
        "PORT: \"70000\" (environment) is not accepted; accepted: a port number, 0 to 65535 (0: any free port)"
    );
}

#[test]
fn a_burst_below_the_rate_is_a_fault() {
    let faults = lines(dev(&[("SIGNALING_RATE", "10"), ("SIGNALING_BURST", "9")]).unwrap_err());
    assert_eq!(faults, ["SIGNALING_BURST: \"9\" is less than SIGNALING_RATE (10); accepted: that or more"]);
}

#[test]
fn an_external_livekit_needs_its_key_and_its_secret() {
    let url = ("LIVEKIT_URL", "wss://livekit.example.com");
    let faults = lines(dev(&[url]).unwrap_err());
    let why = "is missing; LIVEKIT_URL needs the key and the secret of that LiveKit";
    assert_eq!(faults, [format!("LIVEKIT_API_KEY: {why}"), format!("LIVEKIT_API_SECRET: {why}")]);
    let faults = lines(dev(&[url, ("LIVEKIT_API_KEY", "key")]).unwrap_err());
    assert_eq!(faults, [format!("LIVEKIT_API_SECRET: {why}")]);
    let secret = ("LIVEKIT_API_SECRET", "a secret of thirty-two bytes, or more");
    dev(&[url, ("LIVEKIT_API_KEY", "key"), secret]).unwrap();
    // Without its URL a key is of no use, and no harm.
    dev(&[secret]).unwrap();
}

#[test]
fn variables_of_others_are_no_fault() {
    assert!(dev(&[("EGRESS_URL", "x"), ("TURN_PORT", "x"), ("PATH", "x")]).is_ok());
}

#[test]
fn production_refuses_missing_known_and_short_keys_and_names_each() {
    let faults = load(Mode::Production, &environment(&[])).map(|_| ()).unwrap_err();
    let named: Vec<String> = faults.0.iter().map(|fault| fault.subject.clone()).collect();
    assert_eq!(named, ["JWT_SECRET", "ADMIN_KEY", "SECRETS_KEY", "DATABASE_URL"]);
    assert!(faults.to_string().starts_with("JWT_SECRET: is missing; "), "{faults}");

    for weak in ["secret", "changeme", "0123456789abcdef0123456789abcde"] {
        let faults = production(&[("ADMIN_KEY", weak)]).unwrap_err();
        assert_eq!(faults.0.len(), 1, "{faults}");
        assert_eq!(faults.0[0].subject, "ADMIN_KEY");
    }
    assert!(production(&[]).is_ok());
    assert!(dev(&[("JWT_SECRET", "secret")]).is_ok(), "development takes what it is given");
}

#[test]
fn faults_of_production_and_of_values_are_told_at_once() {
    let faults = lines(production(&[("JWT_SECRET", ""), ("PORT", "x")]).unwrap_err());
    assert_eq!(faults.len(), 2, "{faults:?}");
}

#[test]
fn the_report_masks_secrets_and_says_where_each_value_came_from() {
    let mut layers = environment(&STRONG);
    layers.flags = values(&[("PORT", "3100")]);
    layers.file = values(&[("LOG_LEVEL", "warn"), ("PORT", "1")]);
    let loaded = load(Mode::Production, &layers).unwrap();
    let text = Report::of(&loaded).to_string();
    for (name, value) in STRONG {
        assert!(!text.contains(value), "{name} is masked");
    }
    let line = |name: &str| {
        let line = text.lines().find(|line| line.split_whitespace().next() == Some(name)).unwrap();
        line.split_whitespace().skip(1).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(line("PORT"), ["3100", "flag"]);
    assert_eq!(line("LOG_LEVEL"), ["warn", "file"]);
    assert_eq!(line("JWT_SECRET"), ["********", "environment"]);
    assert_eq!(line("DATABASE_URL"), ["postgresql://rtc:********@db/rtc?schema=calls", "environment"]);
    assert_eq!(line("SIGNALING_PORT"), ["(unset)", "default"]);
    assert_eq!(text.lines().next(), Some("Mode: production"));
    assert!(!format!("{:?}", loaded.config).contains(STRONG[0].1), "nor does a debug print show them");
}

#[test]
fn a_file_has_the_variables_in_lower_case() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let read = |text: &str| {
        std::fs::write(file.path(), text).unwrap();
        config::file(file.path())
    };
    let given = read(
        "port = 3100\nextra_ports = [4001, 4002]\nlog_level = \"warn\"\n[[ice_servers]]\nurls = \"stun:a\"",
    );
    let layers = Layers { file: given.unwrap(), ..Layers::default() };
    let config = load(Mode::Dev, &layers).unwrap().config;
    assert_eq!((config.port, &*config.extra_ports, &*config.log_level), (3100, &[4001, 4002][..], "warn"));
    assert_eq!(config.ice_servers[0].urls, ["stun:a"]);

    let broken = read("port = 3000\njwt_secret = \"hush").unwrap_err();
    assert!(broken[0].problem.starts_with("line 2 is not TOML"), "{broken:?}");
    assert!(!broken[0].problem.contains("hush"));
    let unknown = read("prot = 3000\nport = 1.5").unwrap_err();
    assert_eq!(unknown.len(), 2, "{unknown:?}");
}
