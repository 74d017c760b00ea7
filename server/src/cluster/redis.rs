//! The connection to Redis, and what all nodes keep there: tickets, rates, counts of sockets.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use protocol::limits::Rate;
use redis::{
    AsyncConnectionConfig, Client, ConnectionAddr, ErrorKind, IntoConnectionInfo as _,
    ProtocolVersion, PushInfo, PushKind, RedisError, RedisResult, Script,
    aio::{AsyncPushSender, SendError},
    cluster::ClusterClient,
    cmd,
};
use tokio::sync::mpsc;

use crate::base::tls;
pub(super) mod connection;

use connection::Connection;

/// Within which Redis must take a connection, or answer.
const WITHIN: Duration = Duration::from_secs(1);
/// Words from other nodes that may wait here. Past that the connection is given up, and all is looked up anew.
const MAX_WAITING: usize = 32_768;
/// How often a command is tried again that a cluster did not take, after how many milliseconds at least and at most.
const CLUSTER_RETRIES: (u32, u64, u64) = (2, 50, 200);
/// For how long what is counted is kept where nobody counts it any more.
pub(super) const COUNTS_KEPT: Duration = Duration::from_secs(24 * 60 * 60);

/// Takes a token of a bucket that is kept as the moment when it will be full again, in microseconds of Redis' own clock;
/// gives how long to wait for one.
const TAKE_TOKEN: &str = "
local t = redis.call('TIME')
local now = t[1] * 1000000 + t[2]
local full = math.max(tonumber(redis.call('GET', KEYS[1]) or '0'), now) + ARGV[1]
local wait = full - now - ARGV[1] * ARGV[2]
if wait > 0 then return wait end
redis.call('SET', KEYS[1], string.format('%.0f', full), 'PX', math.ceil((full - now) / 1000) + 1)
return 0";

/// Says whether so many here and those on the other nodes that live are no more than allowed, and keeps the former where
/// they are there already.
const COUNT: &str = "
local all = tonumber(ARGV[2])
for i = 6, #ARGV do all = all + tonumber(redis.call('HGET', KEYS[1], ARGV[i]) or '0') end
if ARGV[1] == '1' then
  redis.call('HSET', KEYS[1], ARGV[5], ARGV[2])
  redis.call('EXPIRE', KEYS[1], ARGV[4])
end
if all > tonumber(ARGV[3]) then return 0 end
return 1";

/// Redis does not answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Away;

/// The present connection, where there is one. Cheap to clone.
#[derive(Clone, Default)]
pub struct Link(Arc<Mutex<Option<Connection>>>);

impl std::fmt::Debug for Link {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Link").field(&self.is_up()).finish()
    }
}

/// What comes unasked over a connection.
#[derive(Debug)]
pub(super) enum Heard {
    /// On a channel.
    Said(Vec<u8>, Vec<u8>),
    /// No more is said to us on a channel.
    Moved(Vec<u8>),
    /// The connection is gone.
    Lost,
}

impl Link {
    /// Whether Redis is there.
    #[must_use]
    pub fn is_up(&self) -> bool {
        self.connection().is_ok()
    }

    pub(super) fn set(&self, connection: Option<Connection>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = connection;
    }

