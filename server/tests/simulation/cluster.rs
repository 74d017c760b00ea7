//! The servers of a plan: one on a data folder or, with `BANTER_NODES=3`, several on one PostgreSQL
//! and one Redis. Each node reaches these through faulty proxies of its own.

mod services;

use std::{net::SocketAddr, path::Path, rc::Rc, time::Duration};

use reqwest::StatusCode;
use tempfile::TempDir;

pub(crate) use self::services::Database;
use self::services::{Redis, ServiceProxy};
use crate::{
    faulty_proxy::{Addresses, FaultyProxy},
    memberships::Memberships,
    process::{self, Process, Template, copy_files},
    setting,
};

/// The time to wait for Redis and the nodes. It only limits how long a failure takes.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Returns the number of nodes in each plan.
pub(crate) fn count() -> usize {
    setting("BANTER_NODES").map_or(1, |nodes| usize::try_from(nodes).unwrap())
}

/// All servers of a plan, with the services that they share.
pub(crate) struct TestCluster {
    /// The addresses of the running nodes.
    pub(crate) addresses: Rc<Addresses>,
    nodes: Vec<Node>,
    data: TempDir,
    redis: Option<Redis>,
    database: Option<Database>,
}

struct Node {
    process: Option<Process>,
    /// Steps until the node is started again.
    down_for: usize,
    /// The proxies to the services that nodes share.
    services: Option<ServiceProxies>,
}

struct ServiceProxies {
    redis: ServiceProxy,
    database: ServiceProxy,
    database_name: String,
}

impl TestCluster {
    pub(crate) async fn make(template: &Template) -> Self {
        let (mut nodes, mut redis, mut database) = (Vec::new(), None, None);
        if let Some(with_people) = &template.database {
            let own = Database::like(with_people);
            let server = Redis::start();
            for _ in 0..count() {
                let services = ServiceProxies {
                    redis: ServiceProxy::to(server.address()).await,
                    database: ServiceProxy::to(own.address()).await,
                    database_name: own.name.clone(),
                };
                nodes.push(Node { process: None, down_for: 0, services: Some(services) });
            }
            (redis, database) = (Some(server), Some(own));
        } else {
            nodes.push(Node { process: None, down_for: 0, services: None });
        }
        let addresses = Rc::new(Addresses::of(nodes.len()));
        Self { addresses, nodes, data: template.copy(), redis, database }
    }

    pub(crate) fn data(&self) -> &Path {
        self.data.path()
    }

    pub(crate) fn is_clustered(&self) -> bool {
        self.nodes.len() > 1
    }

    /// Counts a step, and starts the nodes whose down time is over.
    pub(crate) async fn step(&mut self) -> Result<(), String> {
        for number in 0..self.nodes.len() {
            match self.nodes[number].down_for {
                0 => self.start_node(number).await?,
                down_for => self.nodes[number].down_for = down_for - 1,
            }
        }
        Ok(())
    }

    /// Starts all nodes that are not running.
    pub(crate) async fn start(&mut self) -> Result<(), String> {
        for number in 0..self.nodes.len() {
            self.start_node(number).await?;
        }
        Ok(())
    }

    async fn start_node(&mut self, number: usize) -> Result<(), String> {
        let node = &mut self.nodes[number];
        // A node cannot start without its database.
        if node.process.is_some()
            || node
                .services
                .as_ref()
                .is_some_and(|services| services.database.proxy.is_disconnected())
        {
            return Ok(());
        }
        let files = self.data.path().join("files");
        let flags = node.services.iter().flat_map(|services| {
            let database = format!(
                "postgres://banter@{}/{}",
                services.database.address, services.database_name
            );
            let redis = format!("redis://{}", services.redis.address);
            // A short lease, so that dead nodes expire quickly.
            [
                format!("--database-url={database}"),
                format!("--redis-url={redis}"),
                format!("--files={}", files.display()),
                "--node-lease=1".to_owned(),
            ]
        });
        let process = Process::start(self.data.path(), &flags.collect::<Vec<_>>()).await?;
        self.addresses.set(number, Some(process.address));
        node.process = Some(process);
        Ok(())
    }

