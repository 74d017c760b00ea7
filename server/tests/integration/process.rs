//! A server process.

use std::{
    path::Path,
    process::{Child, Command},
};

use protocol::http::{Register, SignedIn};
use reqwest::StatusCode;
use tempfile::NamedTempFile;
use tokio_tungstenite::tungstenite::ClientRequestBuilder;

use crate::support::{PASSWORD, Socket, log_secrets, wait_for};

/// `banter serve` as a separate process that logs at the most detailed level.
pub(crate) struct Process {
    pub(crate) child: Child,
    pub(crate) port: u16,
    log: NamedTempFile,
}

impl Process {
    pub(crate) async fn start(data: &Path, port: u16) -> Self {
        Self::start_with(data, port, &[]).await
    }

    /// Starts the process with these environment variables.
    pub(crate) async fn start_with(data: &Path, port: u16, settings: &[(&str, &str)]) -> Self {
        Self::launch(Command::new(env!("CARGO_BIN_EXE_banter")), data, port, settings).await
    }

    /// Starts the process through another command, which receives the arguments.
    pub(crate) async fn launch(
        mut command: Command,
        data: &Path,
        port: u16,
        settings: &[(&str, &str)],
    ) -> Self {
        let log = NamedTempFile::new().unwrap();
        let child = command
            .args([
                "serve",
                "--leptos-site-addr",
                &format!("127.0.0.1:{port}"),
                "--rate-limit=off",
                "--data-dir",
            ])
            .arg(data)
            .env("BANTER_FILES", data.join("files"))
            .env("RUST_LOG", "trace")
            .envs(settings.iter().copied())
            .stderr(log.reopen().unwrap())
            .spawn()
            .unwrap();
        let process = Self { child, port, log };
        let ready = async {
            while reqwest::get(process.url("/readyz")).await.map(|response| response.status()).ok()
                != Some(StatusCode::OK)
            {
                tokio::task::yield_now().await;
            }
        };
        wait_for("readiness", ready).await;
        process
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    pub(crate) async fn connect(&self, token: &str) -> Socket {
        let address = format!("ws://127.0.0.1:{}/ws", self.port).parse().unwrap();
        let request = ClientRequestBuilder::new(address)
            .with_header("Authorization", format!("Bearer {token}"));
        let (stream, _) = tokio_tungstenite::connect_async(request).await.unwrap();
        let mut socket = Socket { stream };
        socket.welcome().await;
        socket
    }

    /// Returns the log so far.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.log.path()).unwrap()
    }

    /// Creates the first account and returns its token.
    pub(crate) async fn register(&self) -> String {
        let body = Register {
            username: "ada".into(),
            password: PASSWORD.into(),
            display_name: None,
            invite: None,
        };
        let request = reqwest::Client::new().post(self.url("/api/auth/register")).json(&body);
        let token = request.send().await.unwrap().json::<SignedIn>().await.unwrap().token;
        log_secrets::register(PASSWORD);
        log_secrets::register(&token);
        token
    }

    /// Sends SIGTERM.
    pub(crate) fn terminate(&self) {
        self.signal("TERM");
    }

    /// Sends SIGHUP, as a terminal that closes.
    pub(crate) fn hang_up(&self) {
        self.signal("HUP");
    }

    /// Suspends the process until `resume`, as if the whole machine were suspended.
    pub(crate) fn suspend(&self) {
        self.signal("STOP");
    }

    pub(crate) fn resume(&self) {
        self.signal("CONT");
    }

    fn signal(&self, name: &str) {
        let sent = Command::new("kill")
            .args([&format!("-{name}"), &self.child.id().to_string()])
            .status()
            .unwrap();
        assert!(sent.success());
    }

    /// Waits until the process exits, and returns its status.
    pub(crate) async fn ended(mut self) -> Option<i32> {
        let ended = tokio::task::spawn_blocking(move || self.child.wait().unwrap().code());
        wait_for("the shutdown", ended).await.unwrap()
    }
}

/// Checks that the log contains no secrets of the test.
impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if !std::thread::panicking() {
            let log = self.log();
            assert!(log.contains("Banter serves"), "the log is captured");
            log_secrets::check_log(log.as_bytes());
        }
    }
}
