//! The settings: each is a flag of `banter serve` and an environment variable. Read once, at the
//! start.

mod explain;
mod networks;
mod values;

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};

use clap::{Args, builder::ArgPredicate};

use crate::{base::failure::Failure, store::DataLocation};
use values::{address, at_least_one, grace_millis, lease_seconds, seconds, yes_or_no};

pub use explain::{describe, explain};
pub use networks::{PrivateNetworks, TrustedProxies};
pub use values::{
    ByteCount, EmojiAdders, FilesLocation, HeartbeatSetting, Hsts, LogFormat, PublicUrl,
    Registration, Secret, Switch,
};

/// The settings of `banter serve`. Their descriptions are the text of `--help`.
#[derive(Clone, Debug, Args)]
pub struct Config {
    /// Address to listen on, IP:PORT
    #[arg(
        long = "leptos-site-addr",
        env = "LEPTOS_SITE_ADDR",
        default_value = "127.0.0.1:3000",
        value_parser = address
    )]
    pub site_addr: SocketAddr,

    /// Folder for the SQLite database and the signing key
    #[arg(long, env = "BANTER_DATA_DIR", default_value = "./data")]
    pub data_dir: PathBuf,

    /// PostgreSQL database to use instead of SQLite: postgres://…, with ?sslmode=require over TLS
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    pub database_url: Option<String>,

    /// Redis, for several nodes on one PostgreSQL database: redis://…, or rediss://… over TLS
    ///
    /// For a Redis Cluster, some of its addresses, separated by commas.
    #[arg(long, env = "REDIS_URL", hide_env_values = true)]
    pub redis_url: Option<String>,

    /// URL at which users open this server; required for https and for a domain name
    ///
    /// It determines the allowed Host and Origin, the links of invitations, and the security of
    /// cookies. Without it, this server is open at addresses and names of the local network only.
    #[arg(long, env = "BANTER_PUBLIC_URL")]
    pub public_url: Option<PublicUrl>,

    /// Seconds for which browsers remember to open this server by https only (HSTS), or off
    ///
    /// Has an effect only if the public URL begins with https.
    #[arg(long, env = "BANTER_HSTS", default_value = "31536000")]
    pub hsts: Hsts,

    /// Key that signs session tokens, at least 32 bytes; created on the first start by default
    #[arg(long, env = "BANTER_SECRET", hide_env_values = true)]
    pub secret: Option<Secret>,

    /// Users who may create an account
    #[arg(long, env = "BANTER_REGISTRATION", default_value = "invite")]
    pub registration: Registration,

    /// Users who may add emoji of their own: admins (and the owner), or all
    #[arg(long, env = "BANTER_CUSTOM_EMOJI", default_value = "admins")]
    pub custom_emoji: EmojiAdders,

    /// Heartbeat that detects dead connections: a preset, or INTERVAL/TIMEOUT in seconds
    ///
    /// The presets are internal (30/10), public (25/15), mobile (20/15) and tasks (15/10).
    #[arg(long, env = "BANTER_HEARTBEAT", default_value = "public")]
    pub heartbeat: HeartbeatSetting,

    /// Maximum number of open WebSockets of one user
    #[arg(
        long,
        env = "BANTER_MAX_SOCKETS_PER_USER",
        default_value = "50",
        value_parser = at_least_one
    )]
    pub max_sockets_per_user: usize,

    /// Maximum number of open WebSockets from one address
    #[arg(
        long,
        env = "BANTER_MAX_SOCKETS_PER_ADDRESS",
        default_value = "1000",
        value_parser = at_least_one
    )]
    pub max_sockets_per_address: usize,

    /// Maximum number of open WebSockets in total
    #[arg(
        long,
        env = "BANTER_MAX_SOCKETS",
        default_value = "100000",
        value_parser = at_least_one
    )]
    pub max_sockets: usize,

    /// Proxies whose X-Forwarded-For is trusted: addresses or networks, separated by commas
    #[arg(long, env = "BANTER_TRUSTED_PROXIES", default_value = "", hide_default_value = true)]
    pub trusted_proxies: TrustedProxies,

    /// Largest file that users may send: bytes, or with k, M or G
    #[arg(long, env = "BANTER_MAX_FILE", default_value = "50M")]
    pub max_file: ByteCount,

    /// Bytes that all files may have together, previews not counted; without it, no limit
    #[arg(long, env = "BANTER_MAX_STORAGE")]
    pub max_storage: Option<ByteCount>,

    /// Bytes that the files of each user may have together; without it, no limit
    #[arg(long, env = "BANTER_MAX_STORAGE_PER_USER")]
    pub max_storage_per_user: Option<ByteCount>,

    /// Where files are: a folder that all nodes share, or a bucket: `s3://BUCKET/PREFIX`
    ///
    /// By default, the folder `files` in the data folder. Region, endpoint and credentials of a
    /// bucket are those of the environment, as other programs for S3 read them.
    #[arg(long, env = "BANTER_FILES")]
    pub files: Option<FilesLocation>,

    /// Removes place, camera and other metadata from photographs that users send
    #[arg(long, env = "BANTER_REMOVE_METADATA", default_value = "on")]
    pub remove_metadata: Switch,

    /// Shows what the pages say that messages link to: this server fetches them
    #[arg(long, env = "BANTER_LINK_PREVIEWS", default_value = "on")]
    pub link_previews: Switch,

    /// Private networks whose pages may be fetched for previews as well, separated by commas
    #[arg(
        long,
        env = "BANTER_LINK_PREVIEW_NETWORKS",
        default_value = "",
        hide_default_value = true
    )]
    pub link_preview_networks: PrivateNetworks,

    /// Private addresses and networks of push services, separated by commas
    #[arg(long, env = "BANTER_PUSH_ALLOW", default_value = "", hide_default_value = true)]
    pub push_allow: PrivateNetworks,

    /// Limits on the rates of requests, messages and sign-ins; turn them off for load tests only
    #[arg(long, env = "BANTER_RATE_LIMIT", default_value = "on")]
    pub rate_limit: Switch,

    /// Serves /ws/echo, for tools that test the WebSocket implementation
    #[arg(
        long,
        env = "BANTER_ECHO",
        num_args = 0..=1,
        default_value = "0",
        default_missing_value = "1",
        hide_default_value = true,
        value_parser = yes_or_no
    )]
    pub echo: bool,

    /// Accepts tokens in the URL of a WebSocket, where they may end up in logs
    #[arg(
        long,
        env = "BANTER_AUTH_QUERY_TOKEN",
        num_args = 0..=1,
        default_value = "0",
        default_missing_value = "1",
        hide_default_value = true,
        value_parser = yes_or_no
    )]
    pub auth_query_token: bool,

    /// Seconds over which open WebSockets are closed on SIGTERM or SIGHUP; 10 with Redis
    #[arg(
        long,
        env = "BANTER_DRAIN",
        default_value = "2",
        value_parser = seconds,
        default_value_ifs([
            ("redis_url", ArgPredicate::Equals("".into()), "2"),
            ("redis_url", ArgPredicate::IsPresent, "10"),
        ])
    )]
    pub drain: Duration,

    /// Seconds until a node that no longer renews its lease counts as dead
    ///
    /// A node renews its lease three times in that time.
    #[arg(
        long,
        env = "BANTER_NODE_LEASE",
        default_value = "15",
        value_parser = lease_seconds,
        hide = true
    )]
    pub node_lease: Duration,

    /// Address of its own for /metrics, IP:PORT; without it, /metrics answers programs on this
    /// machine only
    #[arg(long, env = "BANTER_METRICS_ADDR", value_parser = address)]
    pub metrics_addr: Option<SocketAddr>,

    /// Bearer token that /metrics requires, at least 32 bytes
    #[arg(long, env = "BANTER_METRICS_TOKEN", hide_env_values = true)]
    pub metrics_token: Option<Secret>,

    /// The time that users whose connection was lost have to come back unnoticed, in milliseconds.
    /// Tests use a shorter one
    #[arg(
        long,
        env = "BANTER_PRESENCE_GRACE",
        default_value = "4000",
        value_parser = grace_millis,
        hide = true
    )]
    pub presence_grace: Duration,

    /// Format of log lines
    #[arg(long, env = "BANTER_LOG_FORMAT", default_value = "text")]
    pub log_format: LogFormat,

    /// Folder with the files of the page, for builds that do not contain them
    #[arg(long, env = "LEPTOS_SITE_ROOT", default_value = "target/site", hide = true)]
    pub site_root: PathBuf,

    /// Port at which `cargo leptos watch` tells open pages to reload
    #[arg(long, env = "LEPTOS_RELOAD_PORT", default_value = "3010", hide = true)]
    pub reload_port: u16,

    /// Set by `cargo leptos watch`
    #[arg(
        long,
        env = "LEPTOS_WATCH",
        hide = true,
        num_args = 0..=1,
        default_missing_value = "true"
    )]
    pub watch: Option<String>,
}

