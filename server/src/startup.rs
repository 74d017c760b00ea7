//! Builds an [`App`] and its background tasks from the settings.

use std::{path::Path, sync::Arc};

use tokio::{net::TcpListener, sync::mpsc};
use tokio_util::task::TaskTracker;

use crate::{
    accounts::AccountService,
    auth::Authenticator,
    base::{clock::now, failure::Failure, key_file, random::random_token, shutdown::Shutdown},
    chat::ChatService,
    cluster::{Cluster, ClusterSession, LogEvent},
    config::{Config, Secret, Switch},
    delivery::{
        bus::{Bus, EventQueue},
        notifier::Notifier,
        read_counts::{ReadCountQueue, ReadCounts},
        room_changes::{RoomChangeQueue, RoomChanges},
    },
    emoji::EmojiService,
    files::{FileService, Storage},
    gateway::{Gateway, NodeInfo},
    http::{assets::AssetFiles, cookies::SessionCookie, origin::Origins, state::App},
    hub::Hub,
    limits::Limits,
    links::LinkService,
    metrics::Metrics,
    push::PushService,
    rooms::RoomService,
    search::SearchService,
    store::{DataLocation, KeyCheck, LinkRules, Store, StoreError, UsedDatabase},
};

/// Events of other nodes that may wait to be forwarded. Beyond that the connection to Redis waits.
///
/// The capacity is small because the session applies other messages directly. The removal of a
/// member may overtake the events that wait here, as it may overtake those in the bus. It is above
/// 1 so that the session does not wait for a task switch at each event.
const REMOTE_QUEUE: usize = 64;

/// The session with the other nodes, and the events that they wrote.
type RemoteNodes = (ClusterSession, mpsc::Receiver<LogEvent>);

/// The queues and sessions that [`run`](crate::run()) starts.
#[derive(Debug)]
pub struct BackgroundTasks {
    /// Delivers committed events.
    pub(crate) events: EventQueue,
    /// Takes in what other nodes wrote.
    pub(crate) bus: Bus,
    /// Tells users of changed rooms.
    pub(crate) room_changes: RoomChangeQueue,
    pub(crate) read_counts: ReadCountQueue,
    /// Makes previews of links. `None` if there are none.
    pub(crate) links: Option<LinkService>,
    /// The other nodes. `None` without Redis.
    pub(crate) cluster: Option<RemoteNodes>,
}

/// Opens the store that the settings name, and builds the program on it.
///
/// # Errors
/// Fails if the store, the signing key or a setting cannot be used.
pub fn open(config: Config, listener: &TcpListener) -> Result<(App, BackgroundTasks), Failure> {
    let location = config.location()?;
    let opened = match &location {
        DataLocation::Folder(folder) => Store::open(folder),
        DataLocation::Postgres(url) => Store::connect(url, Some(&config.data_dir)),
    };
    let store = opened.map_err(|error| failure_of(&location, explain(error)))?;
    open_on(store, config, listener)
}

