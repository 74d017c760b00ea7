//! Builds an [`App`] and its background tasks from the settings.

use std::sync::Arc;

use tokio::net::TcpListener;
use tokio_util::task::TaskTracker;

use crate::{
    auth::Auth,
    base::{failure::Failure, key_file, random::random_token},
    chat::ChatService,
    cluster::{self, Nodes},
    config::{Config, Secret},
    delivery::bus::{self, Bus},
    http::{assets::Assets, origin::Origins, state::App},
    hub::Hub,
    limits::Admission,
    metrics::Metrics,
    shutdown::Shutdown,
    store::{Place, Store, StoreError},
};

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
    pub(crate) events: bus::Arrivals,
    pub(crate) bus: Bus,
    pub(crate) others: Option<cluster::Conversation>,
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
        Place::Folder(folder) => match secret {
            Some(secret) => Ok(secret.reveal().to_vec()),
            None => key_file::read_or_create_key(folder).map_err(|error| error.to_string()),
        },
        Place::Postgres(_) => {
            let key = match secret {
                Some(secret) => secret.reveal().to_vec(),
                None => {
                    let new = random_token().map_err(|error| error.to_string())?;
                    store.signing_key(new).map_err(explain)?.into_bytes()
                }
            };
            if store.note_signing_key(key_file::key_digest(&key)).map_err(explain)? {
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
