//! The `banter` command.

use std::process::ExitCode;

use clap::{CommandFactory as _, Parser, Subcommand};
use server::{
    config::{self, Config},
    telemetry,
};

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
    let started = match Cli::try_parse_from(arguments) {
        Ok(Cli { command: Some(Command::Serve(config)) }) => start(*config),
        Ok(Cli { command: None }) => Ok(()),
        Err(error) => match config::explain(&error, &Cli::command()) {
            Some(problem) => Err(problem),
            None => error.exit(),
        },
    };
    match started {
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
