//! Uploads of the files that the user adds to messages. They begin at once, and go on after a lost
//! connection.

use std::{collections::HashSet, time::Duration};

use leptos::{prelude::*, task::spawn_local};
use protocol::{FileId, UserId, http::UploadedFile};
use uuid::Uuid;

use super::{Scoped as _, Session};
use crate::{
    browser::{
        calls::{self, Refusal},
        clock, kept_files, shared,
        uploads::{self, UploadResponse},
        window::{effect, on_window},
    },
    state::{
        bidi::isolate,
        connection::ConnectionState,
        model::Model,
        tray::{Attempts, PendingFile, Progress, Step, refusal},
    },
};

/// The bytes that one request sends. After a lost connection, at most these are sent again.
const CHUNK_BYTES: u64 = 4 << 20;
/// The most uploads at the same time.
const MAX_RUNNING: usize = 3;
/// The pause after the first failure, in milliseconds. It doubles with each.
const FIRST_PAUSE_MS: i32 = 1_000;
/// The longest pause, in milliseconds.
const MAX_PAUSE_MS: i32 = 30_000;
/// The pauses until a preview is made, in milliseconds. Readers then find it.
const PREVIEW_PAUSES_MS: [i32; 4] = [150, 400, 1_000, 2_000];

/// The interval at which files of another tab are looked for that it did not send.
const CHECK_INTERVAL: Duration = Duration::from_secs(6);

/// How an attempt to upload a file has ended.
enum Outcome {
    /// The server has it.
    Done(FileId),
    /// The server has its description.
    Described,
    /// The server does not take it.
    Refused(String),
    /// There was no response (status 0), or one that does not rule out another attempt.
    Lost(u16),
    /// The user has removed it.
    Removed,
}

impl Session {
    /// Uploads files from now on, also those that an earlier page left.
    pub fn start_uploads(self) {
        let user = self.model.with_untracked(|model| model.me.id);
        let running = StoredValue::new(HashSet::<Uuid>::new());
        let turn = RwSignal::new(0_u32);
        // In the order in which they were added. Messages come first: their users wait.
        let due = Memo::new(move |_| {
            turn.track();
            let (tray, now) = (self.tray.get(), clock::elapsed_ms());
            let mut due: Vec<_> =
                self.model.scoped().with(|model| model.outbox.due_files(now).collect());
            let added = tray.files().filter(|file| file.is_due()).map(|file| file.id);
            let mut added: Vec<_> = added.filter(|id| !tray.is_refused(*id)).collect();
            added.sort_unstable();
            due.extend(added);
            due
        });
        effect(move || {
            turn.track(); // a place may be free although the same files are due
            for id in due.get() {
                let is_free = running.with_value(|it| it.len() < MAX_RUNNING && !it.contains(&id));
                if is_free {
                    running.update_value(|running| _ = running.insert(id));
                    spawn_local(async move {
                        self.upload(user, id).await;
                        running.try_update_value(|running| running.remove(&id));
                        turn.try_update(|turn| *turn = turn.wrapping_add(1));
                    });
                }
            }
        });
        self.drop_unneeded(user);
        let has_deferred = |model: &Model| {
            let mut waiting = model.outbox.items().iter();
            waiting.any(|it| it.deferred_until.is_some() && !it.files.is_empty())
        };
        let check = move || {
            if self.model.with_untracked(has_deferred) {
                turn.update(|turn| *turn = turn.wrapping_add(1));
            }
        };
        set_interval(check, CHECK_INTERVAL);
        on_window(&["online", "pageshow"], |_| uploads::wake());
        let connection = self.connection();
        effect(move || {
            if matches!(connection.get(), ConnectionState::Current) {
                uploads::wake();
            }
        });
    }

