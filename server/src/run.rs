//! Serves until shutdown, then drains in order.

use std::{io::ErrorKind, net::SocketAddr, sync::Arc, time::Duration};

use tokio::{net::TcpListener, task::JoinSet, time::Instant};
use tokio_util::task::TaskTracker;

use crate::{
    accounts::session_renewal,
    base::{failure::Failure, file_descriptors, io_error::explain, shutdown::Signals},
    cluster,
    config::Config,
    delivery::{
        announce::{announce_presence, announce_user_presence},
        emoji_changes::broadcast_emoji,
        repair::Repair,
        retell::retell_news,
        user_changes::broadcast_users,
    },
    http::{accept, host, metrics_access, router, state::App},
    hub::heartbeat,
    startup::{BackgroundTasks, open, warn_without_owner},
    store::DataLocation,
};

/// The time that everything in flight has beyond the drain itself. Longer than a closing handshake,
/// which the peer may leave unanswered.
const DRAIN_GRACE: Duration = Duration::from_secs(6);

/// Binds the address and serves until SIGTERM, SIGHUP or Ctrl+C.
///
/// # Errors
/// Fails if the address, the store or a setting cannot be used.
pub async fn serve(config: Config) -> Result<(), Failure> {
    check_database(&config.location()?)?;
    config.redis_url().map_or(Ok(()), check_redis)?;
    raise_descriptor_limit(config.max_sockets as u64);
    let listener = listen("LEPTOS_SITE_ADDR", config.site_addr)?;
    let (app, tasks) = open(config, &listener)?;
    let mut signals = Signals::catch()
        .map_err(|error| Failure::new("signals cannot be caught", explain(&error)))?;
    let shutdown = app.shutdown.clone();
    let at =
        listener.local_addr().map_err(|error| Failure::new("LEPTOS_SITE_ADDR", explain(&error)))?;
    tracing::info!(node = %app.node, %at, url = app.origins.public_url(), "Banter serves");
    explain_settings(&app, at)?;
    warn_without_owner(&app).await;
    let mut running = std::pin::pin!(run(app, tasks, listener));
    let signal = tokio::select! {
        ended = running.as_mut() => return ended,
        signal = signals.received() => signal,
    };
    shutdown.begin();
    running.await?;
    signal.map_err(|error| Failure::new("signals cannot be caught", explain(&error)))
}

/// Checks addresses as [`serve`] does, without connecting. Returns what it would refuse.
#[must_use]
pub fn address_faults(
    database_url: Option<&str>,
    redis_url: Option<&str>,
    site_addr: Option<SocketAddr>,
) -> Vec<Failure> {
    let database = database_url.map_or(Ok(()), |url| {
        let location = url.parse().map_err(|reason| Failure::new("DATABASE_URL", reason))?;
        check_database(&location)
    });
    let redis = redis_url.map_or(Ok(()), check_redis);
    let address = site_addr.map_or(Ok(()), check_site_addr);
    [address, database, redis].into_iter().filter_map(Result::err).collect()
}

fn check_database(location: &DataLocation) -> Result<(), Failure> {
    location.check().map_err(|why| Failure::new("DATABASE_URL", why))
}

fn check_redis(url: &str) -> Result<(), Failure> {
    cluster::redis::clients(url).map(drop).map_err(|why| Failure::new("REDIS_URL", why))
}

/// Checks that this machine has the address. A Banter that runs may listen there.
fn check_site_addr(address: SocketAddr) -> Result<(), Failure> {
    match std::net::TcpListener::bind(address) {
        Err(error) if error.kind() != ErrorKind::AddrInUse => {
            Err(Failure::new(format!("LEPTOS_SITE_ADDR {address}"), explain(&error)))
        }
        _ => Ok(()),
    }
}

fn raise_descriptor_limit(max_sockets: u64) {
    if let Some(descriptors) = file_descriptors::raise_limit()
        && descriptors < max_sockets
    {
        tracing::info!(
            descriptors,
            max_sockets,
            "the limit of file descriptors is lower than BANTER_MAX_SOCKETS; `ulimit -n` raises it"
        );
    }
}

fn listen(setting: &str, address: SocketAddr) -> Result<TcpListener, Failure> {
    accept::listen(address).map_err(|error| {
        let setting = format!("{setting} {address}");
        Failure::new(setting, explain(&error))
    })
}

