//! Rich text as Markdown: what a browser puts on the clipboard when a part of a page is copied.

mod escape;
mod table;

use self::escape::{escape, escape_start, push_words};
use super::{
    code::fence,
    inline::code,
    link::{is_address, link},
};

/// A node of rich text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rich {
    /// A text.
    Text(String),
    /// An element.
    Element(Element),
}

/// An element of rich text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Element {
    /// The name in lower case.
    pub name: String,
    /// The attribute `style`.
    pub style: String,
    /// Where a link leads.
    pub href: String,
    /// The text that stands for a picture.
    pub alt: String,
    /// What is inside.
    pub children: Vec<Rich>,
}

/// Returns rich text as Markdown, or `None` if it has no format that Markdown knows.
#[must_use]
pub fn to_markdown(nodes: &[Rich]) -> Option<String> {
    let mut writer = Writer::default();
    let text = join(&writer.blocks(nodes));
    writer.has_format.then_some(text).filter(|text| !text.is_empty())
}

/// A block of Markdown.
#[derive(Clone, Debug)]
struct Block {
    text: String,
    /// True if an empty line separates it from others.
    is_apart: bool,
}

fn join(blocks: &[Block]) -> String {
    let mut text = String::new();
    let mut was_apart = false;
    for block in blocks {
        if !text.is_empty() {
            text.push_str(if was_apart || block.is_apart { "\n\n" } else { "\n" });
        }
        text.push_str(&block.text);
        was_apart = block.is_apart;
    }
    text
}

/// The formats around a text, so that none is written twice.
#[derive(Clone, Copy, Default)]
struct Around {
    bold: bool,
    italic: bool,
    struck: bool,
    link: bool,
}

#[derive(Default)]
struct Writer {
    /// True once something had a format.
    has_format: bool,
}

impl Writer {
    fn blocks(&mut self, nodes: &[Rich]) -> Vec<Block> {
        let mut blocks = Vec::new();
        let mut rest = nodes;
        while !rest.is_empty() {
            let count = rest.iter().take_while(|node| !is_block(node)).count();
            let (inline, others) = rest.split_at(count);
            self.paragraph(inline, &mut blocks);
            if let Some(Rich::Element(element)) = others.first() {
                self.block(element, &mut blocks);
            }
            rest = others.get(1..).unwrap_or_default();
        }
        blocks
    }

    fn paragraph(&mut self, nodes: &[Rich], blocks: &mut Vec<Block>) {
        let text = self.inline(nodes, Around::default());
        let lines: Vec<_> = text.trim().lines().map(|line| escape_start(line.trim())).collect();
        if !lines.is_empty() {
            blocks.push(Block { text: lines.join("\n"), is_apart: false });
        }
    }

    fn block(&mut self, element: &Element, blocks: &mut Vec<Block>) {
        let children = &element.children;
        let text = match element.name.as_str() {
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => {
                self.has_format = true;
                let level = element.name[1..].parse().unwrap_or(1);
                let text = self.inline(children, Around { bold: true, ..Around::default() });
                let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
                if text.is_empty() {
                    return;
                }
                format!("{} {text}", "#".repeat(level))
            }
            "ul" | "ol" => {
                self.has_format = true;
                self.list(element)
            }
            "blockquote" => {
                self.has_format = true;
                let inside = join(&self.blocks(children));
                let line = |line: &str| format!("> {line}").trim_end().to_owned();
                inside.lines().map(line).collect::<Vec<_>>().join("\n")
            }
            "pre" => {
                self.has_format = true;
                let mut content = String::new();
                collect_text(children, &mut content);
                let content = content.trim_matches('\n');
                let fence = fence(content);
                format!("{fence}\n{content}\n{fence}")
            }
            "hr" => {
                self.has_format = true;
                "---".to_owned()
            }
            "table" => match table::table(self, element) {
                Some(table) => {
                    self.has_format = true;
                    table
                }
                None => join(&self.blocks(children)),
            },
            "p" => join(&self.blocks(children)),
            // Other blocks are lines.
            _ => {
                blocks.extend(self.blocks(children));
                return;
            }
        };
        if !text.is_empty() {
            blocks.push(Block { text, is_apart: true });
        }
    }

    fn list(&mut self, list: &Element) -> String {
        let mut items: Vec<String> = Vec::new();
        let mut number = 0;
        for child in &list.children {
            let Rich::Element(item) = child else { continue };
            let is_nested = matches!(item.name.as_str(), "ul" | "ol");
            let text = if is_nested {
                self.list(item)
            } else {
                let blocks = self.blocks(&item.children);
                let tight = blocks.into_iter().map(|block| Block { is_apart: false, ..block });
                join(&tight.collect::<Vec<_>>())
            };
            if text.is_empty() {
                continue;
            }
            let mark = match list.name.as_str() {
                _ if is_nested => "  ".to_owned(),
                "ol" => {
                    number += 1;
                    format!("{number}. ")
                }
                _ => "- ".to_owned(),
            };
            let indent = " ".repeat(mark.len());
            let lines = text.lines().enumerate().map(|(place, line)| match place {
                _ if line.is_empty() => String::new(),
                0 => format!("{mark}{line}"),
                _ => format!("{indent}{line}"),
            });
            items.push(lines.collect::<Vec<_>>().join("\n"));
        }
        items.join("\n")
    }

