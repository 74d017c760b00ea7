//! A running server with a data folder of its own.

use std::{net::SocketAddr, path::Path, time::Duration};

use clap::Parser;
use protocol::http::{Register, SignedIn};
use reqwest::{Method, RequestBuilder, StatusCode};
use server::{config::Config, http::state::App, hub::Counts, limits::SocketCounts};
use tempfile::TempDir;
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_tungstenite::tungstenite::{client::IntoClientRequest as _, http::HeaderValue};
use uuid::Uuid;

use super::{
    PASSWORD,
    database::{Database, psql},
    log_secrets,
    socket::Socket,
    user::TestUser,
    wait_for,
};

#[derive(Parser)]
struct Flags {
    #[command(flatten)]
    config: Config,
}

/// The sizes of all collections, and the number of tasks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Resources {
    hub: Counts,
    sockets: SocketCounts,
    tasks: usize,
}

/// A running server with a data folder of its own.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    pub(crate) app: App,
    pub(crate) http: reqwest::Client,
    running: JoinHandle<()>,
    folder: TempDir,
    database: Option<Database>,
}

impl Server {
    pub(crate) async fn start() -> Self {
        Self::start_with(&["--rate-limit=off"]).await
    }

    /// Starts a server with these flags of `banter serve`.
    pub(crate) async fn start_with(flags: &[&str]) -> Self {
        Self::start_in(tempfile::tempdir().unwrap(), Database::make(), flags).await
    }

    pub(crate) async fn start_in(
        folder: TempDir,
        database: Option<Database>,
        flags: &[&str],
    ) -> Self {
        let data = format!("--data-dir={}", folder.path().display());
        let no_drain = if flags.iter().any(|flag| flag.starts_with("--drain")) {
            None
        } else {
            Some("--drain=0")
        };
        let database_flag =
            database.as_ref().map(|database| format!("--database-url={}", database.url()));
        // Several nodes need a place that all of them share.
        let files = format!("--files={}", folder.path().join("files").display());
        let is_given = flags.iter().any(|flag| flag.starts_with("--files"));
        let files = (!is_given).then_some(files.as_str());
        // Texts of tests link to pages that are not theirs.
        let has_links = flags.iter().any(|flag| flag.starts_with("--link-previews"));
        let no_links = (!has_links).then_some("--link-previews=off");
        let given = no_drain.into_iter().chain(database_flag.as_deref()).chain(files);
        let given = given.chain(no_links);
        let given = given.chain(flags.iter().copied());
        let config = Flags::parse_from(["banter", &data].into_iter().chain(given)).config;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        log_secrets::watch();
        let (app, background_tasks) = server::open(config, &listener).unwrap();
        Self::run((address, folder, database), app, background_tasks, listener)
    }

    /// Starts another node on the same store.
    pub(crate) async fn start_another_node(&self, flags: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = format!("--data-dir={}", folder.path().display());
        let files = format!("--files={}", self.data().join("files").display());
        let has_links = flags.iter().any(|flag| flag.starts_with("--link-previews"));
        let no_links = (!has_links).then_some("--link-previews=off");
        let flags = ["banter", &data, &files, "--secret=one key for all the nodes of a test"]
            .into_iter()
            .chain(no_links)
            .chain(flags.iter().copied());
        let config = Flags::parse_from(flags).config;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (app, background_tasks) =
            server::open_on(self.app.store.clone(), config, &listener).unwrap();
        Self::run((address, folder, None), app, background_tasks, listener)
    }

    fn run(
        (address, folder, database): (SocketAddr, TempDir, Option<Database>),
        app: App,
        background_tasks: server::BackgroundTasks,
        listener: TcpListener,
    ) -> Self {
        let app_for_run = app.clone();
        let running = tokio::task::spawn(async {
            server::run(app_for_run, background_tasks, listener).await.unwrap()
        });
        let http =
            reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        Self { address, app, http, running, folder, database }
    }

    /// Stops the server as on SIGTERM, and starts it again with the same data.
    pub(crate) async fn restart(self) -> Self {
        let mut ended = self;
        ended.end().await;
        let folder = std::mem::replace(&mut ended.folder, tempfile::tempdir().unwrap());
        let database = ended.database.take();
        drop(ended); // releases the lock on the folder
        Self::start_in(folder, database, &["--rate-limit=off"]).await
    }

    /// Stops the server as on SIGTERM.
    pub(crate) async fn stop(mut self) -> TempDir {
        self.end().await;
        std::mem::replace(&mut self.folder, tempfile::tempdir().unwrap())
    }

