//! Every setting: a flag of `banter serve`, and an environment variable. Read once, in `main`.

use std::{
    fmt,
    net::{IpAddr, SocketAddr},
    path::{Path, PathBuf},
    str::FromStr,
    time::Duration,
};

use clap::{
    ArgMatches, Args, ValueEnum,
    builder::ArgPredicate,
    error::{ContextKind, ContextValue},
    parser::ValueSource,
};
use ipnet::IpNet;
use protocol::Heartbeat;

use crate::{base::failure::Failure, store::DataLocation};

/// The settings of `banter serve`.
#[derive(Clone, Debug, Args)]
pub struct Config {
    /// Address to listen on
    #[arg(long = "leptos-site-addr", env = "LEPTOS_SITE_ADDR", default_value = "127.0.0.1:3000", value_parser = address)]
    pub site_addr: SocketAddr,

    /// Folder for the SQLite file and the signing key
    #[arg(long, env = "BANTER_DATA_DIR", default_value = "./data")]
    pub data_dir: PathBuf,

    /// PostgreSQL (postgres://…, over TLS with ?sslmode=require) in the place of SQLite in the data folder
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    pub database_url: Option<String>,

    /// Redis (redis://…, rediss://… over TLS), for several nodes on one PostgreSQL; of a cluster some addresses, separated
    /// by commas
    #[arg(long, env = "REDIS_URL", hide_env_values = true)]
    pub redis_url: Option<String>,

    /// Address under which people reach this server; needed unless that is this machine alone
    ///
    /// It decides which Origin is allowed, what links look like, and whether cookies are for https only.
    #[arg(long, env = "BANTER_PUBLIC_URL")]
    pub public_url: Option<PublicUrl>,

    /// Key that signs tokens; made on the first start unless given here
    #[arg(long, env = "BANTER_SECRET", hide_env_values = true)]
    pub secret: Option<Secret>,

    /// Who may make an account
    #[arg(long, env = "BANTER_REGISTRATION", default_value = "invite")]
    pub registration: Registration,

    /// How dead connections are found: a preset, or INTERVAL/TIMEOUT in seconds
    #[arg(long, env = "BANTER_HEARTBEAT", default_value = "public")]
    pub heartbeat: HeartbeatSetting,

    /// Sockets that one person may have open
    #[arg(long, env = "BANTER_MAX_SOCKETS_PER_USER", default_value = "50", value_parser = at_least_one)]
    pub max_sockets_per_user: usize,

    /// Sockets that may be open from one address
    #[arg(long, env = "BANTER_MAX_SOCKETS_PER_ADDRESS", default_value = "1000", value_parser = at_least_one)]
    pub max_sockets_per_address: usize,

    /// Sockets that may be open in all
    #[arg(long, env = "BANTER_MAX_SOCKETS", default_value = "100000", value_parser = at_least_one)]
    pub max_sockets: usize,

    /// Proxies whose X-Forwarded-For counts: addresses or networks, separated by commas
    #[arg(long, env = "BANTER_TRUSTED_PROXIES", default_value = "", hide_default_value = true)]
    pub trusted_proxies: TrustedProxies,

    /// Whether people and connections may do only so much at a time; off for load tests
    #[arg(long, env = "BANTER_RATE_LIMIT", default_value = "on")]
    pub rate_limit: Switch,

