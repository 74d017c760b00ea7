//! Formats dates and times, and reads the device's clocks.
//!
//! The server and the first render in the browser use UTC, so that both are identical. After
//! hydration the page shows the user's local time.

use protocol::Timestamp;

use crate::state::day::{DAY_MS, Day};

const MINUTE_MS: i64 = 60_000;

/// The time zone in which dates and times are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Clock {
    /// UTC, in which no day counts as today.
    #[default]
    Utc,
    /// The user's time zone.
    Local {
        /// A recent time, which decides which day is today.
        now: Timestamp,
        /// True if times are written with am and pm.
        twelve_hours: bool,
    },
}

impl Clock {
    /// Formats a time of day: `14:02`, or `2:02 pm`.
    #[must_use]
    pub fn time(self, moment: Timestamp) -> String {
        let half = if self.minutes(moment) < 12 * 60 { "am" } else { "pm" };
        let time = self.short_time(moment);
        if self.has_twelve_hours() { format!("{time} {half}") } else { time }
    }

    /// Formats a time of day where there is no space for am and pm.
    #[must_use]
    pub fn short_time(self, moment: Timestamp) -> String {
        let minutes = self.minutes(moment);
        let (hour, minute) = (minutes / 60, minutes % 60);
        if self.has_twelve_hours() {
            format!("{}:{minute:02}", (hour + 11) % 12 + 1)
        } else {
            format!("{hour:02}:{minute:02}")
        }
    }

    /// Formats a moment within a sentence, as short as it is clear: `14:02` on the present day,
    /// `tomorrow 14:02` on the next one.
    #[must_use]
    pub fn moment(self, moment: Timestamp) -> String {
        let (day, time) = (self.day(moment), self.time(moment));
        let Self::Local { now, .. } = self else {
            return format!("{}, {time}", self.day_name(day));
        };
        let today = self.day(now);
        if day == today {
            time
        } else if day.is_day_after(today) {
            format!("tomorrow {time}")
        } else if today.is_day_after(day) {
            format!("yesterday {time}")
        } else {
            format!("{}, {time}", self.day_name(day))
        }
    }

    /// Formats a time to come within a sentence: as [`moment`](Self::moment), with `today` before a
    /// time of the present day.
    #[must_use]
    pub fn coming(self, moment: Timestamp) -> String {
        let is_today = match self {
            Self::Utc => false,
            Self::Local { now, .. } => self.day(now) == self.day(moment),
        };
        let words = self.moment(moment);
        if is_today { format!("today {words}") } else { words }
    }

    fn has_twelve_hours(self) -> bool {
        matches!(self, Self::Local { twelve_hours: true, .. })
    }

    /// Returns the minutes since midnight.
    fn minutes(self, moment: Timestamp) -> i64 {
        self.wall_ms(moment).rem_euclid(DAY_MS) / MINUTE_MS
    }

    /// Returns the day of `moment`.
    #[must_use]
    pub fn day(self, moment: Timestamp) -> Day {
        Day::at(self.wall_ms(moment))
    }

    /// Formats a day: `Today`, `Yesterday` or `Monday, 23 November`. Adds the year unless it is
    /// known to be the current one.
    #[must_use]
    pub fn day_name(self, day: Day) -> String {
        let today = match self {
            Self::Utc => None,
            Self::Local { now, .. } => Some(self.day(now)),
        };
        match today {
            Some(today) if today == day => "Today".to_owned(),
            Some(today) if today.is_day_after(day) => "Yesterday".to_owned(),
            Some(today) if today.year() == day.year() => day.name(),
            _ => format!("{} {}", day.name(), day.year()),
        }
    }

    /// Returns the local time of `moment` as if it were UTC, in milliseconds.
    fn wall_ms(self, moment: Timestamp) -> i64 {
        let offset = match self {
            Self::Utc => 0,
            Self::Local { .. } => local_offset_minutes(moment),
        };
        moment.as_millis() + offset * MINUTE_MS
    }
}

