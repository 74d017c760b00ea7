//! Emoji that users add: who may, which names, and the picture of each.

use std::net::IpAddr;

use protocol::{
    CustomEmoji, User,
    http::CustomEmojiList,
    limits::{MAX_EMOJI_EDGE, MAX_EMOJI_NAME_CHARS, MIN_EMOJI_NAME_CHARS},
    text::is_emoji_name,
};
use uuid::Uuid;

use crate::{
    base::{
        fair_queue::FairQueue,
        picture::{Picture, PictureFault, make_emoji},
    },
    config::EmojiAdders,
    delivery::notifier::Notifier,
    error::Error,
    limits::{Limits, address::origin},
    store::{EmojiPicture, MAY_NOT_ADD_EMOJI, SessionUser, Store},
};

/// Pictures that are decoded at the same time.
const MAX_RUNNING: usize = 1;
/// Pictures that may wait. Their bytes count as bodies of requests.
const MAX_WAITING: usize = 32;

/// The service. Cheap to clone.
#[derive(Clone, Debug)]
pub struct EmojiService {
    store: Store,
    limits: Limits,
    notifier: Notifier,
    adders: EmojiAdders,
    pictures: FairQueue,
}

impl EmojiService {
    /// Creates the service. `adders` may add emoji.
    #[must_use]
    pub fn new(store: Store, limits: Limits, notifier: Notifier, adders: EmojiAdders) -> Self {
        let pictures = FairQueue::new(MAX_RUNNING, MAX_WAITING);
        Self { store, limits, notifier, adders, pictures }
    }

    /// Returns all custom emoji, as a user sees them.
    ///
    /// # Errors
    /// Fails if the store is unavailable.
    pub async fn list(&self, user: &User) -> Result<CustomEmojiList, Error> {
        let emoji = self.store.custom_emoji().await?;
        Ok(CustomEmojiList { emoji, may_add: self.may_add(user) })
    }

    /// Returns the picture with this id.
    ///
    /// # Errors
    /// Returns [`Error::NotFound`] if there is none.
    pub async fn picture(&self, id: &str) -> Result<EmojiPicture, Error> {
        let id = Uuid::try_parse(id).map_err(|_| Error::NotFound("emoji"))?;
        Ok(self.store.emoji_picture(id).await?)
    }

    /// Adds an emoji with the picture that is made of an image.
    ///
    /// # Errors
    /// Returns [`Error::Forbidden`] if the user may not, [`Error::Invalid`] if the name or the
    /// image does not fit, [`Error::Unsupported`] if the bytes are no image, [`Error::Conflict`] or
    /// [`Error::Clash`] if the name is taken or there are too many, and [`Error::Limited`] after
    /// too many changes.
    pub async fn add(
        &self,
        from: IpAddr,
        session: SessionUser,
        name: String,
        image: Vec<u8>,
    ) -> Result<CustomEmoji, Error> {
        if !self.may_add(&session.user) {
            return Err(Error::Forbidden(MAY_NOT_ADD_EMOJI.into()));
        }
        if !is_emoji_name(&name) {
            let rule = format!(
                "must have {MIN_EMOJI_NAME_CHARS} to {MAX_EMOJI_NAME_CHARS} characters: a to z, 0 \
                 to 9, _ and -, and begin with a letter or a digit"
            );
            return Err(Error::field("name", rule));
        }
        if markup::is_known_emoji(&name) {
            return Err(Error::Clash("This name is that of another emoji. Choose another name."));
        }
        self.limits.emoji(session.user.id).await?;
        let place = self.pictures.wait(origin(from)).await;
        let place = place.ok_or(Error::Unavailable("Too many pictures are being added."))?;
        let made = tokio::task::spawn_blocking(move || {
            let _place = place;
            make_emoji(&image)
        });
        // A decoder that panics was given a broken image.
        let Picture { media_type, bytes } =
            made.await.unwrap_or(Err(PictureFault::Broken)).map_err(refusal)?;
        let by_admins = self.adders == EmojiAdders::Admins;
        let emoji = self.store.add_emoji(session, name, (media_type, bytes), by_admins).await?;
        self.notifier.emoji_changed();
        Ok(emoji)
    }

    /// Removes an emoji.
    ///
    /// # Errors
    /// Returns [`Error::NotFound`] if there is none, [`Error::Forbidden`] if the user may not, and
    /// [`Error::Limited`] after too many changes.
    pub async fn remove(&self, session: SessionUser, name: String) -> Result<(), Error> {
        self.limits.emoji(session.user.id).await?;
        self.store.remove_emoji(session, name).await?;
        self.notifier.emoji_changed();
        Ok(())
    }

    fn may_add(&self, user: &User) -> bool {
        self.adders == EmojiAdders::All || user.role.may_manage_emoji()
    }
}

fn refusal(fault: PictureFault) -> Error {
    match fault {
        PictureFault::Format => {
            Error::Unsupported("A picture must be a PNG, JPEG, GIF or WebP file.".to_owned())
        }
        PictureFault::Size => {
            let rule = format!("is larger than {MAX_EMOJI_EDGE} by {MAX_EMOJI_EDGE} pixels");
            Error::field("picture", rule)
        }
        PictureFault::Broken => Error::field("picture", "cannot be read: the file is broken"),
    }
}
