//! The `banter` command.

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use server::{config::Config, telemetry};

#[derive(Debug, Parser)]
#[command(name = "banter", version, about = "Team chat that you host yourself and that never loses a message")]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serves Banter
    Serve(Box<Config>),
}

fn main() -> ExitCode {
    // Without a command it serves with the settings of the environment, as `cargo leptos` expects.
    let arguments = std::env::args_os().chain((std::env::args_os().len() == 1).then(|| "serve".into()));
    let Some(Command::Serve(config)) = Cli::parse_from(arguments).command else { return ExitCode::SUCCESS };
    match start(*config) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            use std::io::Write as _;
            // Where standard error is closed there is nobody to tell.
            let _ = writeln!(std::io::stderr(), "banter: {problem}");
            ExitCode::FAILURE
        }
    }
}

fn start(config: Config) -> Result<(), String> {
    telemetry::start(config.log_format)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|error| format!("the runtime cannot start: {error}"))?;
    runtime.block_on(server::serve(config)).map_err(|failure| failure.to_string())
}
