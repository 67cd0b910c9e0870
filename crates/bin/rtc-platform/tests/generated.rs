//! Generated files are what the code says. `RTC_WRITE_GENERATED=1 cargo test -p rtc-platform` writes them.
#![allow(clippy::unwrap_used)]

use rtc_platform::{config, openapi};
use std::path::Path;

fn check(file: &str, expected: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..").join(file);
    if std::env::var_os("RTC_WRITE_GENERATED").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, expected).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(found == expected, "{file} is stale: run make generate");
}

#[test]
fn the_generated_configuration_reference_is_what_the_declaration_says() {
    check(config::REFERENCE_PATH, &config::reference());
}

#[test]
fn the_generated_api_description_is_what_the_routes_say() {
    check(openapi::PATH, &(openapi::text().unwrap() + "\n"));
}
