//! The blocks of a text as elements.

use leptos::prelude::*;
use protocol::{
    Block, Span,
    blocks::{Alignment, Heading, List, ListItem, Table},
};

use super::{
    Reader,
    code::view_code,
    element::{Attributes, auto, bare, element},
    is_only_emoji,
    spans::{source, spans},
};
use crate::ui::icon::{Glyph, Icon};

/// Returns the blocks of a text, and `after` in the last line.
pub(super) fn document(blocks: &[Block], reader: &Reader<'_>, after: Option<AnyView>) -> AnyView {
    let Some((Block::Paragraph(last), before)) = blocks.split_last() else {
        let after = after.map(|after| view! { <p>{after}</p> });
        return view! { {views(blocks, reader)} {after} }.into_any();
    };
    let is_large = before.is_empty() && is_only_emoji(&source(last, reader));
    let class = is_large.then_some("prose__emoji");
    let last = view! { {text(last, reader)} {after} }.into_any();
    let attributes = Attributes { class, dir: Some("auto"), ..Attributes::default() };
    view! { {views(before, reader)} {element("p", attributes, last)} }.into_any()
}

fn views(blocks: &[Block], reader: &Reader<'_>) -> Vec<AnyView> {
    blocks.iter().map(|block| view_of(block, reader)).collect()
}

fn view_of(block: &Block, reader: &Reader<'_>) -> AnyView {
    match block {
        Block::Paragraph(spans) => auto("p", text(spans, reader)),
        Block::Heading(heading) => view_heading(heading, reader),
        Block::Code(code) => view_code(code),
        Block::Quote(blocks) => auto("blockquote", views(blocks, reader).into_any()),
        Block::List(list) => view_list(list, reader),
        Block::Table(table) => view_table(table, reader),
        Block::Rule(_) => view! { <hr/> }.into_any(),
    }
}

/// Returns the text of a paragraph, a heading, an item or a cell.
fn text(content: &[Span], reader: &Reader<'_>) -> AnyView {
    bare("span", Some("message__text"), spans(content, reader).into_any())
}

/// The headings of the page end with the second level.
fn view_heading(heading: &Heading, reader: &Reader<'_>) -> AnyView {
    let tag = match heading.level {
        0 | 1 => "h3",
        2 => "h4",
        3 => "h5",
        _ => "h6",
    };
    auto(tag, text(&heading.spans, reader))
}

fn view_list(list: &List, reader: &Reader<'_>) -> AnyView {
    let items: Vec<_> = list.items.iter().map(|item| view_item(item, list.loose, reader)).collect();
    let is_tasks = list.items.iter().all(|item| item.checked.is_some());
    match list.start {
        None => {
            let class = is_tasks.then_some("tasks");
            let attributes = Attributes { class, dir: Some("auto"), ..Attributes::default() };
            element("ul", attributes, items.into_any())
        }
        Some(start) => view! { <ol start=start.to_string() dir="auto">{items}</ol> }.into_any(),
    }
}

fn view_item(item: &ListItem, is_loose: bool, reader: &Reader<'_>) -> AnyView {
    let content: Vec<_> = item
        .blocks
        .iter()
        .map(|block| match block {
            Block::Paragraph(spans) if !is_loose => text(spans, reader),
            block => view_of(block, reader),
        })
        .collect();
    let Some(is_done) = item.checked else {
        return auto("li", content.into_any());
    };
    let label = if is_done { "Done" } else { "Not done" };
    view! {
        <li class="task" dir="auto">
            <span
                class="task__box"
                role="img"
                aria-label=label
                data-done=is_done.then_some("")
            >
                <Icon glyph=Glyph::Check/>
            </span>
            <div>{content}</div>
        </li>
    }
    .into_any()
}

fn view_table(table: &Table, reader: &Reader<'_>) -> AnyView {
    let align = |column: usize| match table.align.get(column) {
        None | Some(Alignment::None) => None,
        Some(Alignment::Left) => Some("start"),
        Some(Alignment::Center) => Some("center"),
        Some(Alignment::Right) => Some("end"),
    };
    let row = |tag: &'static str, cells: &[Vec<Span>]| {
        let scope = (tag == "th").then_some("col");
        let cells = cells.iter().enumerate().map(|(column, cell)| {
            let (dir, align) = (Some("auto"), align(column));
            element(tag, Attributes { class: None, dir, align, scope }, text(cell, reader))
        });
        bare("tr", None, cells.collect::<Vec<_>>().into_any())
    };
    let head = bare("thead", None, row("th", &table.head));
    let rows: Vec<_> = table.rows.iter().map(|cells| row("td", cells)).collect();
    let body = bare("tbody", None, rows.into_any());
    view! {
        <div class="prose__table" tabindex="0" role="group" aria-label="Table">
            {bare("table", None, view! { {head} {body} }.into_any())}
        </div>
    }
    .into_any()
}
