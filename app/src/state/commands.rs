//! Slash commands: a text that begins with `/` and a word does something.

use protocol::limits::MAX_REMINDER_CHARS;

use super::{
    when::{When, read_when},
    writing::{Format, Written},
};

/// A command in the list that the composer offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CommandHelp {
    /// The name, without the slash.
    pub name: &'static str,
    /// What follows the name.
    pub usage: &'static str,
    /// What it does.
    pub about: &'static str,
}

/// All commands, by name.
pub const COMMANDS: [CommandHelp; 9] = [
    help("away", "until when", "Your status says that you are away"),
    help("code", "language", "Opens a block of code"),
    help("dm", "name, words", "Writes to one person"),
    help("invite", "name", "Adds somebody to this room"),
    help("leave", "", "Leaves this room"),
    help("me", "does something", "Speaks of yourself"),
    help("remind", "when, words", "Reminds you, in your notes"),
    help("shrug", "words", "Ends with ¯\\_(ツ)_/¯"),
    help("topic", "words", "Changes the topic"),
];

/// What `/shrug` appends. Without the backslashes, Markdown would take the arm for a sign.
const SHRUG: &str = "¯\\\\\\_(ツ)\\_/¯";

/// What is said of a reminder without a time.
const NO_TIME: &str = "There is no time after /remind. Begin with one, such as in 2 hours, \
                       tonight, tomorrow, monday at 9:00 or today at 15:30. It may be a year \
                       ahead.";
/// What is said of a reminder without words.
const NO_WORDS: &str = "What to remind you of is missing after the time.";

const fn help(name: &'static str, usage: &'static str, about: &'static str) -> CommandHelp {
    CommandHelp { name, usage, about }
}

/// What the user wants to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Sends a text.
    Send(String),
    /// Puts a text into the composer.
    Write(Written),
    /// Changes the topic.
    Topic(String),
    /// Adds a user, by username, to the room.
    Invite(String),
    /// Sets a status that says that the user is away.
    Away(AwayUntil),
    /// Opens the direct room with a user, by username, and sends a text there.
    Direct(String, String),
    /// Leaves the room.
    Leave,
    /// Keeps a reminder of some words.
    Remind(When, String),
}

/// When being away ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AwayUntil {
    /// The user ends it.
    Open,
    /// After some minutes.
    Minutes(i64),
    /// At the end of the day.
    Tonight,
    /// Tomorrow morning.
    Tomorrow,
    /// On Monday morning.
    Monday,
}

/// Returns whether [`read`] would not send a text as it stands: it begins with two slashes, or with
/// the name of a command, known or not.
#[must_use]
pub fn is_command(text: &str) -> bool {
    let Some(rest) = text.strip_prefix('/') else { return false };
    let word = rest.split(char::is_whitespace).next().unwrap_or_default();
    rest.starts_with('/') || !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphabetic())
}

/// Appends a text that was written before to another one. At its beginning, it is no command.
#[must_use]
pub fn append(before: &str, text: &str) -> String {
    let gap = if before.is_empty() { "" } else { "\n" };
    let is_first = before.trim_matches(['\r', '\n']).is_empty();
    let slash = if is_first && is_command(text) { "/" } else { "" };
    format!("{before}{gap}{slash}{text}")
}

