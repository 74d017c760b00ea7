//! Completion in a composer: people after `@`, rooms after `#`, emoji after `:`, and commands after
//! `/` at the start. The list opens while one types, and closes when the caret leaves the word. It
//! follows the text by a frame, so that nobody waits for it to see what was typed.

mod choices;
pub(super) mod index;
mod people;

use leptos::{ev, prelude::*, task::spawn_local};
use web_sys::HtmlTextAreaElement;

use self::{choices::choices, index::Index, people::Others};
use super::tools::ComposerTools;
use crate::{
    browser::{
        emoji,
        field::{on_event_first, read},
        focus::IS_BEHIND,
        keyboard::is_plain,
        window::{after_paint, effect},
    },
    state::completion::{Kind, Token},
    ui::choice_list::{Choice, ChoiceList, option_id},
};

/// The keys that the list handles.
const LIST_KEYS: [&str; 5] = ["ArrowDown", "ArrowUp", "Tab", "Enter", "Escape"];

/// The list that completes the word before the caret.
#[derive(Clone, Copy, Debug)]
pub struct Completion {
    tools: ComposerTools,
    /// The word.
    token: StoredValue<Option<Token>>,
    /// What is offered for it, of one kind.
    offered: RwSignal<(Option<Kind>, Vec<Choice>)>,
    /// The place of the selected choice.
    active: RwSignal<Option<usize>>,
    /// True if the text has changed since the word was read.
    is_behind: StoredValue<bool>,
    /// Where the word stands whose list the user has closed.
    dismissed: StoredValue<Option<usize>>,
    /// All that can be found, from the first character of the word on.
    index: StoredValue<Option<Index>>,
    others: Others,
}

impl Completion {
    pub(super) fn new(tools: ComposerTools) -> Self {
        let session = tools.session;
        Self {
            tools,
            token: StoredValue::new(None),
            offered: RwSignal::new((None, Vec::new())),
            active: RwSignal::new(None),
            is_behind: StoredValue::new(false),
            dismissed: StoredValue::new(None),
            index: StoredValue::new(None),
            others: Others::new(session, tools.place.room),
        }
    }

    /// Handles the events of the field, until the current effect ends.
    pub(super) fn start(self, area: &HtmlTextAreaElement) {
        let field = area.clone();
        on_event_first(area, "input", move |_: &web_sys::Event| {
            if !self.is_behind.get_value() {
                self.is_behind.set_value(true);
                let _ = field.set_attribute(IS_BEHIND, "");
                after_paint(move || self.catch_up());
            }
        });
        for name in ["keyup", "click"] {
            let field = area.clone();
            on_event_first(area, name, move |_: &web_sys::Event| {
                let is_followed = self.token.with_value(Option::is_some)
                    || self.dismissed.with_value(Option::is_some);
                if is_followed && !self.is_behind.get_value() {
                    self.update(&field, false);
                }
            });
        }
        let field = area.clone();
        on_event_first(area, "blur", move |_: &web_sys::Event| {
            self.is_behind.set_value(false);
            let _ = field.remove_attribute(IS_BEHIND);
            self.close();
        });
        on_event_first(area, "keydown", move |event: &ev::KeyboardEvent| {
            if self.key_down(event) {
                event.prevent_default();
                event.stop_immediate_propagation();
            }
        });
        // A text that was sent is gone, and what was offered for it may still arrive.
        effect(move || {
            if self.tools.draft.text.with(String::is_empty) {
                self.close();
            }
        });
        effect(move || {
            self.tools.session.custom_emoji().track();
            let is_emoji = |token: &Option<Token>| {
                token.as_ref().is_some_and(|token| token.kind == Kind::Emoji)
            };
            if self.token.with_value(is_emoji) {
                self.offer_again();
            }
        });
        let area = area.clone();
        effect(move || {
            let active = self.active.get().filter(|_| self.is_open());
            let option = active.map(|place| option_id(&self.list_id(), place));
            let list = option.is_some().then(|| self.list_id());
            // Only then, so that a screen reader does not say it whenever the field has the focus.
            let kind = option.is_some().then(|| "list".to_owned());
            let attributes = [
                ("aria-autocomplete", kind),
                ("aria-controls", list),
                ("aria-activedescendant", option),
            ];
            for (name, value) in attributes {
                let _ = match value {
                    Some(value) => area.set_attribute(name, &value),
                    None => area.remove_attribute(name),
                };
            }
        });
    }

