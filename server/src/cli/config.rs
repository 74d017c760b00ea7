//! `banter config`: prints the settings that `serve` would use.

use clap::ArgMatches;
use server::config;

use super::output::print;

/// Prints the settings and the source of each.
///
/// # Errors
/// Fails if standard output cannot be written.
pub(crate) fn run(matches: &ArgMatches, command: &clap::Command) -> Result<(), String> {
    let settings = matches.subcommand_matches("config");
    let text = settings.map(|settings| config::describe(settings, command)).unwrap_or_default();
    print(&text)
}
