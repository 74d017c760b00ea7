//! `banter config`: prints the settings that `serve` would use, and what `serve` would refuse.

use std::{ffi::OsString, net::SocketAddr};

use clap::{
    ArgMatches, Command,
    error::{ContextKind, ContextValue},
};
use server::{
    config::{self, explain},
    run::address_faults,
};

use super::output::print;

/// Prints the settings and the source of each, also if some are not valid.
///
/// # Errors
/// Fails with a line for each setting that is not valid, or if standard output cannot be written.
pub(crate) fn run(arguments: &[OsString], command: &Command) -> Result<(), String> {
    let (matches, mut faults) = parse(arguments, command.clone())?;
    let Some(settings) = matches.subcommand_matches("config") else { return Ok(()) };
    print(&config::describe(settings, command))?;
    let text = |name| settings.try_get_one::<String>(name).ok().flatten();
    let given = |name| text(name).map(String::as_str).filter(|value| !value.is_empty());
    let address = settings.try_get_one::<SocketAddr>("site_addr").ok().flatten().copied();
    let wrong = address_faults(given("database_url"), given("redis_url"), address);
    faults.extend(wrong.iter().map(ToString::to_string));
    // The first line gets its prefix from `main`.
    if faults.is_empty() { Ok(()) } else { Err(faults.join("\nbanter: ")) }
}

/// Parses the arguments. Settings that are not valid are left as texts, and explained in a line
/// each.
fn parse(
    arguments: &[OsString],
    mut command: Command,
) -> Result<(ArgMatches, Vec<String>), String> {
    let (mut faults, mut wrong) = (Vec::new(), Vec::new());
    loop {
        let error = match command.clone().try_get_matches_from(arguments) {
            Ok(matches) => return Ok((matches, faults)),
            Err(error) => error,
        };
        let Some(fault) = explain(&error, &command) else { error.exit() };
        let flag = match error.get(ContextKind::InvalidArg) {
            Some(ContextValue::String(flag)) => flag.split_whitespace().next().map(str::to_owned),
            _ => None,
        };
        // A flag without a value is not valid as a text either.
        let Some(flag) = flag.filter(|flag| !wrong.contains(flag)) else { return Err(fault) };
        command = command.mut_subcommand("config", |config| {
            config.mut_args(|arg| {
                if arg.get_long().is_some_and(|long| flag.strip_prefix("--") == Some(long)) {
                    arg.value_parser(clap::value_parser!(OsString))
                } else {
                    arg
                }
            })
        });
        faults.push(fault);
        wrong.push(flag);
    }
}
