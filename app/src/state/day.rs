//! Calendar days.

/// The length of a day in milliseconds.
pub(crate) const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// A day, counted from 1 January 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(i64);

impl Day {
    /// Returns the day of a time, given in milliseconds since the start of 1 January 1970.
    #[must_use]
    pub fn at(millis: i64) -> Self {
        Self(millis.div_euclid(DAY_MS))
    }

    /// Returns the number of the day, counted from 1 January 1970.
    pub(crate) fn number(self) -> i64 {
        self.0
    }

    /// Returns the day of the week: 0 is Monday.
    pub(crate) fn weekday(self) -> i64 {
        (self.0 + 3).rem_euclid(7) // the first day was a Thursday
    }

    /// Returns whether this day is the one after `other`.
    pub(crate) fn is_day_after(self, other: Self) -> bool {
        self.0 == other.0 + 1
    }

    /// Formats the day without its year: `Monday, 23 November`.
    pub(crate) fn name(self) -> String {
        const DAYS: [&str; 7] =
            ["Thursday", "Friday", "Saturday", "Sunday", "Monday", "Tuesday", "Wednesday"];
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
        let index = |zero_based: i64| usize::try_from(zero_based).unwrap_or_default();
        let (_, month, day) = self.civil();
        format!("{}, {day} {}", DAYS[index(self.0.rem_euclid(7))], MONTHS[index(month - 1)])
    }

    /// Returns the day that is so many days earlier.
    pub(crate) fn days_before(self, days: i64) -> Self {
        Self(self.0 - days)
    }

    /// Formats the day as in `2026-11-30`.
    pub(crate) fn iso(self) -> String {
        let (year, month, day) = self.civil();
        format!("{year:04}-{month:02}-{day:02}")
    }

    /// Returns the year.
    pub(crate) fn year(self) -> i64 {
        self.civil().0
    }

    /// Returns year, month and day of the Gregorian calendar. The calculation counts years from
    /// March, so that the leap day comes last, and in eras of 400 years, the calendar's period.
    fn civil(self) -> (i64, i64, i64) {
        const ERA_DAYS: i64 = 146_097;
        const MARCH_0000: i64 = 719_468; // days before 1970
        let days = self.0 + MARCH_0000;
        let (era, day_of_era) = (days.div_euclid(ERA_DAYS), days.rem_euclid(ERA_DAYS));
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let from_march = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * from_march + 2) / 5 + 1;
        let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
        (year_of_era + era * 400 + i64::from(month <= 2), month, day)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_written_for_the_server() {
        let day = Day::at(1_764_547_200_000);
        assert_eq!(day.iso(), "2025-12-01");
        assert_eq!(day.days_before(1).iso(), "2025-11-30");
        assert_eq!(day.days_before(335).iso(), "2024-12-31");
    }
}
