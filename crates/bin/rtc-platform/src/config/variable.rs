//! What is known about one variable, and the macro that declares them all.

use super::{Fault, Mode, Reader};

/// What a variable is when nobody sets it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fallback {
    /// The same in both modes; an empty text: unset.
    Both(&'static str),
    /// One for development, one for production; an empty text: unset.
    Split(&'static str, &'static str),
    /// Development makes or derives it at start, as described; production must be given one.
    Made(&'static str),
}

impl Fallback {
    /// The text that is parsed where nothing else is given.
    pub fn text(self, mode: Mode) -> &'static str {
        match (self, mode) {
            (Fallback::Both(text), _)
            | (Fallback::Split(text, _), Mode::Dev)
            | (Fallback::Split(_, text), Mode::Production) => text,
            (Fallback::Made(_), _) => "",
        }
    }
}

/// What of a value may be printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Show {
    /// All of it.
    Plain,
    /// Nothing of it.
    Secret,
    /// A URL without its password.
    Url,
    /// ICE servers without their credentials.
    IceServers,
}

/// Whom a variable concerns; the headings of help and reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// Where the server listens.
    Listeners,
    /// Where state is kept.
    Storage,
    /// Keys and tokens.
    Secrets,
    /// What browsers are told and allowed.
    Clients,
    /// The media server.
    Media,
    /// Streams of one to many, and webhooks.
    Livestreams,
    /// What a client may use.
    Limits,
    /// Logs, traces, the process.
    Operations,
}

impl Group {
    /// The heading.
    pub const fn title(self) -> &'static str {
        match self {
            Group::Listeners => "Listeners",
            Group::Storage => "Storage",
            Group::Secrets => "Keys and tokens",
            Group::Clients => "Clients",
            Group::Media => "Media",
            Group::Livestreams => "Livestreams",
            Group::Limits => "Limits",
            Group::Operations => "Operations",
        }
    }

    /// Whether commands that only work on the database take the group's flags, too.
    pub const fn serves_tools(self) -> bool {
        matches!(self, Group::Storage | Group::Secrets | Group::Operations)
    }
}

/// One variable of the configuration.
#[derive(Debug)]
pub struct Variable {
    /// The environment variable, such as `PORT`.
    pub name: &'static str,
    /// Its heading.
    pub group: Group,
    /// The value where none is given.
    pub fallback: Fallback,
    /// What of it may be printed.
    pub show: Show,
    /// What it does, in one or two sentences.
    pub doc: &'static str,
    /// What a value must look like.
    pub accepted: fn() -> String,
}

impl Variable {
    /// The command line flag without its dashes: `signaling-port`.
    pub fn flag(&self) -> String {
        self.name.to_ascii_lowercase().replace('_', "-")
    }

    /// The key in a configuration file: `signaling_port`.
    pub fn key(&self) -> String {
        self.name.to_ascii_lowercase()
    }
}

/// Declares every variable once: field, kind, default and words. From it come [`Config`](super::Config) with
/// its parser and the table of variables, and from the table flags, help, `config` and the reference page.
macro_rules! declare {
    ($(
        $field:ident: $type:ty {
            name: $name:literal, group: $group:ident, kind: $kind:expr, default: $fallback:expr,
            show: $show:ident, doc: $doc:literal $(,)?
        }
    )+) => {
        /// The configuration, every value parsed and within its range.
        #[derive(Clone, Debug)]
        pub struct Config {
            /// Development or production.
            pub mode: Mode,
            $(#[doc = $doc] pub $field: $type,)+
        }

        /// Every variable, in the order in which they are printed.
        pub static VARIABLES: &[Variable] = &[$(
            Variable {
                name: $name,
                group: Group::$group,
                fallback: $fallback,
                show: Show::$show,
                doc: $doc,
                accepted: || { const KIND: Kind<$type> = $kind; (KIND.accepted)() },
            },
        )+];

        impl Config {
            /// Parses all variables; every fault is noted by the reader.
            pub(super) fn read(mode: Mode, reader: &mut Reader<'_>) -> Option<Config> {
                $(let $field: Option<$type> = reader.read($name, $kind);)+
                Some(Config { mode, $($field: $field?,)+ })
            }
        }
    };
}
pub(super) use declare;

/// How a variable's text becomes a value.
pub struct Kind<T> {
    /// What is accepted, for people; completes "accepted: …".
    pub accepted: fn() -> String,
    /// The value, where the text (trimmed; empty: unset) is accepted.
    pub parse: fn(&str) -> Option<T>,
}

impl Reader<'_> {
    /// Parses one variable; where its text is not accepted, notes the fault and returns nothing.
    pub(super) fn read<T>(&mut self, name: &'static str, kind: Kind<T>) -> Option<T> {
        let given = self.given(name);
        let value = (kind.parse)(given.text.trim());
        if value.is_none() {
            let fault = Fault::not_accepted(name, given, &(kind.accepted)());
            self.faults.push(fault);
        }
        value
    }
}
