use protocol::{PushId, Timestamp, http::PushResult};
use uuid::Uuid;

use super::{
    device_test::{Cure, DeviceTest, Finding, LineState, service_finding},
    *,
};

fn device(id: u128) -> PushDevice {
    PushDevice {
        id: PushId(Uuid::from_u128(id)),
        browser: Some("Firefox on Linux".to_owned()),
        service: "push.example".to_owned(),
        created_at: Timestamp::from_millis(0),
        pushed_at: None,
        ended_at: None,
        current: id == 1,
    }
}

fn result(status: u16, detail: Option<&str>) -> PushResult {
    PushResult {
        id: PushId(Uuid::from_u128(1)),
        status,
        detail: detail.map(str::to_owned),
        took_ms: 340,
    }
}

fn test() -> DeviceTest {
    DeviceTest::new(Timestamp::from_millis(0), Browser::Firefox)
}

fn works(text: &str) -> Finding {
    Finding::Works(text.to_owned())
}

fn states(test: &DeviceTest) -> Vec<LineState> {
    test.lines().iter().map(|line| line.state).collect()
}

#[test]
fn browsers_are_told_apart_by_what_they_say() {
    for (agent, touches, browser) in [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko Firefox/140.0", 0, Browser::Firefox),
        ("Mozilla/5.0 (X11; Linux x86_64) Chrome/140.0 Safari/537.36", 0, Browser::Chromium),
        ("Mozilla/5.0 (Macintosh; Intel) Chrome/140.0 Safari/537.36", 0, Browser::Chromium),
        ("Mozilla/5.0 (Macintosh; Intel) Version/18 Safari/605", 0, Browser::Safari),
        ("Mozilla/5.0 (Macintosh; Intel) Version/18 Safari/605", 5, Browser::Ios),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18) Safari/604", 5, Browser::Ios),
        ("Mozilla/5.0 (Android 15; Mobile) Firefox/140.0", 5, Browser::Android),
    ] {
        assert_eq!(Browser::of(agent, touches), browser, "{agent}");
    }
}

#[test]
fn a_test_goes_step_by_step_and_asks_at_the_end() {
    use LineState::{Asks, Runs, Waits, Works};

    let mut test = test();
    assert_eq!(states(&test), [Runs, Waits, Waits, Waits, Waits]);
    for text in ["a", "b", "c", "d"] {
        assert!(!test.asks() && !test.is_over());
        test.add(works(text));
    }
    assert_eq!(states(&test), [Works, Works, Works, Works, Asks]);
    assert_eq!(test.lines()[0].name, "Firefox may show notifications");
    test.answer(false);
    assert_eq!(states(&test)[4], LineState::Fails(Cure::SeesIt));
    assert!(test.lines()[4].about.contains("do not disturb"));
    assert!(test.verdict("14:02").contains("the system holds it back"));
    test.answer(true);
    assert_eq!(states(&test), [Works; 5]);
    assert_eq!(test.verdict("14:02"), "The test of 14:02 came and showed: it works.");
}

#[test]
fn a_test_ends_at_the_step_that_fails() {
    use LineState::{Fails, Waits, Works};

    let mut test = test();
    test.add(works("a"));
    test.add(Finding::Fails("broken".to_owned(), Cure::Words));
    test.add(works("too late"));
    assert_eq!(states(&test), [Works, Fails(Cure::Words), Waits, Waits, Waits]);
    assert!(test.is_over() && !test.asks());
}

#[test]
fn the_answer_of_the_push_service_names_the_cure() {
    let this = device(1);
    let found = |result: PushResult| service_finding(Some(&this), &[result]);
    assert_eq!(found(result(201, None)), works("push.example, in 340 ms"));
    for gone in [404, 410] {
        let Finding::Fails(text, Cure::TurnOn) = found(result(gone, Some("gone"))) else {
            panic!("{gone} is the end of a subscription");
        };
        assert!(text.contains("Turn notifications on again"), "{text}");
    }
    for (status, detail, words) in [
        (0, None, "did not answer the server"),
        (503, None, "answered with status 503"),
        (403, Some("The clock of the server is wrong."), "The clock of the server is wrong."),
    ] {
        let Finding::Fails(text, Cure::Words) = found(result(status, detail)) else {
            panic!("{status} is no success");
        };
        assert!(text.contains(words), "{text}");
    }
    for unknown in [service_finding(None, &[result(201, None)]), service_finding(Some(&this), &[])]
    {
        assert!(matches!(unknown, Finding::Fails(_, Cure::TurnOn)));
    }
}

#[test]
fn the_state_is_that_of_the_browser_of_this_session() {
    let of = |devices: Vec<PushDevice>| device_state(&Push { key: "key".to_owned(), devices });
    let at = Timestamp::from_millis(1);
    let ended = PushDevice { ended_at: Some(at), ..device(1) };
    assert_eq!(of(vec![device(2)]), DeviceState::Off);
    assert_eq!(of(vec![device(2), device(1)]), DeviceState::On);
    assert_eq!(of(vec![ended, device(2)]), DeviceState::Ended(at));
}

#[test]
fn each_hurdle_says_what_to_do() {
    assert_eq!(Support::Full.hurdle(), None);
    for (support, words) in [
        (Support::Insecure, "https"),
        (Support::HomeScreen, "Add to Home Screen"),
        (Support::Missing, "newer browser"),
    ] {
        assert!(support.hurdle().is_some_and(|text| text.contains(words)), "{words}");
    }
    assert!(subscribe_fault("NotAllowedError", Browser::Safari).contains("Websites"));
    assert!(subscribe_fault("AbortError", Browser::Chromium).contains("push"));
}
