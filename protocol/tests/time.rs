//! Our calendar against a library's.

use protocol::Timestamp;

/// Moments of every kind: all days around leap days and turns of centuries, and a spread of the
/// rest.
fn moments() -> impl Iterator<Item = i64> {
    let spread = (0..200_000_i64).map(|step| -62_000_000_000_000 + step * 1_570_123_457);
    let days = (-719_000..2_800_000_i64).step_by(7).map(|day| day * 86_400_000 + 86_399_999);
    let every_day = (10_000..40_000_i64).map(|day| day * 86_400_000);
    spread.chain(days).chain(every_day)
}

#[test]
fn moments_are_written_and_read_as_a_calendar_library_does() {
    for millis in moments() {
        let theirs = jiff::Timestamp::from_millisecond(millis).expect("a moment within its range");
        let text = format!("{theirs:.3}");
        let ours = Timestamp::from_millis(millis);
        assert_eq!(ours.to_string(), text);
        assert_eq!(text.parse(), Ok(ours));
    }
}

#[test]
fn offsets_and_decimals_are_understood() {
    for text in [
        "2025-11-24T16:00:00Z",
        "2025-11-24t16:00:00z",
        "2025-11-24 16:00:00.5Z",
        "2025-11-24T16:00:00.123999Z",
        "2025-11-24T16:00:00.999999999+05:30",
        "2025-11-24T00:00:00-23:59",
        "2024-02-29T23:59:59.9Z",
    ] {
        let theirs: jiff::Timestamp = text.parse().expect(text);
        assert_eq!(text.parse(), Ok(Timestamp::from_millis(theirs.as_millisecond())), "{text}");
    }
}

#[test]
fn what_is_no_moment_is_refused() {
    for text in [
        "",
        "2025-11-24",
        "2025-11-24T16:00:00",
        "2025-11-24T16:00:00.Z",
        "2025-11-24T16:00:00.1",
        "2025-02-29T00:00:00Z",
        "2025-13-01T00:00:00Z",
        "2025-00-01T00:00:00Z",
        "2025-01-32T00:00:00Z",
        "2025-11-24T24:00:00Z",
        "2025-11-24T16:60:00Z",
        "2025-11-24T16:00:61Z",
        "2025-11-24T16:00:00+24:00",
        "2025-11-24T16:00:00+5:30",
        "-025-11-24T16:00:00Z",
        "2025-11-24T16:00:00Z ",
        "２025-11-24T16:00:00Z",
    ] {
        assert!(text.parse::<Timestamp>().is_err(), "{text}");
    }
}
