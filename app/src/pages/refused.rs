//! The page for a form or an address that was refused.

use leptos::{either::Either, prelude::*};

use crate::{page::Refusal, ui::error_page::ErrorPage};

/// Says why, and leads back. The form there contains what was typed, except a password.
#[component]
pub fn RefusedPage(
    /// What was refused.
    refusal: Refusal,
) -> impl IntoView {
    let Refusal { title, text, status, back, fields } = refusal;
    let label = match (back.as_str(), fields.is_empty()) {
        ("/", _) => "To your rooms".to_owned(),
        (_, true) if back.starts_with('/') => "Back".to_owned(),
        (address, true) => format!("Open {address}"),
        (_, false) => "Back to what you typed".to_owned(),
    };
    let way_back = if fields.is_empty() {
        Either::Left(view! { <a class="button button--primary" href=back>{label}</a> })
    } else {
        let values = fields.into_iter().map(|(name, value)| {
            view! { <input type="hidden" name=name value=value/> }
        });
        let values = values.collect_view();
        Either::Right(view! {
            <form method="get" action=back>
                {values}
                <button class="button button--primary" type="submit">{label}</button>
            </form>
        })
    };
    view! { <ErrorPage title text note=status.to_string()>{way_back}</ErrorPage> }
}
