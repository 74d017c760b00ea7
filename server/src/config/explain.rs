//! Explains settings to operators: why one is not valid, and which are in effect.

use clap::{
    ArgMatches,
    error::{ContextKind, ContextValue, ErrorKind},
    parser::ValueSource,
};

/// Explains in one line why a setting is not valid. Leaves out the value if it may be a secret.
///
/// Returns `None` if the command line as a whole is not valid, or if it asks for help.
#[must_use]
pub fn explain(error: &clap::Error, command: &clap::Command) -> Option<String> {
    let ContextValue::String(flag) = error.get(ContextKind::InvalidArg)? else { return None };
    let flag = flag.split_whitespace().next()?;
    let serve = command.find_subcommand("serve")?;
    let argument = serve.get_arguments().find(|argument| {
        argument.get_long().is_some_and(|long| flag.strip_prefix("--") == Some(long))
    })?;
    if error.kind() == ErrorKind::UnknownArgument {
        // The command before it does not know the flag, or there is none.
        return Some(format!(
            "{flag} is a flag of `banter serve` and stands after that word: banter serve {flag} …"
        ));
    }
    let variable = argument.get_env()?.to_string_lossy();
    let value = match error.get(ContextKind::InvalidValue) {
        Some(ContextValue::String(value))
            if !value.is_empty() && !argument.is_hide_env_values_set() =>
        {
            format!(" {value:?}")
        }
        _ => String::new(),
    };
    let reason = match (error.get(ContextKind::ValidValue), std::error::Error::source(error)) {
        (Some(ContextValue::Strings(values)), _) if !values.is_empty() => {
            format!("must be one of {}", values.join(", "))
        }
        (_, Some(reason)) => reason.to_string(),
        _ => "needs a value".to_owned(),
    };
    Some(format!("{variable} ({flag}){value}: {reason}"))
}

/// Lists the settings, one a line: variable, value and source. Leaves out the values of secrets.
#[must_use]
pub fn describe(settings: &ArgMatches, command: &clap::Command) -> String {
    let arguments =
        command.find_subcommand("serve").into_iter().flat_map(clap::Command::get_arguments);
    let lines = arguments.filter(|argument| !argument.is_hide_set()).filter_map(|argument| {
        let variable = argument.get_env()?.to_string_lossy();
        let id = argument.get_id().as_str();
        let value = settings
            .get_raw(id)
            .and_then(|mut values| values.next())
            .map(|value| value.to_string_lossy());
        let value = match value {
            Some(value) if argument.is_hide_env_values_set() && !value.is_empty() => {
                "(set, not shown)".into()
            }
            Some(value) => value,
            None => "".into(),
        };
        let source = match settings.value_source(id) {
            Some(ValueSource::CommandLine) => "flag",
            Some(ValueSource::EnvVariable) => "environment",
            _ => "default",
        };
        Some(format!("{variable}={value}  # {source}\n"))
    });
    lines.collect()
}
