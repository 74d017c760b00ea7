use axum::http::{HeaderName, HeaderValue};

use super::*;

fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
    let pairs = pairs
        .iter()
        .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
    let mut headers = HeaderMap::new();
    for (name, value) in pairs {
        headers.append(name, value);
    }
    headers
}

fn from(origin: &'static str) -> HeaderMap {
    headers(&[("origin", origin)])
}

fn on_loopback() -> Origins {
    Origins::new(None, ([127, 0, 0, 1], 3000).into())
}

fn public() -> Origins {
    let url = "https://chat.example.org".parse().unwrap();
    Origins::new(Some(&url), ([127, 0, 0, 1], 3000).into())
}

#[test]
fn on_loopback_all_names_of_this_machine_are_allowed() {
    let origins = on_loopback();
    for origin in ["http://localhost:3000", "http://127.0.0.1:3000", "http://[::1]:3000"] {
        assert!(origins.is_own_page(&from(origin)), "{origin}");
    }
    for origin in
        ["http://localhost", "http://localhost:3001", "https://localhost:3000", "null", ""]
    {
        assert!(origins.check_origin(&from(origin)).is_err(), "{origin}");
    }
}

#[test]
fn with_a_public_url_only_its_origin_is_allowed() {
    let origins = public();
    assert!(origins.is_own_page(&from("https://chat.example.org")));
    assert!(!origins.is_own_page(&from("http://localhost:3000")));
    assert!(!origins.is_own_page(&from("https://chat.example.org.evil.example")));
    let at_host = [("host", "localhost:3000"), ("origin", "http://localhost:3000")];
    assert!(!origins.is_own_page(&headers(&at_host)), "the host does not matter");
}

#[test]
fn a_request_without_an_origin_is_allowed_but_not_of_our_own_page() {
    let origins = on_loopback();
    assert!(origins.check_origin(&HeaderMap::new()).is_ok());
    assert!(!origins.is_own_page(&HeaderMap::new()));
    assert!(origins.check_own_page(&HeaderMap::new()).is_err());
}

#[test]
fn without_a_public_url_pages_at_a_local_host_are_our_own() {
    let origins = Origins::new(None, ([0, 0, 0, 0], 3000).into());
    for (host, origin) in [
        ("192.168.1.5:3000", "http://192.168.1.5:3000"),
        ("localhost:8080", "http://localhost:8080"),
        ("box.local", "http://box.local"),
        ("box:80", "http://box"),
        ("[fd00::5]:3000", "http://[fd00::5]:3000"),
        // An empty port is the default one, which a browser leaves out.
        ("box:", "http://box"),
        ("[fd00::5]:", "http://[fd00::5]"),
    ] {
        let own = headers(&[("host", host), ("origin", origin)]);
        assert!(origins.is_own_page(&own), "{host}");
        assert_eq!(origins.url(&own), origin);
    }
    for (host, origin) in [
        ("evil.example:3000", "http://evil.example:3000"), // DNS rebinding
        ("192.168.1.5:3000", "http://192.168.1.5:8000"),
        ("192.168.1.5:3000", "https://192.168.1.5:3000"),
    ] {
        let foreign = headers(&[("host", host), ("origin", origin)]);
        assert!(origins.check_origin(&foreign).is_err(), "{host}");
    }
    let two = headers(&[("host", "box:1"), ("host", "box:2"), ("origin", "http://box:1")]);
    assert!(origins.check_origin(&two).is_err());
}

#[test]
fn an_origin_of_null_counts_as_our_own_only_if_the_browser_says_so() {
    for origins in [on_loopback(), public()] {
        let null = |site| headers(&[("origin", "null"), ("sec-fetch-site", site)]);
        assert!(origins.is_own_page(&null("same-origin")));
        for site in ["cross-site", "same-site", "none", "", "same-origin, cross-site"] {
            assert!(origins.check_origin(&null(site)).is_err(), "{site}");
        }
        let (a, b) = (("sec-fetch-site", "same-origin"), ("sec-fetch-site", "cross-site"));
        assert!(origins.check_origin(&headers(&[("origin", "null"), a, b])).is_err());
        let named = headers(&[("origin", "https://evil.example"), a]);
        assert!(origins.check_origin(&named).is_err(), "a named origin decides");
    }
    let Err(error) = public().check_origin(&from("null")) else { panic!("it is refused") };
    assert!(error.to_string().contains("Referrer-Policy"), "{error}");
}

#[test]
fn a_cross_site_request_without_an_origin_is_refused() {
    for (site, ok) in
        [("cross-site", false), ("same-site", false), ("same-origin", true), ("none", true)]
    {
        let request = headers(&[("sec-fetch-site", site)]);
        assert_eq!(public().check_origin(&request).is_ok(), ok, "{site}");
        assert!(!public().is_own_page(&request), "the cookie needs an origin: {site}");
    }
}

#[test]
fn of_several_origins_each_must_be_ours() {
    let ours = ("origin", "https://chat.example.org");
    assert!(public().is_own_page(&headers(&[ours, ours])));
    let mixed = headers(&[ours, ("origin", "https://evil.example")]);
    assert!(public().check_origin(&mixed).is_err());
}

#[test]
fn a_foreign_host_is_misdirected() {
    let relative: Uri = "/sign-in".parse().unwrap();
    let absolute: Uri = "http://evil.example/".parse().unwrap();
    let own = headers(&[("host", "chat.example.org")]);
    assert!(public().check_host(&relative, &own).is_ok());
    assert!(public().check_host(&relative, &HeaderMap::new()).is_ok(), "as HTTP/1.0 may");
    assert!(public().check_host(&absolute, &own).is_err());
    let foreign = headers(&[("host", "evil.example")]);
    for origins in [public(), on_loopback()] {
        let refused = origins.check_host(&relative, &foreign);
        assert_eq!(refused.map_err(|error| error.status()), Err(421));
    }
}
