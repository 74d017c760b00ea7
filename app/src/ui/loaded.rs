//! What a view loads by a call after it is shown, and the outcome of what it sends.

use leptos::{prelude::*, task::spawn_local};
use serde::de::DeserializeOwned;

use super::{
    dynamic::dynamic,
    icon::{Glyph, Icon},
};
use crate::browser::calls::{self, Refusal};

/// Data that is loaded by a call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Loaded<T> {
    /// The response has not arrived yet.
    #[default]
    Waiting,
    /// The data.
    Ready(T),
    /// Why there is none, for the user.
    Failed(String),
}

impl<T> Loaded<T> {
    /// Returns the data, if it has arrived.
    pub fn ready(&self) -> Option<&T> {
        if let Self::Ready(data) = self { Some(data) } else { None }
    }
}

/// Loads `path` into a signal. What it has stays until the response arrives.
pub(crate) fn load<T: DeserializeOwned + Send + Sync + 'static>(
    path: String,
    into: RwSignal<Loaded<T>>,
) {
    spawn_local(async move {
        let loaded = match calls::get(&path).await {
            Ok(data) => Loaded::Ready(data),
            Err(Refusal { text, .. }) => Loaded::Failed(text),
        };
        into.try_set(loaded);
    });
}

/// The progress of a call that changes something.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Progress {
    /// Nothing was sent, or something was changed since.
    #[default]
    Idle,
    /// The response has not arrived yet.
    Sending,
    /// It has succeeded.
    Done,
    /// Why it was refused, for the user.
    Refused(String),
}

impl Progress {
    /// Returns the progress after a response.
    pub(crate) fn of<T>(outcome: &Result<T, Refusal>) -> Self {
        match outcome {
            Ok(_) => Self::Done,
            Err(refusal) => Self::Refused(refusal.text.clone()),
        }
    }
}

/// Shows the outcome of a call beside what sent it: `done` after a success, or why it was refused.
#[component]
pub fn Outcome(
    /// The progress of the call.
    progress: RwSignal<Progress>,
    /// What is said after a success.
    #[prop(optional)]
    done: &'static str,
) -> impl IntoView {
    let status = Signal::derive(move || if progress.get() == Progress::Done { done } else { "" });
    view! {
        <span class="outcome" role="status">{status}</span>
        {dynamic(move || match progress.get() {
            Progress::Refused(text) => Some(view! { <Fault text/> }),
            _ => None,
        })}
    }
}

/// An error beside what failed.
#[component]
pub fn Fault(
    /// What happened.
    text: String,
) -> impl IntoView {
    view! {
        <span class="field__error" role="alert">
            <Icon glyph=Glyph::CircleAlert/>
            {text}
        </span>
    }
}
