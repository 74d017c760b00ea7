//! The list of everybody: pages of it, and those of a name.

use std::time::Duration;

use leptos::{leptos_dom::helpers::TimeoutHandle, prelude::*, task::spawn_local};
use protocol::{Role, User, http::UsersPage};

use super::{
    reset::{ResetDialog, ResetLink},
    row::PersonRow,
};
use crate::{
    browser::calls::{self, escape},
    session::Session,
    state::bidi::isolate,
    ui::{
        button::small_button,
        dynamic::{ShowErased, dynamic},
        icon::{Glyph, Icon},
        loaded::Fault,
        search_bar::SearchBar,
    },
};

/// The pause in typing after which the list is asked for.
const PAUSE: Duration = Duration::from_millis(200);

/// The loaded part of the list.
#[derive(Clone, Copy)]
struct List {
    query: RwSignal<String>,
    users: RwSignal<Vec<User>>,
    has_more: RwSignal<bool>,
    is_loading: RwSignal<bool>,
    fault: RwSignal<Option<String>>,
    /// The number of the last request: earlier responses are dropped.
    request: StoredValue<u32>,
    waiting: StoredValue<Option<TimeoutHandle>>,
}

impl List {
    fn new() -> Self {
        Self {
            query: RwSignal::new(String::new()),
            users: RwSignal::new(Vec::new()),
            has_more: RwSignal::new(false),
            is_loading: RwSignal::new(true),
            fault: RwSignal::new(None),
            request: StoredValue::new(0),
            waiting: StoredValue::new(None),
        }
    }

    /// Loads the list from its start, or the page after the last user.
    fn load(self, is_next: bool) {
        self.request.update_value(|request| *request += 1);
        let request = self.request.get_value();
        let mut path = format!("/api/users?query={}", escape(&self.query.get_untracked()));
        let last = self.users.with_untracked(|users| users.last().map(|user| user.id));
        if let Some(last) = last.filter(|_| is_next) {
            path.push_str(&format!("&after={last}"));
        }
        self.is_loading.set(true);
        spawn_local(async move {
            let page = calls::get::<UsersPage>(&path).await;
            if self.request.try_get_value() != Some(request) {
                return;
            }
            self.is_loading.set(false);
            match page {
                Ok(page) => {
                    self.fault.set(None);
                    self.has_more.set(page.has_more);
                    self.users.update(|users| {
                        if !is_next {
                            users.clear();
                        }
                        users.extend(page.users);
                    });
                }
                Err(refusal) => self.fault.set(Some(refusal.text)),
            }
        });
    }

    /// Loads the list anew once the user stops typing.
    fn search(self, query: String) {
        self.query.set(query);
        if let Some(Some(waiting)) = self.waiting.try_update_value(Option::take) {
            waiting.clear();
        }
        let load = move || {
            if self.waiting.try_set_value(None).is_none() {
                self.load(false);
            }
        };
        self.waiting.set_value(set_timeout_with_handle(load, PAUSE).ok());
    }
}

/// Everybody.
#[component]
pub fn PeopleList() -> impl IntoView {
    let session = expect_context::<Session>();
    let list = List::new();
    let reset = RwSignal::new(None::<ResetLink>);
    // Changes that were missed while the page was not connected are loaded.
    let is_away = Memo::new(move |_| session.connection().get().is_away());
    Effect::new(move |_| {
        if !is_away.get() {
            list.load(false);
        }
    });
    Effect::new(move |_| session.want_presences());
    let may_manage = session.select(|model| model.me.role.may_invite());
    let count = Signal::derive(move || {
        let count = list.users.with(Vec::len);
        match (count, list.has_more.get()) {
            (0, _) => String::new(),
            (1, _) => "1 person".to_owned(),
            (count, false) => format!("{count} people"),
            (count, true) => format!("The first {count}"),
        }
    });
    let is_empty = Signal::derive(move || {
        !list.is_loading.get() && list.users.with(Vec::is_empty) && list.fault.get().is_none()
    });
    let nobody = Signal::derive(move || {
        format!("Nobody here is named “{}”.", isolate(list.query.get().trim()))
    });
    let users = list.users;
    let is_admin = session.select(|model| model.me.role == Role::Admin);
    view! {
        <div class="page__bar">
            <p class="page__count" role="status">{count}</p>
            <ShowErased when=may_manage>
                <a class="button button--small" href="/admin#invitations">
                    <Icon glyph=Glyph::UserPlus size="small"/>
                    "Invite"
                </a>
            </ShowErased>
        </div>
        <SearchBar
            label="Find a person"
            placeholder="Find by name"
            query=list.query
            search=Callback::new(move |query| list.search(query))
        />
        <ShowErased when=is_admin>
            <p class="page__hint">"Only the owner changes roles."</p>
        </ShowErased>
        <ul class="rows" role="list" aria-label="People">
            <For
                each=move || users.get()
                key=|user| (user.id, user.invited_by)
                children=move |user| view! { <PersonRow user users reset/> }
            />
        </ul>
        <ShowErased when=is_empty>
            <p class="page__lead" role="status">{nobody}</p>
        </ShowErased>
        {dynamic(move || list.fault.get().map(|text| view! { <Fault text/> }))}
        <ShowErased when=list.has_more>
            {small_button("Show more", "", move |_| list.load(true))}
        </ShowErased>
        <ResetDialog link=reset/>
    }
}
