//! The command line of `banter`: one file for each subcommand.

mod backup;
mod completions;
mod config;
mod copy;
mod files;
mod man;
mod migrate;
mod output;
mod reindex;
mod reset;
mod serve;

use std::{ffi::OsString, path::PathBuf};

use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand};
use server::{
    config::{Config, DataArgs, FilesArgs, FilesLocation, LinkArgs, explain},
    store::backup::MissingFiles,
};

/// The variables that are no flags.
const VARIABLES: &str = "Two more variables are no flags:\n  RUST_LOG       How much is logged: \
    error, warn, info, debug or trace [default: info]\n  SSL_CERT_FILE  PEM file of trusted \
    issuers for PostgreSQL and Redis [default: the system's]";

#[derive(Debug, Parser)]
#[command(name = "banter", version, about = "Self-hosted team chat that never loses a message")]
struct Cli {
    #[command(subcommand)]
    command: Option<Subcommands>,
}

#[derive(Debug, Subcommand)]
enum Subcommands {
    /// Runs the server
    #[command(after_help = VARIABLES)]
    Serve(Box<Config>),
    /// Prints the settings that `serve` would use, and the source of each
    Config(Box<Config>),
    /// Copies all data to a new folder while the server runs
    ///
    /// To restore the backup, replace the data folder with it.
    Backup {
        #[command(flatten)]
        from: DataArgs,
        #[command(flatten)]
        files: FilesArgs,
        /// Goes on if bytes of files are not there, and leaves these files out
        #[arg(long)]
        without_missing_files: bool,
        /// Folder for the copy; must be empty or not exist
        to: PathBuf,
    },
    /// Prints a link that sets a new password of a user, once
    ///
    /// For the owner of the server, also while it runs. The link is valid for 24 hours.
    Reset {
        #[command(flatten)]
        data: DataArgs,
        #[command(flatten)]
        link: LinkArgs,
        /// The username
        username: String,
    },
    /// Migrates the database to this version, as `serve` does when it starts
    Migrate(DataArgs),
    /// Builds the index of search anew, while the server runs
    ///
    /// Messages are found as before meanwhile.
    Reindex(DataArgs),
    /// Copies all data from one database to another, such as from SQLite to PostgreSQL
    ///
    /// No server may run on either database. The copy is read back and compared.
    Copy {
        /// Source: sqlite:FOLDER or postgres://…
        #[arg(long, env = "BANTER_COPY_FROM", hide_env_values = true)]
        from: String,
        /// Destination: sqlite:FOLDER or postgres://…; must not contain accounts
        #[arg(long, env = "BANTER_COPY_TO", hide_env_values = true)]
        to: String,
        /// Where the files of the source are: a folder, or `s3://BUCKET/PREFIX`
        ///
        /// By default `files` in the folder of a SQLite database.
        #[arg(long, env = "BANTER_COPY_FROM_FILES")]
        from_files: Option<FilesLocation>,
        /// Where the files go: a folder, or `s3://BUCKET/PREFIX`
        #[arg(long, env = "BANTER_COPY_TO_FILES")]
        to_files: Option<FilesLocation>,
    },
    /// Prints a script that completes commands and flags in a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Prints the manual page, for man(1)
    Man,
}

/// Parses the arguments of the process and runs the command.
///
/// # Errors
/// Fails with one line for the operator if a setting is not valid or the command fails.
pub(crate) fn run() -> Result<(), String> {
    let arguments = std::env::args_os();
    // Without a subcommand it serves, with the settings of the environment, as `cargo leptos`
    // expects.
    let default = (arguments.len() == 1).then(|| OsString::from("serve"));
    let arguments: Vec<_> = arguments.chain(default).collect();
    if arguments.get(1).is_some_and(|subcommand| subcommand == "config") {
        return config::run(&arguments, &command());
    }
    let parsed = command()
        .try_get_matches_from(arguments)
        .and_then(|matches| Cli::from_arg_matches(&matches));
    let cli =
        parsed.map_err(|error| explain(&error, &Cli::command()).unwrap_or_else(|| error.exit()))?;
    match cli.command {
        Some(subcommand) => subcommand.run(),
        None => Ok(()),
    }
}

impl Subcommands {
    fn run(self) -> Result<(), String> {
        match self {
            Self::Serve(settings) => serve::run(*settings, &Cli::command()),
            Self::Config(_) => Ok(()), // `run` has handled it
            Self::Backup { from, files, without_missing_files, to } => {
                let missing = match without_missing_files {
                    true => MissingFiles::LeaveOut,
                    false => MissingFiles::Refuse,
                };
                backup::run(&from, &files, missing, &to)
            }
            Self::Reset { data, link, username } => reset::run(&data, &link, &username),
            Self::Migrate(data) => migrate::run(&data),
            Self::Reindex(data) => reindex::run(&data),
            Self::Copy { from, to, from_files, to_files } => {
                copy::run((&from, from_files), (&to, to_files))
            }
            Self::Completions { shell } => completions::run(shell, Cli::command()),
            Self::Man => man::run(Cli::command()),
        }
    }
}

/// Returns the command, without the environment variables that are set to an empty value.
///
/// Compose files and systemd units leave a setting out this way.
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
