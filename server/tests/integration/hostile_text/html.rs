//! The structure of a page, as a tokenizer of HTML that is not ours sees it.

use std::collections::BTreeMap;

use html5gum::{DefaultEmitter, HtmlString, Token, Tokenizer};

/// A page without its texts.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Structure {
    /// How often each tag occurs, with the names of its attributes.
    tags: BTreeMap<String, usize>,
    /// The comments.
    comments: BTreeMap<String, usize>,
}

/// Attributes whose value is an address.
const ADDRESSES: [&str; 5] = ["href", "src", "action", "formaction", "data-path"];

/// Returns the structure of a page. Panics if the page contains something that none of ours does.
pub(super) fn structure(html: &str, origin: &str) -> Structure {
    let mut emitter = DefaultEmitter::default();
    emitter.naively_switch_states(true);
    let mut structure = Structure::default();
    for Ok(token) in Tokenizer::new_with_emitter(html, emitter) {
        match token {
            Token::StartTag(tag) => {
                let mut names = text(&tag.name);
                for (name, value) in &tag.attributes {
                    let (name, value) = (text(name), text(&value.value));
                    assert!(!name.starts_with("on") && name != "style", "{name}={value:?}");
                    if ADDRESSES.contains(&name.as_str()) {
                        check_address(&value, origin);
                    }
                    names += " ";
                    names += &name;
                }
                *structure.tags.entry(names).or_default() += 1;
            }
            Token::EndTag(tag) => {
                *structure.tags.entry(format!("/{}", text(&tag.name))).or_default() += 1;
            }
            Token::Comment(comment) => {
                *structure.comments.entry(text(&comment.value)).or_default() += 1;
            }
            Token::String(_) | Token::Doctype(_) | Token::Error(_) => {}
        }
    }
    structure
}

/// Returns the text of the element with the data of the page.
pub(super) fn page_data(html: &str) -> &str {
    let start = "<script id=\"page\" type=\"application/json\">";
    let (_, data) = html.split_once(start).expect("the page has data");
    data.split_once("</script>").unwrap().0
}

fn check_address(value: &str, origin: &str) {
    let is_ours = value.is_empty()
        || matches!(value, "#messages" | "#composer" | "#content")
        || value.starts_with('/') && !value.starts_with("//") && !value.starts_with("/\\")
        || value.starts_with(origin);
    assert!(is_ours, "an address of the page: {value:?}");
}

fn text(string: &HtmlString) -> String {
    String::from_utf8_lossy(string).into_owned()
}
