//! The reference page of the configuration, generated from the declaration.

use super::{Fallback, VARIABLES, Variable};
use std::fmt::Write;

/// Where the page is, from the root of the repository.
pub const PATH: &str = "docs/reference/configuration.md";

const HEAD: &str = "\
# Configuration

Generated from `crates/bin/rtc-platform/src/config/variables.rs` by
`RTC_WRITE_GENERATED=1 cargo test -p rtc-platform`; a test fails while this page is stale.

A value is taken from the command line, then from the environment, then from the TOML file that `--config FILE`
names, then from the default. The flag of `SIGNALING_PORT` is `--signaling-port`, its key in the file
`signaling_port`. Prefer the environment or the file for secrets: flags are visible to other users of the machine.

`rtc-platform config` prints the effective values, secrets masked, and where each came from. A value that is not
accepted stops the start with exit code 78 and one line for each fault.
";

/// The page as it should be.
pub fn render() -> String {
    let mut page = HEAD.to_owned();
    let mut rest = VARIABLES;
    // Each group stands together in the table, so that none is left out here.
    while let Some(group) = rest.first().map(|variable| variable.group) {
        let own;
        (own, rest) = rest.split_at(rest.iter().take_while(|variable| variable.group == group).count());
        // Writing to a text cannot fail.
        _ = write!(page, "\n## {}\n\n", group.title());
        page.push_str("| variable | default | accepted | meaning |\n|---|---|---|---|\n");
        for variable in own {
            let accepted = (variable.accepted)().replace('|', "\\|");
            _ = writeln!(
                page,
                "| `{}` | {} | {accepted} | {} |",
                variable.name,
                default(variable),
                variable.doc
            );
        }
    }
    page
}

fn default(variable: &Variable) -> String {
    let value = |text: &str| {
        if text.is_empty() { "unset".to_owned() } else { format!("`{text}`") }
    };
    match variable.fallback {
        Fallback::Both(text) => value(text),
        Fallback::Split(dev, production) => {
            format!("{} in development, {} in production", value(dev), value(production))
        }
        Fallback::Made(how) => format!("development: {how}; required in production"),
    }
}
