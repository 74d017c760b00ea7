//! The types of settings and how they are parsed.

#[cfg(test)]
mod tests;

use std::{
    fmt,
    net::{IpAddr, SocketAddr},
    path::PathBuf,
    str::FromStr,
    time::Duration,
};

use clap::ValueEnum;
use protocol::Heartbeat;

use crate::base::key_file::{MIN_KEY_BYTES, is_repetitive};

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

/// The users who may add emoji.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum EmojiAdders {
    /// The owner and admins.
    Admins,
    /// Everyone who is signed in.
    All,
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
        if !matches!(uri.path(), "" | "/") || uri.query().is_some() || text.contains('@') {
            return Err(FORM);
        }
        let authority = uri.authority().map_or("", |authority| authority.as_str());
        let port = authority.get(host.len()..).unwrap_or_default().trim_start_matches(':');
        if !port.is_empty() && !port.parse().is_ok_and(|port: u16| port > 0) {
            return Err("must have a port from 1 to 65535, or none");
        }
        check_public_host(host)?;
        let default_port = if scheme == "https" { 443 } else { 80 };
        let port = uri.port_u16().filter(|port| *port != default_port);
        let port = port.map(|port| format!(":{port}")).unwrap_or_default();
        Ok(Self(format!("{scheme}://{}{port}", host.to_ascii_lowercase())))
    }
}

/// Checks that users can open a host: a name or the address of one machine.
fn check_public_host(host: &str) -> Result<(), &'static str> {
    let bare = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host);
    if let Ok(address) = bare.parse::<IpAddr>() {
        let address = address.to_canonical();
        let is_one = !address.is_unspecified() && !address.is_multicast();
        let is_one = is_one && address != IpAddr::from([255; 4]);
        return if is_one { Ok(()) } else { Err("must name the address that users open") };
    }
    let is_label = |label: &str| {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        (1..=63).contains(&label.len()) && label.bytes().all(is_plain)
    };
    // A browser takes a name whose end is a number for an address.
    let is_number =
        |label: &str| label.bytes().all(|byte| byte.is_ascii_digit()) || label.starts_with("0x");
    let last = bare.rsplit('.').next().unwrap_or_default();
    if bare.split('.').all(is_label) && !is_number(last) {
        Ok(())
    } else {
        Err("must name one host, such as chat.example.org, without * or other signs")
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

/// A number of bytes: `50000000`, or `50M` with `k`, `M` or `G` of 1,000.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ByteCount(pub u64);

impl FromStr for ByteCount {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const FORM: &str = "must be a number of bytes of 1 or more, such as 50000000 or 50M";
        let (number, unit) = match text.as_bytes().last() {
            Some(b'k' | b'K') => (&text[..text.len() - 1], 1_000),
            Some(b'm' | b'M') => (&text[..text.len() - 1], 1_000_000),
            Some(b'g' | b'G') => (&text[..text.len() - 1], 1_000_000_000),
            _ => (text, 1),
        };
        if !number.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(FORM);
        }
        let number: u64 = number.parse().map_err(|_| FORM)?;
        // SQL has signed numbers, and sums of them.
        let bytes = number.checked_mul(unit).filter(|bytes| (1..=MAX_BYTE_COUNT).contains(bytes));
        bytes.map(Self).ok_or(FORM)
    }
}

/// The largest [`ByteCount`]: 1 EB.
const MAX_BYTE_COUNT: u64 = 1_000_000_000_000_000_000;

/// Where the bytes of files are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FilesLocation {
    /// A folder.
    Folder(PathBuf),
    /// A bucket of S3, and a prefix of the names in it without slashes at its ends.
    S3 {
        /// The bucket.
        bucket: String,
        /// The prefix; empty for none.
        prefix: String,
    },
}

impl fmt::Display for FilesLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(folder) => folder.display().fmt(f),
            Self::S3 { bucket, prefix } if prefix.is_empty() => write!(f, "s3://{bucket}"),
            Self::S3 { bucket, prefix } => write!(f, "s3://{bucket}/{prefix}"),
        }
    }
}

impl FromStr for FilesLocation {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const FORM: &str = "must be a folder, or s3://BUCKET or s3://BUCKET/PREFIX";
        let Some(rest) = text.strip_prefix("s3://") else {
            let is_folder = !text.is_empty() && !text.contains("://");
            return if is_folder { Ok(Self::Folder(text.into())) } else { Err(FORM) };
        };
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
        let prefix = prefix.trim_matches('/');
        if bucket.is_empty() || !bucket.bytes().all(is_plain) {
            return Err(FORM);
        }
        if !prefix.bytes().all(|byte| is_plain(byte) || byte == b'/') {
            return Err("must have a prefix of letters, digits, and - . _ / only");
        }
        Ok(Self::S3 { bucket: bucket.to_owned(), prefix: prefix.to_owned() })
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
        if text.len() < MIN_KEY_BYTES {
            return Err("must have at least 32 bytes");
        }
        if is_repetitive(text.as_bytes()) {
            return Err("must be random; it repeats a few characters");
        }
        Ok(Self(text.to_owned()))
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
