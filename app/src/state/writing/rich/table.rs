//! Tables.

use super::{Around, Element, Rich, Writer};

/// The most rows and columns of a table. One with more is pasted as text.
const MAX_ROWS: usize = 500;
const MAX_COLUMNS: usize = 50;

/// Returns a table as Markdown. `None` if it has less than two columns, as the frame of a layout.
pub(super) fn table(writer: &mut Writer, table: &Element) -> Option<String> {
    let mut rows = Vec::new();
    collect_rows(&table.children, &mut rows);
    let columns = rows.iter().map(|row| cells(row).count()).max().unwrap_or_default();
    if !(2..=MAX_COLUMNS).contains(&columns) || rows.len() > MAX_ROWS {
        return None;
    }
    let mut lines = Vec::new();
    for row in rows {
        let mut texts: Vec<_> = cells(row).map(|cell| cell_text(writer, cell)).collect();
        texts.resize(columns, String::new());
        lines.push(format!("| {} |", texts.join(" | ")));
    }
    lines.insert(1, format!("|{}", " --- |".repeat(columns)));
    Some(lines.join("\n"))
}

fn collect_rows<'a>(nodes: &'a [Rich], rows: &mut Vec<&'a Element>) {
    for node in nodes {
        match node {
            Rich::Element(element) if element.name == "tr" => rows.push(element),
            Rich::Element(element) if element.name != "table" => {
                collect_rows(&element.children, rows);
            }
            _ => {}
        }
    }
}

fn cells(row: &Element) -> impl Iterator<Item = &Element> {
    row.children.iter().filter_map(|node| match node {
        Rich::Element(element) if matches!(element.name.as_str(), "td" | "th") => Some(element),
        _ => None,
    })
}

fn cell_text(writer: &mut Writer, cell: &Element) -> String {
    // A heading is bold by itself.
    let around = Around { bold: cell.name == "th", ..Around::default() };
    let text = if cell.children.iter().any(super::is_block) {
        super::join(&writer.blocks(&cell.children))
    } else {
        writer.inline(&cell.children, around)
    };
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|")
}
