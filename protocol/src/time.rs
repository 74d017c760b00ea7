//! Timestamps on the wire: RFC 3339, UTC, milliseconds.
//!
//! The calendar is implemented here because a library takes about 75 KB of WebAssembly for these
//! two functions. `tests/time.rs` compares the arithmetic with such a library.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// A point in time with millisecond precision.
///
/// ```
/// let moment = protocol::Timestamp::from_millis(1_764_000_000_123);
/// assert_eq!(moment.to_string(), "2025-11-24T16:00:00.123Z");
/// assert_eq!("2025-11-24T16:00:00.123Z".parse(), Ok(moment));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// Creates a timestamp from milliseconds since the Unix epoch. Clamps it to years of four
    /// digits.
    #[must_use]
    pub fn from_millis(millis: i64) -> Self {
        const YEAR_0: i64 = -62_167_219_200_000;
        const YEAR_9999: i64 = 253_402_207_200_000;
        Self(millis.clamp(YEAR_0, YEAR_9999))
    }

    /// Returns the milliseconds since the Unix epoch.
    #[must_use]
    pub fn as_millis(self) -> i64 {
        self.0
    }
}

impl Timestamp {
    /// Formats the timestamp. Every message on the wire has one or two: writing digit by digit is
    /// ten times faster than number formatting.
    fn text(self) -> [u8; 24] {
        let (days, millis) = (self.0.div_euclid(DAY_MS), self.0.rem_euclid(DAY_MS));
        let (year, month, day) = date_of(days);
        let (hour, minute, second) = (millis / 3_600_000, millis / 60_000 % 60, millis / 1000 % 60);
        let mut text = *b"0000-00-00T00:00:00.000Z";
        let parts = [
            (0..4, year),
            (5..7, month),
            (8..10, day),
            (11..13, hour),
            (14..16, minute),
            (17..19, second),
        ];
        for (range, mut number) in parts.into_iter().chain([(20..23, millis % 1000)]) {
            for digit in text[range].iter_mut().rev() {
                *digit = b'0' + (number % 10) as u8;
                number /= 10;
            }
        }
        text
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(std::str::from_utf8(&self.text()).unwrap_or_default()) // digits are text
    }
}

impl std::str::FromStr for Timestamp {
    type Err = InvalidTimestamp;

    /// Accepts any offset and any number of decimals; truncates to milliseconds.
    fn from_str(text: &str) -> Result<Self, InvalidTimestamp> {
        read(text.as_bytes()).map(Self::from_millis).ok_or(InvalidTimestamp)
    }
}

const DAY_MS: i64 = 86_400_000;

fn read(text: &[u8]) -> Option<i64> {
    let number = |text: &[u8]| {
        let digits = text.iter().all(u8::is_ascii_digit);
        digits.then(|| text.iter().fold(0, |number, digit| number * 10 + i64::from(digit - b'0')))
    };
    let (date_time, rest) = text.split_at_checked(19)?;
    let &[
        y1,
        y2,
        y3,
        y4,
        b'-',
        m1,
        m2,
        b'-',
        d1,
        d2,
        b'T' | b't' | b' ',
        h1,
        h2,
        b':',
        i1,
        i2,
        b':',
        s1,
        s2,
    ] = date_time
    else {
        return None;
    };
    let (year, month, day) = (number(&[y1, y2, y3, y4])?, number(&[m1, m2])?, number(&[d1, d2])?);
    let (hour, minute, second) = (number(&[h1, h2])?, number(&[i1, i2])?, number(&[s1, s2])?);
    let days = days_of(year, month, day);
    // A leap second is read as the second after it.
    if hour > 23 || minute > 59 || second > 60 || date_of(days) != (year, month, day) {
        return None;
    }
    let (decimals, zone) = match rest {
        [b'.', rest @ ..] => {
            rest.split_at(rest.iter().take_while(|byte| byte.is_ascii_digit()).count())
        }
        rest => ([].as_slice(), rest),
    };
    let millis = decimals
        .iter()
        .chain(b"000")
        .take(3)
        .fold(0, |millis, digit| millis * 10 + i64::from(digit - b'0'));
    let offset_minutes = match *zone {
        [b'Z' | b'z'] => 0,
        [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] => {
            let (hours, minutes) = (number(&[h1, h2])?, number(&[m1, m2])?);
            (hours <= 23 && minutes <= 59).then_some(())?;
            (hours * 60 + minutes) * if sign == b'-' { -1 } else { 1 }
        }
        _ => return None,
    };
    let minutes = hour * 60 + minute - offset_minutes;
    (rest.first() != Some(&b'.') || !decimals.is_empty())
        .then_some(days * DAY_MS + (minutes * 60 + second) * 1000 + millis)
}

/// Returns year, month and day of a day number, counted from 1 January 1970, in the Gregorian
/// calendar. Years begin in March here, so that the leap day is the last day of a year. 400 years
/// are an era of 146,097 days.
fn date_of(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468; // since 1 March of the year 0
    let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (era * 400 + year_of_era + i64::from(month <= 2), month, day)
}

/// Returns the day number of a date, counted from 1 January 1970.
fn days_of(year: i64, month: i64, day: i64) -> i64 {
    let year = year - i64::from(month <= 2);
    let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let day_of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// The error for a text that is not an RFC 3339 timestamp.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidTimestamp;

impl fmt::Display for InvalidTimestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not an RFC 3339 timestamp")
    }
}

impl std::error::Error for InvalidTimestamp {}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(std::str::from_utf8(&self.text()).unwrap_or_default())
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(D::Error::custom)
    }
}
