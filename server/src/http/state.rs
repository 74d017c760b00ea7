//! What every handler can reach.

use std::sync::Arc;

use tokio_util::task::TaskTracker;

use super::assets::Assets;
use crate::{
    accounts::Accounts, auth::Auth, base::shutdown::Shutdown, chat::ChatService, cluster::Nodes,
    config::Config, gateway::Gateway, hub::Hub, limits::Limits, metrics::Metrics, rooms::Rooms,
    store::Store,
};

/// The running program. Cheap to clone.
#[derive(Clone, Debug)]
pub struct App {
    /// The settings.
    pub config: Arc<Config>,
    /// All that lasts.
    pub store: Store,
    /// Who is connected.
    pub hub: Hub,
    /// What requests do.
    pub chat: ChatService,
    /// Accounts and sessions.
    pub accounts: Accounts,
    /// Creating rooms and changing their members.
    pub rooms: Rooms,
    /// Serves WebSocket connections.
    pub gateway: Gateway,
    /// Who is asking.
    pub auth: Auth,
    /// How much one may do at a time.
    pub limits: Limits,
    /// What is counted.
    pub metrics: Metrics,
    /// The page's files.
    pub assets: Assets,
    /// The way to other nodes.
    pub nodes: Nodes,
    /// Names this node.
    pub node: Arc<str>,
    /// Whether the end has begun.
    pub shutdown: Shutdown,
    /// Owns the tasks of all sockets.
    pub sockets: TaskTracker,
    /// Owns the requests that change something, which go on where the client has gone.
    pub requests: TaskTracker,
}
