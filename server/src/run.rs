//! Serves until shutdown, then drains in order.

use std::{io::ErrorKind, time::Duration};

use tokio::{net::TcpListener, task::JoinSet, time::Instant};
use tokio_util::task::TaskTracker;

use crate::{
    auth,
    base::{failure::Failure, file_descriptors},
    cluster,
    config::Config,
    delivery::backfill,
    http::{accept, router, state::App},
    hub::heartbeat,
    shutdown::Signals,
    startup::{Arrivals, open},
    store::Place,
};

/// How much longer than the drain itself all that goes on may take.
/// Longer than a goodbye, which the peer may leave unanswered.
const DRAIN_GRACE: Duration = Duration::from_secs(6);

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
    services.spawn(backfill::run(hub.clone(), store.clone(), app.nodes.clone()));
    if let Some(others) = others {
        services.spawn(others.run(hub.clone(), bus, app.admission.clone()));
        services.spawn(cluster::announce(hub.clone(), store.clone()));
    }
    let nodes = app.nodes.clone();
    services.spawn(async move { nodes.beat().await });
    services.spawn(heartbeat::run(hub.clone(), heartbeat));
    services.spawn(auth::use_open_sessions(hub, store.clone()));
    services.spawn(accept::accept(
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
        cluster::redis::clients(url).map_err(|why| Failure::new("REDIS_URL", why))?;
    }
    let max_sockets = config.max_sockets as u64;
    if let Some(descriptors) = file_descriptors::raise_limit()
        && descriptors < max_sockets
    {
        tracing::info!(
            descriptors,
            max_sockets,
            "all is well up to about as many sockets as there are file descriptors; `ulimit -n` raises them"
        );
    }
    let address = config.site_addr;
    let listener = accept::listen(address).map_err(|error| {
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