    /// Reads the word that was typed, unless that is done.
    fn catch_up(self) {
        if self.is_behind.try_update_value(std::mem::take) == Some(true)
            && let Some(area) = self.tools.draft.area.get_untracked()
        {
            let _ = area.remove_attribute(IS_BEHIND);
            self.update(&area, true);
        }
    }

    /// Reads the word before the caret. Only typing opens the list.
    fn update(self, area: &HtmlTextAreaElement, is_typing: bool) {
        let token = Token::at_caret(&read(area));
        let is_command = |token: &Token| token.kind == Kind::Command;
        let is_editing = untrack(|| self.tools.draft.editing().is_some());
        let token = token.filter(|token| !(is_editing && is_command(token)));
        let start = token.as_ref().map(|token| token.start);
        if start.is_none() || self.dismissed.get_value() != start {
            self.dismissed.set_value(None);
        }
        let is_dismissed = self.dismissed.with_value(Option::is_some);
        // What is offered may still be on its way.
        let is_begun = is_typing || self.token.with_value(Option::is_some);
        match token.filter(|_| is_begun && !is_dismissed) {
            Some(token) if self.token.with_value(|known| known.as_ref() == Some(&token)) => {}
            Some(token) => self.offer(token),
            None => self.close(),
        }
    }

    fn offer(self, token: Token) {
        let is_same = self.token.with_value(|known| {
            known.as_ref().is_some_and(|it| (it.kind, it.start) == (token.kind, token.start))
        });
        // Without letters, the first are offered and none is searched.
        let is_index_of = |index: &Option<Index>| {
            index.as_ref().is_some_and(|index| index.is_searchable || token.query.is_empty())
        };
        if !is_same || !self.index.with_value(is_index_of) {
            self.index.set_value(None);
        }
        match token.kind {
            Kind::Person => self.others.ask(&token.query, move || self.offer_again()),
            Kind::Emoji => self.load_emoji(),
            _ => {}
        }
        self.token.set_value(Some(token));
        self.show(None);
    }

    /// Loads the emoji that are not here yet, and offers them.
    fn load_emoji(self) {
        if emoji::table().is_none() {
            spawn_local(async move {
                if emoji::load().await {
                    self.offer_again();
                }
            });
        }
        let session = self.tools.session;
        if !session.custom_emoji().with_untracked(|emoji| emoji.is_complete()) {
            // They are offered when they arrive, whoever has asked for them.
            spawn_local(async move {
                let _ = session.load_custom_emoji().await;
            });
        }
    }

    /// Offers more, because it has arrived.
    fn offer_again(self) {
        if self.token.try_with_value(Option::is_some).unwrap_or_default() {
            self.index.set_value(None);
            let here = self.active.get_untracked();
            let chosen = self.offered.with_untracked(|(_, choices)| {
                choices.get(here?).map(|choice| choice.completion.clone())
            });
            self.show(chosen.as_deref());
        }
    }

    /// Shows the choices. `chosen` is the completion of the one that is active, and stays so.
    fn show(self, chosen: Option<&str>) {
        let Some(token) = self.token.get_value() else { return };
        let (session, place) = (self.tools.session, self.tools.place);
        let choices = self.index.try_update_value(|index| {
            let index = index.get_or_insert_with(|| {
                let model = session.model();
                model.with_untracked(|model| Index::new(model, place.room, &token, self.others))
            });
            session.model().with_untracked(|model| choices(model, index, &token))
        });
        let choices = choices.unwrap_or_default();
        let is_chosen = |completion: &str| Some(completion) == chosen;
        let active = choices.iter().position(|choice| is_chosen(&choice.completion));
        let (active, offered) = (Some(active.unwrap_or_default()), (Some(token.kind), choices));
        if self.active.get_untracked() != active {
            self.active.set(active);
        }
        if self.offered.with_untracked(|now| *now != offered) {
            self.offered.set(offered);
        }
    }

