//! A text to copy, such as a link.

use leptos::{html, prelude::*, task::spawn_local};

use super::{
    dynamic::{click, dynamic},
    icon::{Glyph, Icon},
};
use crate::browser::clipboard;

/// A field with a text that cannot be changed, and a button that copies it.
#[component]
pub fn CopyField(
    /// The id of the field.
    id: &'static str,
    /// The label.
    label: &'static str,
    /// The text.
    text: String,
) -> impl IntoView {
    let copied = RwSignal::new(None);
    let input = NodeRef::<html::Input>::new();
    let note = local_note(&text);
    let to_copy = text.clone();
    let copy = move |_| {
        if let Some(input) = input.get_untracked() {
            input.select();
        }
        let text = to_copy.clone();
        spawn_local(async move {
            copied.try_set(Some(clipboard::copy(&text).await));
        });
    };
    let hint = Signal::derive(move || match copied.get() {
        None => "",
        Some(true) => "Copied",
        Some(false) => "The browser did not allow copying. The link is selected; copy it yourself.",
    });
    let button = Signal::derive(move || format!("Copy {}", label.to_ascii_lowercase()));
    view! {
        <div class="field">
            <label class="field__label" for=id>{label}</label>
            <span class="field__box field__box--button">
                <input class="input" id=id type="text" readonly=true value=text node_ref=input/>
                <button
                    class="icon-button"
                    type="button"
                    aria-label=button
                    title=button
                    on:click=click(copy)
                >
                    {dynamic(move || {
                        let is_copied = copied.get() == Some(true);
                        let glyph = if is_copied { Glyph::Check } else { Glyph::Copy };
                        view! { <Icon glyph/> }
                    })}
                </button>
            </span>
            <span class="field__hint" role="status">{hint}</span>
            {note}
        </div>
    }
}

/// Returns what is said of a link that works on this computer only.
pub(crate) fn local_note(text: &str) -> Option<AnyView> {
    leads_here_only(text).then(|| {
        view! {
            <span class="field__hint">
                "This link works on this computer only. Open Banter at the address that others \
                use, and the link is for them."
            </span>
        }
        .into_any()
    })
}

/// Returns whether a link leads to the computer that opens it: its host is a loopback address.
fn leads_here_only(url: &str) -> bool {
    let host = url.split('/').nth(2).unwrap_or_default();
    let host = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|digit| digit.is_ascii_digit()) => name,
        _ => host,
    };
    host == "localhost"
        || host.ends_with(".localhost")
        || host == "[::1]"
        || host.parse().is_ok_and(|ip: std::net::Ipv4Addr| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::leads_here_only;

    #[test]
    fn links_to_loopback_addresses_lead_to_this_computer_only() {
        for host in ["localhost", "localhost:3000", "127.0.0.1:80", "127.1.2.3", "[::1]:3000"] {
            assert!(leads_here_only(&format!("http://{host}/join/code")), "{host}");
        }
        for host in ["chat.example.org", "192.168.1.5:3000", "[fd00::1]:3000", "localhost.org"] {
            assert!(!leads_here_only(&format!("http://{host}/join/code")), "{host}");
        }
    }
}