    /// Serves /ws/echo, for tools that test how WebSocket is spoken
    #[arg(long, env = "BANTER_ECHO", num_args = 0..=1, default_value = "0", default_missing_value = "1",
          hide_default_value = true, value_parser = yes_or_no)]
    pub echo: bool,

    /// Takes tokens in the address of a WebSocket, where they end up in logs
    #[arg(long, env = "BANTER_AUTH_QUERY_TOKEN", num_args = 0..=1, default_value = "0", default_missing_value = "1",
          hide_default_value = true, value_parser = yes_or_no)]
    pub auth_query_token: bool,

    /// Over how many seconds open sockets are closed on SIGTERM; 10 with Redis
    #[arg(long, env = "BANTER_DRAIN", default_value = "2", value_parser = seconds, default_value_ifs([
        ("redis_url", ArgPredicate::Equals("".into()), "2"),
        ("redis_url", ArgPredicate::IsPresent, "10"),
    ]))]
    pub drain: Duration,

    /// For how many seconds a node counts as living after its last sign of life, of which it gives three in that time
    #[arg(long, env = "BANTER_NODE_LEASE", default_value = "15", value_parser = seconds_of_a_lease, hide = true)]
    pub node_lease: Duration,

    /// How log lines look
    #[arg(long, env = "BANTER_LOG_FORMAT", default_value = "text")]
    pub log_format: LogFormat,

    /// Folder of the page's files, for builds that do not hold them
    #[arg(long, env = "LEPTOS_SITE_ROOT", default_value = "target/site", hide = true)]
    pub site_root: PathBuf,

    /// Port of `cargo leptos watch`, which tells open pages to reload
    #[arg(long, env = "LEPTOS_RELOAD_PORT", default_value = "3001", hide = true)]
    pub reload_port: u16,

    /// Set by `cargo leptos watch`
    #[arg(long, env = "LEPTOS_WATCH", hide = true, num_args = 0..=1, default_missing_value = "true")]
    pub watch: Option<String>,
}

impl Config {
    /// Where all that lasts is kept.
    ///
    /// # Errors
    /// `DATABASE_URL` is of no kind that we know.
    pub fn place(&self) -> Result<DataLocation, Failure> {
        place(&self.data_dir, self.database_url.as_deref())
    }

    /// Returns the address of Redis. Compose files leave a setting out by an empty value.
    #[must_use]
    pub fn redis_url(&self) -> Option<&str> {
        self.redis_url.as_deref().filter(|url| !url.is_empty())
    }
}

/// Where all that lasts is kept, for a program that only needs that.
#[derive(Clone, Debug, Args)]
pub struct Data {
    /// Folder for the SQLite file and the signing key
    #[arg(long, env = "BANTER_DATA_DIR", default_value = "./data")]
    pub data_dir: PathBuf,

    /// PostgreSQL (postgres://…, over TLS with ?sslmode=require) in the place of SQLite in the data folder
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    pub database_url: Option<String>,
}

impl Data {
    /// Where that is.
    ///
    /// # Errors
    /// `DATABASE_URL` is of no kind that we know.
    pub fn place(&self) -> Result<DataLocation, Failure> {
        place(&self.data_dir, self.database_url.as_deref())
    }
}

fn place(data_dir: &Path, database_url: Option<&str>) -> Result<DataLocation, Failure> {
    match database_url {
        // Empty is how compose files leave a setting out.
        None | Some("") => Ok(DataLocation::Folder(data_dir.to_owned())),
        Some(url) => url.parse().map_err(|why| Failure::new("DATABASE_URL", why)),
    }
}

/// Who may make an account. The first one can always be made and is the owner's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Registration {
    /// Everybody who reaches the server.
    Open,
    /// Who has an invitation.
    Invite,
    /// Nobody.
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

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// For machines.
    Json,
}

/// An origin such as `https://chat.example.org`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicUrl(String);

impl PublicUrl {
    /// Scheme, host and port, as a browser sends them in `Origin`.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.0
    }
}

impl FromStr for PublicUrl {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const FORM: &str = "must be http(s)://host or http(s)://host:port, without a path";
        let uri: axum::http::Uri = text.trim_end_matches('/').parse().map_err(|_| FORM)?;
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

/// A value that no log and no error shows.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// Its bytes, for the one place that signs.
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

/// The heartbeat, as given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeartbeatSetting(pub Heartbeat);

impl FromStr for HeartbeatSetting {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // Guide section 7.
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
        let (interval, timeout): (u64, u64) = seconds
            .ok_or("must be internal, public, mobile, tasks, or INTERVAL/TIMEOUT in whole seconds from 1 to 3600")?;
        Ok(Self(Heartbeat { interval_ms: interval * 1000, timeout_ms: timeout * 1000 }))
    }
}