/// Reads a text that is to be sent. `Err` is why it is not sent.
///
/// # Errors
/// Fails if there is no such command, or something is missing.
pub fn read(text: &str) -> Result<Command, String> {
    let Some(rest) = text.strip_prefix('/') else { return Ok(Command::Send(text.to_owned())) };
    if rest.starts_with('/') {
        return Ok(Command::Send(rest.to_owned())); // two slashes write one
    }
    let letters = rest.bytes().take_while(u8::is_ascii_alphabetic).count();
    let (name, rest) = rest.split_at(letters);
    if name.is_empty() || rest.starts_with(|next: char| !next.is_whitespace()) {
        return Ok(Command::Send(text.to_owned())); // a path, or a slash by itself
    }
    let rest = rest.trim();
    let needed = |what: &str| match rest {
        "" => Err(format!("{what} is missing after /{name}.")),
        rest => Ok(rest),
    };
    match name.to_ascii_lowercase().as_str() {
        "me" => {
            let text = needed("What you do")?.to_owned();
            let all = Written { selected: 0..text.len(), text };
            let italic = all.toggle(Format::Italic).text;
            // It may be italic already.
            Ok(Command::Send(if italic.len() < all.text.len() { all.text } else { italic }))
        }
        "shrug" => Ok(Command::Send(format!("{rest} {SHRUG}").trim_start().to_owned())),
        "code" => {
            let (language, code) = rest.split_once('\n').unwrap_or((rest, ""));
            let fence = super::writing::code::fence(code);
            let start = fence.len() + language.trim_end().len() + 1;
            let text = format!("{fence}{}\n{code}\n{fence}", language.trim_end());
            let caret = start + code.len();
            Ok(Command::Write(Written { text, selected: caret..caret }))
        }
        "topic" => Ok(Command::Topic(needed("The topic")?.to_owned())),
        "invite" => Ok(Command::Invite(username(needed("A name")?)?)),
        "dm" => {
            let (name, words) = match needed("A name")?.split_once(char::is_whitespace) {
                Some((name, words)) => (name, words.trim()),
                None => (rest, ""),
            };
            Ok(Command::Direct(username(name)?, words.to_owned()))
        }
        "away" => away_until(rest).map(Command::Away),
        "remind" => {
            let (when, words) = read_when(needed("A time")?).ok_or(NO_TIME)?;
            match words.chars().count().saturating_sub(MAX_REMINDER_CHARS) {
                0 if words.is_empty() => Err(NO_WORDS.to_owned()),
                0 => Ok(Command::Remind(when, words.to_owned())),
                1 => Err("A reminder is too long by 1 character.".to_owned()),
                excess => Err(format!("A reminder is too long by {excess} characters.")),
            }
        }
        "leave" if rest.is_empty() => Ok(Command::Leave),
        "leave" => Err("Nothing follows /leave: it leaves this room.".to_owned()),
        _ => Err(format!("There is no command /{name}. Type // to begin with a slash.")),
    }
}

/// Reads a username, with or without `@`.
fn username(text: &str) -> Result<String, String> {
    let name = text.strip_prefix(['@', '\u{ff20}']).unwrap_or(text).to_lowercase();
    if protocol::text::is_username(&name) {
        Ok(name)
    } else {
        Err(format!("“{text}” is no username. Type @ and a part of the name to find it."))
    }
}

