//! Blocks of code as elements.

use leptos::prelude::*;
use protocol::blocks::{CodeBlock, CodeKind, CodeToken};

use super::element::bare;
use crate::{
    state::{bidi::balance, code::pieces},
    ui::icon::{Glyph, Icon},
};

/// Returns a block of code. What handles copying on the page also handles its button.
pub(super) fn view_code(code: &CodeBlock) -> AnyView {
    let language = code.language.as_ref().map(|language| balance(language).into_owned());
    let text = code.text.trim_end_matches('\n');
    let balanced = balance(text);
    // What is added to keep directions apart would shift the colours.
    let tokens = if balanced == text { code.tokens.as_slice() } else { &[] };
    view! {
        <figure class="code">
            <figcaption class="code__head">
                <span>{language}</span>
                <button
                    class="icon-button code__copy only-scripted"
                    type="button"
                    tabindex="-1"
                    aria-label="Copy code"
                    title="Copy code"
                    data-copy=""
                >
                    <Icon glyph=Glyph::Copy/>
                </button>
            </figcaption>
            <pre class="code__text" tabindex="0" dir="ltr">
                <code class="message__text">{coloured(&balanced, tokens)}</code>
            </pre>
        </figure>
    }
    .into_any()
}

fn coloured(text: &str, tokens: &[CodeToken]) -> Vec<AnyView> {
    pieces(text, tokens).map(|(kind, piece)| view_piece(kind, piece.to_owned())).collect()
}

fn view_piece(kind: CodeKind, text: String) -> AnyView {
    let class = match kind {
        CodeKind::Plain => return text.into_any(),
        CodeKind::Comment => "code__comment",
        CodeKind::Keyword => "code__keyword",
        CodeKind::String => "code__string",
        CodeKind::Number => "code__number",
        CodeKind::Name => "code__name",
        CodeKind::Type => "code__type",
        CodeKind::Inserted => "code__inserted",
        CodeKind::Deleted => "code__deleted",
    };
    bare("span", Some(class), text.into_any())
}
