//! Pictures of users.

use std::net::IpAddr;

use super::AccountService;
use crate::{
    base::{
        fair_queue::FairQueue,
        picture::{Picture, PictureFault, make_picture},
    },
    error::Error,
    limits::address::origin,
    store::SessionUser,
};

/// Images that are decoded at the same time. Each may take 320 MiB and a core for a moment.
const MAX_RUNNING: usize = 1;
/// Images that may wait. Their bytes count as bodies of requests.
const MAX_WAITING: usize = 32;

/// Creates the queue of the images.
pub(super) fn queue() -> FairQueue {
    FairQueue::new(MAX_RUNNING, MAX_WAITING)
}

impl AccountService {
    /// Makes a picture of an image, and gives it to the user.
    ///
    /// # Errors
    /// Returns [`Error::Http`] with 415 if the bytes are of no format that is accepted,
    /// [`Error::Invalid`] if the image is broken or too large, and [`Error::Limited`] after too
    /// many changes.
    pub async fn set_picture(
        &self,
        from: IpAddr,
        session: SessionUser,
        image: Vec<u8>,
    ) -> Result<(), Error> {
        self.limits.profile(session.user.id).await?;
        let place = self.pictures.wait(origin(from)).await;
        let place = place.ok_or(Error::Unavailable("Too many pictures are being changed."))?;
        let made = tokio::task::spawn_blocking(move || {
            let _place = place;
            make_picture(&image)
        });
        // A decoder that panics was given a broken image.
        let Picture { media_type, bytes } =
            made.await.unwrap_or(Err(PictureFault::Broken)).map_err(refusal)?;
        self.store.set_picture(session, Some((media_type, bytes))).await?;
        self.notifier.users_changed();
        Ok(())
    }

    /// Removes the user's picture.
    ///
    /// # Errors
    /// Returns [`Error::Limited`] after too many changes.
    pub async fn remove_picture(&self, session: SessionUser) -> Result<(), Error> {
        self.limits.profile(session.user.id).await?;
        self.store.set_picture(session, None).await?;
        self.notifier.users_changed();
        Ok(())
    }
}

fn refusal(fault: PictureFault) -> Error {
    match fault {
        PictureFault::Format => {
            Error::Unsupported("A picture must be a PNG, JPEG, GIF or WebP file.".to_owned())
        }
        PictureFault::Size => Error::field("picture", "has too many pixels"),
        PictureFault::Broken => Error::field("picture", "cannot be read: the file is broken"),
    }
}
