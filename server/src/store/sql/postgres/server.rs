//! A PostgreSQL server: its address, and connecting to it.

use std::{
    sync::Mutex,
    time::{Duration, Instant},
};

use futures_util::{FutureExt as _, future::BoxFuture};
use rustls::ClientConfig;
use tokio_postgres::{Client, Config, NoTls, config::Host};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::{
    super::{
        super::{Result, StoreError},
        address,
    },
    connection::{PgConnection, STATEMENT_TIMEOUT},
    error::{advice, describe},
};
use crate::base::tls;

/// The time that connecting to one host may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// The pause after a failed attempt. Attempts within it fail at once.
const CONNECT_PAUSE: Duration = Duration::from_millis(500);
/// The idle time after which TCP probes the other end.
const KEEPALIVE_IDLE: Duration = Duration::from_secs(5);
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(2);
const KEEPALIVE_RETRIES: u32 = 3;

/// A client, and the future that drives its connection.
type Connected = (Client, BoxFuture<'static, Result<(), tokio_postgres::Error>>);

/// A PostgreSQL server.
#[derive(Debug)]
pub(in crate::store) struct Server {
    config: Config,
    /// The TLS settings, if TLS is used.
    tls: Option<ClientConfig>,
    /// The end of the pause after a failed attempt, and the reason of the failure.
    pause: Mutex<Option<(Instant, String)>>,
}

impl Server {
    /// Reads a `postgres://` address.
    ///
    /// # Errors
    /// Fails if the address is malformed, or asks for TLS while no certificate is trusted.
    pub(in crate::store) fn new(url: &str) -> Result<Self> {
        let (mut config, with_tls) = address::read(url).map_err(StoreError::unavailable)?;
        let tls = with_tls.then(tls::client).transpose().map_err(StoreError::unavailable)?;
        if config.get_application_name().is_none() {
            config.application_name("banter");
        }
        config
            .connect_timeout(CONNECT_TIMEOUT)
            .tcp_user_timeout(STATEMENT_TIMEOUT)
            .keepalives_idle(KEEPALIVE_IDLE)
            .keepalives_interval(KEEPALIVE_INTERVAL)
            .keepalives_retries(KEEPALIVE_RETRIES);
        Ok(Self { config, tls, pause: Mutex::default() })
    }

    /// Opens a connection. Fails at once during the pause after a failed attempt, so that not
    /// every request waits for a server that is down.
    pub(in crate::store) fn connect(&self) -> Result<PgConnection> {
        let pause = self.pause.lock().ok().and_then(|pause| pause.clone());
        if let Some((until, reason)) = pause
            && Instant::now() < until
        {
            return Err(StoreError::Unavailable(reason));
        }
        let opened = self.open();
        let failure = opened.as_ref().err().map(StoreError::cause);
        if let Ok(mut pause) = self.pause.lock() {
            *pause = failure.map(|reason| (Instant::now() + CONNECT_PAUSE, reason));
        }
        opened
    }

    fn open(&self) -> Result<PgConnection> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(StoreError::unavailable)?;
        let hosts = u32::try_from(self.config.get_hosts().len()).unwrap_or(1).max(1);
        let connected = runtime.block_on(async {
            tokio::time::timeout(CONNECT_TIMEOUT * hosts, connect(&self.config, self.tls.as_ref()))
                .await
        });
        match connected {
            Ok(Ok((client, connection))) => {
                runtime.spawn(connection);
                PgConnection::start(client, runtime)
            }
            Ok(Err(error)) => Err(self.explain(&error)),
            Err(_) => Err(StoreError::unavailable(format_args!(
                "PostgreSQL at {} does not answer",
                self.hosts()
            ))),
        }
    }

    fn explain(&self, error: &tokio_postgres::Error) -> StoreError {
        let advice = advice(error, self.tls.is_some())
            .map(|advice| format!("; {advice}"))
            .unwrap_or_default();
        let (hosts, problem) = (self.hosts(), describe(error));
        StoreError::unavailable(format_args!("PostgreSQL at {hosts}: {problem}{advice}"))
    }

    /// Returns the hosts and ports of the address, without its user name and password.
    fn hosts(&self) -> String {
        let ports = self.config.get_ports();
        let port = |nth: usize| ports.get(nth).or(ports.first()).copied().unwrap_or(5432);
        let hosts = self.config.get_hosts().iter().enumerate().map(|(nth, host)| match host {
            Host::Tcp(name) => format!("{name}:{}", port(nth)),
            #[cfg(unix)]
            Host::Unix(folder) => folder.display().to_string(),
        });
        hosts.collect::<Vec<_>>().join(", ")
    }
}

async fn connect(
    config: &Config,
    tls: Option<&ClientConfig>,
) -> Result<Connected, tokio_postgres::Error> {
    Ok(match tls {
        Some(tls) => {
            let (client, connection) = config.connect(MakeRustlsConnect::new(tls.clone())).await?;
            (client, connection.boxed())
        }
        None => {
            let (client, connection) = config.connect(NoTls).await?;
            (client, connection.boxed())
        }
    })
}
