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

/// What the text of a message may consist of.
const WRITTEN: [&str; 34] = [
    "a",
    "bdi",
    "blockquote",
    "button",
    "code",
    "del",
    "details",
    "div",
    "em",
    "figcaption",
    "figure",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "li",
    "ol",
    "p",
    "path",
    "pre",
    "span",
    "strong",
    "summary",
    "svg",
    "table",
    "tbody",
    "td",
    "th",
    "thead",
    "tr",
    "ul",
    "use",
    "polyline",
];

/// The text of a message that a tokenizer is in: Markdown, whose structure is that of the text.
#[derive(Default)]
struct Written {
    /// The element that contains it, and how many of its kind are open.
    open: Option<(String, usize)>,
}

impl Written {
    /// Returns whether a start tag is inside, and checks that it is one of those.
    fn start(&mut self, name: &str, class: &str) -> bool {
        match &mut self.open {
            Some((container, depth)) => {
                assert!(WRITTEN.contains(&name), "<{name}> in a text");
                *depth += usize::from(name == container);
                true
            }
            None => {
                let is_text = (name, class) == ("div", "prose");
                let is_fold = (name, class) == ("details", "fold");
                if is_text || is_fold {
                    self.open = Some((name.to_owned(), 1));
                }
                is_fold
            }
        }
    }

    /// Returns whether an end tag is inside.
    fn end(&mut self, name: &str) -> bool {
        let Some((container, depth)) = &mut self.open else { return false };
        *depth -= usize::from(name == container);
        if *depth == 0 {
            self.open = None;
            return name == "details";
        }
        true
    }
}

/// Returns the structure of a page, without the texts of messages. Panics if the page contains
/// something that none of ours does.
pub(super) fn structure(html: &str, origin: &str) -> Structure {
    let mut emitter = DefaultEmitter::default();
    emitter.naively_switch_states(true);
    let mut structure = Structure::default();
    let mut written = Written::default();
    for Ok(token) in Tokenizer::new_with_emitter(html, emitter) {
        match token {
            Token::StartTag(tag) => {
                let mut names = text(&tag.name);
                let class = tag.attributes.get(&b"class"[..]).map(|class| text(&class.value));
                let is_written = written.start(&names, &class.unwrap_or_default());
                for (name, value) in &tag.attributes {
                    let (name, value) = (text(name), text(&value.value));
                    assert!(!name.starts_with("on") && name != "style", "{name}={value:?}");
                    let leads_elsewhere = name == "href" && is_written && leads_to_page(&value);
                    if ADDRESSES.contains(&name.as_str()) && !leads_elsewhere {
                        check_address(&value, origin);
                    }
                    names += " ";
                    names += &name;
                }
                if !is_written {
                    *structure.tags.entry(names).or_default() += 1;
                }
            }
            Token::EndTag(tag) if written.end(&text(&tag.name)) => {}
            Token::EndTag(tag) => {
                *structure.tags.entry(format!("/{}", text(&tag.name))).or_default() += 1;
            }
            Token::Comment(_) if written.open.is_some() => {}
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

/// Returns whether a link of a text may lead there.
fn leads_to_page(address: &str) -> bool {
    ["http://", "https://", "mailto:"].iter().any(|scheme| address.starts_with(scheme))
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
