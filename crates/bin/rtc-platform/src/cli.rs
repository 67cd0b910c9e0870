//! The command line: commands in their own words, and a flag for every variable from the declaration.

use crate::config::{Fallback, VARIABLES, Variable};
use clap::{
    Arg, ArgMatches, Args, Command as ClapCommand, CommandFactory, FromArgMatches, Parser, Subcommand,
};
use std::{collections::BTreeMap, ffi::OsString, path::PathBuf};

/// Rooms, signaling and calls behind one server.
#[derive(Debug, Parser)]
#[command(name = "rtc-platform", version, about, disable_help_subcommand = true, after_help = EXIT_CODES)]
pub struct Cli {
    /// Print results and errors as JSON
    #[arg(long, global = true)]
    pub json: bool,
    /// TOML file with variables; flags and environment win over it
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// What to do
    #[command(subcommand)]
    pub command: Command,
}

const EXIT_CODES: &str = "Exit codes: 0 done, 1 failed, 2 wrong usage, 69 a service that is needed is not \
    available, 78 the configuration has faults.";

/// What the program can be asked to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Start for development: no other process and no configuration needed
    Dev,
    /// Start for production
    Serve,
    /// Print the effective configuration, secrets masked, and where each value came from
    Config,
    /// Bring the database up to date
    Migrate,
    /// Work with apps, the tenants of the platform
    App {
        /// What to do
        #[command(subcommand)]
        command: AppCommand,
    },
    /// Work with the rooms of an app
    Room {
        /// What to do
        #[command(subcommand)]
        command: RoomCommand,
    },
    /// Work with call tokens
    Token {
        /// What to do
        #[command(subcommand)]
        command: TokenCommand,
    },
    /// Work with the webhooks that came in and could not be applied
    Queue {
        /// What to do
        #[command(subcommand)]
        command: QueueCommand,
    },
    /// Print the OpenAPI document
    Openapi,
}

/// Commands on apps.
#[derive(Debug, Subcommand)]
pub enum AppCommand {
    /// Make an app; its secret is printed this once
    Create {
        /// 1 to 120 characters
        name: String,
    },
    /// List the apps, newest first
    List(Paging),
    /// Give an app a new secret
    RotateSecret {
        /// The app
        id: String,
        /// Hours for which the old secret stays valid: 0 to 720
        #[arg(long, default_value_t = 24, value_parser = clap::value_parser!(u32).range(0..=720))]
        grace_hours: u32,
    },
}

/// Commands on rooms.
#[derive(Debug, Subcommand)]
pub enum RoomCommand {
    /// Make a room
    Create {
        /// 1 to 120 characters
        name: String,
        /// The app that owns it
        #[arg(long)]
        app: String,
        /// How many may be in it at once: 2 to 1000
        #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u32).range(2..=1000))]
        max_participants: u32,
        /// How media travels: p2p, sfu, or auto (p2p for 2, sfu for more)
        #[arg(long, default_value = "auto", value_parser = ["auto", "p2p", "sfu"])]
        topology: String,
    },
    /// List an app's rooms, newest first
    List {
        /// The app that owns them
        #[arg(long)]
        app: String,
        /// Which part of the list
        #[command(flatten)]
        paging: Paging,
    },
}

/// Commands on tokens.
#[derive(Debug, Subcommand)]
pub enum TokenCommand {
    /// Make a call token for one user and one room
    Create {
        /// The app that owns the room
        #[arg(long)]
        app: String,
        /// The room
        #[arg(long)]
        room: String,
        /// The user, as the app names it
        #[arg(long)]
        user: String,
        /// What the user may do: host, participant or viewer
        #[arg(long, default_value = "participant", value_parser = ["host", "participant", "viewer"])]
        role: String,
        /// Life of the token: 60 s to 24 h, as seconds or as 90s, 15m, 1h; JWT_EXPIRES_IN unless given
        #[arg(long)]
        expires_in: Option<String>,
    },
}

/// Commands on the queue of webhooks.
#[derive(Debug, Subcommand)]
pub enum QueueCommand {
    /// List the webhooks in the queue, the oldest first
    List {
        /// Which: failed, waiting or active
        #[arg(long, default_value = "failed", value_parser = ["failed", "waiting", "active"])]
        state: String,
        /// Which part of the list
        #[command(flatten)]
        paging: Paging,
    },
    /// Let failed webhooks run again
    Replay(Jobs),
    /// Forget failed webhooks
    Drop(Jobs),
}

