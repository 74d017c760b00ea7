//! The state that handlers share.

use std::sync::Arc;

use protocol::Timestamp;
use tokio_util::task::TaskTracker;

use super::{assets::AssetFiles, cookies::SessionCookie, origin::Origins};
use crate::{
    accounts::AccountService, auth::Authenticator, base::shutdown::Shutdown, chat::ChatService,
    cluster::Cluster, config::Config, emoji::EmojiService, files::FileService, gateway::Gateway,
    hub::Hub, limits::Limits, metrics::Metrics, push::PushService, rooms::RoomService,
    search::SearchService, store::Store,
};

/// The running server. Cheap to clone.
#[derive(Clone, Debug)]
pub struct App {
    /// The settings.
    pub config: Arc<Config>,
    /// Persistent data.
    pub store: Store,
    /// The connections of this node and their subscriptions.
    pub hub: Hub,
    /// Handles the requests of connections.
    pub chat: Arc<ChatService>,
    /// Accounts and sessions.
    pub accounts: AccountService,
    /// Creates rooms and changes their members.
    pub rooms: RoomService,
    /// Finds messages.
    pub search: SearchService,
    /// Adds and removes custom emoji.
    pub emoji: EmojiService,
    /// Sends notifications. `None` without certificates to trust.
    pub push: Option<Arc<PushService>>,
    /// Receives and serves files.
    pub files: FileService,
    /// Serves WebSocket connections.
    pub gateway: Arc<Gateway>,
    /// Checks credentials.
    pub auth: Authenticator,
    /// The session cookie.
    pub cookie: SessionCookie,
    /// The origins that may use the session cookie.
    pub origins: Arc<Origins>,
    /// Limits on sockets and requests.
    pub limits: Limits,
    /// The metrics of this node.
    pub metrics: Metrics,
    /// The files of the page.
    pub assets: AssetFiles,
    /// The other nodes.
    pub cluster: Cluster,
    /// The time at which this node started.
    pub started_at: Timestamp,
    /// The name of this node.
    pub node: Arc<str>,
    /// Starts and reports the shutdown.
    pub shutdown: Shutdown,
    /// The tasks of all sockets.
    pub sockets: TaskTracker,
    /// Unsafe requests, which run to completion even if the client disconnects.
    pub requests: TaskTracker,
}