impl Config {
    /// Returns the location of persistent data.
    ///
    /// # Errors
    /// Fails if `DATABASE_URL` is not valid.
    pub fn location(&self) -> Result<DataLocation, Failure> {
        location(&self.data_dir, self.database_url.as_deref())
    }

    /// Returns where files are.
    #[must_use]
    pub fn files_location(&self) -> FilesLocation {
        files_location(self.files.as_ref(), &self.data_dir)
    }

    /// Returns the address of Redis. Compose files leave a setting out by an empty value.
    #[must_use]
    pub fn redis_url(&self) -> Option<&str> {
        self.redis_url.as_deref().filter(|url| !url.is_empty())
    }
}

/// The settings of commands that need only the location of persistent data.
#[derive(Clone, Debug, Args)]
pub struct DataArgs {
    /// Folder for the SQLite database and the signing key
    #[arg(long, env = "BANTER_DATA_DIR", default_value = "./data")]
    pub data_dir: PathBuf,

    /// PostgreSQL database to use instead of SQLite: postgres://…, with ?sslmode=require over TLS
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    pub database_url: Option<String>,
}

impl DataArgs {
    /// Returns the location of persistent data.
    ///
    /// # Errors
    /// Fails if `DATABASE_URL` is not valid.
    pub fn location(&self) -> Result<DataLocation, Failure> {
        location(&self.data_dir, self.database_url.as_deref())
    }
}

