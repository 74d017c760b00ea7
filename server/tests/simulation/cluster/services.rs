//! The services that nodes share: Redis, PostgreSQL, and the faulty proxies to them.

use std::{
    net::SocketAddr,
    path::Path,
    process::{Child, Command, Stdio},
    rc::Rc,
};

use server::store::{self, DataLocation};
use tokio::{
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};
use uuid::Uuid;

use super::count;
use crate::{
    faulty_proxy::{Addresses, FaultyProxy, ProxyOptions},
    memberships::MembershipRow,
};

const PLAIN: ProxyOptions = ProxyOptions { chunk: 16 << 10, delay_ms: 0, resets: true };

/// A listener that forwards to a shared service through a faulty proxy.
pub(super) struct ServiceProxy {
    pub(super) proxy: FaultyProxy,
    pub(super) address: SocketAddr,
    listening: JoinHandle<()>,
}

impl ServiceProxy {
    pub(super) async fn to(target: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let proxy = FaultyProxy::new(PLAIN, Rc::new(Addresses::only(target)));
        let listening = tokio::task::spawn_local({
            let proxy = proxy.clone();
            async move {
                while let Ok((tcp, _)) = listener.accept().await {
                    tokio::task::spawn_local(forward(tcp, proxy.clone()));
                }
            }
        });
        Self { proxy, address, listening }
    }
}

async fn forward(mut tcp: TcpStream, proxy: FaultyProxy) {
    let _ = tcp.set_nodelay(true);
    if let Ok(mut there) = proxy.open().await {
        // Either end may close the connection.
        let _ = tokio::io::copy_bidirectional(&mut tcp, &mut there).await;
    }
}

impl Drop for ServiceProxy {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

pub(super) struct Redis {
    port: u16,
    process: Child,
}

impl Redis {
    pub(super) fn start() -> Self {
        let port = crate::ports::free_port();
        Self { port, process: Self::spawn(port) }
    }

    fn spawn(port: u16) -> Child {
        Command::new("redis-server")
            .args([
                "--port",
                &port.to_string(),
                "--save",
                "",
                "--appendonly",
                "no",
                "--bind",
                "127.0.0.1",
            ])
            .stdout(Stdio::null())
            .spawn()
            .unwrap()
    }

    pub(super) fn address(&self) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], self.port))
    }

    pub(super) fn kill(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }

    pub(super) fn start_again(&mut self) {
        if self.process.try_wait().unwrap().is_some() {
            self.process = Self::spawn(self.port);
        }
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A database on the PostgreSQL server at `BANTER_TEST_DATABASE_URL`.
pub(crate) struct Database {
    admin: String,
    pub(super) name: String,
}

impl Database {
    /// Copies a data folder into a new database, if plans have several nodes.
    pub(crate) fn from(folder: &Path) -> Option<Self> {
        if count() == 1 {
            return None;
        }
        let database = Self::make("template1");
        let (server, _) = database.admin.rsplit_once('/').unwrap();
        let to = DataLocation::Postgres(format!("{server}/{}", database.name));
        store::copy(&DataLocation::Folder(folder.to_owned()), &to).unwrap();
        Some(database)
    }

    pub(super) fn like(other: &Self) -> Self {
        Self::make(&other.name)
    }

    fn make(template: &str) -> Self {
        let admin = std::env::var("BANTER_TEST_DATABASE_URL")
            .expect("plans with several nodes need it; bin/with-services sets it");
        let database = Self { admin, name: format!("plan_{}", Uuid::new_v4().simple()) };
        database.sql(&format!("CREATE DATABASE {} TEMPLATE {template}", database.name));
        database
    }

    pub(super) fn address(&self) -> SocketAddr {
        let host = self.admin.rsplit_once('@').unwrap().1;
        host.split('/').next().unwrap().parse().unwrap()
    }

    pub(super) fn rows(&self, select: &str) -> Vec<MembershipRow> {
        let (server, _) = self.admin.rsplit_once('/').unwrap();
        let url = format!("{server}/{}", self.name);
        let output = Command::new("psql").args(["-qAt", "-d", &url, "-c", select]).output();
        let output = String::from_utf8(output.unwrap().stdout).unwrap();
        let row = |line: &str| {
            let mut columns = line.split('|').map(str::to_owned);
            let mut next = || columns.next().unwrap();
            (next(), next(), next(), next().parse().unwrap(), next() == "1")
        };
        output.lines().map(row).collect()
    }

    fn sql(&self, statement: &str) {
        let done = Command::new("psql").args(["-q", "-d", &self.admin, "-c", statement]).status();
        assert!(done.unwrap().success(), "{statement}");
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        self.sql(&format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name));
    }
}
