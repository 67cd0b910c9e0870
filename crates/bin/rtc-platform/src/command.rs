//! Carries a command out and says how it ended.

use crate::{
    cli::{Command, Invocation},
    config::{self, Report},
    exit::Failure,
};
use std::io::Write;

/// Carries a command out; returns the exit code. Results go to standard output, failures to standard error.
pub fn run(invocation: Invocation) -> u8 {
    let json = invocation.cli.json;
    match carry_out(invocation) {
        Ok(output) => print(&output),
        Err(failure) => {
            _ = writeln!(std::io::stderr(), "{}", failure.render(json));
            failure.exit_code()
        }
    }
}

fn print(output: &str) -> u8 {
    if output.is_empty() {
        return 0;
    }
    // A reader that has gone, such as `head`, has seen enough.
    match writeln!(std::io::stdout(), "{output}") {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => 1,
        _ => 0,
    }
}

fn carry_out(invocation: Invocation) -> Result<String, Failure> {
    let Invocation { cli, flags } = invocation;
    let layers = config::gather(flags, cli.config.as_deref())?;
    let mode = config::ambient_mode(&layers);
    match cli.command {
        Command::Config => {
            let report = Report::of(&config::load(mode, &layers)?);
            Ok(if cli.json {
                to_json(&report)?
            } else {
                report.to_string()
            })
        }
        _ => Err(Failure::failed("this command is not part of this build")),
    }
}

fn to_json(value: &impl serde::Serialize) -> Result<String, Failure> {
    serde_json::to_string_pretty(value).map_err(Failure::failed)
}