/// Logs what an operator should know about settings that are valid but unusual.
fn explain_settings(app: &App, at: SocketAddr) -> Result<(), Failure> {
    if app.config.public_url.is_none() && !at.ip().is_loopback() {
        let port = at.port();
        let address = host::address_in_network(at)
            .map_or_else(|| format!("port {port} of this machine"), |at| format!("http://{at}"));
        let container = if host::is_in_container() {
            " (outside of this container: its host, with the port that it publishes)"
        } else {
            ""
        };
        tracing::info!(
            "users in this network open {address}{container}; for users elsewhere, and for \
             https, set BANTER_PUBLIC_URL to the address that they open"
        );
    }
    match (app.config.location()?, app.cluster.is_clustered()) {
        (DataLocation::Folder(_), true) => {
            tracing::warn!("REDIS_URL is for several nodes, which need DATABASE_URL as well");
        }
        (DataLocation::Postgres(_), false) => {
            tracing::info!("set REDIS_URL before a second node starts on this database");
        }
        _ => {}
    }
    Ok(())
}

/// Serves until the shutdown of `app` starts, and returns when everything has drained.
///
/// # Errors
/// Fails if `BANTER_METRICS_ADDR` cannot be used, or if a background task has died. Everything else
/// is ended properly.
pub async fn run(app: App, tasks: BackgroundTasks, listener: TcpListener) -> Result<(), Failure> {
    let App { shutdown, sockets, requests, store, limits, push, .. } = app.clone();
    let drain = app.config.drain;
    let connections = TaskTracker::new();
    let metrics_listener = app.config.metrics_addr;
    let metrics_listener =
        metrics_listener.map(|address| listen("BANTER_METRICS_ADDR", address)).transpose()?;
    let mut services = start_background_tasks(&app, tasks);
    if let Some(metrics_listener) = metrics_listener {
        services.spawn(accept::accept(
            metrics_listener,
            metrics_access::router(app.clone()),
            app.limits.clone(),
            (connections.clone(), sockets.clone()),
            shutdown.clone(),
        ));
    }
    services.spawn(accept::accept(
        listener,
        router::router(app),
        limits,
        (connections.clone(), sockets.clone()),
        shutdown.clone(),
    ));

    let result = tokio::select! {
        () = shutdown.begun() => Ok(()),
        // Without one of them, messages would be stored and never delivered.
        _ = services.join_next() => Err(Failure::new("the server", "a background task has died")),
    };
    shutdown.begin();
    tracing::info!("draining");
    // One deadline for all.
    let deadline = Instant::now() + drain + DRAIN_GRACE;
    wait_ended(&sockets, deadline, "sockets").await;
    wait_ended(&connections, deadline, "connections").await;
    // An upgrade that was under way may have opened a socket since.
    wait_ended(&sockets, deadline, "sockets").await;
    wait_ended(&requests, deadline, "requests").await;
    if let Some(push) = push {
        wait_ended(push.sending(), deadline, "notifications").await;
    }
    store.close().await;
    services.shutdown().await;
    tracing::info!("ended");
    result
}

fn start_background_tasks(app: &App, tasks: BackgroundTasks) -> JoinSet<()> {
    let BackgroundTasks { events, bus, room_changes, read_counts, links, cluster: session } = tasks;
    let (hub, store, cluster) = (&app.hub, &app.store, &app.cluster);
    let mut services = JoinSet::new();
    services.spawn(events.run());
    services.spawn(room_changes.run());
    services.spawn(read_counts.run());
    services.spawn(broadcast_users(hub.clone(), store.clone()));
    services.spawn(broadcast_emoji(hub.clone(), store.clone()));
    services.spawn(retell_news(cluster.clone(), store.clone()));
    services.spawn(announce_presence(hub.clone(), store.clone()));
    services.spawn(announce_user_presence(hub.clone()));
    services.spawn(Repair::new(hub.clone(), store.clone(), cluster.clone()).run());
    if let Some((session, remote_events)) = session {
        services.spawn(bus.forward(remote_events));
        services.spawn(session.run(hub.clone(), Arc::new(app.limits.clone())));
    }
    let stall_detector = cluster.clone();
    services.spawn(async move { stall_detector.run_stall_detector().await });
    services.spawn(heartbeat::run(hub.clone(), app.config.heartbeat.0));
    services.spawn(session_renewal::run(hub.clone(), store.clone()));
    services.spawn(app.files.clone().run_sweeps());
    services.spawn(app.files.clone().run_previews());
    services.spawn(app.chat.clone().run_jobs());
    services.spawn(app.search.clone().build());
    if let Some(push) = app.push.clone() {
        services.spawn(push.run());
    }
    if let Some(links) = links {
        services.spawn(links.run());
    }
    services
}

/// Waits until all tasks of one kind have ended, or until the deadline.
async fn wait_ended(tasks: &TaskTracker, deadline: Instant, kind: &str) {
    tasks.close();
    if tokio::time::timeout_at(deadline, tasks.wait()).await.is_err() {
        tracing::warn!(left = tasks.len(), "some {kind} did not end in time");
    }
}
