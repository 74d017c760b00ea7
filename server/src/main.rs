//! The `banter` command.

mod cli;

use std::{io::Write as _, process::ExitCode};

fn main() -> ExitCode {
    match cli::run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            // Nothing is left to report to if standard error is closed.
            let _ = writeln!(std::io::stderr(), "banter: {problem}");
            ExitCode::FAILURE
        }
    }
}
