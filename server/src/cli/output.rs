//! Output of the subcommands.

use std::{
    io::{IsTerminal as _, Write as _},
    time::{Duration, Instant},
};

use server::store::DataLocation;

/// Prints to standard output.
///
/// # Errors
/// Fails if standard output cannot be written, such as when it is closed.
pub(crate) fn print(text: &str) -> Result<(), String> {
    std::io::stdout()
        .write_all(text.as_bytes())
        .map_err(|error| format!("standard output: {error}"))
}

/// Names a location of data. Leaves out the address of a database, which may contain a password.
pub(crate) fn name(location: &DataLocation) -> String {
    match location {
        DataLocation::Folder(folder) => folder.display().to_string(),
        DataLocation::Postgres(_) => "PostgreSQL".into(),
    }
}

/// The time between two lines of progress.
const PROGRESS_INTERVAL: Duration = Duration::from_millis(100);

/// A line that says how far a command is. Only terminals show it.
#[derive(Debug)]
pub(crate) struct Progress {
    is_terminal: bool,
    shown_at: Option<Instant>,
}

impl Progress {
    pub(crate) fn new() -> Self {
        Self { is_terminal: std::io::stderr().is_terminal(), shown_at: None }
    }

    /// Shows a line in place of the one before. A line that follows at once is left out.
    pub(crate) fn show(&mut self, line: &str) {
        let is_due = self.shown_at.is_none_or(|at| at.elapsed() >= PROGRESS_INTERVAL);
        if self.is_terminal && is_due {
            self.shown_at = Some(Instant::now());
            eprint_over(line);
        }
    }

    /// Removes the line.
    pub(crate) fn end(self) {
        if self.shown_at.is_some() {
            eprint_over("");
        }
    }
}

/// Writes a line over the present one of standard error.
fn eprint_over(line: &str) {
    // Progress is no reason to fail.
    let _ = write!(std::io::stderr(), "\r\x1b[K{line}");
}
