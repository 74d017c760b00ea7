//! The browser behind a `User-Agent`, in words that its user recognizes.

/// The longest name of a program that is shown, in bytes.
const MAX_PROGRAM: usize = 32;

/// What a `User-Agent` contains, and the browser that it then is. The first that fits counts: most
/// browsers name those as well that they resemble.
const BROWSERS: [(&str, &str); 14] = [
    ("Edg/", "Edge"),
    ("EdgA/", "Edge"),
    ("EdgiOS/", "Edge"),
    ("OPR/", "Opera"),
    ("Vivaldi/", "Vivaldi"),
    ("YaBrowser/", "Yandex Browser"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("FxiOS/", "Firefox"),
    ("Firefox/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("HeadlessChrome/", "Chrome"),
    ("Chromium/", "Chromium"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
];

/// The same for systems.
const SYSTEMS: [(&str, &str); 9] = [
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Macintosh", "macOS"),
    ("FreeBSD", "FreeBSD"),
    ("OpenBSD", "OpenBSD"),
    ("Linux", "Linux"),
];

/// Returns the browser and the system, such as `Firefox on Linux`, or the name of another program.
/// Returns `None` if neither can be told.
#[must_use]
pub fn browser(user_agent: &str) -> Option<String> {
    let find = |table: &[(&str, &'static str)]| {
        table.iter().find(|(part, _)| user_agent.contains(part)).map(|(_, name)| *name)
    };
    match (find(&BROWSERS), find(&SYSTEMS)) {
        (Some(browser), Some(system)) => Some(format!("{browser} on {system}")),
        (Some(browser), None) => Some(browser.to_owned()),
        (None, _) => program(user_agent),
    }
}

/// Returns the first name in a `User-Agent`, such as `curl` of `curl/8.5.0`.
fn program(user_agent: &str) -> Option<String> {
    let name = user_agent.split(['/', ' ']).next()?;
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    let fits = (1..=MAX_PROGRAM).contains(&name.len()) && name.bytes().all(is_plain);
    (fits && name != "Mozilla").then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_and_systems_are_named() {
        const GECKO: &str = "Gecko/20100101 Firefox/140.0";
        const APPLE: &str = "AppleWebKit/605.1.15 (KHTML, like Gecko)";
        const CHROME: &str = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0";
        const PHONE: &str = "iPhone; CPU iPhone OS 18_0 like Mac OS X";
        const MAC: &str = "Macintosh; Intel Mac OS X 10_15_7";
        for (system, rest, words) in [
            ("X11; Linux x86_64; rv:140.0", GECKO.to_owned(), "Firefox on Linux"),
            ("Windows NT 10.0; Win64; x64", format!("{CHROME} Safari/537.36"), "Chrome on Windows"),
            ("Windows NT 10.0", format!("{CHROME} Safari/537.36 Edg/140.0"), "Edge on Windows"),
            ("Linux; Android 14; K", format!("{CHROME} Mobile Safari/1"), "Chrome on Android"),
            (MAC, format!("{APPLE} Version/18.0 Safari/605.1.15"), "Safari on macOS"),
            (PHONE, format!("{APPLE} CriOS/140.0 Safari/604.1"), "Chrome on iPhone"),
        ] {
            let agent = format!("Mozilla/5.0 ({system}) {rest}");
            assert_eq!(browser(&agent).as_deref(), Some(words), "{agent}");
        }
        for (agent, words) in [("curl/8.5.0", "curl"), ("python-requests/2.32", "python-requests")]
        {
            assert_eq!(browser(agent).as_deref(), Some(words), "{agent}");
        }
    }

    #[test]
    fn what_cannot_be_told_is_unknown() {
        let long = "x".repeat(33);
        for agent in ["", "Mozilla/5.0", "<script>alert(1)</script>", "\u{202e}gpj", " ", &long] {
            assert_eq!(browser(agent), None, "{agent}");
        }
    }
}
