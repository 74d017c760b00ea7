//! A server process that can be killed, and the data folder that every plan starts with.

use std::{
    collections::VecDeque,
    io::{BufRead as _, BufReader},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex},
    time::Duration,
};

use protocol::{ListRooms, RoomId, User};
use server::{
    auth::token::Signer,
    base::key_file::read_or_create_key,
    store::{NewStoredRoom, NewUser, Store},
};
use tempfile::TempDir;
use tokio::sync::oneshot;

use crate::cluster::Database;

/// Log lines that a failure report shows.
const LOG_LINES: usize = 30;
/// The time that a graceful shutdown may take before the process is killed.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_millis(400);

/// A user with an account and a session.
#[derive(Clone, Debug)]
pub(crate) struct TestUser {
    pub(crate) profile: User,
    pub(crate) token: String,
}

/// A data folder with users and rooms, created once and copied for each plan.
pub(crate) struct Template {
    folder: TempDir,
    pub(crate) users: Vec<TestUser>,
    /// `general`, the private room, and two more.
    pub(crate) rooms: Vec<(RoomId, String)>,
    /// Direct rooms with their people.
    pub(crate) directs: Vec<(RoomId, Vec<usize>)>,
    /// A copy in PostgreSQL, if plans have several nodes.
    pub(crate) database: Option<Database>,
}

/// Creates a temporary folder, in memory if possible: the files of a killed process survive there
/// as well, and the disk stays idle.
pub(crate) fn folder() -> TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() }.unwrap()
}

impl Template {
    pub(crate) async fn make() -> Self {
        let folder = folder();
        let store = Store::open(folder.path()).unwrap();
        let signer = Signer::new(&read_or_create_key(folder.path()).unwrap()).unwrap();
        let mut users = Vec::new();
        for name in ["ada", "bo", "cy", "dee", "eve"] {
            let new = NewUser {
                username: name.into(),
                display_name: None,
                password: "not used to sign in".into(),
                invite: None,
                open: true,
                must_be_first: false,
                device: Default::default(),
            };
            let session = store.register(new).await.unwrap();
            users.push(TestUser {
                token: signer.sign(session.user.id, session.id),
                profile: session.user,
            });
        }
        let owner = users[0].profile.id;
        let mut rooms = vec![(
            store.rooms(owner, ListRooms::default()).await.unwrap().rooms[0].id,
            "general".to_owned(),
        )];
        for (slug, private) in [("secret", true), ("alpha", false), ("beta", false)] {
            let new =
                NewStoredRoom { slug: slug.into(), name: slug.into(), private, creator: owner };
            rooms.push((store.create_room(new).await.unwrap().id, slug.to_owned()));
        }
        for user in &users[1..] {
            store.add_member(owner, rooms[1].0, user.profile.id).await.unwrap();
        }
        let mut directs = Vec::new();
        for people in [vec![0, 1], vec![1, 2], vec![2, 0, 3]] {
            let others = people[1..].iter().map(|user| users[*user].profile.username.clone());
            let by = users[people[0]].profile.id;
            directs.push((store.direct_room(by, others.collect()).await.unwrap().room.id, people));
        }
        store.close().await;
        drop(store); // releases the lock on the folder
        let database = Database::from(folder.path());
        Self { folder, users, rooms, directs, database }
    }

    pub(crate) fn copy(&self) -> TempDir {
        let copy = folder();
        copy_files(self.folder.path(), copy.path());
        copy
    }
}

pub(crate) fn copy_files(from: &Path, to: &Path) {
    for file in from.read_dir().unwrap() {
        let file = file.unwrap();
        std::fs::copy(file.path(), to.join(file.file_name())).unwrap();
    }
}

/// Returns the path of `banter`: the build of this test, or the one that `BANTER_PROGRAM` names.
pub(crate) fn program() -> PathBuf {
    std::env::var_os("BANTER_PROGRAM")
        .map_or_else(|| env!("CARGO_BIN_EXE_banter").into(), PathBuf::from)
}

pub(crate) struct Process {
    child: Child,
    pub(crate) address: SocketAddr,
    log: Arc<Mutex<VecDeque<String>>>,
}

impl Process {
    pub(crate) async fn start(data: &Path, flags: &[String]) -> Result<Self, String> {
        let mut child = Command::new(program())
            .args([
                "serve",
                "--leptos-site-addr=127.0.0.1:0",
                "--rate-limit=off",
                "--drain=0",
                "--presence-grace=200",
                "--data-dir",
            ])
            .arg(data)
            .args(flags)
            .env("RUST_LOG", "info")
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let log = Arc::new(Mutex::new(VecDeque::new()));
        let (address_tx, address_rx) = oneshot::channel();
        let lines = BufReader::new(child.stderr.take().unwrap());
        std::thread::spawn({
            let log = Arc::clone(&log);
            move || {
                let mut address_tx = Some(address_tx);
                for line in lines.lines().map_while(Result::ok) {
                    if line.contains("Banter serves")
                        && let Some(port) = line
                            .rsplit(':')
                            .next()
                            .and_then(|rest| rest.trim_matches('"').parse().ok())
                        && let Some(address_tx) = address_tx.take()
                    {
                        let _ = address_tx.send(SocketAddr::from(([127, 0, 0, 1], port)));
                    }
                    let mut log = log.lock().unwrap();
                    log.push_back(line);
                    if log.len() > LOG_LINES {
                        log.pop_front();
                    }
                }
            }
        });
        let address_rx = tokio::time::timeout(Duration::from_secs(20), address_rx).await;
        let Ok(Ok(address)) = address_rx else {
            let _ = child.kill();
            let _ = child.wait();
            return Err(format!("the server did not start: {:#?}", log.lock().unwrap()));
        };
        Ok(Self { child, address, log })
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn log(&self) -> Vec<String> {
        self.log.lock().unwrap().iter().cloned().collect()
    }

    /// Suspends or continues the process (SIGSTOP, SIGCONT).
    pub(crate) fn suspend(&self, is_suspended: bool) {
        kill(
            self.id(),
            if is_suspended {
                rustix::process::Signal::STOP
            } else {
                rustix::process::Signal::CONT
            },
        );
    }

    /// Kills the process with SIGKILL.
    pub(crate) fn kill(mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Stops the process with SIGTERM. Kills it after a timeout, since some clients may not react.
    pub(crate) async fn end(mut self) -> Result<(), String> {
        kill(self.id(), rustix::process::Signal::TERM);
        let ended = async {
            loop {
                if let Some(status) = self.child.try_wait().unwrap() {
                    return status;
                }
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        };
        match tokio::time::timeout(SHUTDOWN_TIMEOUT, ended).await {
            // The signal arrived before the process had installed its handler.
            Ok(status) if std::os::unix::process::ExitStatusExt::signal(&status).is_some() => {
                Ok(())
            }
            Ok(status) if !status.success() => {
                Err(format!("the server ended with {status}: {:#?}", self.log()))
            }
            _ => Ok(()),
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn kill(process: u32, signal: rustix::process::Signal) {
    if let Some(process) = i32::try_from(process).ok().and_then(rustix::process::Pid::from_raw) {
        let _ = rustix::process::kill_process(process, signal);
    }
}
