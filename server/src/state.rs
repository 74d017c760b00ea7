//! What every handler can reach.

use std::sync::Arc;

use tokio_util::task::TaskTracker;

use crate::{
    assets::Assets, auth::Auth, chat::ChatService, config::Config, hub::Hub, shutdown::Shutdown, store::Store,
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
    /// Who is asking.
    pub auth: Auth,
    /// The page's files.
    pub assets: Assets,
    /// Names this node.
    pub node: Arc<str>,
    /// Whether the end has begun.
    pub shutdown: Shutdown,
    /// Owns the tasks of all sockets.
    pub sockets: TaskTracker,
}
