//! Holds the manifests to the layering rule, and ARCHITECTURE.md's code map to the workspace.
#![allow(missing_docs)]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

/// From the top down. A crate may depend on crates of lower layers only.
const LAYERS: [&str; 7] = ["dev", "bin", "surface", "edge", "app", "io", "pure"];

/// Edges inside a layer that are allowed, and why.
const EXCEPTIONS: [(&str, &str, &str); 1] =
    [("*", "rtc-types", "the shared nouns are beneath everything, also inside pure/")];

/// Crates that surfaces do not see: storage and bus are rtc-app's business.
const HIDDEN_FROM_SURFACES: [&str; 3] = ["rtc-store", "rtc-bus", "rtc-room"];

/// The embeddable crate carries no runtime: these and nothing else of the workspace.
const RTC_SERVER_DEPENDS_ON: [&str; 3] = ["rtc-room", "rtc-types", "rtc-wire"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..")
}

/// Every crate below `crates/`: name → (layer, names of the workspace's crates that it needs to build).
fn crates() -> BTreeMap<String, (String, BTreeSet<String>)> {
    let mut found = BTreeMap::new();
    for layer in LAYERS {
        let Ok(folders) = fs::read_dir(root().join("crates").join(layer)) else { continue };
        for folder in folders.flatten().filter(|folder| folder.path().join("Cargo.toml").exists()) {
            let text = fs::read_to_string(folder.path().join("Cargo.toml")).expect("a manifest");
            let manifest: toml::Table = text.parse().expect("a manifest is TOML");
            let name = manifest["package"]["name"].as_str().expect("a name").to_owned();
            let needs: BTreeSet<String> = ["dependencies", "build-dependencies"]
                .iter()
                .filter_map(|section| manifest.get(*section)?.as_table())
                .flat_map(|table| table.keys().cloned())
                .collect();
            found.insert(name, (layer.to_owned(), needs));
        }
    }
    let names: BTreeSet<String> = found.keys().cloned().collect();
    for (_, needs) in found.values_mut() {
        needs.retain(|need| names.contains(need));
    }
    found
}

fn depth(layer: &str) -> usize {
    LAYERS.iter().position(|known| *known == layer).expect("a known layer")
}

fn is_excepted(from: &str, to: &str) -> bool {
    EXCEPTIONS.iter().any(|(source, target, _)| (*source == "*" || *source == from) && *target == to)
}

#[test]
fn dependencies_point_down_only() {
    let crates = crates();
    let mut faults = Vec::new();
    for (name, (layer, needs)) in &crates {
        for need in needs {
            let below = depth(&crates[need].0) > depth(layer);
            if !below && !is_excepted(name, need) {
                faults.push(format!("{name} ({layer}) -> {need} ({})", crates[need].0));
            }
            if layer == "surface" && name != "rtc-server" && HIDDEN_FROM_SURFACES.contains(&need.as_str()) {
                faults.push(format!("{name} sees {need}, which only rtc-app may"));
            }
            if layer == "edge" && HIDDEN_FROM_SURFACES.contains(&need.as_str()) {
                faults.push(format!("{name} sees {need}, which only rtc-app may"));
            }
        }
    }
    assert!(faults.is_empty(), "edges against the layering of ARCHITECTURE.md:\n{}", faults.join("\n"));
}

#[test]
fn the_embeddable_crate_carries_no_runtime() {
    let crates = crates();
    let needs: Vec<_> = crates["rtc-server"].1.iter().map(String::as_str).collect();
    assert!(needs.iter().all(|need| RTC_SERVER_DEPENDS_ON.contains(need)), "rtc-server depends on {needs:?}");
}

#[test]
fn the_code_map_names_what_is_there() {
    let text = fs::read_to_string(root().join("ARCHITECTURE.md")).expect("ARCHITECTURE.md");
    let map = text.split("## Code map").nth(1).expect("a code map").split("\n## ").next().expect("its text");
    let named: BTreeSet<&str> = map
        .split('`')
        .skip(1)
        .step_by(2)
        .filter(|name| name.contains('/') && !name.starts_with('/'))
        .map(|name| name.trim_end_matches('/'))
        .collect();
    for name in &named {
        assert!(root().join(name).exists(), "the code map names `{name}`, which is not there");
    }
    for (name, (layer, _)) in crates() {
        let path = format!("crates/{layer}/{name}");
        assert!(named.contains(path.as_str()), "the code map does not name `{path}`");
    }
    for folder in ["packages", "apps"] {
        for entry in fs::read_dir(root().join(folder)).expect("a folder").flatten() {
            let path = format!("{folder}/{}", entry.file_name().to_string_lossy());
            let is_package = entry.path().join("package.json").exists();
            assert!(!is_package || named.contains(path.as_str()), "the code map does not name `{path}`");
        }
    }
}
