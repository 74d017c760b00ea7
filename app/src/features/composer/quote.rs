//! The message that the composer quotes.

use leptos::prelude::*;
use protocol::{MessageId, Quote};

use crate::{
    browser::window::effect,
    session::Session,
    state::{
        bidi::{balance, isolate},
        conversation::Conversation,
        names::{Handles, sender_name},
    },
    ui::{
        button::icon_button,
        dynamic::dynamic,
        icon::{Glyph, Icon},
    },
};

/// The message that the next message of a room or a thread quotes.
#[derive(Clone, Copy, Debug)]
pub struct QuoteField {
    session: Session,
    place: Conversation,
    /// The message, as it stood when the user chose it.
    chosen: RwSignal<Option<Quote>>,
}

impl QuoteField {
    pub(super) fn new(session: Session, place: Conversation) -> Self {
        Self { session, place, chosen: RwSignal::new(None) }
    }

    /// Restores what an earlier page had chosen, and takes what is chosen from now on. Calls
    /// `focus` then.
    pub(super) fn start(self, focus: impl Fn() + 'static) {
        let Self { session, place, chosen } = self;
        chosen.set(session.draft_quote(place));
        effect(move || {
            let Some(id) = session.reply_to.get() else { return };
            let is_here = session.composer_of(place.room, id) == place;
            if !is_here {
                return;
            }
            session.reply_to.set(None);
            if let Some(quote) = untrack(|| session.quote(place.room, id))
                && !quote.deleted
            {
                session.editing.set(None);
                let name = isolate(&sender_name(&quote.sender));
                self.set(Some(quote));
                focus();
                session.say(format!("Replying to {name}. Press Esc to stop."));
            }
        });
    }

    /// Quotes another message, or none.
    pub(super) fn set(self, quote: Option<Quote>) {
        self.session.set_draft_quote(self.place, quote.as_ref());
        self.chosen.set(quote);
    }

    /// Returns whether a message is quoted.
    pub(super) fn is_set(self) -> bool {
        self.chosen.with_untracked(Option::is_some)
    }

    /// Shows the message that the draft quotes.
    pub(super) fn restore(self) {
        self.chosen.set(self.session.draft_quote(self.place));
    }

    /// Returns the id of the quoted message, unless it was deleted meanwhile.
    pub(super) fn id(self) -> Option<MessageId> {
        let quote = untrack(|| self.current())?;
        (!quote.deleted).then_some(quote.id)
    }

    /// Returns the message as it stands now.
    fn current(self) -> Option<Quote> {
        let chosen = self.chosen.get()?;
        Some(self.session.quote(self.place.room, chosen.id).unwrap_or(chosen))
    }

    /// Takes the message, unless it was deleted meanwhile.
    pub(super) fn take(self) -> Option<Quote> {
        let quote = untrack(|| self.current()).filter(|quote| !quote.deleted);
        if self.is_set() {
            self.set(None);
        }
        quote
    }
}

/// The quoted message above the text, with a button that drops it.
#[component]
pub fn QuoteBar(
    /// The field.
    quote: QuoteField,
    /// Drops the quote.
    drop: Callback<()>,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let handles: Memo<Handles> = session.handles(quote.place.room);
    let current = Memo::new(move |_| quote.current());
    dynamic(move || {
        let Quote { sender, text, file, .. } = current.get()?;
        // A message without a text is quoted by the name of its file.
        let text = text.map(|text| if text.is_empty() { file.unwrap_or_default() } else { text });
        let name = handles.with(|handles| handles.name_of(&sender));
        let label = format!("Replying to {}", isolate(&name));
        let text = text.map_or_else(
            || "This message was deleted.".to_owned(),
            |text| balance(&text).into_owned(),
        );
        let stop = icon_button("Stop replying", view! { <Icon glyph=Glyph::X/> }, move |_| {
            drop.run(());
        });
        Some(view! {
            <div class="quote" role="group" aria-label=label>
                <span class="quote__place">
                    "Replying to " <strong><bdi>{balance(&name).into_owned()}</bdi></strong>
                </span>
                <span class="quote__text" dir="auto">{text}</span>
                {stop}
            </div>
        })
    })
}
