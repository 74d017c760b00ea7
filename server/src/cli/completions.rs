//! `banter completions`: prints a script that completes commands and flags.

use clap_complete::Shell;

use super::output::print;

/// Prints the script for a shell.
///
/// # Errors
/// Fails if standard output cannot be written.
pub(crate) fn run(shell: Shell, mut command: clap::Command) -> Result<(), String> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command, "banter", &mut script);
    print(&String::from_utf8_lossy(&script))
}
