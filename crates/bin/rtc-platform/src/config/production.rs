//! What production refuses to start without.

use super::{Fault, Given};
use std::collections::BTreeMap;

/// Keys that must be strong.
const KEYS: [&str; 3] = ["JWT_SECRET", "ADMIN_KEY", "SECRETS_KEY"];

/// One fault for each missing, known or short key, and for a missing database.
pub(super) fn faults(given: &BTreeMap<&'static str, Given>) -> Vec<Fault> {
    let text = |name: &str| given.get(name).map_or("", |given| given.text.trim());
    let weak = |name: &'static str| {
        let line = rtc_auth::production_secret_fault(name, Some(text(name)))?;
        // The line names the variable itself, as does a fault.
        let problem = line.strip_prefix(name).unwrap_or(&line).trim_start();
        Some(Fault::new(name, problem))
    };
    let mut faults: Vec<Fault> = KEYS.into_iter().filter_map(weak).collect();
    if text("DATABASE_URL").is_empty() {
        faults.push(Fault::new(
            "DATABASE_URL",
            "is missing; set it to a sqlite: or postgresql: URL, such as postgresql://user:password@host/rtc",
        ));
    }
    faults
}
