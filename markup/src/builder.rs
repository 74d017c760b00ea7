//! Builds a tree from the events of the parser.

mod list;
mod spans;
mod table;

use std::ops::Range;

use protocol::{
    Block, Empty, Span,
    blocks::{CodeBlock, Heading},
    limits::{MAX_CODE_TOKENS, MAX_MENTIONS, MAX_TREE_BYTES, MAX_TREE_DEPTH, MAX_TREE_NODES},
};
use pulldown_cmark::{CodeBlockKind, Event, OffsetIter, Options, Parser, Tag};

use crate::{code, inline::Run, source};

/// Returns the address that a link has, or `None` if a link may not lead there.
pub(crate) type Policy = fn(&str) -> Option<String>;

/// Returns the tree of a text, or `None` if it exceeds the limits.
pub(crate) fn parse(text: &str, policy: Policy) -> Option<Vec<Block>> {
    let masked = source::mask(text);
    let is_masked = masked.len() != text.len();
    let (blocks, unused) = Builder::new(&masked, is_masked, policy).build()?;
    if unused.is_empty() {
        return Some(blocks);
    }
    // What looks like a definition, while nothing uses one, is what somebody says.
    let mut escaped = masked.into_owned();
    for at in unused.into_iter().rev() {
        escaped.insert(at, '\\');
    }
    Builder::new(&escaped, is_masked, policy).build().map(|(blocks, _)| blocks)
}

struct Builder<'a> {
    events: OffsetIter<'a>,
    peeked: Option<(Event<'a>, Range<usize>)>,
    source: &'a str,
    is_masked: bool,
    policy: Policy,
    /// True if a link uses a definition.
    uses_definitions: bool,
    /// Whether the item of a list is done, once the event of that has come.
    checked: Option<bool>,
    nodes_left: usize,
    bytes_left: usize,
    mentions_left: usize,
    tokens_left: usize,
    is_too_large: bool,
}

impl<'a> Builder<'a> {
    fn new(source: &'a str, is_masked: bool, policy: Policy) -> Self {
        let options =
            Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS;
        Self {
            events: Parser::new_ext(source, options).into_offset_iter(),
            peeked: None,
            source,
            is_masked,
            policy,
            uses_definitions: false,
            checked: None,
            nodes_left: MAX_TREE_NODES,
            bytes_left: MAX_TREE_BYTES,
            mentions_left: MAX_MENTIONS,
            tokens_left: MAX_CODE_TOKENS,
            is_too_large: false,
        }
    }

    /// Returns the tree, and where the definitions begin if nothing uses one.
    fn build(mut self) -> Option<(Vec<Block>, Vec<usize>)> {
        let mut blocks = Vec::new();
        while self.peek().is_some() {
            blocks.extend(self.blocks(1).blocks);
            self.next();
        }
        if self.is_too_large {
            return None;
        }
        let mut unused = Vec::new();
        if !self.uses_definitions {
            for (_, definition) in self.events.reference_definitions().iter() {
                let start = definition.span.start;
                let bracket = self.source[start..].find('[');
                unused.extend(bracket.map(|bracket| start + bracket));
            }
            unused.sort_unstable();
        }
        Some((blocks, unused))
    }

    /// Returns the next event, none if the tree is too large.
    fn next(&mut self) -> Option<(Event<'a>, Range<usize>)> {
        self.peek()?;
        self.peeked.take()
    }

