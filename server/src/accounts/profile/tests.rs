//! Tests of the rules for profiles.

use super::*;

fn faults(update: UpdateProfile) -> Vec<String> {
    match check(update) {
        Ok(_) => Vec::new(),
        Err(faults) => faults.into_iter().map(|fault| fault.field.to_string()).collect(),
    }
}

fn hours(from: &str, to: &str, zone: &str, days: &[u8]) -> UpdateProfile {
    let (from, to, time_zone) = (from.to_owned(), to.to_owned(), zone.to_owned());
    let hours = QuietHours { from, to, time_zone, days: days.to_vec() };
    UpdateProfile { quiet: Some(Some(QuietTime::Hours(hours))), ..Default::default() }
}

fn status(emoji: Option<&str>, text: Option<&str>) -> UpdateProfile {
    let (emoji, text) = (emoji.map(str::to_owned), text.map(str::to_owned));
    let status = NewStatus { emoji, text, until: None };
    UpdateProfile { status: Some(Some(status)), ..Default::default() }
}

#[test]
fn every_wrong_value_is_named() {
    let update = UpdateProfile {
        display_name: Some("\u{200d}".into()),
        about: Some("x".repeat(501)),
        ..status(Some("no"), Some(&"x".repeat(101)))
    };
    assert_eq!(faults(update), ["display_name", "about", "status.emoji", "status.text"]);
    assert_eq!(faults(status(None, Some("  "))), ["status"]);
    assert_eq!(
        faults(hours("24:00", "7", "Europe/Atlantis", &[0])),
        ["quiet.from", "quiet.to", "quiet.time_zone", "quiet.days"]
    );
    assert_eq!(faults(hours("22:00", "07:00", "Europe/Berlin", &[])), ["quiet.days"]);
    let odd = UpdateProfile { about: Some("a\u{0}b".into()), ..Default::default() };
    assert_eq!(faults(odd), ["about"]);
}

#[test]
fn values_are_stored_in_their_normal_form() {
    let update = UpdateProfile {
        display_name: Some(" Ada ".into()),
        about: Some("  two\r\nlines \r\n".into()),
        quiet: hours("22:00", "07:00", "europe/berlin", &[5, 1, 5]).quiet,
        ..status(Some("❤"), Some(" in love "))
    };
    let change = check(update).unwrap();
    assert_eq!(change.display_name.as_deref(), Some("Ada"));
    assert_eq!(change.about, Some(Some("two\nlines".into())));
    let status = change.status.unwrap().unwrap();
    assert_eq!(status.emoji.as_deref(), Some("❤\u{fe0f}"));
    assert_eq!(status.text.as_deref(), Some("in love"));
    let Some(Some(QuietTime::Hours(hours))) = change.quiet else { panic!("expected hours") };
    assert_eq!((hours.time_zone.as_str(), hours.days), ("Europe/Berlin", vec![1, 5]));
    let empty = UpdateProfile { about: Some(String::new()), ..Default::default() };
    assert_eq!(check(empty).unwrap().about, Some(None), "an empty text takes it away");
}

#[test]
fn a_text_has_nothing_that_is_invisible_or_turns_the_text_around_it() {
    let about =
        |about: &str| UpdateProfile { about: Some(about.into()), ..UpdateProfile::default() };
    for odd in ["a\u{202e}b", "a\u{2028}b", "one\ntw\u{200b}o", "a\u{85}b", "one\n\u{301}two"] {
        assert_eq!(faults(about(odd)), ["about"], "{}", odd.escape_unicode());
        assert_eq!(faults(status(None, Some(odd))), ["status.text"], "{}", odd.escape_unicode());
    }
    for blank in ["\u{200b}", "\u{200b}\n\u{2800}", "\u{202e}"] {
        assert_eq!(check(about(blank)).unwrap().about, Some(None), "as an empty text");
    }
    let plain = "Küche:\n\n\t👩🏽‍💻 – می‌خواهم\nالعربية";
    assert_eq!(check(about(plain)).unwrap().about, Some(Some(plain.into())));
}