/// Which failed webhooks.
#[derive(Clone, Debug, Args)]
#[group(required = true, multiple = false)]
pub struct Jobs {
    /// The one of this id, as listed
    pub id: Option<String>,
    /// All of them
    #[arg(long)]
    pub all: bool,
}

/// Which part of a list.
#[derive(Clone, Copy, Debug, Args)]
pub struct Paging {
    /// The most that are listed: 1 to 200
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=200))]
    pub limit: u32,
}

/// The command line, read.
#[derive(Debug)]
pub struct Invocation {
    /// The command with its own arguments.
    pub cli: Cli,
    /// Variables given as flags, by name.
    pub flags: BTreeMap<String, String>,
}

/// Reads the command line.
///
/// # Errors
/// Wrong usage, and requests for help or the version, in clap's words.
pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Invocation, clap::Error> {
    let matches = command().try_get_matches_from(arguments)?;
    Ok(Invocation { cli: Cli::from_arg_matches(&matches)?, flags: flags(&matches) })
}

/// The whole command line as clap knows it.
pub fn command() -> ClapCommand {
    let servers = ["dev", "serve", "config"];
    let tools = ["migrate", "app", "room", "token", "queue"];
    let mut command = Cli::command();
    for name in servers {
        command = command.mut_subcommand(name, |command| command.args(VARIABLES.iter().map(flag)));
    }
    for name in tools {
        let variables = VARIABLES.iter().filter(|variable| variable.group.serves_tools());
        command = command.mut_subcommand(name, |command| {
            command.args(variables.map(|variable| flag(variable).global(true).hide_short_help(true)))
        });
    }
    command
}

fn flag(variable: &Variable) -> Arg {
    let default = match variable.fallback {
        Fallback::Both("") => "unset".to_owned(),
        Fallback::Both(text) => text.to_owned(),
        Fallback::Split(dev, "") => format!("{dev} in development, unset in production"),
        Fallback::Split(dev, production) => format!("{dev} in development, {production} in production"),
        Fallback::Made(how) => format!("in development {how}"),
    };
    let accepted = (variable.accepted)();
    Arg::new(variable.name)
        .long(variable.flag())
        .value_name("VALUE")
        .allow_hyphen_values(true)
        .help_heading(variable.group.title())
        .help(variable.doc)
        .long_help(format!(
            "{}\n\nAccepted: {accepted}\nDefault: {default}\nEnvironment: {}",
            variable.doc, variable.name
        ))
}

fn flags(matches: &ArgMatches) -> BTreeMap<String, String> {
    let mut flags = BTreeMap::new();
    let mut level = Some(matches);
    while let Some(matches) = level {
        for variable in VARIABLES {
            if let Ok(Some(value)) = matches.try_get_one::<String>(variable.name) {
                flags.insert(variable.name.to_owned(), value.clone());
            }
        }
        level = matches.subcommand().map(|(_, matches)| matches);
    }
    flags
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::config::Group;

    fn parsed(line: &str) -> Result<Invocation, clap::Error> {
        parse(std::iter::once("rtc-platform").chain(line.split(' ')).map(OsString::from))
    }

    #[test]
    fn the_command_line_is_consistent() {
        command().debug_assert();
    }

    #[test]
    fn every_variable_is_a_flag_of_the_commands_that_serve() {
        for command in ["dev", "serve", "config"] {
            for variable in VARIABLES {
                let invocation = parsed(&format!("{command} --{} given", variable.flag())).unwrap();
                assert_eq!(invocation.flags[variable.name], "given");
            }
        }
    }

    #[test]
    fn flags_of_the_database_stand_before_or_after_a_nested_command() {
        for line in ["app --database-url sqlite:a list", "app list --database-url sqlite:a"] {
            assert_eq!(parsed(line).unwrap().flags["DATABASE_URL"], "sqlite:a", "{line}");
        }
        assert!(parsed("app list --port 1").is_err(), "a tool does not listen");
    }

    #[test]
    fn groups_that_serve_tools_name_the_database_and_the_keys() {
        assert!(Group::Storage.serves_tools() && Group::Secrets.serves_tools());
        assert!(!Group::Limits.serves_tools());
    }
}
