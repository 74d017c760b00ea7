//! The files that the user adds to messages, and the composers that take them.

use std::mem;

use leptos::{prelude::*, task::spawn_local};
use protocol::{MessageId, limits::MAX_FILES};
use uuid::Uuid;

use super::Session;
use crate::{
    browser::{kept_files, trays, uploads, window::effect},
    state::{
        bidi::isolate,
        conversation::Conversation,
        model::Model,
        outbox::PendingMessage,
        tray::{PendingFile, Tray, one_line},
    },
};

impl Session {
    /// Restores the files that an earlier page of this tab has added to drafts, and stores them
    /// from now on.
    pub(crate) fn keep_tray(self) {
        let user = self.model.with_untracked(|model| model.me.id);
        self.tray.update(|tray| {
            for (place, files) in trays::load(user) {
                tray.add(place, files);
            }
        });
        let lists = Memo::new(move |_| self.tray.with(|tray| tray.lists().clone()));
        let stored = StoredValue::new(lists.get_untracked());
        effect(move || {
            let now = lists.get();
            let Some(before) = stored.try_update_value(|it| mem::replace(it, now.clone())) else {
                return;
            };
            for place in before.keys().chain(now.keys()) {
                if before.get(place) != now.get(place) {
                    trays::store(user, *place, now.get(place).map_or(&[], Vec::as_slice));
                }
            }
        });
    }

    /// Adds files to the next message of a room or a thread. They are uploaded at once.
    pub fn attach(self, place: Conversation, files: Vec<PendingFile>) {
        let all = files.clone();
        let user = self.model.with_untracked(|model| model.me.id);
        let left_out = self.tray.try_update(|tray| tray.add(place, files)).unwrap_or_default();
        let is_added = |file: &&PendingFile| left_out.iter().all(|other| other.id != file.id);
        let added: Vec<_> = all.iter().filter(is_added).collect();
        for file in &added {
            self.show_kept(file.id);
            let id = file.id;
            spawn_local(async move { kept_files::store(user, id).await });
        }
        for file in &left_out {
            let id = file.id;
            spawn_local(async move { kept_files::remove(user, id).await });
        }
        match (&added[..], left_out.len()) {
            ([], 0) => {}
            (_, 1..) => {
                self.tell("A message has at most 10 files: the others were left out");
                const { assert!(MAX_FILES == 10) };
            }
            ([file], _) => self.say(format!("{} added", isolate(&file.name))),
            (files, _) => self.say(format!("{} files added", files.len())),
        }
    }

    /// Keeps the bytes of files for a reload. Another tab may have dropped them meanwhile, when a
    /// message was taken back.
    pub(super) fn keep_files(self, files: &[PendingFile]) {
        let user = self.model.with_untracked(|model| model.me.id);
        for id in files.iter().filter(|file| file.file.is_none()).map(|file| file.id) {
            spawn_local(async move { kept_files::store(user, id).await });
        }
    }

    /// Removes a file from the next message, and ends its upload.
    pub fn detach(self, place: Conversation, id: Uuid) {
        let removed = self.tray.try_update(|tray| tray.remove(place, id)).flatten();
        if let Some(file) = removed {
            uploads::abort(id);
            if let Some(upload) = file.upload {
                uploads::end(upload);
            }
            self.say(format!("{} removed", isolate(&file.name)));
        }
    }

    /// Returns whether a message waits for its files.
    #[must_use]
    pub fn is_uploading(self, message: MessageId) -> Memo<bool> {
        self.select(move |model| {
            let mut waiting = model.outbox.items().iter();
            waiting.any(|it| it.id == message && it.files.iter().any(|file| !file.is_ready()))
        })
    }

    /// Returns whether a message has a file that can never be uploaded.
    #[must_use]
    pub fn has_unfit_file(self, message: MessageId) -> Memo<bool> {
        self.select(move |model| {
            let mut waiting = model.outbox.items().iter();
            waiting.any(|it| it.id == message && it.files.iter().any(|file| file.unfit))
        })
    }

    /// Describes a file of the next message. The server learns of it once it has the file, unless
    /// it does not fit.
    pub fn describe(self, id: Uuid, text: &str) {
        let description = one_line(text).unwrap_or_else(|| text.to_owned());
        self.change_file(id, |file| description.clone_into(&mut file.description));
        self.tray.update(|tray| {
            if tray.is_refused(id) && tray.files().any(|file| file.id == id && file.file.is_some())
            {
                tray.forget(id); // it was the description before
            }
        });
    }

    /// Tries again to upload a file that was refused.
    pub fn retry_upload(self, id: Uuid) {
        self.tray.update(|tray| tray.forget(id));
    }

    /// Records the size of a picture, once the browser knows it.
    pub fn set_picture_size(self, id: Uuid, width: u32, height: u32) {
        self.change_file(id, |file| (file.width, file.height) = (Some(width), Some(height)));
    }

    /// Adds a composer to those that take dropped files.
    pub fn add_composer(self, place: Conversation) {
        self.composers.update_value(|composers| composers.push(place));
    }

    /// Removes a composer that is shown no more.
    pub fn remove_composer(self, place: Conversation) {
        self.composers.try_update_value(|composers| {
            if let Some(index) = composers.iter().position(|known| *known == place) {
                composers.remove(index);
            }
        });
    }

    /// Returns the room or the thread into whose composer files go that are given in the panel
    /// beside a room, or elsewhere.
    #[must_use]
    pub fn composer_at(self, in_panel: bool) -> Option<Conversation> {
        self.composers.with_value(|composers| {
            let mut fitting = composers.iter().filter(|place| place.thread.is_some() == in_panel);
            fitting.next_back().or(composers.last()).copied()
        })
    }

    /// Takes the files for a message of a room or a thread.
    pub(super) fn take_files(self, place: Conversation) -> Vec<PendingFile> {
        self.tray.try_update(|tray| tray.take(place)).unwrap_or_default()
    }

    /// Makes the files of a refused message be checked again: they may have expired meanwhile.
    pub(super) fn recheck_files(model: &mut Model, tray: &mut Tray, message: &PendingMessage) {
        for file in &message.files {
            tray.forget(file.id);
            model.outbox.change_file(file.id, |file| {
                file.file = None;
                file.described = None;
            });
        }
    }

    /// Shows a file that is in memory.
    pub(super) fn show_kept(self, id: Uuid) {
        if let Some(url) = kept_files::url(id) {
            self.file_urls.update(|urls| _ = urls.insert(id, url));
        }
    }
}
