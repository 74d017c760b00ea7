//! The search for messages. What is searched for stands in the address; what was found stays while
//! a result is looked at.

mod choices;
pub mod completion;
pub mod field;
pub mod filters;
pub mod recent;
mod result;
pub mod results;

use std::time::Duration;

use leptos::{ev, html, leptos_dom::helpers::TimeoutHandle, prelude::*};
use protocol::MessageId;
use uuid::Uuid;

use self::{
    completion::Completion, field::Field, filters::Filters, recent::RecentSearches,
    results::Results,
};
use crate::{
    browser::{
        focus::{focus, focus_in_place, is_lost},
        search::{asked_here, show},
        window::{after_paint, effect},
    },
    session::Session,
    state::search::Asked,
    ui::{
        button::icon_button,
        dynamic::ShowErased,
        icon::{Glyph, Icon},
        page_title::PageTitle,
        view_header::ViewHeader,
    },
};

/// The pause in typing after which is searched.
const PAUSE: Duration = Duration::from_millis(150);
/// The distance from the end, in CSS pixels, at which more results are requested.
const NEAR_PX: i32 = 600;

/// The state of the view.
#[derive(Clone, Copy, Debug)]
pub struct View {
    session: Session,
    /// What stands in the field.
    text: RwSignal<String>,
    /// The only room that is searched, unless the field names one.
    room: RwSignal<Option<String>>,
    /// The field.
    input: NodeRef<html::Input>,
    /// What scrolls.
    page: NodeRef<html::Div>,
    /// The search that begins once the user stops typing.
    waiting: StoredValue<Option<TimeoutHandle>>,
    /// The result with the focus, or that had it last.
    chosen: RwSignal<Option<MessageId>>,
    /// The last searches on this device.
    recent: RwSignal<Vec<Asked>>,
    /// What the user has searched for with Enter. It is remembered once something is found.
    entered: StoredValue<Option<Asked>>,
}

impl View {
    fn new(session: Session) -> Self {
        Self {
            session,
            text: RwSignal::new(String::new()),
            room: RwSignal::new(None),
            input: NodeRef::new(),
            page: NodeRef::new(),
            waiting: StoredValue::new(None),
            chosen: RwSignal::new(None),
            recent: RwSignal::new(Vec::new()),
            entered: StoredValue::new(None),
        }
    }

    /// Returns what the field asks for.
    fn asked(self) -> Asked {
        let query = self.text.with(|text| text.trim().to_owned());
        Asked { query, room: self.room.get() }
    }

    /// Searches for what stands in the address.
    fn read_address(self) {
        let Some(Asked { query, room }) = asked_here() else { return };
        self.write(query);
        self.room.set(room);
        self.session.search(untrack(|| self.asked()));
    }

    /// Shows what is searched for, if it was not asked for here.
    fn follow(self, asked: Asked) {
        if asked != self.asked() {
            self.wait();
            self.chosen.set(None);
            self.write(asked.query);
            self.room.set(asked.room);
        }
    }

    /// Searches once the user stops typing.
    fn run_soon(self) {
        self.wait();
        let run = move || {
            if !self.text.is_disposed() {
                self.run();
            }
        };
        self.waiting.set_value(set_timeout_with_handle(run, PAUSE).ok());
    }

    /// Does not search yet.
    fn wait(self) {
        if let Some(Some(waiting)) = self.waiting.try_update_value(Option::take) {
            waiting.clear();
        }
    }

    /// Searches now.
    fn run(self) {
        self.wait();
        let asked = untrack(|| self.asked());
        show(&asked);
        if self.session.search(asked) {
            self.chosen.set(None);
        }
    }

    /// Writes a text into the field at once, so that the caret can be set.
    fn write(self, text: String) {
        if let Some(input) = self.input.get_untracked() {
            input.set_value(&text);
        }
        self.text.set(text);
    }

    /// Searches for something else, with the focus in the field.
    fn set(self, text: &str) {
        self.write(text.to_owned());
        self.run();
        self.focus_field();
    }

    /// Moves the focus to the end of the field.
    fn focus_field(self) {
        if let Some(input) = self.input.try_get_untracked().flatten() {
            let end = input.value().encode_utf16().count().try_into().unwrap_or(u32::MAX);
            let _ = input.focus();
            let _ = input.set_selection_range(end, end);
        }
    }

    /// Searches now for what was entered.
    fn enter(self) {
        self.run();
        self.entered.set_value(Some(untrack(|| self.asked())));
        self.remember_entered();
    }

