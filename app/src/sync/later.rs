//! Asks what waits for its time, and sends what the user asks for with it.

use std::collections::HashSet;

use protocol::{
    ErrorCode, ErrorPayload, Later, LaterCancel, LaterList, LaterMessage, LaterPage, MessageId,
    Request, Response, Timestamp,
};
use uuid::Uuid;

use super::part::{Context, Faults, MAX_ATTEMPTS, Part, Requester, is_temporary};
use crate::state::{
    later::{Ask, Outcome},
    model::Model,
};

/// What is said if the response cannot be read.
const UNREADABLE: &str = "This page is out of date. Reload it, and look at “Drafts and later”.";
/// What is said of a message that cannot be cancelled.
const SENT: &str = "It was sent already.";
/// What is said of a message that does not wait any more.
const GONE: &str = "It was sent or cancelled elsewhere.";
/// The detail of a conflict of the id. Else one of the files is taken.
const ID_TAKEN: &str = "This id is taken.";

/// Asks for the list once on a connection, and sends each request once. A request that had no
/// response on the last connection is repeated. The server may have done it then: what that means
/// is decided by the response (docs/decisions/0032-jobs.md).
#[derive(Debug, Default)]
pub(super) struct LaterSync {
    is_known: bool,
    /// The first pages of the list, until the others have arrived.
    pages: Vec<LaterMessage>,
    attempts: u32,
    /// What was sent on this connection.
    sent: HashSet<u64>,
    faults: Faults,
}

/// What a request is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LaterSubject {
    /// A page of the list.
    Page,
    /// What the user asks for.
    Ask(Asking),
}

/// A request that the user asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Asking {
    number: u64,
    /// The message that is to be cancelled.
    cancelled: Option<MessageId>,
    is_new: bool,
    is_repeated: bool,
}

impl Part for LaterSync {
    type Subject = LaterSubject;

    fn welcomed(&mut self, model: &mut Model) {
        *self = Self::default();
        model.later.reconnected();
    }

    fn send_due(&mut self, requester: &mut Requester<'_, LaterSubject>) {
        let is_wanted = !self.is_known && !requester.model.later.is_failed;
        if is_wanted && !requester.is_pending(|subject| *subject == LaterSubject::Page) {
            let after = self.pages.last().map(|message| message.id);
            requester.send(LaterSubject::Page, &Request::LaterList(LaterList { after }));
        }
        let server_clock = requester.model.drafts.server_clock;
        for asked in requester.model.later.asked() {
            if !self.sent.insert(asked.number) {
                continue;
            }
            let (cancelled, request) = match &asked.ask {
                Ask::Keep(later) => (None, Request::Later(*later.clone())),
                Ask::Now(later) => {
                    let now = server_clock.map(|offset| requester.now + offset);
                    let at = now.map_or(later.at, Timestamp::from_millis);
                    (None, Request::Later(Later { at, ..*later.clone() }))
                }
                Ask::Remind(remind) => (None, Request::Remind(*remind.clone())),
                Ask::Cancel(id) => (Some(*id), Request::LaterCancel(LaterCancel { id: *id })),
            };
            let (is_new, is_repeated) = (asked.is_new, asked.is_repeated);
            let asking = Asking { number: asked.number, cancelled, is_new, is_repeated };
            requester.send(LaterSubject::Ask(asking), &request);
        }
    }

    fn succeeded(&mut self, subject: LaterSubject, response: Response, context: &mut Context<'_>) {
        let server_clock = context.model.drafts.server_clock;
        let later = &mut context.model.later;
        let (asking, kept) = match (subject, response) {
            (LaterSubject::Page, Response::LaterList(LaterPage { messages, has_more })) => {
                let has_more = has_more && !messages.is_empty();
                self.pages.extend(messages);
                if !has_more {
                    self.is_known = true;
                    let now = server_clock.map(|offset| context.now + offset);
                    later.replace(std::mem::take(&mut self.pages), now.map(Timestamp::from_millis));
                }
                return;
            }
            (LaterSubject::Ask(asking), Response::Later(kept) | Response::Remind(kept)) => {
                later.changed(kept.clone());
                (asking, Some(kept))
            }
            (LaterSubject::Ask(asking), Response::LaterCancel(LaterCancel { id })) => {
                (asking, later.cancelled(id))
            }
            _ => return,
        };
        later.answer(asking.number, Ok(kept));
    }

    fn failed(&mut self, subject: LaterSubject, error: ErrorPayload, context: &mut Context<'_>) {
        let later = &mut context.model.later;
        match subject {
            LaterSubject::Page => {
                // The last message of the page before may be gone.
                self.pages.clear();
                self.attempts += 1;
                let is_again = is_temporary(error.code) || error.code == ErrorCode::NotFound;
                if !is_again || self.attempts >= MAX_ATTEMPTS {
                    self.attempts = 0;
                    later.is_failed = true;
                }
                later.requested();
            }
            LaterSubject::Ask(asking) => {
                let Asking { number, cancelled, is_new, is_repeated } = asking;
                match (cancelled, error.code) {
                    (Some(id), ErrorCode::Conflict) => {
                        later.cancelled(id);
                        later.answer(number, Err(SENT.to_owned()));
                    }
                    (Some(id), ErrorCode::NotFound) => {
                        let is_sent = later.is_sent(id);
                        let message = later.cancelled(id);
                        later.answer(
                            number,
                            match (is_sent, is_repeated) {
                                (true, _) => Err(SENT.to_owned()),
                                (false, true) => Ok(message),
                                (false, false) => Err(GONE.to_owned()),
                            },
                        );
                    }
                    // The first attempt had arrived, and its time has come meanwhile.
                    (None, ErrorCode::Conflict)
                        if is_new && is_repeated && error.detail == ID_TAKEN =>
                    {
                        later.answer(number, Ok(None));
                    }
                    _ if self.faults.is_final(Uuid::from_u128(number.into()), error.code) => {
                        later.answer(number, refusal(error));
                    }
                    _ => _ = self.sent.remove(&number),
                }
            }
        }
    }

    fn unreadable(&mut self, subject: LaterSubject, context: &mut Context<'_>) {
        let later = &mut context.model.later;
        match subject {
            LaterSubject::Page => later.is_failed = true,
            LaterSubject::Ask(asking) => later.answer(asking.number, Err(UNREADABLE.to_owned())),
        }
    }
}

/// Returns why something was refused, and what to do.
fn refusal(error: ErrorPayload) -> Outcome {
    let is_time = error.errors.iter().any(|fault| fault.field == "at");
    Err(match error.code {
        _ if is_time => {
            "This time has passed, or it is more than a year ahead. Choose another one.".to_owned()
        }
        ErrorCode::Conflict if error.detail == ID_TAKEN => SENT.to_owned(),
        ErrorCode::Conflict => {
            "Another message has one of its files. Remove that file, and try again.".to_owned()
        }
        ErrorCode::NotFound => {
            "The message, room or thread is gone, or you may no longer see it.".to_owned()
        }
        _ => error.detail,
    })
}