    async fn end(&mut self) {
        self.app.shutdown.begin();
        wait_for("the shutdown", &mut self.running).await.unwrap();
    }

    /// Returns the value of a counter or gauge of `GET /metrics`; `None` if it has none.
    pub(crate) async fn metric(&self, name: &str) -> Option<u64> {
        let text = self.get("/metrics").send().await.unwrap().text().await.unwrap();
        text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.parse().ok())
    }

    /// Waits until a metric has this value.
    pub(crate) async fn metric_becomes(&self, name: &str, value: u64) {
        wait_for(&format!("{name} to become {value}"), async {
            while self.metric(name).await != Some(value) {
                // The server needs the processor for what the test waits for.
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        })
        .await;
    }

    /// Returns the resources in use. They must be the same before clients connect and after they
    /// have left.
    pub(crate) fn resources(&self) -> Resources {
        let tasks = tokio::runtime::Handle::current().metrics().num_alive_tasks();
        Resources { hub: self.app.hub.counts(), sockets: self.app.limits.socket_counts(), tasks }
    }

    /// Waits until the resources in use are the same as before.
    pub(crate) async fn returns_to(&self, before: &Resources) {
        wait_for("all resources to be released", async {
            while self.resources() != *before {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        })
        .await;
    }

    /// Returns whether the database is PostgreSQL, not SQLite.
    pub(crate) fn uses_postgres(&self) -> bool {
        self.database.is_some()
    }

    pub(crate) fn database_url(&self) -> String {
        self.database.as_ref().unwrap().url()
    }

    /// Returns an id as statements of this database write it.
    pub(crate) fn id_literal(&self, id: Uuid) -> String {
        let hex = id.simple();
        if self.uses_postgres() { format!("'\\x{hex}'") } else { format!("x'{hex}'") }
    }

    /// Runs a statement on the database without the server.
    pub(crate) fn sql(&self, statement: &str) {
        if let Some(database) = &self.database {
            return psql(&database.url(), statement);
        }
        let file = rusqlite::Connection::open(self.data().join("banter.sqlite3")).unwrap();
        file.busy_timeout(Duration::from_secs(5)).unwrap();
        file.execute_batch(statement).unwrap();
    }

    /// Returns the number that a query selects from the database without the server.
    pub(crate) fn number(&self, query: &str) -> i64 {
        if let Some(database) = &self.database {
            return database.query(query).trim().parse().unwrap();
        }
        let file = rusqlite::Connection::open(self.data().join("banter.sqlite3")).unwrap();
        file.query_row(query, [], |row| row.get(0)).unwrap()
    }

    pub(crate) fn data(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Returns the `Origin` that pages of this server send.
    pub(crate) fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, self.url(path))
    }

    pub(crate) fn get(&self, path: &str) -> RequestBuilder {
        self.request(Method::GET, path)
    }

    pub(crate) fn post(&self, path: &str) -> RequestBuilder {
        self.request(Method::POST, path)
    }

    /// Creates the first account.
    pub(crate) async fn register_owner(&self, username: &str) -> TestUser {
        self.register(username, None).await
    }

    /// Creates an account with an invitation.
    pub(crate) async fn join(&self, username: &str, by: &TestUser) -> TestUser {
        let invite = by.invite(self).await;
        self.register(username, Some(invite)).await
    }

    async fn register(&self, username: &str, invite: Option<String>) -> TestUser {
        let body = Register {
            username: username.into(),
            password: PASSWORD.into(),
            display_name: None,
            invite,
        };
        let response = self.post("/api/auth/register").json(&body).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::CREATED);
        let SignedIn { token, user, .. } = response.json().await.unwrap();
        log_secrets::register(&token);
        TestUser { token, user }
    }

    /// Opens a socket at `path`, with headers.
    pub(crate) async fn connect(
        &self,
        path: &str,
        headers: &[(&'static str, &str)],
    ) -> Result<Socket, StatusCode> {
        let mut request = format!("ws://{}{path}", self.address).into_client_request().unwrap();
        for (name, value) in headers {
            request.headers_mut().insert(*name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
        }
        match tokio_tungstenite::connect_async(request).await {
            Ok((stream, _)) => Ok(Socket { stream }),
            Err(tokio_tungstenite::tungstenite::Error::Http(response)) => {
                Err(StatusCode::from_u16(response.status().as_u16()).unwrap())
            }
            Err(error) => panic!("{error}"),
        }
    }
}

/// Checks that the log of the server contains no secrets of the test.
impl Drop for Server {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            log_secrets::check();
        }
    }
}