    /// Remembers what was entered, if something was found.
    fn remember_entered(self) {
        let is_found = self.session.model().with_untracked(|model| {
            let found = model.search.successful();
            found.is_some() && self.entered.with_value(|entered| entered.as_ref() == found)
        });
        if is_found {
            self.entered.set_value(None);
            self.remember();
        }
    }

    /// Remembers what was searched for, because it was of use.
    fn remember(self) {
        self.recent.set(self.session.remember_search());
    }

    /// Begins where the user left: at the field, or at a result.
    fn arrive(self) {
        self.read_address();
        self.recent.set(self.session.recent_searches());
        let place = self.session.search_place.get_value();
        let chosen = place.chosen.filter(|id| self.is_shown(*id));
        self.chosen.set(chosen);
        let Some(id) = chosen else {
            self.focus_field();
            return;
        };
        // Once the results are laid out, and the heading has had the focus.
        after_paint(move || {
            if let Some(page) = self.page.try_get_untracked().flatten() {
                page.set_scroll_top(place.scrolled);
                if let Ok(Some(link)) = page.query_selector(&link_of(id)) {
                    focus_in_place(&link);
                }
            }
        });
    }

    fn is_shown(self, id: MessageId) -> bool {
        self.session.model().with_untracked(|model| model.search.find(id).is_some())
    }

    /// Notes where the user is, and requests more near the end.
    fn scrolled(self) {
        let Some(page) = self.page.try_get_untracked().flatten() else { return };
        let scrolled = page.scroll_top();
        self.session.search_place.update_value(|place| place.scrolled = scrolled);
        let left = page.scroll_height() - page.client_height() - scrolled;
        let is_cut = self.session.model().with_untracked(|model| {
            model.search.found.as_ref().is_some_and(|found| found.incomplete)
        });
        if left < NEAR_PX && !is_cut {
            self.session.load_more_found();
        }
    }
}

/// Returns the selector of the link of a result.
fn link_of(id: MessageId) -> String {
    format!("[data-result='{}']", id.0)
}

/// The search for messages.
#[component]
pub fn SearchPage() -> impl IntoView {
    let session = expect_context::<Session>();
    let view = View::new(session);
    let completion = Completion::new(view);
    effect(move || {
        session.show_search(true);
        untrack(|| view.arrive());
        let moved = window_event_listener(ev::popstate, move |_| view.read_address());
        on_cleanup(move || moved.remove());
    });
    on_cleanup(move || {
        view.wait();
        session.show_search(false);
    });
    let shown = session.select(|model| {
        let hits = model.search.found.iter().flat_map(|found| &found.hits);
        // A number in place of the id of a message: a list for another type makes the page larger.
        hits.map(|hit| Uuid::from_u128(hit.version.into())).collect()
    });
    keep_focus(view, shown);
    let asked = session.select(|model| model.search.asked().clone());
    effect(move || {
        let asked = asked.get();
        untrack(|| view.follow(asked));
    });
    let found = session.select(|model| model.search.successful().cloned());
    effect(move || {
        found.with(|_| ());
        view.remember_entered();
    });
    let is_empty = Signal::derive(move || {
        view.text.with(|text| text.trim().is_empty()) && view.room.with(Option::is_none)
    });
    let close = move |_| session.leave_search();
    view! {
        <PageTitle text=session.title("Search")/>
        <div class="shell__main" id="content" tabindex="-1">
            <ViewHeader heading="Search".into_any()>
                <span class="only-wide only-scripted">
                    {icon_button("Close search", view! { <Icon glyph=Glyph::X/> }, close)}
                </span>
            </ViewHeader>
            <div
                class="page"
                tabindex="0"
                role="group"
                aria-label="Search"
                node_ref=view.page
                on:scroll=move |_| view.scrolled()
            >
                <div class="page__column">
                    <Field view completion/>
                    <Filters view completion/>
                    <ShowErased when=is_empty><RecentSearches view/></ShowErased>
                    <Results view shown/>
                </div>
            </div>
        </div>
    }
}

/// Moves the focus to the result that takes the place of the one that had it, or to the field.
fn keep_focus(view: View, shown: Memo<Vec<Uuid>>) {
    Effect::new(move |before: Option<()>| {
        shown.with(|_| ());
        if before.is_none() || view.chosen.with_untracked(Option::is_none) {
            return;
        }
        request_animation_frame(move || {
            let Some(Some(chosen)) = view.chosen.try_get_untracked() else { return };
            if is_lost() && !focus(&link_of(chosen)) && !focus(".result__link[tabindex='0']") {
                view.focus_field();
            }
        });
    });
}
