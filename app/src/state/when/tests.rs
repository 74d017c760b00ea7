//! Tests of times as people say them, in Vienna: two hours ahead of UTC in summer, one in winter.

use super::*;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn vienna(moment: Timestamp) -> i64 {
    let summer = at("2026-03-29T01:00:00.000Z")..at("2026-10-25T01:00:00.000Z");
    if summer.contains(&moment) { 120 } else { 60 }
}

#[test]
fn a_time_is_that_of_the_clocks_here_also_when_they_change() {
    let tomorrow = |minute| When::At(WhichDay::Tomorrow, minute);
    for (now, when, expected) in [
        // The clocks change in the night.
        ("2026-03-28T19:00:00.000Z", tomorrow(MORNING), "2026-03-29T06:00:00.000Z"),
        ("2026-10-24T19:00:00.000Z", tomorrow(MORNING), "2026-10-25T07:00:00.000Z"),
        ("2026-03-28T19:00:00.000Z", When::In(24 * 60), "2026-03-29T19:00:00.000Z"),
        // They skip half past two: it is half past three.
        ("2026-03-28T19:00:00.000Z", tomorrow(150), "2026-03-29T01:30:00.000Z"),
        // They show half past two twice.
        ("2026-10-24T19:00:00.000Z", tomorrow(150), "2026-10-25T01:30:00.000Z"),
        // The day here is not that of UTC.
        ("2026-06-30T22:30:00.000Z", tomorrow(MORNING), "2026-07-02T06:00:00.000Z"),
        // The ends of months and of a year, and a leap day.
        ("2026-01-31T12:00:00.000Z", tomorrow(MORNING), "2026-02-01T07:00:00.000Z"),
        ("2026-12-31T12:00:00.000Z", tomorrow(MORNING), "2027-01-01T07:00:00.000Z"),
        ("2028-02-28T12:00:00.000Z", tomorrow(MORNING), "2028-02-29T07:00:00.000Z"),
    ] {
        assert_eq!(when.moment(at(now), vienna), at(expected), "{when:?} from {now}");
    }
}

#[test]
fn a_day_of_the_week_is_the_next_one() {
    let sunday = "2026-11-29T12:00:00.000Z";
    let monday = "2026-11-30T05:00:00.000Z";
    for (now, weekday, expected) in [
        (sunday, 0, "2026-11-30T07:00:00.000Z"),
        (sunday, 6, "2026-12-06T07:00:00.000Z"),
        // Who says Monday on a Monday means the next one.
        (monday, 0, "2026-12-07T07:00:00.000Z"),
        (monday, 1, "2026-12-01T07:00:00.000Z"),
    ] {
        let when = When::At(WhichDay::Weekday(weekday), MORNING);
        assert_eq!(when.moment(at(now), vienna), at(expected), "{weekday} from {now}");
    }
}

#[test]
fn a_time_without_a_day_is_the_next_such_time() {
    let now = at("2026-11-29T12:00:00.000Z");
    let next = |minute| When::At(WhichDay::Next, minute).moment(now, vienna);
    assert_eq!(next(13 * 60 + 1), at("2026-11-29T12:01:00.000Z"));
    assert_eq!(next(13 * 60), at("2026-11-30T12:00:00.000Z"), "it is that time now");
    assert_eq!(next(9 * 60), at("2026-11-30T08:00:00.000Z"));
    let today = When::At(WhichDay::Today, 9 * 60).moment(now, vienna);
    assert_eq!(today, at("2026-11-29T08:00:00.000Z"), "who says today does not mean tomorrow");
}

#[test]
fn times_are_read_from_the_beginning_of_a_text() {
    let tomorrow = |minute| When::At(WhichDay::Tomorrow, minute);
    let weekday = |day, minute| When::At(WhichDay::Weekday(day), minute);
    let next = |minute| When::At(WhichDay::Next, minute);
    let today = |minute| When::At(WhichDay::Today, minute);
    for (text, when, rest) in [
        ("in 2 hours drink", When::In(120), "drink"),
        ("In 30m  tea\nand cake", When::In(30), "tea\nand cake"),
        ("in an hour", When::In(60), ""),
        ("45 min tea", When::In(45), "tea"),
        ("2w holidays", When::In(20_160), "holidays"),
        ("in 366 days", When::In(527_040), ""),
        ("tomorrow call Bo", tomorrow(MORNING), "call Bo"),
        ("Tomorrow at 9 call Bo", tomorrow(540), "call Bo"),
        ("tomorrow 9:30 call Bo", tomorrow(570), "call Bo"),
        ("tomorrow 9 eggs", tomorrow(MORNING), "9 eggs"),
        ("tomorrow at home", tomorrow(MORNING), "at home"),
        ("on friday at 3pm go", weekday(4, 900), "go"),
        ("Monday 12 am go", weekday(0, 0), "go"),
        ("sunday 12pm", weekday(6, 720), ""),
        ("today at 15:30 go", today(930), "go"),
        ("Today 3pm go", today(900), "go"),
        ("tonight call Bo", today(EVENING), "call Bo"),
        ("tonight at 22:00 call Bo", today(1_320), "call Bo"),
        ("at 15:30 go", next(930), "go"),
        ("at 7 go", next(420), "go"),
        ("at 0:00", next(0), ""),
    ] {
        assert_eq!(read_when(text), Some((when, rest)), "{text}");
    }
}

#[test]
fn what_is_no_time_is_not_read() {
    for text in [
        "",
        "soon",
        "in",
        "in 2",
        "in two hours",
        "in 0 minutes",
        "in 367 days",
        "in 99999999999999999999h",
        "in 9999999999999999w",
        "5 eggs",
        "a",
        "at",
        "today",
        "today go",
        "at 24:00",
        "at 9:5",
        "at 9:60",
        "at 13pm",
        "at 0am",
        "at ::",
        "on",
        "on mars",
        "1\u{664}m",
    ] {
        assert_eq!(read_when(text), None, "{text}");
    }
}
