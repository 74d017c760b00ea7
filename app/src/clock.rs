//! How moments read. The server and the first picture in the browser tell them in UTC, so that both are the same;
//! once alive, the page tells them in the reader's own time.

use jiff::{
    SignedDuration,
    civil::{Date, DateTime},
    tz::Offset,
};
use protocol::Timestamp;

/// By whose clock moments are told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Clock {
    /// The same for everybody: UTC, and no day is today.
    #[default]
    Utc,
    /// The reader's own, at this moment.
    Local {
        /// When the page last looked; decides which day is today.
        now: Timestamp,
    },
}

impl Clock {
    /// `14:02`
    #[must_use]
    pub fn time(self, moment: Timestamp) -> String {
        let at = self.civil(moment);
        format!("{:02}:{:02}", at.hour(), at.minute())
    }

    /// The day on which a moment falls.
    #[must_use]
    pub fn day(self, moment: Timestamp) -> Date {
        self.civil(moment).date()
    }

    /// `Today`, `Yesterday`, `Monday, 23 November`, with the year where it is another one or none is known.
    #[must_use]
    pub fn day_name(self, day: Date) -> String {
        const DAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
        const MONTHS: [&str; 12] = [
            "January",
            "February",
            "March",
            "April",
            "May",
            "June",
            "July",
            "August",
            "September",
            "October",
            "November",
            "December",
        ];
        let today = match self {
            Self::Utc => None,
            Self::Local { now } => Some(self.day(now)),
        };
        if today == Some(day) {
            return "Today".to_owned();
        }
        if today == day.tomorrow().ok() {
            return "Yesterday".to_owned();
        }
        let place = |one_based: i8| usize::try_from(one_based - 1).unwrap_or_default();
        let weekday = DAYS[place(day.weekday().to_monday_one_offset())];
        let month = MONTHS[place(day.month())];
        let short = format!("{weekday}, {} {month}", day.day());
        if today.is_some_and(|today| today.year() == day.year()) { short } else { format!("{short} {}", day.year()) }
    }

    fn civil(self, moment: Timestamp) -> DateTime {
        let minutes = match self {
            Self::Utc => 0,
            Self::Local { .. } => local_offset_minutes(moment),
        };
        // `Timestamp` clamps to years that jiff can hold.
        let utc = jiff::Timestamp::from_millisecond(moment.as_millis()).unwrap_or_default();
        let civil = Offset::UTC.to_datetime(utc);
        civil.checked_add(SignedDuration::from_mins(minutes)).unwrap_or(civil)
    }
}

/// How far the reader's clock was ahead of UTC at `moment`: summer time counts.
#[cfg(feature = "hydrate")]
fn local_offset_minutes(moment: Timestamp) -> i64 {
    #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "milliseconds fit, offsets too")]
    let ahead = -js_sys::Date::new(&(moment.as_millis() as f64).into()).get_timezone_offset() as i64;
    ahead
}

/// The server knows no reader's clock.
#[cfg(not(feature = "hydrate"))]
fn local_offset_minutes(_moment: Timestamp) -> i64 {
    0
}

/// This moment, by this device's clock.
#[cfg(feature = "hydrate")]
#[must_use]
pub fn now() -> Timestamp {
    #[expect(clippy::cast_possible_truncation, reason = "whole milliseconds")]
    Timestamp::from_millis(js_sys::Date::now() as i64)
}

/// The server asks no clock while it renders: the page must come out the same in the browser.
#[cfg(not(feature = "hydrate"))]
#[must_use]
pub fn now() -> Timestamp {
    Timestamp::default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn times_and_days_read_as_people_say_them() {
        let moment = at("2026-11-23T09:05:59.999Z");
        assert_eq!(Clock::Utc.time(moment), "09:05");
        assert_eq!(Clock::Utc.day_name(Clock::Utc.day(moment)), "Monday, 23 November 2026");
        let clock = Clock::Local { now: at("2026-11-25T08:00:00.000Z") };
        assert_eq!(clock.day_name(clock.day(moment)), "Monday, 23 November");
        assert_eq!(clock.day_name(clock.day(at("2026-11-24T23:59:00.000Z"))), "Yesterday");
        assert_eq!(clock.day_name(clock.day(at("2026-11-25T00:00:00.000Z"))), "Today");
        assert_eq!(clock.day_name(clock.day(at("2025-01-02T00:00:00.000Z"))), "Thursday, 2 January 2025");
    }
}
