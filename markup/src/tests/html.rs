//! Writes trees as the HTML of the specifications.

use protocol::{
    Block, Span,
    blocks::{Alignment, List, Table},
};

/// Returns the HTML of a tree.
pub(super) fn html(blocks: &[Block]) -> String {
    let mut html = String::new();
    write_blocks(&mut html, blocks, true);
    html
}

fn write_blocks(html: &mut String, blocks: &[Block], has_paragraphs: bool) {
    for block in blocks {
        match block {
            Block::Paragraph(spans) if has_paragraphs => element(html, "p", spans),
            Block::Paragraph(spans) => {
                write_spans(html, spans);
                html.push('\n');
            }
            Block::Heading(heading) => {
                element(html, &format!("h{}", heading.level), &heading.spans)
            }
            Block::Code(code) => {
                html.push_str("<pre><code");
                if let Some(language) = &code.language {
                    html.push_str(&format!(" class=\"language-{}\"", escape(language)));
                }
                html.push_str(&format!(">{}</code></pre>\n", escape(&code.text)));
            }
            Block::Quote(blocks) => {
                html.push_str("<blockquote>\n");
                write_blocks(html, blocks, true);
                html.push_str("</blockquote>\n");
            }
            Block::List(list) => write_list(html, list),
            Block::Table(table) => write_table(html, table),
            Block::Rule(_) => html.push_str("<hr />\n"),
        }
    }
}

fn write_list(html: &mut String, list: &List) {
    let (start, end) = match list.start {
        None => ("<ul>\n".to_owned(), "</ul>\n"),
        Some(1) => ("<ol>\n".to_owned(), "</ol>\n"),
        Some(number) => (format!("<ol start=\"{number}\">\n"), "</ol>\n"),
    };
    html.push_str(&start);
    for item in &list.items {
        html.push_str("<li>");
        if let Some(checked) = item.checked {
            let checked = if checked { "checked=\"\" " } else { "" };
            html.push_str(&format!("<input {checked}disabled=\"\" type=\"checkbox\"> "));
        }
        let is_text = matches!(item.blocks.first(), Some(Block::Paragraph(_))) && !list.loose;
        if !is_text && !item.blocks.is_empty() {
            html.push('\n');
        }
        let mut content = String::new();
        write_blocks(&mut content, &item.blocks, list.loose);
        if !list.loose && matches!(item.blocks.last(), Some(Block::Paragraph(_))) {
            content.pop();
        }
        html.push_str(&content);
        html.push_str("</li>\n");
    }
    html.push_str(end);
}

fn write_table(html: &mut String, table: &Table) {
    html.push_str("<table>\n<thead>\n");
    write_row(html, "th", &table.head, &table.align);
    html.push_str("</thead>\n");
    if !table.rows.is_empty() {
        html.push_str("<tbody>\n");
        for row in &table.rows {
            write_row(html, "td", row, &table.align);
        }
        html.push_str("</tbody>\n");
    }
    html.push_str("</table>\n");
}

fn write_row(html: &mut String, name: &str, cells: &[Vec<Span>], align: &[Alignment]) {
    html.push_str("<tr>\n");
    for (cell, align) in cells.iter().zip(align) {
        let align = match align {
            Alignment::None => "",
            Alignment::Left => " align=\"left\"",
            Alignment::Center => " align=\"center\"",
            Alignment::Right => " align=\"right\"",
        };
        html.push_str(&format!("<{name}{align}>"));
        write_spans(html, cell);
        html.push_str(&format!("</{name}>\n"));
    }
    html.push_str("</tr>\n");
}

fn element(html: &mut String, name: &str, spans: &[Span]) {
    html.push_str(&format!("<{name}>"));
    write_spans(html, spans);
    html.push_str(&format!("</{name}>\n"));
}

fn write_spans(html: &mut String, spans: &[Span]) {
    for span in spans {
        let (start, spans, end) = match span {
            Span::Text(text) => {
                html.push_str(&escape(text));
                continue;
            }
            Span::Break => {
                html.push('\n');
                continue;
            }
            Span::Code(code) => {
                html.push_str(&format!("<code>{}</code>", escape(code)));
                continue;
            }
            Span::Link(link) => {
                (format!("<a href=\"{}\">", escape(&link.href)), &link.spans, "</a>")
            }
            Span::Strong(spans) => ("<strong>".to_owned(), spans, "</strong>"),
            Span::Emphasis(spans) => ("<em>".to_owned(), spans, "</em>"),
            Span::Strikethrough(spans) => ("<del>".to_owned(), spans, "</del>"),
            // The specifications have none of these: as they were written.
            Span::Mention(mention) => {
                html.push_str(&format!("@{}", mention.username));
                continue;
            }
            Span::RoomMention(text) => {
                html.push_str(text);
                continue;
            }
            Span::RoomLink(slug) => {
                html.push_str(&format!("#{slug}"));
                continue;
            }
            Span::Emoji(emoji) => {
                html.push_str(&format!(":{}:", emoji.name));
                continue;
            }
            Span::CustomEmoji(name) => {
                html.push_str(&format!(":{name}:"));
                continue;
            }
        };
        html.push_str(&start);
        write_spans(html, spans);
        html.push_str(end);
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
