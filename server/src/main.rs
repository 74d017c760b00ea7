//! The `banter` command.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::{ArgMatches, CommandFactory as _, FromArgMatches as _, Parser, Subcommand};
use server::{
    config::{self, Config, Data},
    store::{self, DataLocation, backup},
    telemetry,
};

#[derive(Debug, Parser)]
#[command(
    name = "banter",
    version,
    about = "Team chat that you host yourself and that never loses a message"
)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serves Banter
    Serve(Box<Config>),
    /// Prints the settings that `serve` would have, and where each comes from
    Config(Box<Config>),
    /// Copies all data to a new folder, while the server runs; to restore, put that in the data folder's place
    Backup {
        #[command(flatten)]
        from: Data,
        /// Folder for the copy, which must be empty or not there yet
        to: PathBuf,
    },
    /// Brings the database up to this version, as `serve` does when it starts
    Migrate(Data),
    /// Copies all data from one database to another and compares them, as between SQLite and PostgreSQL
    Copy {
        /// sqlite:FOLDER or postgres://…, while no server runs on it
        #[arg(long, env = "BANTER_COPY_FROM", hide_env_values = true)]
        from: String,
        /// The same; nobody has an account there yet
        #[arg(long, env = "BANTER_COPY_TO", hide_env_values = true)]
        to: String,
    },
}

fn main() -> ExitCode {
    // Without a command it serves with the settings of the environment, as `cargo leptos` expects.
    let arguments =
        std::env::args_os().chain((std::env::args_os().len() == 1).then(|| "serve".into()));
    let matches = command().try_get_matches_from(arguments);
    let cli = matches.and_then(|matches| Ok((Cli::from_arg_matches(&matches)?, matches)));
    let started = match cli {
        Ok((Cli { command: Some(Command::Serve(config)) }, _)) => start(*config),
        Ok((Cli { command: Some(Command::Config(_)) }, matches)) => print_config(&matches),
        Ok((Cli { command: Some(Command::Backup { from, to }) }, _)) => back_up(&from, &to),
        Ok((Cli { command: Some(Command::Migrate(data)) }, _)) => migrate(&data),
        Ok((Cli { command: Some(Command::Copy { from, to }) }, _)) => copy(&from, &to),
        Ok((Cli { command: None }, _)) => Ok(()),
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

/// Empty is how compose files and units leave a setting out: such variables are not there.
fn command() -> clap::Command {
    let is_empty = |arg: &clap::Arg| {
        arg.get_env().and_then(std::env::var_os).is_some_and(|value| value.is_empty())
    };
    Cli::command().mut_subcommands(|command| {
        command.mut_args(|arg| {
            if is_empty(&arg) { arg.env(clap::builder::Resettable::Reset) } else { arg }
        })
    })
}

fn back_up(from: &Data, to: &Path) -> Result<(), String> {
    let place = from.place().map_err(|failure| failure.to_string())?;
    let copied = backup::back_up(&place, to);
    copied.map_err(|error| format!("backup of {} to {}: {error}", name(&place), to.display()))
}

fn migrate(data: &Data) -> Result<(), String> {
    let place = data.place().map_err(|failure| failure.to_string())?;
    let applied = store::migrate(&place)
        .map_err(|error| format!("migrate {}: {}", name(&place), error.cause()))?;
    print(&match applied[..] {
        [] => "Nothing was missing.\n".to_owned(),
        _ => applied.iter().map(|step| format!("Applied {step}\n")).collect(),
    })
}

fn copy(from: &str, to: &str) -> Result<(), String> {
    // What was given is not repeated: it may hold a password.
    let place = |flag: &str, text: &str| {
        text.parse::<DataLocation>().map_err(|why| format!("{flag} {why}"))
    };
    let (from, to) = (&place("--from", from)?, &place("--to", to)?);
    let tables = store::copy(from, to)
        .map_err(|error| format!("copy from {} to {}: {error}", name(from), name(to)))?;
    let rows: u64 = tables.iter().map(|table| table.rows).sum();
    let tables: String = tables.iter().map(|table| format!("{table}\n")).collect();
    print(&format!(
        "{tables}Copied {rows} rows to {}, and what was read back is the same.\n",
        name(to)
    ))
}

/// Without the address of a database, which holds a password.
fn name(place: &DataLocation) -> String {
    match place {
        DataLocation::Folder(folder) => folder.display().to_string(),
        DataLocation::Postgres(_) => "PostgreSQL".into(),
    }
}

fn print(text: &str) -> Result<(), String> {
    use std::io::Write as _;
    std::io::stdout()
        .write_all(text.as_bytes())
        .map_err(|error| format!("standard output: {error}"))
}

fn print_config(matches: &ArgMatches) -> Result<(), String> {
    let (command, settings) = (Cli::command(), matches.subcommand_matches("config"));
    let text = settings.map(|settings| config::describe(settings, &command)).unwrap_or_default();
    print(&text)
}

/// Names in the environment that look like settings and are none: mistyped ones, most likely.
fn unknown_variables() -> Vec<String> {
    let command = Cli::command();
    let arguments = command.get_subcommands().flat_map(clap::Command::get_arguments);
    let known: Vec<_> = arguments.filter_map(clap::Arg::get_env).collect();
    let names =
        std::env::vars_os().map(|(name, _)| name).filter(|name| !known.contains(&name.as_os_str()));
    names
        .map(|name| name.to_string_lossy().into_owned())
        .filter(|name| name.starts_with("BANTER_"))
        .collect()
}

fn start(config: Config) -> Result<(), String> {
    telemetry::start(config.log_format)?;
    for name in unknown_variables() {
        tracing::warn!("{name} is no setting of Banter; `banter serve --help` names all");
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|error| format!("the runtime cannot start: {error}"))?;
    runtime.block_on(server::serve(config)).map_err(|failure| failure.to_string())
}
