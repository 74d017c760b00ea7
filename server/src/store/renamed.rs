//! Former names, until their callers use the new ones.
#![allow(missing_docs, clippy::allow_attributes_without_reason, clippy::allow_attributes)]

use protocol::{SessionId, User, UserId};

pub use super::{DataLocation as Place, MessageUpdate as Change, NewUpdate as NewChange};
use super::{Logged, NewUpdate, OnCommit, RecoveryPermit, Result, Store, UserPermit};

impl Store {
    pub async fn turn_to_recover(&self, user: UserId) -> Result<RecoveryPermit> {
        self.recovery_permit(user).await
    }
    pub async fn own_turn(&self, user: UserId) -> Result<UserPermit> {
        self.user_permit(user).await
    }
    pub async fn change(&self, new: NewUpdate, then: impl OnCommit<Logged>) -> Result<()> {
        self.update(new, then).await
    }
    pub async fn look_at_history(&self) -> Result<()> {
        self.check_epoch().await
    }
    pub async fn end_history(&self, epoch: String) -> Result<()> {
        self.end_epoch(epoch).await
    }
    pub fn tell_of_another_history(&self, tell: impl Fn() + Send + Sync + 'static) {
        self.on_new_epoch(tell);
    }
    pub async fn is_fresh(&self) -> Result<bool> {
        self.has_no_users().await
    }
    pub async fn people(&self, users: Vec<UserId>) -> Result<Vec<User>> {
        self.users(users).await
    }
    pub async fn use_sessions(&self, ids: Vec<SessionId>) -> Result<()> {
        self.touch_sessions(ids).await
    }
    pub fn note_signing_key(&self, digest: String) -> Result<bool> {
        self.record_signing_key(digest)
    }
}