    fn connection(&self) -> Result<Connection, Away> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone().ok_or(Away)
    }

    /// Keeps a value for a while.
    ///
    /// # Errors
    /// Redis is away.
    pub async fn keep(&self, key: &str, value: &str, lifetime: Duration) -> Result<(), Away> {
        let mut command = cmd("SET");
        command.arg(key).arg(value).arg("PX").arg(millis(lifetime));
        command.exec_async(&mut self.connection()?).await.map_err(|error| away(&error))
    }

    /// Takes a value away; of all who try, one gets it.
    ///
    /// # Errors
    /// Redis is away.
    pub async fn take(&self, key: &str) -> Result<Option<String>, Away> {
        cmd("GETDEL")
            .arg(key)
            .query_async(&mut self.connection()?)
            .await
            .map_err(|error| away(&error))
    }

    /// Takes a token of a bucket; gives how long to wait where there is none.
    ///
    /// # Errors
    /// Redis is away.
    pub async fn take_token(&self, key: &str, rate: Rate) -> Result<Result<(), Duration>, Away> {
        let script = Script::new(TAKE_TOKEN);
        let token = u64::try_from((rate.per / rate.count).as_micros()).unwrap_or(u64::MAX);
        let mut call = script.key(key);
        call.arg(token).arg(rate.burst);
        let wait: u64 =
            call.invoke_async(&mut self.connection()?).await.map_err(|error| away(&error))?;
        Ok(if wait == 0 { Ok(()) } else { Err(Duration::from_micros(wait)) })
    }

    /// Whether so many on the first of these nodes, and what the others have, are no more than `most`. `are_there`: the first
    /// one has them in any case, and the others are to know.
    ///
    /// # Errors
    /// Redis is away.
    pub async fn count(
        &self,
        key: &str,
        (here, are_there): (usize, bool),
        most: usize,
        nodes: &[String],
    ) -> Result<bool, Away> {
        let script = Script::new(COUNT);
        let mut call = script.key(key);
        call.arg(u8::from(are_there)).arg(here).arg(most).arg(COUNTS_KEPT.as_secs()).arg(nodes);
        call.invoke_async(&mut self.connection()?).await.map_err(|error| away(&error))
    }
}