    /// Shows the files that an earlier page left, and drops those that are needed no more.
    fn drop_unneeded(self, user: UserId) {
        let needed = Memo::new(move |_| {
            let added: HashSet<_> =
                self.tray.with(|tray| tray.files().map(|file| file.id).collect());
            let waiting = |model: &Model| {
                let files = model.outbox.items().iter().flat_map(|message| &message.files);
                files.map(|file| file.id).chain(added).collect::<HashSet<_>>()
            };
            self.model.scoped().with(waiting)
        });
        let known = StoredValue::new(HashSet::<Uuid>::new());
        effect(move || {
            let now = needed.get();
            let before = known.try_update_value(|known| std::mem::replace(known, now.clone()));
            let before = before.unwrap_or_default();
            if before.difference(&now).next().is_some() {
                uploads::wake(); // those that pause leave their places
            }
            for id in before.difference(&now).copied() {
                uploads::abort(id);
                self.file_urls.update(|urls| _ = urls.remove(&id));
                self.tray.update(|tray| tray.forget(id));
                spawn_local(async move { kept_files::remove(user, id).await });
            }
            for id in now.difference(&before).copied().filter(|id| !kept_files::is_here(*id)) {
                spawn_local(async move {
                    if kept_files::load(user, id).await {
                        self.show_kept(id);
                    }
                });
            }
        });
        spawn_local(async move {
            let is_needed = |id| needed.try_get_untracked().is_none_or(|ids| ids.contains(&id));
            kept_files::remove_old(user, is_needed).await;
            let _ = shared::read().await; // which deletes what is old
        });
    }

    /// Uploads a file until the server has it or refuses it, or the user removes it.
    async fn upload(self, user: UserId, id: Uuid) {
        let (mut pause, mut attempts) = (FIRST_PAUSE_MS, Attempts::default());
        if matches!(self.progress_of(id).step, Step::Refused(_)) {
            self.set_step(id, Step::Waiting); // another tab tries again
        }
        loop {
            let before = self.progress_of(id).sent;
            let status = match self.try_upload(user, id).await {
                Outcome::Done(file) => return self.uploaded(id, file),
                Outcome::Refused(reason) => return self.refused(id, &reason),
                Outcome::Removed | Outcome::Described => return,
                Outcome::Lost(status) => status,
            };
            let progress = self.progress_of(id);
            if self.find_file(id).is_none() {
                return;
            }
            let has_progress = progress.sent > before;
            if has_progress {
                pause = FIRST_PAUSE_MS;
            }
            if !attempts.failed(status, has_progress) {
                return self
                    .refused(id, "The server cannot take it at the moment. Try again later");
            }
            self.set_step(id, Step::Lost);
            kept_files::drop_unreadable(id).await;
            uploads::pause(pause).await;
            pause = (pause * 2).min(MAX_PAUSE_MS);
        }
    }

    async fn try_upload(self, user: UserId, id: Uuid) -> Outcome {
        let Some(file) = self.find_file(id) else { return Outcome::Removed };
        if let Some(known) = file.file {
            return self.send_description(id, known, file.description).await;
        }
        let mut offset = 0;
        let mut path = file.upload.clone();
        if let Some(known) = &path {
            let response = uploads::ask(id, known).await;
            match (response.status, response.file, response.offset) {
                (200, Some(file), _) => return self.settle(id, FileId(file)).await,
                (200, None, Some(there)) => offset = there,
                (404 | 410, ..) => path = None, // it has expired
                _ => return self.outcome(id, &response),
            }
        }
        if !kept_files::load(user, id).await {
            let reason = "The file is not on this device any more. Add it again.";
            self.change_file(id, |file| file.unfit = true);
            return Outcome::Refused(reason.to_owned());
        }
        let path = match path {
            Some(path) => path,
            None => {
                let response = uploads::begin(id, &file).await;
                if response.status != 201 {
                    return self.outcome(id, &response);
                }
                if let Some(sent) = response.file {
                    return self.settle(id, FileId(sent)).await; // it is empty
                }
                let Some(path) = response.location else { return Outcome::Lost(201) };
                if !self.change_file(id, |known| known.upload = Some(path.clone())) {
                    uploads::end(path);
                    return Outcome::Removed;
                }
                path
            }
        };
        loop {
            self.set_sent(id, offset);
            let end = file.size.min(offset.saturating_add(CHUNK_BYTES));
            let report = move |sent| self.set_sent(id, offset.saturating_add(sent).min(end));
            let response = uploads::append(id, &path, offset..end, report).await;
            match (response.status, response.file, response.offset) {
                (204, Some(file), _) => return self.settle(id, FileId(file)).await,
                (204, None, Some(there)) if there > offset => offset = there,
                _ => {
                    self.set_sent(id, offset);
                    return self.outcome(id, &response);
                }
            }
            if self.find_file(id).is_none() {
                return Outcome::Removed;
            }
        }
    }

