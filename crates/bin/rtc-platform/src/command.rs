//! Carries a command out and says how it ended.

mod app;
mod output;
mod queue;
mod room;
mod token;

use crate::{
    cli::{Command, Invocation},
    config::{self, Config, Layers, Mode, Report},
    exit::Failure,
    foundation::Foundation,
    life,
    logging::Logging,
};
use output::Output;
use std::io::Write as _;

/// Carries a command out; returns the exit code. Results go to standard output, failures to standard error.
pub fn run(invocation: Invocation) -> u8 {
    let json = invocation.cli.json;
    match carry_out(invocation) {
        Ok(output) => print(&output.render(json)),
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

fn carry_out(invocation: Invocation) -> Result<Output, Failure> {
    let Invocation { cli, flags } = invocation;
    if let Command::Openapi = cli.command {
        return Ok(Output::document(crate::openapi::text()?));
    }
    let layers = config::gather(flags, cli.config.as_deref())?;
    let ambient = config::ambient_mode(&layers);
    match cli.command {
        Command::Dev if ambient == Mode::Production => Err(life::dev_in_production()),
        Command::Dev => serve(Mode::Dev, &layers),
        Command::Serve => serve(Mode::Production, &layers),
        Command::Config => {
            let report = Report::of(&config::load(ambient, &layers)?);
            Output::new(&report, report.to_string())
        }
        command => tool(command, config::load(ambient, &layers)?.config),
    }
}

fn serve(mode: Mode, layers: &Layers) -> Result<Output, Failure> {
    let config = config::load(mode, layers)?.config;
    runtime()?.block_on(life::live(config))?;
    Ok(Output::none())
}

/// Commands that work on the database and end.
fn tool(command: Command, config: Config) -> Result<Output, Failure> {
    let quiet = Config {
        log_level: if config.log_level == "info" { "warn".into() } else { config.log_level.clone() },
        ..config.clone()
    };
    let runtime = runtime()?;
    runtime.block_on(async {
        let logging = Logging::start(&quiet)?;
        let foundation = Foundation::lay(&config, None).await?;
        let app = &foundation.app;
        let output = match command {
            Command::App { command } => app::run(app, command).await,
            Command::Room { command } => room::run(app, command).await,
            Command::Token { command } => token::run(app, command, &config).await,
            Command::Queue { command } => queue::run(app, command).await,
            // Laying the foundation has brought the database up to date.
            _ => Output::new(&serde_json::json!({ "migrated": true }), "The database is up to date.".into()),
        };
        foundation.store.close().await;
        logging.flush().await;
        output
    })
}

fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::failed(format!("the runtime cannot be started: {error}")))
}