fn away(error: &redis::RedisError) -> Away {
    tracing::warn!(%error, "Redis did not answer");
    Away
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// Why none of them could be connected to, and what to do about it where that can be told.
pub(super) fn explain(error: &RedisError, clients: &[Client]) -> String {
    let advice = tls::advice(error).or_else(|| match clients.iter().any(has_tls) {
        true => error.is_timeout().then_some("it is away, or speaks no TLS at that port"),
        // Redis hangs up on who does not speak TLS.
        false => (error.is_connection_dropped() && !error.is_connection_refusal())
            .then_some("if it speaks TLS at that port, its address must begin with rediss://"),
    });
    let advice = advice.or_else(|| match error.code() {
        Some("NOAUTH") => Some("put its password into the address: redis://:PASSWORD@HOST"),
        _ => None,
    });
    advice.map_or_else(|| error.to_string(), |advice| format!("{error}; {advice}"))
}

/// Where it is, without passwords.
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

/// What to connect to: one address, or several of a cluster with commas between them.
///
/// # Errors
/// One of them is none, some of them ask for TLS and others do not, or nobody's certificates are trusted.
pub(crate) fn clients(urls: &str) -> Result<Vec<Client>, String> {
    let clients: Vec<_> = urls.split(',').map(str::trim).map(client).collect::<Result<_, _>>()?;
    if clients.iter().any(has_tls) {
        // The servers of a cluster that it tells of are spoken to like the first one.
        if !clients.iter().all(has_tls) {
            return Err("all of its addresses must be rediss://, or none".into());
        }
        // The library looks for certificates when it connects; what is wrong with them is said at the start.
        tls::client()?;
    }
    Ok(clients)
}

fn client(url: &str) -> Result<Client, String> {
    let wrong = |error: RedisError| {
        format!("must be redis://HOST:PORT, or rediss://HOST:PORT for TLS: {error}")
    };
    let info = url.into_connection_info().map_err(wrong)?;
    if matches!(info.addr(), ConnectionAddr::TcpTls { insecure: true, .. }) {
        return Err("#insecure would trust whoever answers; name a file with the issuer's certificate (PEM) \
                    in SSL_CERT_FILE instead"
            .into());
    }
    let settings = info.redis_settings().clone().set_protocol(ProtocolVersion::RESP3);
    Client::open(info.set_redis_settings(settings)).map_err(wrong)
}

/// The connection over which one listens, and what comes unasked over it.
pub(super) struct Ear {
    connection: Connection,
    heard: Words,
}

struct Words {
    words: mpsc::Receiver<Heard>,
    missed: Arc<AtomicBool>,
}

impl Ear {
    fn new(connection: Connection, heard: Words) -> Self {
        Self { connection, heard }
    }

    /// For (un)subscribing, and nothing else.
    pub(super) fn connection(&mut self) -> &mut Connection {
        &mut self.connection
    }

    /// Waits for what comes, and takes so much of it at most.
    pub(super) async fn hear(&mut self, heard: &mut Vec<Heard>, most: usize) {
        if self.heard.words.recv_many(heard, most).await == 0 {
            heard.push(Heard::Lost);
        }
    }

    /// How much was said and not heard yet.
    pub(super) fn waiting(&self) -> usize {
        self.heard.words.len()
    }

    /// Whether more was said than could be heard.
    pub(super) fn has_missed(&self) -> bool {
        self.heard.missed.load(Ordering::Relaxed)
    }

    /// Fails where one of those to whom one listens does not answer; in a cluster nothing else would tell.
    pub(super) async fn check(&mut self) -> RedisResult<()> {
        cmd("PING").exec_async(&mut self.connection).await
    }
}

/// Connects to the first of them that answers, and where it belongs to a cluster, to that. What comes unasked arrives at
/// what is returned beside the connection.
pub(super) async fn connect(clients: &[Client]) -> RedisResult<(Connection, Ear)> {
    let mut away = RedisError::from((ErrorKind::InvalidClientConfig, "no address"));
    for client in clients {
        match connect_through(client, clients).await {
            Ok(connected) => return Ok(connected),
            Err(error) => away = error,
        }
    }
    Err(away)
}

async fn connect_through(client: &Client, clients: &[Client]) -> RedisResult<(Connection, Ear)> {
    let (words, sender) = ear();
    let config = AsyncConnectionConfig::new()
        .set_connection_timeout(Some(WITHIN))
        .set_response_timeout(Some(WITHIN))
        .set_push_sender(sender);
    let mut server = client.get_multiplexed_async_connection_with_config(&config).await?;
    let is_cluster = match cmd("INFO").arg("cluster").query_async::<String>(&mut server).await {
        Ok(info) => info.contains("cluster_enabled:1"),
        Err(error) if error.code() == Some("NOPERM") => false,
        Err(error) => return Err(error),
    };
    if !is_cluster {
        if clients.len() > 1 {
            return Err((
                ErrorKind::InvalidClientConfig,
                "REDIS_URL names several servers, but they are no cluster; name one of them",
            )
                .into());
        }
        let connection = Connection::Server(server);
        return Ok((connection.clone(), Ear::new(connection, words)));
    }
    let (words, sender) = ear();
    let cluster = || {
        ClusterClient::builder(clients.iter().map(|client| client.get_connection_info().clone()))
            .use_protocol(ProtocolVersion::RESP3)
            .connection_timeout(WITHIN)
            .response_timeout(WITHIN)
            .retries(CLUSTER_RETRIES.0)
            .min_retry_wait(CLUSTER_RETRIES.1)
            .max_retry_wait(CLUSTER_RETRIES.2)
    };
    // Who listens gets word unasked when a channel moves, which the library takes for the answer to whatever was asked last:
    // nothing else is asked there.
    let listening = cluster().push_sender(sender).build()?.get_async_connection().await?;
    let asking = cluster().build()?.get_async_connection().await?;
    Ok((Connection::Cluster(asking), Ear::new(Connection::Cluster(listening), words)))
}

/// Where what comes unasked arrives, and what puts it there.
fn ear() -> (Words, impl AsyncPushSender) {
    let (sender, words) = mpsc::channel(MAX_WAITING);
    let missed = Arc::new(AtomicBool::new(false));
    let words = Words { words, missed: Arc::clone(&missed) };
    let hear = move |info: PushInfo| {
        let mut parts = info.data.into_iter().filter_map(|part| match part {
            redis::Value::BulkString(bytes) => Some(bytes),
            redis::Value::SimpleString(text) => Some(text.into_bytes()),
            _ => None,
        });
        let heard = match (info.kind, parts.next(), parts.next()) {
            (PushKind::Disconnection, ..) => Heard::Lost,
            (PushKind::SMessage, Some(channel), Some(said)) => Heard::Said(channel, said),
            (PushKind::SUnsubscribe, Some(channel), _) => Heard::Moved(channel),
            _ => return Ok(()),
        };
        sender.try_send(heard).map_err(|_| {
            missed.store(true, Ordering::Relaxed);
            SendError
        })
    };
    (words, hear)
}
