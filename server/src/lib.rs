//! Banter's server. [`run`] wires the parts together; `docs/architecture.md` follows a message through them.

pub mod accounts;
pub mod admission;
pub mod api;
pub mod assets;
pub mod auth;
pub mod backup;
pub mod bus;
pub mod catch_up;
pub mod chat;
pub mod config;
pub mod descriptors;
pub mod documents;
pub mod error;
pub mod hub;
pub mod metrics;
pub mod nodes;
pub mod pages;
pub mod rate;
pub mod rooms;
pub mod router;
pub mod serve;
pub mod shutdown;
pub mod state;
pub mod store;
pub mod telemetry;
mod tls;
pub mod ws;

use std::{io::ErrorKind, sync::Arc, time::Duration};

use tokio::{net::TcpListener, task::JoinSet, time::Instant};
use tokio_util::task::TaskTracker;

use crate::{
    admission::Admission,
    assets::Assets,
    auth::{Auth, origin::Origins},
    bus::Bus,
    chat::ChatService,
    config::{Config, Secret},
    hub::Hub,
    metrics::Metrics,
    nodes::Nodes,
    shutdown::{Shutdown, Signals},
    state::App,
    store::{Place, Store, StoreError},
};

/// How much longer than the drain itself all that goes on may take.
/// Longer than a goodbye, which the peer may leave unanswered.
const DRAIN_GRACE: Duration = Duration::from_secs(6);

/// Why the server could not start or go on, in one line for the person who runs it.
#[derive(Debug, thiserror::Error)]
#[error("{what}: {why}")]
pub struct Failure {
    what: String,
    why: String,
}

impl Failure {
    fn new(what: impl Into<String>, why: impl std::fmt::Display) -> Self {
        Self { what: what.into(), why: why.to_string() }
    }
}

/// Opens what the settings name.
///
/// # Errors
/// The data folder or the page's files cannot be used.
pub fn open(config: Config, listener: &TcpListener) -> Result<(App, Arrivals), Failure> {
    let place = config.place()?;
    let opened = match &place {
        Place::Folder(folder) => Store::open(folder),
        Place::Postgres(url) => Store::connect(url),
    };
    let store = opened.map_err(|error| Failure::new(named(&place), explain(error)))?;
    open_on(store, config, listener)
}

/// What arrives at this node from within it and from others.
#[derive(Debug)]
pub struct Arrivals {
    events: bus::Arrivals,
    bus: Bus,
    others: Option<nodes::Conversation>,
}

/// The same on a store that is open already.
///
/// # Errors
/// The data folder, the page's files or the settings cannot be used.
pub fn open_on(
    store: Store,
    config: Config,
    listener: &TcpListener,
) -> Result<(App, Arrivals), Failure> {
    // Leptos renders on tokio's threads; it fails where an earlier call has said so already.
    let _ = any_spawner::Executor::init_tokio();
    let place = config.place()?;
    let key = key(&store, &place, config.secret.as_ref())
        .map_err(|why| Failure::new(named(&place), why))?;
    let address = listener.local_addr().map_err(|error| Failure::new("LEPTOS_SITE_ADDR", error))?;
    let metrics = Metrics::new().map_err(|error| Failure::new("metrics", error))?;
    let node: Arc<str> = uuid::Uuid::new_v4().simple().to_string()[..8].into();
    // Empty is how compose files leave a setting out.
    let redis_url = config.redis_url.as_deref().filter(|url| !url.is_empty());
    let (nodes, others) = match redis_url
        .map(|url| Nodes::through(url, &node, store.epochs(), config.node_lease))
        .transpose()
    {
        Ok(Some((nodes, others))) => (nodes, Some(others)),
        Ok(None) => (Nodes::default(), None),
        Err(why) => return Err(Failure::new("REDIS_URL", why)),
    };
    let hub = if nodes.are_many() { Hub::clustered() } else { Hub::default() };
    store.tell_of_another_history({
        let hub = hub.clone();
        move || hub.reset_for_new_epoch()
    });
    let (bus, events) = Bus::new(metrics.clone(), nodes.clone());
    let arrivals = Arrivals { events, bus: bus.clone(), others };
    let app = App {
        auth: Auth::new(
            store.clone(),
            &key,
            Origins::new(config.public_url.as_ref(), address),
            nodes.clone(),
        ),
        chat: ChatService::new(store.clone(), hub.clone(), bus, nodes.clone(), config.rate_limit),
        admission: Admission::new(&config, nodes.clone()),
        assets: Assets::new(&config),
        metrics,
        node,
        nodes,
        shutdown: Shutdown::default(),
        sockets: TaskTracker::new(),
        requests: TaskTracker::new(),
        config: Arc::new(config),
        store,
        hub,
    };
    Ok((app, arrivals))
}

fn explain(error: StoreError) -> String {
    match error {
        StoreError::Unavailable(why) => why,
        StoreError::Failed(why) => format!("its database cannot be used: {why}"),
        other => other.to_string(),
    }
}

/// The key that signs tokens.
fn key(store: &Store, place: &Place, secret: Option<&Secret>) -> Result<Vec<u8>, String> {
    match place {
        Place::Folder(folder) => {
            auth::signing_key(secret, folder).map_err(|error| error.to_string())
        }
        Place::Postgres(_) => {
            let key = match secret {
                Some(secret) => secret.reveal().to_vec(),
                None => {
                    let new = auth::random_text().map_err(|error| error.to_string())?;
                    store.signing_key(new).map_err(explain)?.into_bytes()
                }
            };
            if store.note_signing_key(auth::digest_of_key(&key)).map_err(explain)? {
                tracing::warn!(
                    "the key that signs sessions is another one than that of the node that started last: BANTER_SECRET \
                     must be the same on all nodes, or who signs in on one is a stranger to the others"
                );
            }
            Ok(key)
        }
    }
}