/// Returns the offset of the user's time zone from UTC at `moment`, with summer time.
#[cfg(feature = "hydrate")]
pub(crate) fn local_offset_minutes(moment: Timestamp) -> i64 {
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        reason = "milliseconds and offsets fit"
    )]
    let offset =
        -js_sys::Date::new(&(moment.as_millis() as f64).into()).get_timezone_offset() as i64;
    offset
}

/// Returns 0: the server does not know the user's time zone.
#[cfg(not(feature = "hydrate"))]
pub(crate) fn local_offset_minutes(_moment: Timestamp) -> i64 {
    0
}

/// Returns the current time by this device's clock.
#[cfg(feature = "hydrate")]
#[must_use]
pub fn now() -> Timestamp {
    #[expect(clippy::cast_possible_truncation, reason = "whole milliseconds")]
    Timestamp::from_millis(js_sys::Date::now() as i64)
}

/// Returns a fixed time: what the server renders must not depend on a clock.
#[cfg(not(feature = "hydrate"))]
#[must_use]
pub fn now() -> Timestamp {
    Timestamp::default()
}

/// Returns the time at which it is `hour` o'clock here, `days` after today.
#[cfg(feature = "hydrate")]
pub(crate) fn local_hour(days: i32, hour: u32) -> Timestamp {
    let today = js_sys::Date::new_0();
    let day = i32::try_from(today.get_date()).unwrap_or_default() + days;
    let at = js_sys::Date::new_with_year_month_day_hr(
        today.get_full_year(),
        i32::try_from(today.get_month()).unwrap_or_default(),
        day,
        i32::try_from(hour).unwrap_or_default(),
    );
    #[expect(clippy::cast_possible_truncation, reason = "whole milliseconds")]
    Timestamp::from_millis(at.get_time() as i64)
}

/// Returns the time that the value of a field of the type `datetime-local` names.
#[cfg(feature = "hydrate")]
pub(crate) fn local_time(value: &str) -> Option<Timestamp> {
    let at = js_sys::Date::new(&value.into()).get_time();
    #[expect(clippy::cast_possible_truncation, reason = "whole milliseconds")]
    at.is_finite().then_some(Timestamp::from_millis(at as i64))
}

/// Returns the value of a field of the type `datetime-local`.
#[cfg(feature = "hydrate")]
pub(crate) fn local_value(moment: Timestamp) -> String {
    let offset = local_offset_minutes(moment) * MINUTE_MS;
    let local = Timestamp::from_millis(moment.as_millis() + offset).to_string();
    local.get(..16).unwrap_or_default().to_owned()
}

/// Returns an empty value: the server knows no local time.
#[cfg(not(feature = "hydrate"))]
pub(crate) fn local_value(_moment: Timestamp) -> String {
    String::new()
}

/// Returns the day of the week here: 0 is Sunday.
#[cfg(feature = "hydrate")]
pub(crate) fn weekday() -> u32 {
    js_sys::Date::new_0().get_day()
}

/// Returns the user's time zone, such as `Europe/Berlin`.
#[cfg(feature = "hydrate")]
pub(crate) fn time_zone() -> Option<String> {
    let (locales, options) = (js_sys::Array::new(), js_sys::Object::new());
    let resolved = js_sys::Intl::DateTimeFormat::new(&locales, &options).resolved_options();
    js_sys::Reflect::get(&resolved, &"timeZone".into()).ok()?.as_string()
}

/// Returns a fixed time: the server knows no local time.
#[cfg(not(feature = "hydrate"))]
pub(crate) fn local_hour(_days: i32, _hour: u32) -> Timestamp {
    Timestamp::default()
}

/// Returns `None`: the server knows no local time.
#[cfg(not(feature = "hydrate"))]
pub(crate) fn local_time(_value: &str) -> Option<Timestamp> {
    None
}