/// Builds the program on a store that is open.
///
/// # Errors
/// Fails if the signing key or a setting cannot be used.
pub fn open_on(
    store: Store,
    config: Config,
    listener: &TcpListener,
) -> Result<(App, BackgroundTasks), Failure> {
    // Leptos renders on tokio's threads. This fails if an earlier call has set it up already.
    let _ = any_spawner::Executor::init_tokio();
    let location = config.location()?;
    let key = signing_key(&store, &location, config.secret.as_ref())
        .map_err(|why| failure_of(&location, why))?;
    note_database(&location, &config.data_dir);
    let address = listener.local_addr().map_err(|error| Failure::new("LEPTOS_SITE_ADDR", error))?;
    let metrics = Metrics::new().map_err(|error| Failure::new("metrics", error))?;
    let node: Arc<str> = uuid::Uuid::new_v4().simple().to_string()[..8].into();
    let (cluster, session) = connect_cluster(&store, &config, &key, &node)?;
    let hub = if cluster.is_clustered() { Hub::clustered() } else { Hub::default() };
    hub.set_presence_grace(config.presence_grace);
    store.on_new_epoch({
        let hub = hub.clone();
        move || hub.reset_for_new_epoch()
    });
    let notifier = Notifier::new(hub.clone(), cluster.clone());
    let (changes, room_changes) = RoomChanges::new(hub.clone(), store.clone(), notifier.clone());
    let (bus, events) = Bus::new(hub.clone(), cluster.clone(), changes.clone(), metrics.clone());
    let (counts, read_counts) = ReadCounts::new(store.clone(), notifier.clone());
    let origins = Origins::new(config.public_url.as_ref(), address);
    let auth = Authenticator::new(store.clone(), &key, cluster.clone())
        .map_err(|error| Failure::new("the signing key", error))?;
    let chat = ChatService::new(
        store.clone(),
        hub.clone(),
        bus.clone(),
        cluster.clone(),
        changes.clone(),
        counts,
        config.rate_limit,
    );
    let chat = chat.with_public_url(origins.public_url());
    let limits = Limits::new(&config, cluster.clone());
    let storage = open_storage(&config)?;
    let registration = config.registration;
    let accounts = AccountService::new(
        store.clone(),
        limits.clone(),
        notifier.clone(),
        metrics.clone(),
        registration,
    );
    let adders = config.custom_emoji;
    let emoji = EmojiService::new(store.clone(), limits.clone(), notifier.clone(), adders);
    let rooms = RoomService::new(store.clone(), limits.clone(), notifier, changes);
    let (assets, shutdown) = (AssetFiles::new(&config), Shutdown::default());
    let files = FileService::new(store.clone(), storage, limits.clone(), shutdown.clone(), &config);
    let links = link_service(&store, &files, &bus, &config, origins.public_url());
    let push = push_service(&store, &hub, &limits, (&config, &shutdown), origins.public_url());
    let is_limited = config.rate_limit == Switch::On;
    let rules = links.as_ref().map(|_| LinkRules::on(origins.public_url(), is_limited));
    let chat = Arc::new(chat.with_links(rules.unwrap_or_default()));
    let tasks = BackgroundTasks { events, bus, room_changes, read_counts, links, cluster: session };
    let gateway = Gateway {
        auth: auth.clone(),
        chat: Arc::clone(&chat),
        hub: hub.clone(),
        limits: limits.clone(),
        metrics: metrics.clone(),
        shutdown: shutdown.clone(),
        store: store.clone(),
        node: NodeInfo {
            name: Arc::clone(&node),
            build: assets.build().to_owned(),
            heartbeat: config.heartbeat.0,
        },
        drain: config.drain,
    };
    let app = App {
        accounts,
        cookie: SessionCookie::new(auth.clone(), origins.is_https()),
        auth,
        chat,
        emoji,
        files,
        gateway: Arc::new(gateway),
        origins: Arc::new(origins),
        push,
        rooms,
        search: SearchService::new(store.clone()),
        limits,
        assets,
        metrics,
        started_at: now(),
        node,
        cluster,
        shutdown,
        sockets: TaskTracker::new(),
        requests: TaskTracker::new(),
        config: Arc::new(config),
        store,
        hub,
    };
    Ok((app, tasks))
}

/// Returns what makes previews of links, unless they are off. Without certificates to trust there
/// are none: most pages need them.
fn link_service(
    store: &Store,
    files: &FileService,
    bus: &Bus,
    config: &Config,
    own: &str,
) -> Option<LinkService> {
    if config.link_previews == Switch::Off {
        return None;
    }
    let networks = config.link_preview_networks.clone();
    let service = LinkService::new(store.clone(), files.clone(), bus.clone(), networks, own);
    service.inspect_err(|why| tracing::warn!(%why, "there are no previews of links")).ok()
}

/// Returns what sends notifications. Without certificates to trust there are none: all push
/// services need them.
fn push_service(
    store: &Store,
    hub: &Hub,
    limits: &Limits,
    (config, shutdown): (&Config, &Shutdown),
    public_url: &str,
) -> Option<Arc<PushService>> {
    let (store, hub, limits) = (store.clone(), hub.clone(), limits.clone());
    let service = PushService::new(store, hub, limits, shutdown.clone(), config, public_url);
    service.inspect_err(|why| tracing::warn!(%why, "there are no notifications")).ok().map(Arc::new)
}

