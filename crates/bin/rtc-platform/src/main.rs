//! The life of the process: read the command line, read the configuration, do what was asked, say how it ended.

use rtc_platform::{cli, exit};
use std::process::ExitCode;

/// A server of many small, short-lived allocations on several threads: a sixth of a request's time was the system's
/// allocator (docs/benchmarks.md).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let invocation = match cli::parse(std::env::args_os()) {
        Ok(invocation) => invocation,
        Err(error) => {
            // A closed pipe is no reason to fail on the way out.
            _ = error.print();
            return ExitCode::from(if error.use_stderr() { exit::USAGE } else { 0 });
        }
    };
    ExitCode::from(rtc_platform::run(invocation))
}
