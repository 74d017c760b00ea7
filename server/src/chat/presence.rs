//! `presence`: a page says whether it is visible.

use protocol::Visibility;

use super::{Caller, ChatService, Outcome};

impl ChatService {
    /// Notes the signal. Others learn of it by events.
    pub(super) fn presence(&self, caller: &Caller, notice: Visibility) -> Outcome {
        self.hub.set_visibility(caller.client, notice.visible);
        Outcome::Done
    }
}
