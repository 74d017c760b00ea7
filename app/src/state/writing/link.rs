//! Links.

use super::Written;

/// The most characters of an address that is recognized.
const MAX_ADDRESS: usize = 2_048;
/// The schemes of addresses that become links.
const SCHEMES: [&str; 3] = ["http://", "https://", "mailto:"];

/// Returns whether a text is the address of a page or of a mailbox, and nothing else.
#[must_use]
pub fn is_address(text: &str) -> bool {
    let is_scheme = |scheme: &&str| {
        let start = text.get(..scheme.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(scheme)) && text.len() > scheme.len()
    };
    let is_outside = |letter: char| {
        letter.is_whitespace() || letter.is_control() || matches!(letter, '<' | '>' | '\\')
    };
    text.len() <= MAX_ADDRESS && SCHEMES.iter().any(is_scheme) && !text.contains(is_outside)
}

/// Returns a link.
#[must_use]
pub fn link(label: &str, address: &str) -> String {
    format!("[{}]({})", escape_label(label), destination(address))
}

/// Returns a label whose brackets do not end it.
fn escape_label(label: &str) -> String {
    let mut open = 0_usize;
    let is_balanced = label.chars().all(|letter| {
        match letter {
            '[' => open += 1,
            ']' if open == 0 => return false,
            ']' => open -= 1,
            _ => {}
        }
        true
    });
    if is_balanced && open == 0 {
        return label.to_owned();
    }
    label.replace('[', "\\[").replace(']', "\\]")
}

/// Returns an address as it stands in a link. Parentheses would end it.
fn destination(address: &str) -> String {
    if address.contains(['(', ')']) { format!("<{address}>") } else { address.to_owned() }
}

/// Makes a link of the selection, or takes it away. The caret is where something is missing.
pub(super) fn toggle(written: &Written) -> Written {
    if let Some(plain) = without_link(written) {
        return plain;
    }
    let written = trimmed(written);
    let chosen = written.chosen();
    let (link, caret) = if is_address(chosen) {
        (format!("[]({})", destination(chosen)), 1)
    } else {
        let link = link(chosen, "");
        let caret = if chosen.is_empty() { 1 } else { link.len() - 1 };
        (link, caret)
    };
    let caret = written.selected.start + caret;
    Written { selected: caret..caret, ..written.insert(&link) }
}

/// Takes away the link that the selection is, or that it is the label of.
fn without_link(written: &Written) -> Option<Written> {
    let Written { text, selected } = written;
    let chosen = written.chosen();
    let whole = chosen.strip_prefix('[').and_then(|rest| rest.strip_suffix(')'));
    if let Some((label, address)) = whole.and_then(|inside| inside.split_once("]("))
        && !label.contains('\n')
        && !address.contains(['\n', ']'])
    {
        let end = selected.start + label.len();
        return Some(Written { selected: selected.start..end, ..written.insert(label) });
    }
    let open = text[..selected.start].strip_suffix('[')?;
    let rest = text[selected.end..].strip_prefix("](")?;
    let address = rest.split(['\n', ')']).next().filter(|address| address.len() < rest.len())?;
    let close = selected.end + "](".len() + address.len();
    // An address between angle brackets may contain parentheses.
    let close = match rest.strip_prefix('<').and_then(|inside| inside.find(">)")) {
        Some(end) => selected.end + "](<>".len() + end,
        None => close,
    };
    text[close..].starts_with(')').then(|| {
        written.edited(&[
            (open.len()..selected.start, String::new()),
            (selected.end..close + 1, String::new()),
        ])
    })
}

/// Returns the selection without white space at its ends.
fn trimmed(written: &Written) -> Written {
    let chosen = written.chosen();
    let start = written.selected.start + (chosen.len() - chosen.trim_start().len());
    let end = start + chosen.trim().len();
    Written { text: written.text.clone(), selected: start..end }
}

/// Makes a link of the selection by an address that is pasted on it. `None` where it replaces the
/// selection: that is several lines, an address or a part of a link.
#[must_use]
pub fn paste(written: &Written, address: &str) -> Option<Written> {
    let written = trimmed(written);
    let chosen = written.chosen();
    let before = &written.text[..written.selected.start];
    let is_label = !chosen.is_empty()
        && !chosen.contains(['\n', '[', ']'])
        && !is_address(chosen)
        && !before.ends_with(['(', '<', '/']);
    (is_label && is_address(address)).then(|| written.insert(&link(chosen, address)))
}
