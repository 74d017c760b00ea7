//! The Redis servers that tests start.

use std::{
    process::{Child, Command, Stdio},
    time::Duration,
};

use tempfile::TempDir;

use crate::{ports::free_port, support::wait_for};

/// The Redis of one test: a single server, or a cluster of three if `BANTER_TEST_REDIS` is
/// `cluster`.
pub(crate) struct Redis {
    pub(crate) servers: Vec<RedisServer>,
    /// The folder of the cluster's configuration.
    folder: TempDir,
}

pub(crate) struct RedisServer {
    port: u16,
    /// The port for TLS, with the certificate beside `BANTER_TEST_CA`.
    tls: Option<u16>,
    /// The port of the cluster bus; only in a cluster.
    bus: Option<u16>,
    process: Child,
}

impl Redis {
    pub(crate) async fn start() -> Self {
        if Self::uses_redis_cluster() {
            return Self::cluster().await;
        }
        let folder = TempDir::new().unwrap();
        Self { servers: vec![RedisServer::start((free_port(), None), None, &folder)], folder }
    }

    pub(crate) fn uses_redis_cluster() -> bool {
        std::env::var("BANTER_TEST_REDIS").is_ok_and(|kind| kind == "cluster")
    }

    pub(crate) async fn cluster() -> Self {
        Self::make_cluster(false).await
    }

    /// Starts a cluster that uses TLS with clients and between its servers.
    pub(crate) async fn cluster_with_tls() -> Self {
        Self::make_cluster(true).await
    }

    pub(crate) async fn make_cluster(with_tls: bool) -> Self {
        let folder = TempDir::new().unwrap();
        let tls = || with_tls.then(free_port);
        let start = |_| RedisServer::start((free_port(), tls()), Some(free_port()), &folder);
        let redis = Self { servers: (0..3).map(start).collect(), folder };
        for server in &redis.servers {
            server.wait_output("PONG", &["ping"]).await;
        }
        let addresses = redis.servers.iter().map(|server| format!("127.0.0.1:{}", server.port));
        let create = ["--cluster-yes", "--cluster", "create"]
            .map(str::to_owned)
            .into_iter()
            .chain(addresses);
        let created = Command::new("redis-cli").args(create).output().unwrap();
        assert!(created.status.success(), "{}", String::from_utf8_lossy(&created.stdout));
        redis.wait_ready().await;
        redis
    }

    pub(crate) async fn wait_ready(&self) {
        for server in self.servers.iter().filter(|server| server.bus.is_some()) {
            server.wait_output("cluster_state:ok", &["cluster", "info"]).await;
        }
    }

    pub(crate) fn flag(&self) -> String {
        format!("--redis-url={}", self.url())
    }

    pub(crate) fn url(&self) -> String {
        let addresses = self.servers.iter().map(|server| match server.tls {
            Some(port) => format!("rediss://127.0.0.1:{port}"),
            None => format!("redis://127.0.0.1:{}", server.port),
        });
        addresses.collect::<Vec<_>>().join(",")
    }

    /// Returns the result of a script on each server.
    pub(crate) fn evaluate(&self, script: &str) -> Vec<u64> {
        self.servers
            .iter()
            .map(|server| server.command(&["eval", script, "0"]).parse().unwrap())
            .collect()
    }

    pub(crate) fn kill(&mut self) {
        self.servers.iter_mut().for_each(RedisServer::kill);
    }

    pub(crate) async fn restart_killed(&mut self) {
        for server in &mut self.servers {
            if server.process.try_wait().unwrap().is_some() {
                *server = RedisServer::start((server.port, server.tls), server.bus, &self.folder);
            }
        }
        self.wait_ready().await;
    }
}

impl RedisServer {
    pub(crate) fn start(
        (port, tls): (u16, Option<u16>),
        bus: Option<u16>,
        folder: &TempDir,
    ) -> Self {
        let mut command = Command::new("redis-server");
        command.args([
            "--port",
            &port.to_string(),
            "--save",
            "",
            "--appendonly",
            "no",
            "--bind",
            "127.0.0.1",
        ]);
        if let Some(bus) = bus {
            command.args(["--cluster-enabled", "yes", "--cluster-port", &bus.to_string()]);
            command.args([
                "--cluster-config-file",
                &format!("{port}.conf"),
                "--cluster-node-timeout",
                "1000",
            ]);
        }
        if let Some(tls) = tls {
            let ca = std::path::PathBuf::from(std::env::var_os("BANTER_TEST_CA").unwrap());
            command.args([
                "--tls-port",
                &tls.to_string(),
                "--tls-cluster",
                "yes",
                "--tls-auth-clients",
                "no",
            ]);
            command.arg("--tls-cert-file").arg(ca.with_file_name("server.pem"));
            command.arg("--tls-key-file").arg(ca.with_file_name("server.key"));
            command.arg("--tls-ca-cert-file").arg(ca);
        }
        let process = command.current_dir(folder.path()).stdout(Stdio::null()).spawn();
        Self {
            port,
            tls,
            bus,
            process: process
                .expect("redis-server must be installed for this test; bin/test does so"),
        }
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> String {
        let output = Command::new("redis-cli")
            .args(["-p", &self.port.to_string()])
            .args(arguments)
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    pub(crate) async fn wait_output(&self, what: &str, arguments: &[&str]) {
        wait_for(what, async {
            while !self.command(arguments).contains(what) {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        })
        .await;
    }

    pub(crate) fn suspend(&mut self) {
        self.signal("STOP");
    }

    pub(crate) fn resume(&mut self) {
        self.signal("CONT");
    }

    pub(crate) fn signal(&self, name: &str) {
        // The command fails if the process has already exited.
        let _ = Command::new("kill")
            .args([&format!("-{name}"), &self.process.id().to_string()])
            .output();
    }

    pub(crate) fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
