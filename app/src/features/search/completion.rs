//! Completion in the field of the search: operators while a word begins like one, and their
//! values.

use leptos::prelude::*;

use super::{
    View,
    choices::{People, choices, title},
};
use crate::{
    state::{
        search::words::{Word, complete, cut, word_at},
        writing::Written,
    },
    ui::choice_list::{Choice, ChoiceList, option_id},
};

/// The list that completes the word before the caret.
#[derive(Clone, Copy, Debug)]
pub struct Completion {
    view: View,
    people: People,
    /// The word.
    word: StoredValue<Option<Word>>,
    /// What is offered for it, and what that is.
    offered: RwSignal<(&'static str, Vec<Choice>)>,
    /// The place of the selected choice.
    active: RwSignal<Option<usize>>,
    /// Where the word stands whose list the user has closed.
    dismissed: StoredValue<Option<usize>>,
}

impl Completion {
    pub(super) fn new(view: View) -> Self {
        Self {
            view,
            people: People::new(view.session),
            word: StoredValue::new(None),
            offered: RwSignal::new(("", Vec::new())),
            active: RwSignal::new(None),
            dismissed: StoredValue::new(None),
        }
    }

    /// Reads the word before the caret. Only typing opens the list of operators.
    pub(super) fn update(self, is_typing: bool) {
        let Some(input) = self.view.input.get_untracked() else { return };
        let start = input.selection_start().ok().flatten().unwrap_or_default();
        let end = input.selection_end().ok().flatten().unwrap_or_default();
        let Written { text, selected } = Written::of_field(input.value(), start, end);
        let word = word_at(&text, selected.start)
            .filter(|word| selected.is_empty() && (is_typing || word.operator.is_some()));
        let start = word.as_ref().map(|word| word.range.start);
        if self.dismissed.get_value() != start {
            self.dismissed.set_value(None);
        }
        match word.filter(|_| self.dismissed.with_value(Option::is_none)) {
            Some(word) => {
                self.people.ask(&word, move || self.offer());
                self.word.set_value(Some(word));
                self.offer();
            }
            None => self.close(),
        }
    }

    /// Shows what can be chosen now. A value is selected; an operator only by the keys, since Enter
    /// searches for the word.
    fn offer(self) {
        let Some(Some(word)) = self.word.try_get_value() else { return };
        let choices = choices(self.view.session, self.people, &word);
        let active = (word.operator.is_some() && !choices.is_empty()).then_some(0);
        let offered = (title(word.operator), choices);
        if self.offered.with_untracked(|now| *now != offered) {
            self.active.set(active);
            self.offered.set(offered);
        }
    }

    pub(super) fn close(self) {
        if self.word.try_set_value(None).is_some() {
            return; // the view is gone
        }
        if self.offered.with_untracked(|(_, choices)| !choices.is_empty()) {
            self.offered.set(("", Vec::new()));
        }
        if self.active.with_untracked(Option::is_some) {
            self.active.set(None);
        }
    }

    pub(super) fn is_open(self) -> bool {
        self.offered.with(|(_, choices)| !choices.is_empty())
    }

    /// Returns whether the word is a value that the user has not finished: nothing is searched yet.
    pub(super) fn is_waited_for(self) -> bool {
        let Some(word) = self.word.get_value() else { return false };
        let is_offered = word.operator.is_some() && untrack(|| self.is_open());
        !word.is_finished() || is_offered && !self.is_complete(&word)
    }

    /// Returns whether a word has the only value that it may have, or is one of the choices.
    fn is_complete(self, word: &Word) -> bool {
        if word.is_fixed() && word.is_finished() {
            return true;
        }
        let is_word = |choice: &Choice| {
            let value = choice.completion.split_once(':').map(|(_, value)| value);
            value.is_some_and(|value| value.eq_ignore_ascii_case(&word.value))
        };
        self.offered.with_untracked(|(_, choices)| choices.iter().any(is_word))
    }

    /// Handles a key press. Returns whether it was for the list.
    pub(super) fn key_down(self, key: &str) -> bool {
        let count = self.offered.with_untracked(|(_, choices)| choices.len());
        if count == 0 {
            return false;
        }
        let here = self.active.get_untracked();
        match key {
            "ArrowDown" => self.active.set(Some(here.map_or(0, |here| (here + 1) % count))),
            "ArrowUp" => {
                self.active
                    .set(Some(here.map_or(count, |here| here + count).wrapping_sub(1) % count));
            }
            "Tab" => self.accept(here.unwrap_or_default()),
            "Enter" => {
                let word = self.word.get_value();
                // What is complete already is searched for.
                let is_done = word.is_none_or(|word| self.is_complete(&word));
                match here.filter(|_| !is_done) {
                    Some(here) => self.accept(here),
                    None => return false,
                }
            }
            "Escape" => self.dismiss(),
            _ => return false,
        }
        true
    }

    /// Closes the list, until another word is typed. An operator that waits for its value goes.
    fn dismiss(self) {
        let Some(word) = self.word.get_value() else { return };
        let query = self.view.text.get_untracked();
        if word.is_begun() && word.range.end <= query.len() {
            let (text, caret) = cut(&query, &word);
            self.write(text, caret);
            self.view.run();
        } else {
            self.close();
            self.dismissed.set_value(Some(word.range.start));
        }
    }

    /// Puts a choice in place of the word.
    fn accept(self, place: usize) {
        let choice = self.offered.with_untracked(|(_, choices)| choices.get(place).cloned());
        let (Some(choice), Some(word)) = (choice, self.word.get_value()) else { return };
        let query = self.view.text.get_untracked();
        if word.range.end > query.len() {
            return;
        }
        let (text, caret) = complete(&query, &word, &choice.completion);
        self.write(text, caret);
        if !choice.completion.ends_with(':') {
            self.view.run();
        }
    }

    /// Writes an operator at the end of the field, and offers its values.
    pub(super) fn begin(self, text: String) {
        let caret = text.len();
        self.write(text, caret);
    }

    fn write(self, text: String, caret: usize) {
        self.close();
        self.dismissed.set_value(None);
        self.view.wait();
        self.view.write(text.clone());
        let Some(input) = self.view.input.get_untracked() else { return };
        let _ = input.focus();
        let (start, end) = Written { text, selected: caret..caret }.field_selection();
        let _ = input.set_selection_range(start, end);
        self.update(true);
    }

    /// Returns the name of a user whom the server has found for the field.
    pub(super) fn name_of(self, username: &str) -> Option<String> {
        self.people.name_of(username)
    }

    /// Returns the id of the element of the selected choice.
    pub(super) fn active_id(self) -> Option<String> {
        self.is_open().then(|| self.active.get()).flatten().map(|place| option_id(LIST, place))
    }
}

/// The id of the list.
const LIST: &str = "search-completion";

/// The list, below the field.
#[component]
pub fn CompletionList(
    /// What it shows.
    completion: Completion,
) -> impl IntoView {
    let offered = completion.offered;
    let title = Signal::derive(move || offered.with(|(title, _)| *title));
    let found = Signal::derive(move || {
        offered.with(|(title, choices)| match choices.len() {
            0 => String::new(),
            count => format!("{title}: {count} to choose from"),
        })
    });
    let session = completion.view.session;
    view! {
        <ChoiceList
            id=LIST.to_owned()
            class=Signal::stored("completion completion--below")
            label=title
            title
            found
            choices=Signal::derive(move || offered.with(|(_, choices)| choices.clone()))
            active=completion.active
            hue=Callback::new(move |user| session.own_hue(user))
            accept=Callback::new(move |place| completion.accept(place))
        />
    }
}