/// The settings of commands that copy files.
#[derive(Clone, Debug, Args)]
pub struct FilesArgs {
    /// Where files are: a folder or `s3://BUCKET/PREFIX`; by default `files` in the data folder
    #[arg(long, env = "BANTER_FILES")]
    pub files: Option<FilesLocation>,
}

/// The settings of commands that print links.
#[derive(Clone, Debug, Args)]
pub struct LinkArgs {
    /// URL at which users open this server
    #[arg(long, env = "BANTER_PUBLIC_URL")]
    pub public_url: Option<PublicUrl>,

    /// Address at which the server listens, for links without a public URL
    #[arg(
        long = "leptos-site-addr",
        env = "LEPTOS_SITE_ADDR",
        default_value = "127.0.0.1:3000",
        value_parser = address
    )]
    pub site_addr: SocketAddr,
}

impl LinkArgs {
    /// Returns the URL for links, without a slash at its end.
    #[must_use]
    pub fn url(&self) -> String {
        match &self.public_url {
            Some(url) => url.origin().to_owned(),
            None if self.site_addr.ip().is_unspecified() => {
                format!("http://localhost:{}", self.site_addr.port())
            }
            None => format!("http://{}", self.site_addr),
        }
    }
}

/// Returns where files are: as the setting says, or else in the data folder.
#[must_use]
pub fn files_location(setting: Option<&FilesLocation>, data_dir: &Path) -> FilesLocation {
    setting.cloned().unwrap_or_else(|| FilesLocation::Folder(data_dir.join("files")))
}

fn location(data_dir: &Path, database_url: Option<&str>) -> Result<DataLocation, Failure> {
    match database_url {
        // Compose files leave a setting out by an empty value.
        None | Some("") => Ok(DataLocation::Folder(data_dir.to_owned())),
        Some(url) => url.parse().map_err(|reason| Failure::new("DATABASE_URL", reason)),
    }
}
