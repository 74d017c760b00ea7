//! Connections to Redis: one server, or a cluster of them.

mod commands;
pub(super) mod connection;
pub(super) mod push;

use std::time::Duration;

use redis::{
    AsyncConnectionConfig, Client, ConnectionAddr, ErrorKind, IntoConnectionInfo as _,
    ProtocolVersion, RedisError, RedisResult, cluster::ClusterClient, cmd,
};

use crate::base::tls;
pub use commands::{RedisClient, Unavailable};
use connection::RedisConnection;
use push::{PushConnection, PushQueue};

/// The time within which Redis must accept a connection, or answer.
const TIMEOUT: Duration = Duration::from_secs(1);
/// Retries of a command that a cluster refused: their number, and the pause before each in
/// milliseconds, at least and at most.
const CLUSTER_RETRIES: (u32, u64, u64) = (2, 50, 200);

/// Describes why no connection was made, with advice if the cause is known.
pub(super) fn explain(error: &RedisError, clients: &[Client]) -> String {
    let advice = tls::advice(error).or_else(|| match clients.iter().any(has_tls) {
        true => error.is_timeout().then_some("it is unreachable, or does not use TLS at that port"),
        // A server that expects TLS closes the connection.
        false => (error.is_connection_dropped() && !error.is_connection_refusal())
            .then_some("if it uses TLS at that port, its address must begin with rediss://"),
    });
    let advice = advice.or_else(|| match error.code() {
        Some("NOAUTH") => Some("put its password into the address: redis://:PASSWORD@HOST"),
        _ => None,
    });
    advice.map_or_else(|| error.to_string(), |advice| format!("{error}; {advice}"))
}

/// Returns the addresses without passwords.
pub(super) fn addresses(clients: &[Client]) -> String {
    clients
        .iter()
        .map(|client| client.get_connection_info().addr().to_string())
        .collect::<Vec<_>>()
        .join(",")
}

fn has_tls(client: &Client) -> bool {
    matches!(client.get_connection_info().addr(), ConnectionAddr::TcpTls { .. })
}

/// Returns a client for each address. There is one, or several of a cluster, separated by commas.
///
/// # Errors
/// Fails if an address is invalid, if only some of them ask for TLS, or if they do and no trusted
/// certificates are found.
pub(crate) fn clients(urls: &str) -> Result<Vec<Client>, String> {
    let clients: Vec<_> = urls.split(',').map(str::trim).map(client).collect::<Result<_, _>>()?;
    if clients.iter().any(has_tls) {
        // The other servers of a cluster are connected to in the mode of the first one.
        if !clients.iter().all(has_tls) {
            return Err("all of its addresses must be rediss://, or none".into());
        }
        // The library loads certificates when it connects. Report problems with them at the start.
        tls::client()?;
    }
    Ok(clients)
}

fn client(url: &str) -> Result<Client, String> {
    let invalid = |error: RedisError| {
        format!("must be redis://HOST:PORT, or rediss://HOST:PORT for TLS: {error}")
    };
    let info = url.into_connection_info().map_err(invalid)?;
    if matches!(info.addr(), ConnectionAddr::TcpTls { insecure: true, .. }) {
        return Err("#insecure would accept any certificate; name a file with the issuer's \
                    certificate (PEM) in SSL_CERT_FILE instead"
            .into());
    }
    let settings = info.redis_settings().clone().set_protocol(ProtocolVersion::RESP3);
    Client::open(info.set_redis_settings(settings)).map_err(invalid)
}

/// Connects to the first server that answers, or to the cluster to which it belongs. Returns a
/// connection for commands, and one for subscriptions.
pub(super) async fn connect(clients: &[Client]) -> RedisResult<(RedisConnection, PushConnection)> {
    let mut failure = RedisError::from((ErrorKind::InvalidClientConfig, "no address"));
    for client in clients {
        match connect_through(client, clients).await {
            Ok(connected) => return Ok(connected),
            Err(error) => failure = error,
        }
    }
    Err(failure)
}

async fn connect_through(
    client: &Client,
    clients: &[Client],
) -> RedisResult<(RedisConnection, PushConnection)> {
    let (pushes, sender) = PushQueue::new();
    let config = AsyncConnectionConfig::new()
        .set_connection_timeout(Some(TIMEOUT))
        .set_response_timeout(Some(TIMEOUT))
        .set_push_sender(sender);
    let mut server = client.get_multiplexed_async_connection_with_config(&config).await?;
    let is_cluster = match cmd("INFO").arg("cluster").query_async::<String>(&mut server).await {
        Ok(info) => info.contains("cluster_enabled:1"),
        Err(error) if error.code() == Some("NOPERM") => false,
        Err(error) => return Err(error),
    };
    if is_cluster {
        return connect_to_cluster(clients).await;
    }
    if clients.len() > 1 {
        let problem = "REDIS_URL names several servers, but they are no cluster; name one of them";
        return Err((ErrorKind::InvalidClientConfig, problem).into());
    }
    let connection = RedisConnection::Server(server);
    Ok((connection.clone(), PushConnection::new(connection, pushes)))
}

async fn connect_to_cluster(clients: &[Client]) -> RedisResult<(RedisConnection, PushConnection)> {
    let builder = || {
        ClusterClient::builder(clients.iter().map(|client| client.get_connection_info().clone()))
            .use_protocol(ProtocolVersion::RESP3)
            .connection_timeout(TIMEOUT)
            .response_timeout(TIMEOUT)
            .retries(CLUSTER_RETRIES.0)
            .min_retry_wait(CLUSTER_RETRIES.1)
            .max_retry_wait(CLUSTER_RETRIES.2)
    };
    let (pushes, sender) = PushQueue::new();
    // When a channel moves, the library takes the push about it for the response to the last
    // command. The connection for subscriptions therefore carries no other commands.
    let subscriptions = builder().push_sender(sender).build()?.get_async_connection().await?;
    let commands = builder().build()?.get_async_connection().await?;
    let push_connection = PushConnection::new(RedisConnection::Cluster(subscriptions), pushes);
    Ok((RedisConnection::Cluster(commands), push_connection))
}
