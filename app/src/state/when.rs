//! Times as people say them: in two hours, tomorrow, on Monday at nine.

use protocol::{Timestamp, limits::MAX_LATER_TIME};

use super::day::{DAY_MS, Day};

const MINUTE_MS: i64 = 60_000;
/// The minute of the day that is meant where none is said: eight in the morning.
const MORNING: i64 = 8 * 60;
/// The minute that "tonight" means: eight in the evening.
const EVENING: i64 = 20 * 60;
const WEEKDAYS: [&str; 7] =
    ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// A time as somebody says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// After this many minutes.
    In(i64),
    /// At this minute of a day.
    At(WhichDay, i64),
}

/// A day as somebody says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhichDay {
    /// Today, or tomorrow if the time has passed.
    Next,
    /// Today. The time may have passed.
    Today,
    /// Tomorrow.
    Tomorrow,
    /// The next day of the week of this name, never today. Monday is 0.
    Weekday(i64),
}

/// The times that are offered.
pub const PRESETS: [When; 3] =
    [When::At(WhichDay::Tomorrow, MORNING), When::At(WhichDay::Weekday(0), MORNING), When::In(60)];

impl When {
    /// Returns the moment, seen from `now`. `offset` returns the minutes that a time is ahead of
    /// UTC here.
    #[must_use]
    pub fn moment(self, now: Timestamp, offset: impl Fn(Timestamp) -> i64) -> Timestamp {
        let (which, minute) = match self {
            Self::In(minutes) => {
                return Timestamp::from_millis(now.as_millis() + minutes * MINUTE_MS);
            }
            Self::At(which, minute) => (which, minute),
        };
        let today = Day::at(now.as_millis() + offset(now) * MINUTE_MS);
        let on = |days: i64| {
            let wall = (today.number() + days) * DAY_MS + minute * MINUTE_MS;
            from_wall(wall, &offset)
        };
        match which {
            WhichDay::Next => Some(on(0)).filter(|at| *at > now).unwrap_or_else(|| on(1)),
            WhichDay::Today => on(0),
            WhichDay::Tomorrow => on(1),
            WhichDay::Weekday(weekday) => on((weekday - today.weekday() + 6).rem_euclid(7) + 1),
        }
    }
}

/// Returns the moment at which the clocks here show `wall`, in milliseconds as if it were UTC. A
/// time that the clocks skip is an hour later. Of one that they show twice, it is one of the two.
fn from_wall(wall: i64, offset: impl Fn(Timestamp) -> i64) -> Timestamp {
    let with = |at: Timestamp| Timestamp::from_millis(wall - offset(at) * MINUTE_MS);
    let guess = with(Timestamp::from_millis(wall));
    let better = with(guess);
    // Where the clocks skip the time, neither is right.
    if with(better) == better { better } else { guess.max(better) }
}

/// Reads the time at the beginning of a text. Returns it with what follows; `None` if there is no
/// time, or one more than a year ahead.
#[must_use]
pub fn read_when(text: &str) -> Option<(When, &str)> {
    let (word, rest) = next_word(text);
    match word.to_ascii_lowercase().as_str() {
        "in" => duration(rest),
        "at" => time(rest, true).map(|(minute, rest)| (When::At(WhichDay::Next, minute), rest)),
        "on" => day(rest),
        _ => day(text).or_else(|| duration(text)),
    }
}

/// Reads `2 hours`, `30m` or `an hour`.
fn duration(text: &str) -> Option<(When, &str)> {
    let (word, rest) = next_word(text);
    let digits = word.bytes().take_while(u8::is_ascii_digit).count();
    let (count, unit) = word.split_at(digits);
    let count = match (count, unit.to_ascii_lowercase().as_str()) {
        ("", "a" | "an") => Some(1),
        (count, _) => count.parse::<i64>().ok(),
    }?;
    let (unit, rest) = if digits > 0 && !unit.is_empty() { (unit, rest) } else { next_word(rest) };
    let unit = match unit.to_ascii_lowercase().as_str() {
        "m" | "min" | "mins" | "minute" | "minutes" => 1,
        "h" | "hour" | "hours" => 60,
        "d" | "day" | "days" => 24 * 60,
        "w" | "week" | "weeks" => 7 * 24 * 60,
        _ => return None,
    };
    let longest = i64::try_from(MAX_LATER_TIME.as_secs() / 60).unwrap_or(i64::MAX);
    let minutes = count.checked_mul(unit).filter(|minutes| (1..=longest).contains(minutes))?;
    Some((When::In(minutes), rest))
}

/// Reads `tomorrow`, `tonight`, `today at 15:30` or `monday at 9:00`.
fn day(text: &str) -> Option<(When, &str)> {
    let (word, rest) = next_word(text);
    let word = word.to_ascii_lowercase();
    let weekday = || WEEKDAYS.iter().position(|name| *name == word);
    // Of today, the morning may have passed, so a time has to be said.
    let (which, unsaid) = match word.as_str() {
        "today" => (WhichDay::Today, None),
        "tonight" => (WhichDay::Today, Some(EVENING)),
        "tomorrow" => (WhichDay::Tomorrow, Some(MORNING)),
        _ => (WhichDay::Weekday(i64::try_from(weekday()?).ok()?), Some(MORNING)),
    };
    let (at, after) = next_word(rest);
    let said = if at.eq_ignore_ascii_case("at") { time(after, true) } else { time(rest, false) };
    let (minute, rest) = said.or(unsaid.map(|minute| (minute, rest)))?;
    Some((When::At(which, minute), rest))
}

/// Reads `9:30`, `9am` or `9 pm`, and if `bare` also `9`. Returns the minute of the day.
fn time(text: &str, bare: bool) -> Option<(i64, &str)> {
    let (word, rest) = next_word(text);
    let word = word.to_ascii_lowercase();
    let half = |word: &str| match word {
        "am" => Some(0),
        "pm" => Some(12),
        _ => None,
    };
    let end = word.find(|next: char| !next.is_ascii_digit() && next != ':').unwrap_or(word.len());
    let (clock, suffix) = word.split_at(end);
    let (following, after) = next_word(rest);
    let (half, rest) = match (suffix, half(&following.to_ascii_lowercase())) {
        ("", Some(half)) => (Some(half), after),
        ("", None) => (None, rest),
        (suffix, _) => (Some(half(suffix)?), rest),
    };
    if !bare && half.is_none() && !clock.contains(':') {
        return None;
    }
    let (hour, minute) = match clock.split_once(':') {
        Some((hour, minute)) if minute.len() == 2 => (hour, minute),
        Some(_) => return None,
        None => (clock, "0"),
    };
    let (hour, minute) = (hour.parse::<i64>().ok()?, minute.parse::<i64>().ok()?);
    let hour = match half {
        Some(half) if (1..=12).contains(&hour) => hour % 12 + half,
        None if (0..24).contains(&hour) => hour,
        _ => return None,
    };
    (0..60).contains(&minute).then_some((hour * 60 + minute, rest))
}

/// Splits a text after its first word.
fn next_word(text: &str) -> (&str, &str) {
    let text = text.trim_start();
    let end = text.find(char::is_whitespace).unwrap_or(text.len());
    let (word, rest) = text.split_at(end);
    (word, rest.trim_start())
}

#[cfg(test)]
mod tests;