/// Opens the storage of files. Several nodes need one that all of them share.
fn open_storage(config: &Config) -> Result<Storage, Failure> {
    if config.redis_url().is_some() && config.files.is_none() {
        let why = "several nodes need a folder that all of them share, or s3://BUCKET; \
                   REDIS_URL is set, and this is not";
        return Err(Failure::new("BANTER_FILES", why));
    }
    Storage::open(&config.files_location(), &config.data_dir)
}

/// Returns the handle of the cluster, its session, and the events that other nodes wrote. Without
/// Redis, this node is alone.
fn connect_cluster(
    store: &Store,
    config: &Config,
    key: &[u8],
    node: &str,
) -> Result<(Cluster, Option<RemoteNodes>), Failure> {
    let Some(url) = config.redis_url() else { return Ok((Cluster::default(), None)) };
    let (log_events, remote_events) = mpsc::channel(REMOTE_QUEUE);
    let connected = Cluster::connect(url, key, node, store.epochs(), config.node_lease, log_events);
    let (cluster, session) = connected.map_err(|why| Failure::new("REDIS_URL", why))?;
    Ok((cluster, Some((session, remote_events))))
}

/// Returns the key that signs tokens: from the settings, or else from the data folder or the
/// database, where it is created on the first start. Fails if other nodes use another key.
fn signing_key(
    store: &Store,
    location: &DataLocation,
    secret: Option<&Secret>,
) -> Result<Vec<u8>, String> {
    let key = match (secret, location) {
        (Some(secret), _) => secret.reveal().to_vec(),
        (None, DataLocation::Folder(folder)) => key_file::read_or_create_key(folder)?,
        (None, DataLocation::Postgres(_)) => {
            let new = random_token().map_err(|error| error.to_string())?;
            store.signing_key(&new).map_err(explain)?.into_bytes()
        }
    };
    match store.record_signing_key(&key_file::key_digest(&key)).map_err(explain)? {
        KeyCheck::Same => Ok(key),
        KeyCheck::Changed => {
            tracing::warn!(
                "the signing key differs from that of the last start: all users must sign in \
                 again; set BANTER_SECRET to the same value at each start and on all nodes"
            );
            Ok(key)
        }
        KeyCheck::Conflict => {
            Err("other nodes run on this database with another signing key: set \
             BANTER_SECRET to the same value on all nodes; to change the key, stop all nodes first"
                .into())
        }
    }
}

/// Notes in the data folder that there is a database, so that its loss is noticed.
fn note_database(location: &DataLocation, folder: &Path) {
    let used = match location {
        DataLocation::Folder(_) => UsedDatabase::Sqlite,
        DataLocation::Postgres(_) => UsedDatabase::Postgres,
    };
    if let Err(error) = used.note(folder) {
        tracing::info!(
            folder = %folder.display(), %error,
            "the data folder cannot note that there is a database: its loss would not be noticed"
        );
    }
}

fn explain(error: StoreError) -> String {
    match error {
        StoreError::Unavailable(why) => why,
        StoreError::Full(_) => "the disk is full; free space, and start again".to_owned(),
        StoreError::Failed(why) => format!("its database cannot be used: {why}"),
        other => other.to_string(),
    }
}

/// Returns a failure of the location. It names the setting, and the folder once: most reasons begin
/// with the file that they are about.
fn failure_of(location: &DataLocation, why: String) -> Failure {
    match location {
        DataLocation::Folder(folder) if why.starts_with(&*folder.to_string_lossy()) => {
            Failure::new("BANTER_DATA_DIR", why)
        }
        DataLocation::Folder(folder) => {
            Failure::new(format!("BANTER_DATA_DIR {}", folder.display()), why)
        }
        DataLocation::Postgres(_) => Failure::new("DATABASE_URL", why),
    }
}

/// Warns while there is no account: whoever comes first becomes the owner. A store that is away for
/// a moment does not keep the server from starting.
pub async fn warn_without_owner(app: &App) {
    if let Ok(true) = app.store.has_no_users().await {
        tracing::warn!(
            "no account yet: the first visitor becomes the owner; open {} now",
            app.origins.public_url()
        );
    }
}
