//! Makes sure that the folders of built pages exist, so that the server builds before the pages do.

use std::path::Path;

fn main() {
    let apps = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../apps");
    for app in ["home", "demo-saas", "live", "api-docs"] {
        let built = apps.join(app).join("dist");
        if let Err(error) = std::fs::create_dir_all(&built) {
            println!("cargo::warning=the folder of {app}'s built pages cannot be made: {error}");
        }
        println!("cargo::rerun-if-changed={}", built.display());
    }
    println!("cargo::rerun-if-changed=build.rs");
}
