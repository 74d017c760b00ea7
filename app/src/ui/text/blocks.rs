//! The blocks of a text as elements.

use leptos::prelude::*;
use protocol::{
    Block, Span,
    blocks::{Alignment, CodeBlock, Heading, List, ListItem, Table},
};

use super::{
    Reader, is_only_emoji,
    spans::{source, spans},
};
use crate::{
    state::bidi::balance,
    ui::icon::{Glyph, Icon},
};

/// Returns the blocks of a text, and `after` in the last line.
pub(super) fn document(blocks: &[Block], reader: &Reader<'_>, after: Option<AnyView>) -> AnyView {
    let Some((Block::Paragraph(last), before)) = blocks.split_last() else {
        let after = after.map(|after| view! { <p>{after}</p> });
        return view! { {views(blocks, reader)} {after} }.into_any();
    };
    let is_large = before.is_empty() && is_only_emoji(&source(last));
    let class = is_large.then_some("prose__emoji");
    view! {
        {views(before, reader)}
        <p class=class dir="auto">{text(last, reader)} {after}</p>
    }
    .into_any()
}

fn views(blocks: &[Block], reader: &Reader<'_>) -> Vec<AnyView> {
    blocks.iter().map(|block| view_of(block, reader)).collect()
}

fn view_of(block: &Block, reader: &Reader<'_>) -> AnyView {
    match block {
        Block::Paragraph(spans) => view! { <p dir="auto">{text(spans, reader)}</p> }.into_any(),
        Block::Heading(heading) => view_heading(heading, reader),
        Block::Code(code) => view_code(code),
        Block::Quote(blocks) => {
            view! { <blockquote dir="auto">{views(blocks, reader)}</blockquote> }.into_any()
        }
        Block::List(list) => view_list(list, reader),
        Block::Table(table) => view_table(table, reader),
        Block::Rule(_) => view! { <hr/> }.into_any(),
    }
}

/// Returns the text of a paragraph, a heading, an item or a cell.
fn text(content: &[Span], reader: &Reader<'_>) -> AnyView {
    view! { <span class="message__text">{spans(content, reader)}</span> }.into_any()
}

/// The headings of the page end with the second level.
fn view_heading(heading: &Heading, reader: &Reader<'_>) -> AnyView {
    let text = text(&heading.spans, reader);
    match heading.level {
        0 | 1 => view! { <h3 dir="auto">{text}</h3> }.into_any(),
        2 => view! { <h4 dir="auto">{text}</h4> }.into_any(),
        3 => view! { <h5 dir="auto">{text}</h5> }.into_any(),
        _ => view! { <h6 dir="auto">{text}</h6> }.into_any(),
    }
}

fn view_code(code: &CodeBlock) -> AnyView {
    let language = code.language.as_ref().map(|language| {
        let language = balance(language).into_owned();
        view! { <figcaption class="code__head">{language}</figcaption> }
    });
    let text = balance(code.text.trim_end_matches('\n')).into_owned();
    view! {
        <figure class="code">
            {language}
            <pre class="code__text" tabindex="0" dir="ltr">
                <code class="message__text">{text}</code>
            </pre>
        </figure>
    }
    .into_any()
}

fn view_list(list: &List, reader: &Reader<'_>) -> AnyView {
    let items: Vec<_> = list.items.iter().map(|item| view_item(item, list.loose, reader)).collect();
    match list.start {
        None if list.items.iter().all(|item| item.checked.is_some()) => {
            view! { <ul class="tasks" dir="auto">{items}</ul> }.into_any()
        }
        None => view! { <ul dir="auto">{items}</ul> }.into_any(),
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
        return view! { <li dir="auto">{content}</li> }.into_any();
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
    let head: Vec<_> = table
        .head
        .iter()
        .enumerate()
        .map(|(column, cell)| {
            let cell = text(cell, reader);
            view! { <th scope="col" dir="auto" data-align=align(column)>{cell}</th> }.into_any()
        })
        .collect();
    let rows: Vec<_> = table
        .rows
        .iter()
        .map(|row| {
            let cells: Vec<_> = row
                .iter()
                .enumerate()
                .map(|(column, cell)| {
                    let cell = text(cell, reader);
                    view! { <td dir="auto" data-align=align(column)>{cell}</td> }.into_any()
                })
                .collect();
            view! { <tr>{cells}</tr> }.into_any()
        })
        .collect();
    view! {
        <div class="prose__table" tabindex="0" role="group" aria-label="Table">
            <table>
                <thead>
                    <tr>{head}</tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}