    fn peek(&mut self) -> Option<&Event<'a>> {
        if self.is_too_large {
            return None;
        }
        if self.peeked.is_none() {
            self.peeked = self.events.next();
        }
        self.peeked.as_ref().map(|(event, _)| event)
    }

    /// Takes a node and its strings off what is left.
    fn count(&mut self, bytes: usize) {
        match (self.nodes_left.checked_sub(1), self.bytes_left.checked_sub(bytes)) {
            (Some(nodes), Some(bytes)) => (self.nodes_left, self.bytes_left) = (nodes, bytes),
            _ => self.is_too_large = true,
        }
    }

    fn unmask(&self, text: &str) -> String {
        if self.is_masked { source::unmask(text).into_owned() } else { text.to_owned() }
    }

    /// Returns the blocks up to the end of what contains them. `depth` is theirs.
    fn blocks(&mut self, depth: usize) -> Blocks {
        let mut found = Blocks::default();
        // Blocks that would be too deep, and whose content is therefore added to this one.
        let mut unwrapped = 0_usize;
        let may_nest = depth + 2 <= MAX_TREE_DEPTH;
        while let Some(event) = self.peek() {
            let block = match event {
                Event::End(_) if unwrapped == 0 => break,
                Event::End(_) => {
                    unwrapped -= 1;
                    self.next();
                    continue;
                }
                Event::Rule => {
                    self.next();
                    Some(Block::Rule(Empty {}))
                }
                Event::Start(tag) if is_block(tag) => {
                    let tag = tag.clone();
                    if !may_nest && matches!(tag, Tag::BlockQuote(_) | Tag::List(_) | Tag::Item) {
                        self.next();
                        unwrapped += 1;
                        continue;
                    }
                    found.has_paragraphs |= matches!(tag, Tag::Paragraph) && unwrapped == 0;
                    self.block(&tag, depth)
                }
                _ => paragraph(self.spans(depth + 1, false)),
            };
            if let Some(block) = block {
                self.count(0);
                found.blocks.push(block);
            }
        }
        found
    }

    /// Returns the block that begins with the next event.
    fn block(&mut self, tag: &Tag<'_>, depth: usize) -> Option<Block> {
        self.next();
        let block = match tag {
            Tag::Heading { level, .. } => {
                let level = u8::try_from(*level as usize).unwrap_or(6);
                Some(Block::Heading(Heading { level, spans: self.spans(depth + 1, false) }))
            }
            Tag::BlockQuote(_) => Some(Block::Quote(self.blocks(depth + 1).blocks)),
            Tag::CodeBlock(kind) => {
                let language = match kind {
                    CodeBlockKind::Fenced(info) => info.split_whitespace().next(),
                    CodeBlockKind::Indented => None,
                };
                let language = language.map(|language| self.unmask(language));
                let text = self.text();
                self.count(language.as_ref().map_or(0, String::len));
                let tokens = language.as_deref().map_or_else(Vec::new, |language| {
                    code::tokens(language, &text, self.tokens_left)
                });
                self.tokens_left -= tokens.len();
                Some(Block::Code(CodeBlock { language, text, tokens }))
            }
            Tag::HtmlBlock => paragraph(self.html()),
            Tag::List(start) => Some(Block::List(self.list(*start, depth))),
            Tag::Table(alignments) => Some(Block::Table(self.table(alignments, depth))),
            _ => paragraph(self.spans(depth + 1, false)),
        };
        self.next();
        block
    }

    /// Returns the text up to the end of what contains it.
    fn text(&mut self) -> String {
        let mut text = String::new();
        while self.peek().is_some_and(|event| !matches!(event, Event::End(_))) {
            if let Some((Event::Text(part) | Event::Html(part), _)) = self.next() {
                text.push_str(&self.unmask(&part));
            }
        }
        self.count(text.len());
        text
    }

    /// Returns the text of a block of HTML.
    fn html(&mut self) -> Vec<Span> {
        let mut spans = Vec::new();
        for (index, line) in self.text().trim_end().split('\n').enumerate() {
            if index > 0 {
                self.push(&mut spans, Span::Break);
            }
            let mut run = Run::default();
            run.push(line);
            self.push_run(&mut spans, &mut run, false);
        }
        spans
    }
}

/// The blocks that another one contains.
#[derive(Default)]
struct Blocks {
    blocks: Vec<Block>,
    /// True if some are paragraphs by themselves: the items of a list whose items stand close
    /// together contain text without paragraphs.
    has_paragraphs: bool,
}

fn paragraph(spans: Vec<Span>) -> Option<Block> {
    (!spans.is_empty()).then_some(Block::Paragraph(spans))
}

fn is_block(tag: &Tag<'_>) -> bool {
    !matches!(
        tag,
        Tag::Emphasis | Tag::Strong | Tag::Strikethrough | Tag::Link { .. } | Tag::Image { .. }
    )
}