    /// Returns the process of a node if it is running.
    pub(crate) fn process(&self, number: usize) -> Option<&Process> {
        self.nodes[number % self.nodes.len()].process.as_ref()
    }

    /// Stops a node with SIGTERM.
    pub(crate) async fn end(&mut self, number: usize) -> Result<(), String> {
        let number = number % self.nodes.len();
        self.addresses.set(number, None);
        match self.nodes[number].process.take() {
            Some(process) => process.end().await,
            None => Ok(()),
        }
    }

    /// Kills a node with SIGKILL. It stays down for a number of steps.
    pub(crate) fn kill(&mut self, number: usize, down_for: usize) {
        let number = number % self.nodes.len();
        self.addresses.set(number, None);
        let node = &mut self.nodes[number];
        node.down_for = down_for;
        if let Some(process) = node.process.take() {
            process.kill();
        }
    }

    /// Replaces the data folder by a backup.
    pub(crate) fn restore(&mut self, backup: &Path) {
        self.kill(0, 0);
        self.data = process::folder();
        copy_files(backup, self.data.path());
    }

    /// Reads when users became members of rooms, and their threads, from the database.
    pub(crate) fn memberships(&self) -> Memberships {
        let rows = match &self.database {
            Some(database) => database.rows(&Memberships::select("encode({}, 'hex')")),
            None => Memberships::rows_of(&self.data().join("banter.sqlite3")),
        };
        Memberships::of(rows)
    }

    pub(crate) fn redis_proxy(&self, number: usize) -> Option<&FaultyProxy> {
        self.nodes[number % self.nodes.len()]
            .services
            .as_ref()
            .map(|services| &services.redis.proxy)
    }

    pub(crate) fn database_proxy(&self, number: usize) -> Option<&FaultyProxy> {
        self.nodes[number % self.nodes.len()]
            .services
            .as_ref()
            .map(|services| &services.database.proxy)
    }

    /// Kills Redis, which loses all its data.
    pub(crate) fn kill_redis(&mut self) {
        if let Some(redis) = &mut self.redis {
            redis.kill();
        }
    }

    pub(crate) fn heal(&mut self) {
        self.nodes
            .iter()
            .filter_map(|node| node.process.as_ref())
            .for_each(|process| process.suspend(false));
        for services in self.nodes.iter().filter_map(|node| node.services.as_ref()) {
            for proxy in [&services.redis.proxy, &services.database.proxy] {
                proxy.heal();
                proxy.close_black_holes();
            }
        }
        if let Some(redis) = &mut self.redis {
            redis.start_again();
        }
    }

    /// Waits until each node sees all others.
    pub(crate) async fn wait_connected(&self, http: &reqwest::Client) -> Result<(), String> {
        if !self.is_clustered() {
            return Ok(());
        }
        let together = async {
            for address in self.addresses.all() {
                while !is_connected(http, address, self.nodes.len()).await {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            }
        };
        let together = tokio::time::timeout(TIMEOUT, together).await;
        together.map_err(|_| format!("the nodes do not see each other:\n{}", self.log().join("\n")))
    }

    /// Returns the last log lines of all nodes.
    pub(crate) fn log(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for (number, node) in self.nodes.iter().enumerate() {
            let log = node.process.as_ref().map(Process::log).unwrap_or_default();
            lines.extend(log.into_iter().map(|line| format!("{number}: {line}")));
        }
        lines
    }
}

async fn is_connected(http: &reqwest::Client, address: SocketAddr, nodes: usize) -> bool {
    let get = async |path| http.get(format!("http://{address}{path}")).send().await;
    let Ok(ready) = get("/readyz").await else { return false };
    let Ok(metrics) = get("/metrics").await else { return false };
    let (is_ready, metrics) =
        (ready.status() == StatusCode::OK, metrics.text().await.unwrap_or_default());
    let has_line = |line: &str| metrics.lines().any(|known| known == line);
    is_ready && has_line("banter_redis_up 1") && has_line(&format!("banter_nodes {nodes}"))
}
