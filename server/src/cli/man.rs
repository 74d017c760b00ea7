//! `banter man`: prints the manual page, made of the descriptions of commands and flags.

use std::io;

use clap_mangen::Man;

use super::output::print;

/// Prints the manual page of all subcommands.
///
/// # Errors
/// Fails if standard output cannot be written.
pub(crate) fn run(command: clap::Command) -> Result<(), String> {
    let page = render(command).map_err(|error| format!("the manual page: {error}"))?;
    print(&String::from_utf8_lossy(&page))
}

/// Renders the page: the program, then each subcommand with its options.
fn render(command: clap::Command) -> io::Result<Vec<u8>> {
    let mut command = command.mut_subcommands(|command| command.mut_args(name_variable));
    command.build();
    let mut page = Vec::new();
    let program = Man::new(command.clone());
    program.render_title(&mut page)?;
    program.render_name_section(&mut page)?;
    program.render_synopsis_section(&mut page)?;
    for subcommand in command.get_subcommands().filter(|command| command.get_name() != "help") {
        let about = Man::new(subcommand.clone());
        let mut sections = Vec::new();
        about.render_synopsis_section(&mut sections)?;
        about.render_description_section(&mut sections)?;
        about.render_options_section(&mut sections)?;
        if subcommand.get_after_help().is_some() {
            about.render_extra_section(&mut sections)?;
        }
        page.extend(format!(".SH \"COMMAND {}\"\n", subcommand.get_name()).into_bytes());
        // The sections of a subcommand become parts of its own.
        page.extend(String::from_utf8_lossy(&sections).replace(".SH ", ".SS ").into_bytes());
    }
    program.render_version_section(&mut page)?;
    Ok(page)
}

/// Adds the environment variable of a flag to its description.
fn name_variable(argument: clap::Arg) -> clap::Arg {
    let help = argument.get_long_help().or(argument.get_help());
    match (help, argument.get_env()) {
        (Some(help), Some(variable)) => {
            let help = format!("{help}\n\nVariable: {}", variable.to_string_lossy());
            argument.long_help(help)
        }
        _ => argument,
    }
}