/// Returns a fixed day: the server knows no local time.
#[cfg(not(feature = "hydrate"))]
pub(crate) fn weekday() -> u32 {
    0
}

/// Returns `None`: the server does not know the user's time zone.
#[cfg(not(feature = "hydrate"))]
pub(crate) fn time_zone() -> Option<String> {
    None
}

/// Returns the milliseconds since the page was loaded. Durations are measured with this clock,
/// because the device's clock may be changed at any time.
#[cfg(feature = "hydrate")]
pub(crate) fn elapsed_ms() -> i64 {
    #[expect(clippy::cast_possible_truncation, reason = "whole milliseconds")]
    let elapsed =
        leptos::prelude::window().performance().map_or(0, |performance| performance.now() as i64);
    elapsed
}

/// Returns 0: the server measures nothing.
#[cfg(not(feature = "hydrate"))]
pub(crate) fn elapsed_ms() -> i64 {
    0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn times_and_days_are_formatted_for_reading() {
        let moment = at("2026-11-23T09:05:59.999Z");
        assert_eq!(Clock::Utc.time(moment), "09:05");
        assert_eq!(Clock::Utc.day_name(Clock::Utc.day(moment)), "Monday, 23 November 2026");
        let now = at("2026-11-25T08:00:00.000Z");
        let clock = Clock::Local { now, twelve_hours: false };
        assert_eq!(clock.day_name(clock.day(moment)), "Monday, 23 November");
        assert_eq!(clock.day_name(clock.day(at("2026-11-24T23:59:00.000Z"))), "Yesterday");
        assert_eq!(clock.day_name(clock.day(at("2026-11-25T00:00:00.000Z"))), "Today");
        assert_eq!(
            clock.day_name(clock.day(at("2025-01-02T00:00:00.000Z"))),
            "Thursday, 2 January 2025"
        );
    }

    #[test]
    fn times_have_twelve_hours_if_the_user_wants_that() {
        let now = at("2026-11-23T20:00:00.000Z");
        let clock = Clock::Local { now, twelve_hours: true };
        for (moment, long, short) in [
            ("2026-11-23T00:05:00.000Z", "12:05 am", "12:05"),
            ("2026-11-23T09:05:00.000Z", "9:05 am", "9:05"),
            ("2026-11-23T12:00:00.000Z", "12:00 pm", "12:00"),
            ("2026-11-23T23:59:00.000Z", "11:59 pm", "11:59"),
        ] {
            assert_eq!((clock.time(at(moment)), clock.short_time(at(moment))), {
                (long.to_owned(), short.to_owned())
            });
        }
        assert_eq!(clock.moment(at("2026-11-23T14:02:00.000Z")), "2:02 pm");
        assert_eq!(clock.moment(at("2026-11-22T14:02:00.000Z")), "yesterday 2:02 pm");
        assert_eq!(clock.moment(at("2026-11-24T14:02:00.000Z")), "tomorrow 2:02 pm");
        let later = clock.moment(at("2026-11-30T14:02:00.000Z"));
        assert_eq!(later, "Monday, 30 November, 2:02 pm");
    }

    #[test]
    fn leap_days_and_centuries_follow_the_calendar() {
        for (moment, name) in [
            ("2024-02-29T12:00:00.000Z", "Thursday, 29 February 2024"),
            ("2024-03-01T00:00:00.000Z", "Friday, 1 March 2024"),
            ("2000-02-29T00:00:00.000Z", "Tuesday, 29 February 2000"),
            ("1900-03-01T00:00:00.000Z", "Thursday, 1 March 1900"),
            ("1969-12-31T23:59:59.999Z", "Wednesday, 31 December 1969"),
            ("2100-12-31T00:00:00.000Z", "Friday, 31 December 2100"),
        ] {
            assert_eq!(Clock::Utc.day_name(Clock::Utc.day(at(moment))), name);
        }
    }
}
