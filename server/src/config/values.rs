//! The types of settings and how they are parsed.

use std::{
    fmt,
    net::{IpAddr, SocketAddr},
    str::FromStr,
    time::Duration,
};

use clap::ValueEnum;
use ipnet::IpNet;
use protocol::Heartbeat;

/// The users who may create an account.
///
/// The first account can always be created. It belongs to the owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Registration {
    /// Everyone who can reach the server.
    Open,
    /// Users with an invitation.
    Invite,
    /// No one, with or without an invitation.
    Closed,
}

/// On or off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Switch {
    /// On.
    On,
    /// Off.
    Off,
}

/// The format of log lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// Plain text.
    Text,
    /// JSON, for programs.
    Json,
}

/// An origin such as `https://chat.example.org`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicUrl(String);

impl PublicUrl {
    /// Returns scheme, host and port, as a browser sends them in `Origin`.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.0
    }
}

impl FromStr for PublicUrl {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const FORM: &str = "must be http(s)://host or http(s)://host:port, without a path";
        let uri: hyper::Uri = text.trim_end_matches('/').parse().map_err(|_| FORM)?;
        let (Some(scheme @ ("http" | "https")), Some(host)) = (uri.scheme_str(), uri.host()) else {
            return Err(FORM);
        };
        let wrong_port = uri.port().is_some() && uri.port_u16().is_none();
        if !matches!(uri.path(), "" | "/")
            || uri.query().is_some()
            || text.contains('@')
            || wrong_port
        {
            return Err(FORM);
        }
        let default_port = if scheme == "https" { 443 } else { 80 };
        let port = uri.port_u16().filter(|port| *port != default_port);
        let port = port.map(|port| format!(":{port}")).unwrap_or_default();
        Ok(Self(format!("{scheme}://{}{port}", host.to_ascii_lowercase())))
    }
}

/// How long browsers remember to open this server by https only, in seconds (RFC 6797).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hsts(Option<u32>);

impl Hsts {
    /// Returns the seconds, or `None` if browsers are told nothing. With 0 they forget it.
    #[must_use]
    pub fn max_age(self) -> Option<u32> {
        self.0
    }
}

impl FromStr for Hsts {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.eq_ignore_ascii_case("off") {
            return Ok(Self(None));
        }
        let seconds = text.parse().map_err(|_| "must be whole seconds such as 31536000, or off")?;
        Ok(Self(Some(seconds)))
    }
}

/// A value that is never logged and never part of an error.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// Returns its bytes, for signing.
    #[must_use]
    pub fn reveal(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl FromStr for Secret {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.len() < 32 { Err("must have at least 32 bytes") } else { Ok(Self(text.to_owned())) }
    }
}

/// The heartbeat, as a preset or in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeartbeatSetting(pub Heartbeat);

impl FromStr for HeartbeatSetting {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const FORM: &str = "must be internal, public, mobile, tasks, or INTERVAL/TIMEOUT in whole \
                            seconds from 1 to 3600";
        // The presets of guide section 7.
        let text = match text {
            "internal" => "30/10",
            "public" => "25/15",
            "mobile" => "20/15",
            "tasks" => "15/10",
            other => other,
        };
        let parse = |part: &str| part.parse().ok().filter(|seconds| (1..=3600).contains(seconds));
        let seconds = text
            .split_once('/')
            .and_then(|(interval, timeout)| Some((parse(interval)?, parse(timeout)?)));
        let (interval, timeout): (u64, u64) = seconds.ok_or(FORM)?;
        Ok(Self(Heartbeat { interval_ms: interval * 1000, timeout_ms: timeout * 1000 }))
    }
}

/// The proxies whose `X-Forwarded-For` is trusted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustedProxies(Vec<IpNet>);

impl TrustedProxies {
    /// Returns whether `address` is one of them.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }
}

impl FromStr for TrustedProxies {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
        let networks =
            parts.map(|part| part.parse().or_else(|_| part.parse::<IpAddr>().map(IpNet::from)));
        let networks: Result<_, _> = networks.collect();
        networks
            .map(Self)
            .map_err(|_| "must be addresses or networks such as 10.0.0.0/8, separated by commas")
    }
}

/// Parses the address to listen on.
pub(super) fn address(text: &str) -> Result<SocketAddr, &'static str> {
    text.parse()
        .map_err(|_| "must be IP:PORT, such as 127.0.0.1:3000, or 0.0.0.0:3000 for all networks")
}

/// Parses a count of one or more.
pub(super) fn at_least_one(text: &str) -> Result<usize, &'static str> {
    text.parse().ok().filter(|count| *count > 0).ok_or("must be a whole number of 1 or more")
}

/// Parses a flag that is on or off.
pub(super) fn yes_or_no(text: &str) -> Result<bool, &'static str> {
    match text.to_ascii_lowercase().as_str() {
        "1" | "true" | "yes" | "on" => Ok(true),
        "0" | "false" | "no" | "off" => Ok(false),
        _ => Err("must be 1 or 0"),
    }
}

/// Parses a duration of up to an hour.
pub(super) fn seconds(text: &str) -> Result<Duration, &'static str> {
    match text.parse() {
        Ok(seconds @ 0..=3600) => Ok(Duration::from_secs(seconds)),
        _ => Err("must be whole seconds from 0 to 3600"),
    }
}

/// Parses a duration of one second to one hour.
pub(super) fn lease_seconds(text: &str) -> Result<Duration, &'static str> {
    seconds(text)
        .ok()
        .filter(|lease| !lease.is_zero())
        .ok_or("must be whole seconds from 1 to 3600")
}

/// Parses a duration of at most five seconds: a user who has left must not be shown for longer.
pub(super) fn grace_millis(text: &str) -> Result<Duration, &'static str> {
    text.parse()
        .ok()
        .filter(|millis| *millis <= 5000)
        .map(Duration::from_millis)
        .ok_or("must be whole milliseconds, at most 5000")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn public_urls_are_normalized_as_browsers_send_origins() {
        for (text, origin) in [
            ("https://chat.example.org", "https://chat.example.org"),
            ("https://Chat.Example.org:443/", "https://chat.example.org"),
            ("http://localhost:3000", "http://localhost:3000"),
        ] {
            assert_eq!(text.parse(), Ok(PublicUrl(origin.into())));
        }
        for wrong in
            ["chat.example.org", "ftp://a", "https://a/b", "https://a?b", "https://u@a", ""]
        {
            assert!(wrong.parse::<PublicUrl>().is_err(), "{wrong}");
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
    }
}
