//! Reads the values of a query.

use jiff::{civil::Date, tz::TimeZone};
use protocol::{
    limits::MAX_QUERY_CONDITIONS,
    search::{Operator, Query, Term},
};

use crate::{
    base::search::Needle,
    error::Error,
    store::{Part, SearchCondition, SearchTerm},
};

/// Returns a time zone, UTC if none is named.
///
/// # Errors
/// Fails if there is no such time zone.
pub(super) fn zone(name: Option<&str>) -> Result<TimeZone, Error> {
    name.map_or(Ok(TimeZone::UTC), |name| {
        TimeZone::get(name).map_err(|_| Error::field("time_zone", "must be one of the IANA names"))
    })
}

/// Reads the conditions of a query.
///
/// # Errors
/// Fails if a value is wrong, if there are too many, or if nothing is left to look for.
pub(super) fn read(query: &Query, zone: &TimeZone) -> Result<Vec<SearchCondition>, Error> {
    let mut conditions = Vec::new();
    for condition in &query.conditions {
        let term = match &condition.term {
            Term::Word(word) => Needle::word(word).map(SearchTerm::Text),
            Term::Phrase(phrase) => Needle::phrase(phrase).map(SearchTerm::Text),
            Term::Operator(operator, value) => Some(operation(*operator, value, zone)?),
        };
        let excludes = condition.excludes;
        conditions.extend(term.map(|term| SearchCondition { excludes, term }));
    }
    if conditions.iter().all(|condition| condition.excludes) {
        return Err(wrong("must say what to look for"));
    }
    if conditions.len() > MAX_QUERY_CONDITIONS {
        let rule = format!("must have at most {MAX_QUERY_CONDITIONS} words and operators");
        return Err(wrong(rule));
    }
    Ok(conditions)
}

fn operation(operator: Operator, value: &str, zone: &TimeZone) -> Result<SearchTerm, Error> {
    let lower = value.to_ascii_lowercase();
    Ok(match (operator, lower.as_str()) {
        (Operator::From, "me") => SearchTerm::FromMe,
        (Operator::From, _) => SearchTerm::From(lower.trim_start_matches('@').to_owned()),
        (Operator::In, _) => SearchTerm::In(value.trim_start_matches('#').into()),
        (Operator::Before, _) => SearchTerm::Sent(i64::MIN, day(operator, value, zone)?.0),
        (Operator::After, _) => SearchTerm::Sent(day(operator, value, zone)?.1, i64::MAX),
        (Operator::On, _) => {
            let (from, to) = day(operator, value, zone)?;
            SearchTerm::Sent(from, to)
        }
        (Operator::Has, "file") => SearchTerm::Has(Part::File),
        (Operator::Has, "image") => SearchTerm::Has(Part::Image),
        (Operator::Has, "link") => SearchTerm::Has(Part::Link),
        (Operator::Has, "reaction") => SearchTerm::Has(Part::Reaction),
        (Operator::Is, "pinned") => SearchTerm::Pinned,
        (Operator::Is, "thread") => SearchTerm::Thread,
        (Operator::Mentions, "me") => SearchTerm::MentionsMe,
        (Operator::Has | Operator::Is | Operator::Mentions, _) => {
            let name = operator.as_str();
            let values: Vec<_> =
                operator.values().iter().map(|value| format!("{name}:{value}")).collect();
            return Err(wrong(format!("{name}: must be {}", values.join(" or "))));
        }
    })
}

/// Returns when a day begins and when it ends, in milliseconds.
fn day(operator: Operator, value: &str, zone: &TimeZone) -> Result<(i64, i64), Error> {
    let start = |date: Date| {
        let start = date.to_zoned_datetime(zone.clone()).ok()?;
        Some(start.timestamp().as_millisecond())
    };
    let today = || Some(jiff::Timestamp::now().to_zoned_datetime(zone.clone()).date());
    let plain = || {
        let is_plain =
            value.len() == 10 && value.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
        value.parse::<Date>().ok().filter(|_| is_plain)
    };
    let date = match value {
        _ if value.eq_ignore_ascii_case("today") => today(),
        _ if value.eq_ignore_ascii_case("yesterday") => {
            today().and_then(|day| day.yesterday().ok())
        }
        _ => plain(),
    };
    let bounds = date.and_then(|date| Some((start(date)?, start(date.tomorrow().ok()?)?)));
    bounds.ok_or_else(|| {
        let name = operator.as_str();
        wrong(format!("{name}: must be a day as 2026-11-30, today or yesterday"))
    })
}

fn wrong(detail: impl Into<String>) -> Error {
    Error::field("query", detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(query: &str, zone: &str) -> (i64, i64) {
        let zone = TimeZone::get(zone).unwrap();
        match read(&Query::parse(query), &zone).unwrap()[..] {
            [SearchCondition { excludes: false, term: SearchTerm::Sent(from, to) }] => (from, to),
            ref other => panic!("{other:?}"),
        }
    }

    #[test]
    fn days_are_those_of_the_time_zone() {
        const HOUR: i64 = 3_600_000;
        let (from, to) = sent("on:1970-01-02", "UTC");
        assert_eq!((from, to), (24 * HOUR, 48 * HOUR));
        assert_eq!(sent("before:1970-01-02", "UTC").1, from);
        assert_eq!(sent("after:1970-01-02", "UTC").0, to);
        assert_eq!(sent("on:1970-01-02", "Europe/Berlin").0, 23 * HOUR);
        // The day on which summer time begins has 23 hours.
        let (from, to) = sent("on:2026-03-29", "Europe/Berlin");
        assert_eq!(to - from, 23 * HOUR);
    }

    #[test]
    fn days_have_names_too() {
        let (from, to) = sent("on:today", "UTC");
        let now = jiff::Timestamp::now().as_millisecond();
        // Midnight may pass between the two.
        assert!((from..to + 1_000).contains(&now), "{from} {now} {to}");
        let (before, until) = sent("on:Yesterday", "UTC");
        assert!(until == from || until == to, "{before} {until}");
    }

    #[test]
    fn what_is_wrong_is_refused() {
        for query in [
            "",
            " ",
            "\"\"",
            "from:",
            "-word",
            "-from:ada -x",
            "has:all",
            "is:",
            "is:me",
            "mentions:ada",
            "on:2026-02-30",
            "before:tomorrow",
            "after:2026-1-1",
            "on:+02026-01-01",
            &"a ".repeat(21),
        ] {
            assert!(read(&Query::parse(query), &TimeZone::UTC).is_err(), "{query}");
        }
        assert!(zone(Some("Nowhere/At_All")).is_err());
    }
}
