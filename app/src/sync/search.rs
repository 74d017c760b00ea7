//! Requests what the search shows, page by page.

use protocol::{ErrorCode, ErrorPayload, Request, Response};

use super::part::{Context, Part, Requester, is_temporary};
use crate::state::{model::Model, search::WantedPage};

/// The number of searches that are pending at the same time, while the user types.
const MAX_PENDING: usize = 3;

/// Requests the page that the search needs.
#[derive(Debug, Default)]
pub(super) struct SearchSync;

impl Part for SearchSync {
    type Subject = WantedPage;

    fn welcomed(&mut self, model: &mut Model) {
        // What is shown may have changed meanwhile.
        if model.search.found.is_some() {
            model.search.search_again();
        }
    }

    fn send_due(&mut self, requester: &mut Requester<'_, WantedPage>) {
        let Some(page) = requester.model.search.wanted() else { return };
        if requester.is_pending(|pending| *pending == page)
            || requester.pending_count() >= MAX_PENDING
        {
            return;
        }
        let request = requester.model.search.request(&page);
        requester.send(page, &Request::Search(request));
    }

    fn succeeded(&mut self, page: WantedPage, response: Response, context: &mut Context<'_>) {
        let Response::Search(found) = response else { return };
        context.model.search.apply_page(&page, found);
    }

    fn failed(&mut self, page: WantedPage, error: ErrorPayload, context: &mut Context<'_>) {
        if !is_temporary(error.code) {
            context.model.search.refuse(&page, &error);
        }
    }

    fn unreadable(&mut self, page: WantedPage, context: &mut Context<'_>) {
        let detail = "This page cannot show what was found. Load it again";
        let error = ErrorPayload::new(ErrorCode::InvalidFormat, detail);
        context.model.search.refuse(&page, &error);
    }
}
