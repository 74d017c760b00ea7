//! Asks what waits for its time, and sends what the user asks for with it.

use std::collections::HashSet;

use protocol::{
    ErrorCode, ErrorPayload, LaterCancel, LaterList, LaterMessage, LaterPage, MessageId, Request,
    Response,
};
use uuid::Uuid;

use super::part::{Context, Faults, MAX_ATTEMPTS, Part, Requester, is_temporary};
use crate::state::{
    later::{Ask, Outcome},
    model::Model,
};

/// What is said if the response cannot be read.
const UNREADABLE: &str = "This page is out of date. Reload it, and look at Scheduled.";
/// What is said of a message that cannot be cancelled.
const SENT: &str = "It was sent already.";

/// Asks for the list once on a connection, and sends each request once. A request that had no
/// response on the last connection is repeated: it has the same effect.
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
    /// What the user asks for under this number, and the message that is to be cancelled.
    Ask(u64, Option<MessageId>),
}

impl Part for LaterSync {
    type Subject = LaterSubject;

    fn welcomed(&mut self, model: &mut Model) {
        *self = Self::default();
        model.later.requested();
    }

    fn send_due(&mut self, requester: &mut Requester<'_, LaterSubject>) {
        if !self.is_known && !requester.is_pending(|subject| *subject == LaterSubject::Page) {
            let after = self.pages.last().map(|message| message.id);
            requester.send(LaterSubject::Page, &Request::LaterList(LaterList { after }));
        }
        for (number, ask) in requester.model.later.asked() {
            if !self.sent.insert(*number) {
                continue;
            }
            let (cancelled, request) = match ask {
                Ask::Keep(later) => (None, Request::Later(*later.clone())),
                Ask::Remind(remind) => (None, Request::Remind(*remind.clone())),
                Ask::Cancel(id) => (Some(*id), Request::LaterCancel(LaterCancel { id: *id })),
            };
            requester.send(LaterSubject::Ask(*number, cancelled), &request);
        }
    }

    fn succeeded(&mut self, subject: LaterSubject, response: Response, context: &mut Context<'_>) {
        let later = &mut context.model.later;
        let (number, kept) = match (subject, response) {
            (LaterSubject::Page, Response::LaterList(LaterPage { messages, has_more })) => {
                let has_more = has_more && !messages.is_empty();
                self.pages.extend(messages);
                if !has_more {
                    self.is_known = true;
                    later.replace(std::mem::take(&mut self.pages));
                }
                return;
            }
            (LaterSubject::Ask(number, _), Response::Later(kept) | Response::Remind(kept)) => {
                later.changed(kept.clone());
                (number, Some(kept))
            }
            (LaterSubject::Ask(number, _), Response::LaterCancel(LaterCancel { id })) => {
                later.cancelled(id);
                (number, None)
            }
            _ => return,
        };
        later.answer(number, Ok(kept));
    }

    fn failed(&mut self, subject: LaterSubject, error: ErrorPayload, context: &mut Context<'_>) {
        let later = &mut context.model.later;
        match subject {
            LaterSubject::Page => {
                // The last message of the page before may be gone.
                self.pages.clear();
                self.attempts += 1;
                let is_again = is_temporary(error.code) || error.code == ErrorCode::NotFound;
                self.is_known = !is_again || self.attempts >= MAX_ATTEMPTS;
                later.requested();
            }
            LaterSubject::Ask(number, Some(id)) if error.code == ErrorCode::NotFound => {
                let is_sent = later.is_sent(id);
                later.cancelled(id);
                // An earlier connection may have cancelled it without bringing the response.
                later.answer(number, if is_sent { Err(SENT.to_owned()) } else { Ok(None) });
            }
            LaterSubject::Ask(number, _) => {
                if self.faults.is_final(Uuid::from_u128(number.into()), error.code) {
                    later.answer(number, refusal(error));
                } else {
                    self.sent.remove(&number);
                }
            }
        }
    }

    fn unreadable(&mut self, subject: LaterSubject, context: &mut Context<'_>) {
        match subject {
            LaterSubject::Page => self.is_known = true,
            LaterSubject::Ask(number, _) => {
                context.model.later.answer(number, Err(UNREADABLE.to_owned()));
            }
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
        ErrorCode::Conflict => "It was sent meanwhile, or one of its files was.".to_owned(),
        ErrorCode::NotFound => {
            "The message, room or thread is gone, or you may no longer see it.".to_owned()
        }
        _ => error.detail,
    })
}