/// The setting that names the place, for the person who runs the program.
fn named(place: &Place) -> String {
    match place {
        Place::Folder(folder) => format!("BANTER_DATA_DIR {}", folder.display()),
        Place::Postgres(_) => "DATABASE_URL".into(),
    }
}

/// Serves until `shutdown` of `app` has begun and all has drained.
///
/// # Errors
/// A part that must run for ever has died; all else was ended properly.
pub async fn run(app: App, arrivals: Arrivals, listener: TcpListener) -> Result<(), Failure> {
    let App { shutdown, sockets, requests, store, hub, .. } = app.clone();
    let (drain, heartbeat) = (app.config.drain, app.config.heartbeat.0);
    let (connections, mut services) = (TaskTracker::new(), JoinSet::new());
    let Arrivals { events, bus, others } = arrivals;
    services.spawn(events.deliver_to(hub.clone()));
    services.spawn(catch_up::run(hub.clone(), store.clone(), app.nodes.clone()));
    if let Some(others) = others {
        services.spawn(others.run(hub.clone(), bus, app.admission.clone()));
        services.spawn(nodes::announce(hub.clone(), store.clone()));
    }
    let nodes = app.nodes.clone();
    services.spawn(async move { nodes.beat().await });
    services.spawn(ws::heartbeat::run(hub.clone(), heartbeat));
    services.spawn(auth::use_open_sessions(hub, store.clone()));
    services.spawn(serve::accept(
        listener,
        router::router(app),
        (connections.clone(), sockets.clone()),
        shutdown.clone(),
    ));

    let result = tokio::select! {
        () = shutdown.begun() => Ok(()),
        // Without one of them messages would be stored and yet reach nobody.
        _ = services.join_next() => Err(Failure::new("the server", "a part of it has died")),
    };
    shutdown.begin();
    tracing::info!("draining");
    // One bound for all: whoever runs the program waits for it.
    let by = Instant::now() + drain + DRAIN_GRACE;
    all_ended(&sockets, by, "sockets").await;
    all_ended(&connections, by, "connections").await;
    // A socket whose upgrade was under way when the others had ended already.
    all_ended(&sockets, by, "sockets").await;
    all_ended(&requests, by, "requests").await;
    store.close().await;
    services.shutdown().await;
    tracing::info!("ended");
    result
}

/// Waits for all tasks of one kind, until that moment.
async fn all_ended(tasks: &TaskTracker, by: Instant, what: &str) {
    tasks.close();
    if tokio::time::timeout_at(by, tasks.wait()).await.is_err() {
        tracing::warn!(left = tasks.len(), "some {what} did not end in time");
    }
}

/// Binds the address and serves until SIGTERM or Ctrl+C.
///
/// # Errors
/// The address, the data folder or the page's files cannot be used.
pub async fn serve(config: Config) -> Result<(), Failure> {
    config.place()?;
    if let Some(url) = config.redis_url.as_deref().filter(|url| !url.is_empty()) {
        nodes::link::clients(url).map_err(|why| Failure::new("REDIS_URL", why))?;
    }
    let max_sockets = config.max_sockets as u64;
    if let Some(descriptors) = descriptors::raise_limit()
        && descriptors < max_sockets
    {
        tracing::info!(
            descriptors,
            max_sockets,
            "all is well up to about as many sockets as there are file descriptors; `ulimit -n` raises them"
        );
    }
    let address = config.site_addr;
    let listener = serve::listen(address).map_err(|error| {
        let setting = format!("LEPTOS_SITE_ADDR {address}");
        match error.kind() {
            ErrorKind::AddrInUse => {
                Failure::new(setting, "another program listens there; take another port")
            }
            _ => Failure::new(setting, error),
        }
    })?;
    let (app, arrivals) = open(config, &listener)?;
    let mut signals =
        Signals::catch().map_err(|error| Failure::new("signals cannot be caught", error))?;
    let shutdown = app.shutdown.clone();
    let at = listener.local_addr().map_err(|error| Failure::new("LEPTOS_SITE_ADDR", error))?;
    tracing::info!(node = %app.node, %at, url = app.auth.origins.public_url(), "Banter serves");
    if app.config.public_url.is_none() && !address.ip().is_loopback() {
        tracing::warn!(
            "set BANTER_PUBLIC_URL to the address that people open, or their browsers are refused"
        );
    }
    match (&app.config.place()?, app.nodes.are_many()) {
        (Place::Folder(_), true) => {
            tracing::warn!("REDIS_URL is for several nodes, which need DATABASE_URL as well")
        }
        (Place::Postgres(_), false) => {
            tracing::info!("set REDIS_URL before a second node starts on this database")
        }
        _ => {}
    }
    let mut running = std::pin::pin!(run(app, arrivals, listener));
    let signalled = tokio::select! {
        ended = running.as_mut() => return ended,
        signalled = signals.received() => signalled,
    };
    shutdown.begin();
    running.await?;
    signalled.map_err(|error| Failure::new("signals cannot be caught", error))
}