    fn close(self) {
        self.token.set_value(None);
        self.index.set_value(None);
        if untrack(|| self.is_open()) {
            self.offered.set((None, Vec::new()));
        }
    }

    fn is_open(self) -> bool {
        self.offered.with(|(_, choices)| !choices.is_empty())
    }

    /// Handles a key press. Returns whether it was for the list.
    fn key_down(self, event: &ev::KeyboardEvent) -> bool {
        if !LIST_KEYS.contains(&event.key().as_str()) {
            return false;
        }
        self.catch_up();
        let count = self.offered.with_untracked(|(_, choices)| choices.len());
        if count == 0 || !is_plain(event) {
            return false;
        }
        let here = self.active.get_untracked().unwrap_or_default();
        match event.key().as_str() {
            "ArrowDown" => self.active.set(Some((here + 1) % count)),
            "ArrowUp" => self.active.set(Some((here + count - 1) % count)),
            "Tab" => self.accept(here),
            // What is complete already is sent.
            "Enter" if !self.is_complete(here) => self.accept(here),
            "Escape" => {
                self.dismissed.set_value(self.token.with_value(|it| Some(it.as_ref()?.start)));
                self.close();
            }
            _ => return false,
        }
        true
    }

    fn is_complete(self, place: usize) -> bool {
        let typed = self.token.with_value(|token| token.as_ref().map(|token| token.query.clone()));
        self.offered.with_untracked(|(kind, choices)| {
            let completion = choices.get(place).map(|choice| choice.completion.as_str());
            let name = completion.and_then(|text| text.strip_prefix(['@', '#', '/']));
            *kind != Some(Kind::Emoji)
                && name.zip(typed).is_some_and(|(name, typed)| name.eq_ignore_ascii_case(&typed))
        })
    }

    /// Puts a choice in place of the word.
    fn accept(self, place: usize) {
        let choice = self.offered.with_untracked(|(_, choices)| {
            choices.get(place).map(|choice| choice.completion.clone())
        });
        let Some(completion) = choice else { return };
        self.close();
        self.tools.draft.edit(|written| {
            Token::at_caret(written).map(|token| token.complete(written, &completion))
        });
    }

    fn list_id(self) -> String {
        let place = if self.tools.place.thread.is_some() { "thread-" } else { "" };
        format!("{place}completion")
    }
}

/// The list, above the composer.
#[component]
pub fn CompletionList(
    /// What it shows.
    completion: Completion,
) -> impl IntoView {
    let kind = Memo::new(move |_| completion.offered.with(|(kind, _)| *kind));
    let label = Signal::derive(move || match kind.get() {
        Some(Kind::Room) => "Rooms",
        Some(Kind::Emoji) => "Emoji",
        Some(Kind::Command) => "Commands",
        Some(Kind::Person) | None => "People",
    });
    let class = Signal::derive(move || match kind.get() {
        Some(Kind::Command) => "completion completion--commands",
        _ => "completion",
    });
    let found = Signal::derive(move || {
        completion.offered.with(|(kind, choices)| match (choices.len(), kind) {
            (0, _) => String::new(),
            (1, Some(Kind::Person)) => "1 person".to_owned(),
            (1, Some(Kind::Room)) => "1 room".to_owned(),
            (1, Some(Kind::Command)) => "1 command".to_owned(),
            (count, Some(Kind::Room)) => format!("{count} rooms"),
            (count, Some(Kind::Emoji)) => format!("{count} emoji"),
            (count, Some(Kind::Command)) => format!("{count} commands"),
            (count, _) => format!("{count} people"),
        })
    });
    let title = Signal::derive(move || match kind.get() {
        Some(Kind::Command) => "Commands. Type // to begin with a slash.",
        _ => "",
    });
    let session = completion.tools.session;
    view! {
        <ChoiceList
            id=completion.list_id()
            class
            label
            title
            found
            choices=Signal::derive(move || completion.offered.with(|(_, choices)| choices.clone()))
            active=completion.active
            hue=Callback::new(move |user| session.hue(user))
            accept=Callback::new(move |place| completion.accept(place))
        />
    }
}
