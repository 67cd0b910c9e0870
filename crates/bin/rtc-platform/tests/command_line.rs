//! The command line as a real process: results, exit codes, faults.
#![allow(clippy::unwrap_used)]

mod support;

use support::{STRONG, json, program, run, stderr, stdout};

#[test]
fn help_of_every_command_explains_itself_and_exits_0() {
    let folder = tempfile::tempdir().unwrap();
    let lines = [
        "--help",
        "dev --help",
        "serve --help",
        "config --help",
        "migrate --help",
        "app --help",
        "app create --help",
        "app list --help",
        "app rotate-secret --help",
        "room create --help",
        "room list --help",
        "token create --help",
        "queue list --help",
        "queue replay --help",
        "queue drop --help",
        "openapi --help",
        "--version",
    ];
    for line in lines {
        let output = run(folder.path(), line);
        assert_eq!(output.status.code(), Some(0), "{line}");
        assert!(!stdout(&output).is_empty(), "{line}");
    }
}

#[test]
fn wrong_usage_exits_2() {
    let folder = tempfile::tempdir().unwrap();
    for line in [
        "",
        "fly",
        "dev --wings 2",
        "app create",
        "app list --limit 0",
        "room list",
        "token create --app a",
        "queue replay",
        "queue drop x --all",
        "queue list --state lost",
    ] {
        let output = run(folder.path(), line);
        assert_eq!(output.status.code(), Some(2), "{line:?}: {}", stdout(&output));
        assert!(!stderr(&output).is_empty(), "{line:?}");
    }
}

#[test]
fn faults_of_the_configuration_exit_78_with_one_line_each() {
    let folder = tempfile::tempdir().unwrap();
    let output = program(folder.path()).arg("serve").output().unwrap();
    assert_eq!(output.status.code(), Some(78));
    let named = |text: String| -> Vec<String> {
        text.lines().map(|line| line.split(':').next().unwrap().to_owned()).collect()
    };
    assert_eq!(named(stderr(&output)), ["JWT_SECRET", "ADMIN_KEY", "SECRETS_KEY", "DATABASE_URL"]);

    let output =
        program(folder.path()).args(["dev", "--port", "x"]).env("LOG_LEVEL", "loud").output().unwrap();
    assert_eq!(output.status.code(), Some(78));
    assert_eq!(named(stderr(&output)), ["PORT", "LOG_LEVEL"]);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "nothing was begun");

    let output = run(folder.path(), "config --config nowhere.toml --json");
    assert_eq!(output.status.code(), Some(78));
    let error: serde_json::Value = serde_json::from_str(&stderr(&output)).unwrap();
    assert_eq!(error["error"]["details"][0]["path"], "nowhere.toml");
}

#[test]
fn dev_refuses_to_start_where_the_environment_says_production() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["NODE_ENV", "RTC_ENV"] {
        let output = program(folder.path()).arg("dev").env(name, "production").output().unwrap();
        assert_eq!(output.status.code(), Some(78), "{name}");
    }
}

#[test]
fn config_prints_effective_values_with_their_sources_and_no_secret() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("rtc.toml"), "log_level = \"warn\"\nport = 1").unwrap();
    let output = program(folder.path())
        .args(["config", "--config", "rtc.toml", "--port", "3100", "--json"])
        .env("RTC_ENV", "production")
        .envs(STRONG)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["mode"], "production");
    let entry = |name: &str| {
        let variables = report["variables"].as_array().unwrap();
        variables.iter().find(|entry| entry["name"] == name).unwrap().clone()
    };
    assert_eq!(entry("PORT")["value"], "3100");
    assert_eq!(entry("PORT")["source"], "flag");
    assert_eq!(entry("LOG_LEVEL")["source"], "file");
    assert_eq!(entry("ADMIN_KEY")["source"], "environment");
    assert!(!stdout(&output).contains(STRONG[1].1));
}

#[test]
fn apps_rooms_and_tokens_are_made_and_listed_on_the_database() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    assert_eq!(json(folder, "migrate")["migrated"], true);
    let app = json(folder, "app create Acme");
    let id = app["id"].as_str().unwrap();
    assert!(app["secret"].as_str().unwrap().starts_with("sk_"));
    assert_eq!(json(folder, "app list")[0]["id"], id);

    let rotated = json(folder, &format!("app rotate-secret {id} --grace-hours 0"));
    assert_ne!(rotated["secret"], app["secret"]);

    let room = json(folder, &format!("room create Daily --app {id} --topology p2p --max-participants 4"));
    assert_eq!(room["maxParticipants"], 4);
    let room_id = room["id"].as_str().unwrap();
    assert_eq!(json(folder, &format!("room list --app {id}"))[0]["id"], room_id);

    let line = format!("token create --app {id} --room {room_id} --user ana --role host --expires-in 15m");
    let token = json(folder, &line);
    assert_eq!(token["role"], "host");
    assert_eq!(token["token"].as_str().unwrap().split('.').count(), 3);
    let plain = run(folder, &line);
    assert_eq!(stdout(&plain).trim().split('.').count(), 3, "the token alone, for scripts");
}

#[test]
fn what_does_not_exist_exits_1_and_what_is_not_accepted_exits_2() {
    let folder = tempfile::tempdir().unwrap();
    for line in ["app rotate-secret nobody", "room list --app nobody", "room create A --app nobody"] {
        let output = run(folder.path(), line);
        assert_eq!(output.status.code(), Some(1), "{line}: {}", stderr(&output));
        assert!(stderr(&output).contains("no such app"), "{}", stderr(&output));
    }
    let long = "x".repeat(121);
    assert_eq!(run(folder.path(), &format!("app create {long}")).status.code(), Some(2));
    let app = json(folder.path(), "app create A");
    let sfu = format!("room create B --app {} --topology sfu", app["id"].as_str().unwrap());
    assert_eq!(run(folder.path(), &sfu).status.code(), Some(0));
    let without = program(folder.path()).args(sfu.split(' ')).env("MEDIA_WORKERS", "0").output().unwrap();
    assert_eq!(without.status.code(), Some(2), "{}", stderr(&without));
}

#[test]
fn a_database_that_cannot_be_reached_exits_69() {
    let folder = tempfile::tempdir().unwrap();
    // Port 9 (discard) of this machine has nobody.
    let output = run(folder.path(), "migrate --database-url postgresql://rtc@127.0.0.1:9/rtc");
    assert_eq!(output.status.code(), Some(69), "{}", stderr(&output));
}

#[test]
fn openapi_prints_the_document_of_every_route() {
    let folder = tempfile::tempdir().unwrap();
    let output = run(folder.path(), "openapi");
    assert_eq!(output.status.code(), Some(0));
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    let paths = document["paths"].as_object().unwrap();
    for path in ["/apps", "/rooms/{roomId}/token", "/health", "/metrics", "/stats"] {
        assert!(paths.contains_key(path), "{path} is among {:?}", paths.keys());
    }
}

#[test]
fn the_queue_is_listed_replayed_and_dropped() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(json(folder.path(), "queue list"), serde_json::json!([]));
    assert!(stdout(&run(folder.path(), "queue list --state waiting")).starts_with("ID"));
    assert_eq!(json(folder.path(), "queue replay --all"), serde_json::json!({ "replayed": 0 }));
    assert_eq!(json(folder.path(), "queue drop --all"), serde_json::json!({ "dropped": 0 }));
    let unknown = run(folder.path(), "queue drop nothing");
    assert_eq!(unknown.status.code(), Some(1));
    assert!(stderr(&unknown).contains("nothing"), "{}", stderr(&unknown));
}