    /// Returns what a response means that is not the one hoped for.
    fn outcome(self, id: Uuid, response: &UploadResponse) -> Outcome {
        if self.find_file(id).is_none() {
            return Outcome::Removed;
        }
        match response.status {
            404 => {
                self.change_file(id, |file| file.upload = None);
                Outcome::Lost(404)
            }
            // Another tab sends it, there are too many at once, or the server is away.
            status @ (0 | 401 | 408 | 409 | 410 | 423 | 429) => Outcome::Lost(status),
            413 => {
                self.change_file(id, |file| file.unfit = true);
                Outcome::Refused(refusal(413, &response.detail))
            }
            507 => Outcome::Refused(refusal(507, &response.detail)),
            status if status >= 500 => Outcome::Lost(status),
            status => Outcome::Refused(refusal(status, &response.detail)),
        }
    }

    /// Tells the server what is to be seen in a file that it has.
    async fn send_description(self, id: Uuid, file: FileId, description: String) -> Outcome {
        let response = uploads::describe(id, file, &description).await;
        if self.find_file(id).is_none() {
            return Outcome::Removed;
        }
        match response.status {
            200 => {
                self.change_file(id, |file| file.described = Some(description.clone()));
                Outcome::Described
            }
            404 => self.expired(id),
            403 | 422 => Outcome::Refused(refusal(response.status, &response.detail)),
            status => Outcome::Lost(status),
        }
    }

    /// Has a file uploaded anew that the server has no more.
    fn expired(self, id: Uuid) -> Outcome {
        self.change_file(id, |file| {
            (file.file, file.upload, file.described) = (None, None, None);
        });
        Outcome::Lost(404)
    }

    /// Asks what the server has of a file that is there: a node of an earlier version ignores the
    /// description. Then waits for the preview of a picture, so that readers find it.
    async fn settle(self, id: Uuid, there: FileId) -> Outcome {
        let file = match calls::get::<UploadedFile>(&format!("/api/files/{there}")).await {
            Ok(UploadedFile { file }) => file,
            Err(Refusal { status: 404, .. }) => return self.expired(id),
            Err(Refusal { status, .. }) => return Outcome::Lost(status),
        };
        let described = file.description.unwrap_or_default();
        self.change_file(id, |known| known.described = Some(described.clone()));
        if let Some(preview) = file.preview {
            for pause in PREVIEW_PAUSES_MS {
                if calls::text(&preview).await.is_ok() {
                    break;
                }
                uploads::pause(pause).await;
            }
        }
        Outcome::Done(there)
    }

    fn uploaded(self, id: Uuid, file: FileId) {
        let is_added =
            self.change_file(id, |known| (known.file, known.unfit) = (Some(file), false));
        if let Some(known) = self.find_file(id).filter(|_| is_added) {
            self.tray.update(|tray| {
                tray.set_progress(id, |progress| progress.sent = known.size);
            });
            self.say(format!("{} uploaded", isolate(&known.name)));
        }
    }

    fn refused(self, id: Uuid, reason: &str) {
        let Some(file) = self.find_file(id) else { return };
        self.set_step(id, Step::Refused(reason.to_owned()));
        let name = isolate(&file.name);
        let what = match file.file {
            None => format!("{name} was not uploaded"),
            Some(_) => format!("The description of {name} was not saved"),
        };
        let text = format!("{what}. {reason}");
        self.model.update(|model| model.outbox.refuse_file(id, &text));
        self.say(text);
    }

    fn find_file(self, id: Uuid) -> Option<PendingFile> {
        let is_it = |file: &&PendingFile| file.id == id;
        let added = self.tray.try_with_untracked(|tray| tray.files().find(is_it).cloned())?;
        added.or_else(|| {
            self.model.with_untracked(|model| {
                let mut messages = model.outbox.items().iter();
                messages.find_map(|message| message.files.iter().find(is_it).cloned())
            })
        })
    }

    /// Changes a file that is added, or waits with its message.
    pub(super) fn change_file(self, id: Uuid, change: impl Fn(&mut PendingFile)) -> bool {
        let is_added = self.tray.with_untracked(|tray| tray.files().any(|file| file.id == id));
        if is_added {
            self.tray.try_update(|tray| tray.change(id, &change)).unwrap_or_default()
        } else {
            self.model.try_update(|model| model.outbox.change_file(id, &change)).unwrap_or_default()
        }
    }

    fn progress_of(self, id: Uuid) -> Progress {
        self.tray.with_untracked(|tray| tray.progress(id))
    }

    fn set_sent(self, id: Uuid, sent: u64) {
        self.tray.try_update(|tray| {
            tray.set_progress(id, |progress| *progress = Progress { sent, step: Step::Sending });
        });
    }

    fn set_step(self, id: Uuid, step: Step) {
        self.tray.try_update(|tray| tray.set_progress(id, |progress| progress.step = step));
    }
}
