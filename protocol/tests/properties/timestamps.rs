//! Parsing and formatting of timestamps.

use proptest::prelude::*;
use protocol::Timestamp;

use crate::strategies::config;

proptest! {
    #![proptest_config(config(256))]

    #[test]
    fn a_formatted_timestamp_is_parsed_unchanged(
        millis in any::<i64>(),
        spread in -62_167_219_200_000..253_402_207_200_000_i64,
    ) {
        for millis in [millis, spread] {
            let moment = Timestamp::from_millis(millis);
            let text = moment.to_string();
            prop_assert_eq!(text.len(), 24);
            prop_assert_eq!(text.parse(), Ok(moment));
        }
        prop_assert_eq!(Timestamp::from_millis(spread).as_millis(), spread);
    }

    #[test]
    fn any_text_is_a_timestamp_or_an_error(
        text in prop_oneof![any::<String>(), "[0-9TtZz:+. -]{0,40}"],
    ) {
        if let Ok(moment) = text.parse::<Timestamp>() {
            prop_assert_eq!(moment.to_string().parse(), Ok(moment));
        }
    }
}

proptest! {
    #![proptest_config(config(2000))]

    #[test]
    fn timestamps_are_parsed_as_by_a_calendar_library(
        (year, month, day) in (1..9999_u32, 0..15_u32, 0..34_u32),
        (hour, minute, second) in (0..26_u32, 0..62_u32, 0..60_u32),
        decimals in "(\\.[0-9]{1,9})?",
        offset in prop_oneof![
            Just("Z".to_owned()),
            (prop_oneof![Just('+'), Just('-')], 0..25_u32, 0..61_u32)
                .prop_map(|(sign, hours, minutes)| format!("{sign}{hours:02}:{minutes:02}")),
        ],
    ) {
        let date = format!("{year:04}-{month:02}-{day:02}");
        let text = format!("{date}T{hour:02}:{minute:02}:{second:02}{decimals}{offset}");
        // RFC 3339 allows offsets up to 23:59, the library up to 25:59.
        let theirs = text.parse::<jiff::Timestamp>().ok();
        let theirs = theirs.filter(|_| !offset[1..].starts_with("24")).map(|moment| {
            Timestamp::from_millis(moment.as_nanosecond().div_euclid(1_000_000) as i64)
        });
        prop_assert_eq!(text.parse().ok(), theirs, "{}", text);
    }
}
