//! When a user wants no notifications: at certain hours of a time zone, or until a certain time.

use jiff::tz::TimeZone;
use protocol::{
    Timestamp,
    http::{QuietHours, QuietTime, QuietUntil},
};

/// Returns whether the user wants no notifications at this time.
#[must_use]
pub fn is_quiet(quiet: &QuietTime, at: Timestamp) -> bool {
    match quiet {
        QuietTime::Until(QuietUntil { until }) => at < *until,
        QuietTime::Hours(hours) => is_within(hours, at).unwrap_or(false),
    }
}

/// Returns the name of a time zone as the tz database spells it, or `None` if it has none.
#[must_use]
pub fn time_zone(name: &str) -> Option<String> {
    Some(TimeZone::get(name).ok()?.iana_name()?.to_owned())
}

/// Returns the minutes since midnight of a time, given as `HH:MM`.
#[must_use]
pub fn minutes(time: &str) -> Option<i32> {
    let number = |digits: &str| {
        let are_digits = digits.len() == 2 && digits.bytes().all(|digit| digit.is_ascii_digit());
        digits.parse::<i32>().ok().filter(|_| are_digits)
    };
    let (hour, minute) = time.split_once(':')?;
    let (hour, minute) = (number(hour)?, number(minute)?);
    (hour < 24 && minute < 60).then_some(hour * 60 + minute)
}

/// Hours that begin and end at the same time are a whole day.
fn is_within(hours: &QuietHours, at: Timestamp) -> Option<bool> {
    let zone = TimeZone::get(&hours.time_zone).ok()?;
    let local = jiff::Timestamp::from_millisecond(at.as_millis()).ok()?.to_zoned_datetime(zone);
    let now = i32::from(local.hour()) * 60 + i32::from(local.minute());
    let (from, to) = (minutes(&hours.from)?, minutes(&hours.to)?);
    let today = u8::try_from(local.weekday().to_monday_one_offset()).ok()?;
    let yesterday = if today == 1 { 7 } else { today - 1 };
    let begin_on = |day| hours.days.contains(&day);
    Some(if from < to {
        begin_on(today) && (from..to).contains(&now)
    } else {
        begin_on(today) && now >= from || begin_on(yesterday) && now < to
    })
}

#[cfg(test)]
mod tests;
