use super::*;
use crate::config::TrustedProxies;

#[test]
fn public_urls_are_normalized_as_browsers_send_origins() {
    for (text, origin) in [
        ("https://chat.example.org", "https://chat.example.org"),
        ("https://Chat.Example.org:443/", "https://chat.example.org"),
        ("http://localhost:3000", "http://localhost:3000"),
        ("http://192.168.1.5:3000", "http://192.168.1.5:3000"),
        ("http://[fd00::5]:3000", "http://[fd00::5]:3000"),
        ("http://my_box", "http://my_box"),
        ("https://xn--bcher-kva.example", "https://xn--bcher-kva.example"),
    ] {
        assert_eq!(text.parse(), Ok(PublicUrl(origin.into())));
    }
    for wrong in [
        "chat.example.org",
        "ftp://a",
        "https://a/b",
        "https://a?b",
        "https://u@a",
        "",
        "https://*.example.org",
        "https://*",
        "https://a:0",
        "https://a:65536",
        "https://a:x",
        "http://0.0.0.0:3000",
        "http://[::]:3000",
        "http://[::ffff:0.0.0.0]",
        "http://255.255.255.255",
        "http://224.0.0.1",
        "https://chat..example.org",
        "https://.example.org",
        "https://chat.example.org.",
        "https://a,b",
        "https://a%20b",
        "http://1.2.3",
        "http://2130706433",
        "http://0x7f000001",
    ] {
        assert!(wrong.parse::<PublicUrl>().is_err(), "{wrong}");
    }
}

#[test]
fn secrets_are_long_and_do_not_repeat_themselves() {
    for secret in ["a passphrase of some words will do", "0123456789abcdef0123456789abcdef"] {
        assert!(secret.parse::<Secret>().is_ok(), "{secret}");
    }
    let (one, few) = ("x".repeat(40), "abc".repeat(20));
    for wrong in ["short", &one, &few, &"\0".repeat(64), &"é".repeat(32)] {
        assert!(wrong.parse::<Secret>().is_err(), "{wrong}");
    }
}

#[test]
fn heartbeats_are_presets_or_seconds() {
    let heartbeat = |text: &str| text.parse::<HeartbeatSetting>().map(|setting| setting.0);
    for (text, interval, timeout) in [
        ("internal", 30, 10),
        ("public", 25, 15),
        ("mobile", 20, 15),
        ("tasks", 15, 10),
        ("1/2", 1, 2),
    ] {
        let expected = Heartbeat { interval_ms: interval * 1000, timeout_ms: timeout * 1000 };
        assert_eq!(heartbeat(text), Ok(expected), "{text}");
    }
    for wrong in ["", "fast", "0/1", "1", "1/x", "1/3601"] {
        assert!(heartbeat(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn https_is_remembered_for_some_seconds_or_not_at_all() {
    assert_eq!("3600".parse(), Ok(Hsts(Some(3600))));
    assert_eq!("0".parse(), Ok(Hsts(Some(0))));
    assert_eq!("OFF".parse(), Ok(Hsts(None)));
    for wrong in ["", "on", "-1", "1d", "99999999999"] {
        assert!(wrong.parse::<Hsts>().is_err(), "{wrong}");
    }
}

#[test]
fn counts_are_one_or_more() {
    assert_eq!(at_least_one("1"), Ok(1));
    for wrong in ["0", "-1", "many", ""] {
        assert!(at_least_one(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn switches_are_on_or_off() {
    for (text, on) in
        [("1", true), ("True", true), ("on", true), ("0", false), ("NO", false), ("off", false)]
    {
        assert_eq!(yes_or_no(text), Ok(on), "{text}");
    }
    assert!(yes_or_no("maybe").is_err() && yes_or_no("").is_err());
}

#[test]
fn proxies_are_addresses_or_networks() {
    let proxies: TrustedProxies = "10.0.0.0/8, 192.0.2.7,2001:db8::/32".parse().unwrap();
    for inside in ["10.1.2.3", "192.0.2.7", "2001:db8::1", "::ffff:10.1.2.3"] {
        assert!(proxies.contains(inside.parse().unwrap()), "{inside}");
    }
    for outside in ["192.0.2.8", "11.0.0.1", "::1"] {
        assert!(!proxies.contains(outside.parse().unwrap()), "{outside}");
    }
    assert_eq!("".parse(), Ok(TrustedProxies::default()));
    assert!(
        "10.0.0.0/33".parse::<TrustedProxies>().is_err()
            && "proxy".parse::<TrustedProxies>().is_err()
    );
    for everybody in
        ["0.0.0.0/0", "::/0", "127.0.0.1,::/0", "0.0.0.0/1,128.0.0.0/1", "::/1", "2000::/3"]
    {
        assert!(everybody.parse::<TrustedProxies>().is_err(), "{everybody}");
    }
    for private in ["10.0.0.0/8", "172.16.0.0/12", "fc00::/7", "127.0.0.0/8"] {
        assert!(private.parse::<TrustedProxies>().is_ok(), "{private}");
    }
}