/// Proxies before this server, which say whom they speak for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustedProxies(Vec<IpNet>);

impl TrustedProxies {
    /// Whether that is one of them.
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

/// Says in one line which setting makes no sense and why. The value itself is left out where it may be a secret.
/// `None` where the command line as a whole is wrong, or help was asked for.
#[must_use]
pub fn explain(error: &clap::Error, command: &clap::Command) -> Option<String> {
    let ContextValue::String(flag) = error.get(ContextKind::InvalidArg)? else { return None };
    let flag = flag.split_whitespace().next()?;
    let serve = command.find_subcommand("serve")?;
    let argument = serve.get_arguments().find(|argument| {
        argument.get_long().is_some_and(|long| flag.strip_prefix("--") == Some(long))
    })?;
    let variable = argument.get_env()?.to_string_lossy();
    let value = match error.get(ContextKind::InvalidValue) {
        Some(ContextValue::String(value))
            if !value.is_empty() && !argument.is_hide_env_values_set() =>
        {
            format!(" {value:?}")
        }
        _ => String::new(),
    };
    let reason = match (error.get(ContextKind::ValidValue), std::error::Error::source(error)) {
        (Some(ContextValue::Strings(values)), _) if !values.is_empty() => {
            format!("must be one of {}", values.join(", "))
        }
        (_, Some(reason)) => reason.to_string(),
        _ => "needs a value".to_owned(),
    };
    Some(format!("{variable} ({flag}){value}: {reason}"))
}

/// One line for each setting: variable, value, and where that comes from. Of a secret only whether there is one.
#[must_use]
pub fn describe(settings: &ArgMatches, command: &clap::Command) -> String {
    let arguments =
        command.find_subcommand("serve").into_iter().flat_map(clap::Command::get_arguments);
    let lines = arguments.filter(|argument| !argument.is_hide_set()).filter_map(|argument| {
        let variable = argument.get_env()?.to_string_lossy();
        let id = argument.get_id().as_str();
        let value = settings
            .get_raw(id)
            .and_then(|mut values| values.next())
            .map(|value| value.to_string_lossy());
        let value = match value {
            Some(value) if argument.is_hide_env_values_set() && !value.is_empty() => {
                "(set, not shown)".into()
            }
            Some(value) => value,
            None => "".into(),
        };
        let source = match settings.value_source(id) {
            Some(ValueSource::CommandLine) => "flag",
            Some(ValueSource::EnvVariable) => "environment",
            _ => "default",
        };
        Some(format!("{variable}={value}  # {source}\n"))
    });
    lines.collect()
}

fn address(text: &str) -> Result<SocketAddr, &'static str> {
    text.parse()
        .map_err(|_| "must be IP:PORT, such as 127.0.0.1:3000, or 0.0.0.0:3000 for all networks")
}

fn at_least_one(text: &str) -> Result<usize, &'static str> {
    text.parse().ok().filter(|count| *count > 0).ok_or("must be a whole number from 1 on")
}

fn yes_or_no(text: &str) -> Result<bool, &'static str> {
    match text.to_ascii_lowercase().as_str() {
        "1" | "true" | "yes" | "on" => Ok(true),
        "0" | "false" | "no" | "off" => Ok(false),
        _ => Err("must be 1 or 0"),
    }
}

fn seconds(text: &str) -> Result<Duration, &'static str> {
    match text.parse() {
        Ok(seconds @ 0..=3600) => Ok(Duration::from_secs(seconds)),
        _ => Err("must be whole seconds from 0 to 3600"),
    }
}

fn seconds_of_a_lease(text: &str) -> Result<Duration, &'static str> {
    seconds(text)
        .ok()
        .filter(|lease| !lease.is_zero())
        .ok_or("must be whole seconds from 1 to 3600")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn public_urls_are_read_as_browsers_write_origins() {
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
    fn counts_begin_with_one() {
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
