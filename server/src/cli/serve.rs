//! `banter serve`: runs the server.

use server::{config::Config, telemetry};

/// Serves until SIGTERM, SIGHUP or Ctrl+C.
///
/// # Errors
/// Fails if a setting is not valid or the server cannot start or continue.
pub(crate) fn run(settings: Config, command: &clap::Command) -> Result<(), String> {
    telemetry::start(settings.log_format)?;
    for name in unknown_variables(command) {
        tracing::warn!("{name} is not a setting of Banter; `banter serve --help` lists them");
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|error| format!("the runtime cannot start: {error}"))?;
    runtime.block_on(server::serve(settings)).map_err(|failure| failure.to_string())
}

/// Returns the environment variables with Banter's prefix that are no settings, such as typos.
fn unknown_variables(command: &clap::Command) -> Vec<String> {
    let arguments = command.get_subcommands().flat_map(clap::Command::get_arguments);
    let known: Vec<_> = arguments.filter_map(clap::Arg::get_env).collect();
    let names =
        std::env::vars_os().map(|(name, _)| name).filter(|name| !known.contains(&name.as_os_str()));
    names
        .map(|name| name.to_string_lossy().into_owned())
        .filter(|name| name.starts_with("BANTER_"))
        .collect()
}
