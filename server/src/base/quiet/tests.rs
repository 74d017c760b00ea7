//! Tests of quiet hours.

use super::*;

fn at(time: &str) -> Timestamp {
    time.parse().unwrap()
}

fn hours(from: &str, to: &str, zone: &str, days: &[u8]) -> QuietTime {
    QuietTime::Hours(QuietHours {
        from: from.into(),
        to: to.into(),
        time_zone: zone.into(),
        days: days.to_vec(),
    })
}

#[test]
fn hours_that_pass_midnight_belong_to_the_day_on_which_they_begin() {
    // 6 November 2026 is a Friday. Berlin is an hour ahead of UTC in winter.
    let nights = hours("22:00", "07:30", "Europe/Berlin", &[5]);
    for (time, quiet) in [
        ("2026-11-06T20:59:59Z", false),
        ("2026-11-06T21:00:00Z", true),
        ("2026-11-07T06:29:59Z", true),
        ("2026-11-07T06:30:00Z", false),
        ("2026-11-07T21:30:00Z", false), // Saturday
        ("2026-11-06T05:00:00Z", false), // the night that began on Thursday
    ] {
        assert_eq!(is_quiet(&nights, at(time)), quiet, "{time}");
    }
}

#[test]
fn hours_follow_the_time_of_the_zone() {
    let mornings = hours("08:00", "09:00", "Europe/Berlin", &[1, 2, 3, 4, 5, 6, 7]);
    assert!(is_quiet(&mornings, at("2026-07-01T06:30:00Z")), "summer time");
    assert!(!is_quiet(&mornings, at("2026-07-01T07:30:00Z")));
    assert!(is_quiet(&mornings, at("2026-12-01T07:30:00Z")), "winter time");
    // Sunday in Auckland is still Saturday in UTC.
    let sundays = hours("00:00", "00:00", "Pacific/Auckland", &[7]);
    assert!(is_quiet(&sundays, at("2026-11-07T12:00:00Z")));
    assert!(!is_quiet(&sundays, at("2026-11-08T12:00:00Z")), "Monday there");
}

#[test]
fn quiet_until_a_time_ends_then() {
    let quiet = QuietTime::Until(QuietUntil { until: at("2026-11-06T21:00:00Z") });
    assert!(is_quiet(&quiet, at("2026-11-06T20:59:59.999Z")));
    assert!(!is_quiet(&quiet, at("2026-11-06T21:00:00Z")));
}

#[test]
fn only_times_and_zones_that_exist_are_known() {
    assert_eq!(minutes("23:59"), Some(23 * 60 + 59));
    for odd in ["24:00", "7:30", "07:60", "07.30", "+7:30", "", "07:30:00", "\u{661}0:00"] {
        assert_eq!(minutes(odd), None, "{odd}");
    }
    assert_eq!(time_zone("europe/berlin").as_deref(), Some("Europe/Berlin"));
    assert_eq!(time_zone("UTC").as_deref(), Some("UTC"));
    for odd in ["Europe/Atlantis", "", "EST5EDT,M3.2.0,M11.1.0", "../etc/passwd", "+02:00"] {
        assert_eq!(time_zone(odd), None, "{odd}");
    }
    let unknown = hours("00:00", "00:00", "Europe/Atlantis", &[1, 2, 3, 4, 5, 6, 7]);
    assert!(!is_quiet(&unknown, at("2026-11-06T21:00:00Z")), "a zone that was removed");
}