    fn inline(&mut self, nodes: &[Rich], around: Around) -> String {
        let mut text = String::new();
        for node in nodes {
            match node {
                Rich::Text(words) => push_words(&mut text, words),
                Rich::Element(element) => {
                    let inside = self.element(element, around);
                    // Two bold parts in a row are one.
                    match ["**", "~~"]
                        .iter()
                        .find(|mark| text.ends_with(**mark) && inside.starts_with(**mark))
                    {
                        Some(mark) => {
                            text.truncate(text.len() - mark.len());
                            text.push_str(&inside[mark.len()..]);
                        }
                        None => text.push_str(&inside),
                    }
                }
            }
        }
        text
    }

    fn element(&mut self, element: &Element, around: Around) -> String {
        let Element { children, .. } = element;
        match element.name.as_str() {
            "br" => return "\n".to_owned(),
            "img" => return escape(&element.alt),
            "script" | "style" | "head" | "title" | "template" | "noscript" => {
                return String::new();
            }
            "code" | "tt" | "kbd" | "samp" => {
                let mut content = String::new();
                collect_text(children, &mut content);
                let content = content.replace('\n', " ");
                if content.trim().is_empty() {
                    return content;
                }
                self.has_format = true;
                let (open, close) = code(&content);
                return format!("{open}{content}{close}");
            }
            _ => {}
        }
        let mut inside = around;
        let has = |property: &str, values: &[&str]| has_style(&element.style, property, values);
        let is_bold = matches!(element.name.as_str(), "b" | "strong")
            && !has("font-weight", &["normal", "400"])
            || has("font-weight", &["bold", "bolder", "600", "700", "800", "900"]);
        let is_italic = matches!(element.name.as_str(), "i" | "em")
            && !has("font-style", &["normal"])
            || has("font-style", &["italic", "oblique"]);
        let is_struck = matches!(element.name.as_str(), "s" | "del" | "strike")
            || has("text-decoration", &["line-through"])
            || has("text-decoration-line", &["line-through"]);
        let is_link = element.name == "a" && is_address(&element.href) && !around.link;
        inside.bold |= is_bold;
        inside.italic |= is_italic;
        inside.struck |= is_struck;
        inside.link |= is_link;
        let blocks = children.iter().any(is_block).then(|| join(&self.blocks(children)));
        let mut text = blocks.unwrap_or_else(|| self.inline(children, inside));
        if is_link && !text.trim().is_empty() {
            let mut label = String::new();
            collect_text(children, &mut label);
            let is_bare = label.trim() == element.href;
            self.has_format |= !is_bare;
            text = if is_bare { element.href.clone() } else { link(text.trim(), &element.href) };
        }
        for (is_new, mark) in [
            (is_italic && !around.italic, "_"),
            (is_bold && !around.bold, "**"),
            (is_struck && !around.struck, "~~"),
        ] {
            if is_new {
                self.has_format |= !text.trim().is_empty();
                text = surround(&text, mark);
            }
        }
        text
    }
}

/// Puts a mark around a text, inside of the white space at its ends.
fn surround(text: &str, mark: &str) -> String {
    let trimmed = text.trim();
    if trimmed.is_empty() {
        return text.to_owned();
    }
    let start = text.len() - text.trim_start().len();
    let (before, after) = (&text[..start], &text[start + trimmed.len()..]);
    format!("{before}{mark}{trimmed}{mark}{after}")
}

fn is_block(node: &Rich) -> bool {
    const BLOCKS: [&str; 26] = [
        "p",
        "div",
        "section",
        "article",
        "header",
        "footer",
        "main",
        "aside",
        "nav",
        "ul",
        "ol",
        "li",
        "blockquote",
        "pre",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "table",
        "hr",
        "dl",
        "dt",
        "dd",
        "figure",
    ];
    matches!(node, Rich::Element(element) if BLOCKS.contains(&element.name.as_str()))
}

fn has_style(style: &str, property: &str, values: &[&str]) -> bool {
    style.split(';').filter_map(|rule| rule.split_once(':')).any(|(name, value)| {
        let mut words = value.split_whitespace();
        name.trim().eq_ignore_ascii_case(property)
            && words.any(|word| values.iter().any(|known| word.eq_ignore_ascii_case(known)))
    })
}

fn collect_text(nodes: &[Rich], text: &mut String) {
    for node in nodes {
        match node {
            Rich::Text(words) => text.push_str(words),
            Rich::Element(element) if element.name == "br" => text.push('\n'),
            Rich::Element(element) => {
                let is_line = matches!(element.name.as_str(), "div" | "p" | "li");
                if is_line && !text.is_empty() && !text.ends_with('\n') {
                    text.push('\n');
                }
                collect_text(&element.children, text);
            }
        }
    }
}

#[cfg(test)]
mod tests;
