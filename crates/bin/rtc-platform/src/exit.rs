//! How the process ends: exit codes after sysexits.h, and errors in words or JSON.

use crate::config::Faults;
use rtc_app::RequestError;
use rtc_types::ErrorCode;
use std::fmt;

/// Why a command failed.
#[derive(Debug)]
pub enum Failure {
    /// The command could not be carried out (exit code 1).
    Failed {
        /// The contract's code.
        code: ErrorCode,
        /// For people.
        message: String,
    },
    /// An argument is not accepted (exit code 2, as for unknown flags).
    Usage(String),
    /// A service that is needed, such as the database or a port, is not available (exit code 69).
    Unavailable(String),
    /// The configuration has faults (exit code 78).
    Configuration(Faults),
}

/// Wrong usage; clap's own exit code.
pub const USAGE: u8 = 2;

impl Failure {
    /// A failure that is nobody's contract.
    pub fn failed(message: impl fmt::Display) -> Self {
        Failure::Failed { code: ErrorCode::InternalError, message: message.to_string() }
    }

    /// The process's exit code.
    pub fn exit_code(&self) -> u8 {
        match self {
            Failure::Failed { .. } => 1,
            Failure::Usage(_) => USAGE,
            Failure::Unavailable(_) => 69,
            Failure::Configuration(_) => 78,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Failure::Failed { code, .. } => code.as_str(),
            Failure::Usage(_) => ErrorCode::ValidationError.as_str(),
            Failure::Unavailable(_) => ErrorCode::Unavailable.as_str(),
            Failure::Configuration(_) => "CONFIGURATION",
        }
    }

    /// The failure as it goes to standard error.
    pub fn render(&self, json: bool) -> String {
        if !json {
            return self.to_string();
        }
        let details: Vec<_> = match self {
            Failure::Configuration(faults) => faults
                .0
                .iter()
                .map(|fault| serde_json::json!({ "path": fault.subject, "message": fault.problem }))
                .collect(),
            _ => Vec::new(),
        };
        serde_json::json!({
            "error": { "code": self.code(), "message": self.to_string(), "details": details }
        })
        .to_string()
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Failed { message, .. } | Failure::Usage(message) | Failure::Unavailable(message) => {
                f.write_str(message)
            }
            Failure::Configuration(faults) => faults.fmt(f),
        }
    }
}

impl From<Faults> for Failure {
    fn from(faults: Faults) -> Self {
        Failure::Configuration(faults)
    }
}

impl From<RequestError> for Failure {
    fn from(error: RequestError) -> Self {
        if let Some(text) = error.log_text() {
            tracing::error!(error = text, "the command failed");
        }
        let message = error.to_string();
        match error.code() {
            ErrorCode::ValidationError => Failure::Usage(message),
            ErrorCode::Unavailable => Failure::Unavailable(message),
            code => Failure::Failed { code, message },
        }
    }
}