fn away_until(text: &str) -> Result<AwayUntil, String> {
    /// The most minutes that may be given: 30 days.
    const MAX_MINUTES: i64 = 30 * 24 * 60;
    let text = text.to_lowercase();
    match text.as_str() {
        "" => return Ok(AwayUntil::Open),
        "tonight" | "today" => return Ok(AwayUntil::Tonight),
        "tomorrow" => return Ok(AwayUntil::Tomorrow),
        "monday" => return Ok(AwayUntil::Monday),
        _ => {}
    }
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let unit = match text[digits..].trim_start() {
        "" | "m" | "min" | "minute" | "minutes" => Some(1),
        "h" | "hour" | "hours" => Some(60),
        "d" | "day" | "days" => Some(24 * 60),
        _ => None,
    };
    let count = text[..digits].parse::<i64>().ok();
    let minutes = unit.zip(count).and_then(|(unit, count)| count.checked_mul(unit));
    minutes
        .filter(|minutes| (1..=MAX_MINUTES).contains(minutes))
        .map(AwayUntil::Minutes)
        .ok_or_else(|| format!("“{text}” is no time. Try 30m, 2h, tonight, tomorrow or monday."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_read() {
        let topic = || Command::Topic("a b".to_owned());
        for (text, expected) in [
            ("/topic a b ", topic()),
            ("/TOPIC  a b", topic()),
            ("/me waves", Command::Send("_waves_".to_owned())),
            ("/me waves\nand goes", Command::Send("_waves_\n_and goes_".to_owned())),
            ("/me _waves_", Command::Send("_waves_".to_owned())),
            ("/shrug", Command::Send(SHRUG.to_owned())),
            ("/shrug who knows", Command::Send(format!("who knows {SHRUG}"))),
            ("/invite @Bo", Command::Invite("bo".to_owned())),
            ("/dm bo", Command::Direct("bo".to_owned(), String::new())),
            (
                "/dm @bo are you\nhere?",
                Command::Direct("bo".to_owned(), "are you\nhere?".to_owned()),
            ),
            ("/leave", Command::Leave),
            (
                "/remind in 2 hours tea\nand cake",
                Command::Remind(When::In(120), "tea\nand cake".to_owned()),
            ),
            ("/away", Command::Away(AwayUntil::Open)),
            ("/away 45", Command::Away(AwayUntil::Minutes(45))),
            ("/away 2 hours", Command::Away(AwayUntil::Minutes(120))),
            ("/away 2d", Command::Away(AwayUntil::Minutes(2_880))),
            ("/away Monday", Command::Away(AwayUntil::Monday)),
        ] {
            assert_eq!(read(text), Ok(expected), "{text}");
        }
        let Ok(Command::Write(block)) = read("/code rust\nfn a() {}") else { panic!() };
        assert_eq!(block.text, "```rust\nfn a() {}\n```");
        assert_eq!(&block.text[..block.selected.start], "```rust\nfn a() {}");
        let Ok(Command::Write(empty)) = read("/code") else { panic!() };
        assert_eq!((empty.text.as_str(), empty.selected), ("```\n\n```", 4..4));
    }

    #[test]
    fn other_texts_are_sent() {
        for (text, sent) in [
            ("hello", "hello"),
            ("a /topic b", "a /topic b"),
            ("//topic b", "/topic b"),
            ("/etc/passwd is here", "/etc/passwd is here"),
            ("/", "/"),
            ("/ b", "/ b"),
            ("/1", "/1"),
            ("/é", "/é"),
        ] {
            assert_eq!(read(text), Ok(Command::Send(sent.to_owned())), "{text}");
        }
    }

    #[test]
    fn a_message_that_is_taken_back_is_no_command() {
        for text in [
            "/leave",
            "/leave\nnow",
            "//",
            "//b",
            "/nope",
            "/etc/hosts",
            "/",
            "/ b",
            "/1",
            "/é",
            "a",
        ] {
            let sends = |written: &str| read(written) == Ok(Command::Send(text.to_owned()));
            assert_eq!(is_command(text), !sends(text), "{text}");
            assert!(!is_command(text) || sends(&format!("/{text}")), "{text}");
        }
    }

    #[test]
    fn what_cannot_be_done_is_said() {
        for (text, reason) in [
            ("/tpoic b", "There is no command /tpoic. Type // to begin with a slash."),
            ("/topic", "The topic is missing after /topic."),
            ("/me ", "What you do is missing after /me."),
            ("/invite", "A name is missing after /invite."),
            ("/leave now", "Nothing follows /leave: it leaves this room."),
            ("/remind", "A time is missing after /remind."),
            ("/remind soon tea", NO_TIME),
            ("/remind in 2 hours", NO_WORDS),
            ("/away soon", "“soon” is no time. Try 30m, 2h, tonight, tomorrow or monday."),
            (
                "/away 99999999999999999999h",
                "“99999999999999999999h” is no time. Try 30m, 2h, tonight, tomorrow or monday.",
            ),
            ("/away 0", "“0” is no time. Try 30m, 2h, tonight, tomorrow or monday."),
            ("/dm b!o hi", "“b!o” is no username. Type @ and a part of the name to find it."),
        ] {
            assert_eq!(read(text), Err(reason.to_owned()), "{text}");
        }
        for CommandHelp { name, .. } in COMMANDS {
            let text = format!("/{name}");
            assert_ne!(read(&text), Ok(Command::Send(text.clone())), "{text} is not read");
            assert!(!read(&text).is_err_and(|fault| fault.contains("no command")), "{text}");
        }
    }
}
