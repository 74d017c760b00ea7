//! Reads what the head of a page says. The page is a stranger's: its texts are cleaned and cut.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use html5gum::{DefaultEmitter, StartTag, Token, Tokenizer};
use protocol::{
    limits::{MAX_PREVIEW_SITE_CHARS, MAX_PREVIEW_TEXT_CHARS, MAX_PREVIEW_TITLE_CHARS},
    text::{is_blank, only_legible},
};
use url::Url;

/// The bytes in which a page names its charset.
const CHARSET_BYTES: usize = 1024;
/// The most bytes of a title that are looked at.
const MAX_TITLE_BYTES: usize = 16 << 10;

/// What the head of a page says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Page {
    /// The name of the site, or its host.
    pub(super) site: String,
    pub(super) title: Option<String>,
    pub(super) text: Option<String>,
    /// The address of a picture.
    pub(super) picture: Option<Url>,
}

/// The texts of a head, the first of each kind that is not blank.
#[derive(Default)]
struct Found {
    site: Option<String>,
    /// By Open Graph, for Twitter, by HTML.
    titles: [Option<String>; 3],
    texts: [Option<String>; 3],
    pictures: [Option<String>; 3],
    base: Option<String>,
}

/// Reads the head of the page at an address. `charset` is that of the headers.
pub(super) fn read_page(bytes: &[u8], charset: Option<&str>, url: &Url) -> Page {
    let found = read(&decode(bytes, charset));
    let first = |texts: [Option<String>; 3]| texts.into_iter().flatten().next();
    let base = found.base.and_then(|base| url.join(&base).ok()).unwrap_or_else(|| url.clone());
    let picture = first(found.pictures).and_then(|picture| base.join(picture.trim()).ok());
    Page {
        site: found
            .site
            .and_then(|site| clean(&site, MAX_PREVIEW_SITE_CHARS))
            .unwrap_or_else(|| host(url)),
        title: first(found.titles).and_then(|title| clean(&title, MAX_PREVIEW_TITLE_CHARS)),
        text: first(found.texts).and_then(|text| clean(&text, MAX_PREVIEW_TEXT_CHARS)),
        picture: picture.and_then(|picture| as_safe_as(url, picture)),
    }
}

fn read(html: &str) -> Found {
    let (mut found, mut title) = (Found::default(), None::<String>);
    for token in tokens(html) {
        match token {
            Token::StartTag(tag) => match tag.name.as_slice() {
                b"body" => break,
                b"title" => title = Some(String::new()),
                b"base" => keep(&mut found.base, attribute(&tag, b"href")),
                b"meta" => keep_meta(&mut found, &tag),
                _ => {}
            },
            Token::String(text) => {
                if let Some(title) = title.as_mut().filter(|title| title.len() < MAX_TITLE_BYTES) {
                    title.push_str(&String::from_utf8_lossy(&text));
                }
            }
            Token::EndTag(tag) => match tag.name.as_slice() {
                b"head" => break,
                b"title" => keep(&mut found.titles[2], title.take()),
                _ => {}
            },
            _ => {}
        }
    }
    found
}

fn keep_meta(found: &mut Found, tag: &StartTag<()>) {
    let name = attribute(tag, b"property").or_else(|| attribute(tag, b"name"));
    let name = name.unwrap_or_default().trim().to_ascii_lowercase();
    let place = match name.as_str() {
        "og:site_name" => &mut found.site,
        "og:title" => &mut found.titles[0],
        "twitter:title" => &mut found.titles[1],
        "og:description" => &mut found.texts[0],
        "twitter:description" => &mut found.texts[1],
        "description" => &mut found.texts[2],
        "og:image" | "og:image:url" | "og:image:secure_url" => &mut found.pictures[0],
        "twitter:image" | "twitter:image:src" => &mut found.pictures[1],
        _ => return,
    };
    keep(place, attribute(tag, b"content"));
}

/// Keeps the first text that is not blank.
fn keep(place: &mut Option<String>, text: Option<String>) {
    if place.is_none() {
        *place = text.filter(|text| !is_blank(text));
    }
}

fn attribute(tag: &StartTag<()>, name: &[u8]) -> Option<String> {
    let value = tag.attributes.get(name)?;
    Some(String::from_utf8_lossy(value).into_owned())
}

fn tokens(html: &str) -> impl Iterator<Item = Token<()>> {
    let mut emitter = DefaultEmitter::default();
    // Titles, scripts and styles contain no tags.
    emitter.naively_switch_states(true);
    Tokenizer::new_with_emitter(html, emitter).flatten()
}

/// Decodes a page: by its byte order mark, as the headers say, or as it says itself.
fn decode<'a>(bytes: &'a [u8], charset: Option<&str>) -> Cow<'a, str> {
    let encoding = charset
        .and_then(|charset| Encoding::for_label(charset.as_bytes()))
        .or_else(|| declared(bytes))
        .unwrap_or_else(|| match std::str::from_utf8(bytes) {
            // It may have been cut within a character.
            Err(error) if error.error_len().is_some() => WINDOWS_1252,
            _ => UTF_8,
        });
    encoding.decode(bytes).0
}

/// Returns the charset that a page names at its beginning.
fn declared(bytes: &[u8]) -> Option<&'static Encoding> {
    let start = String::from_utf8_lossy(&bytes[..bytes.len().min(CHARSET_BYTES)]);
    let label = tokens(&start).find_map(|token| {
        let Token::StartTag(tag) = token else { return None };
        if tag.name.as_slice() != b"meta" {
            return None;
        }
        attribute(&tag, b"charset").or_else(|| {
            let content = attribute(&tag, b"content")?;
            let is_type = attribute(&tag, b"http-equiv")?.eq_ignore_ascii_case("content-type");
            let (_, label) = content.split_once("charset=").filter(|_| is_type)?;
            Some(label.split([';', ' ']).next().unwrap_or_default().to_owned())
        })
    })?;
    let encoding = Encoding::for_label(label.as_bytes())?;
    // These bytes could not be read if it were so.
    Some(if encoding == UTF_16LE || encoding == UTF_16BE { UTF_8 } else { encoding })
}

/// Returns a text as one line of at most `max` characters, without those that cannot be seen or
/// that change how others are shown. `None` if nothing is left.
fn clean(text: &str, max: usize) -> Option<String> {
    // More spaces and marks than that are no text, and would take long to look through.
    let text: String = text.trim_start().chars().take(2 * max).collect();
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut text = words(&only_legible(&words(&text)));
    if text.chars().count() > max {
        let start: String = text.chars().take(max - 1).collect();
        text = only_legible(start.trim_end());
        text.push('…');
    }
    (!is_blank(&text)).then_some(text)
}

/// Returns the host of an address in ASCII. Of a long one it returns the end, which says whose it
/// is.
fn host(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    let length = host.chars().count();
    if length <= MAX_PREVIEW_SITE_CHARS {
        return host.to_owned();
    }
    let end = host.chars().skip(length - MAX_PREVIEW_SITE_CHARS + 1);
    std::iter::once('…').chain(end).collect()
}

/// Returns the address of a picture of a page. That of a page over https is fetched over https.
fn as_safe_as(page: &Url, mut picture: Url) -> Option<Url> {
    picture.set_fragment(None);
    if page.scheme() == "https" && picture.scheme() == "http" {
        if picture.port().is_some() {
            return None;
        }
        picture.set_scheme("https").ok()?;
    }
    matches!(picture.scheme(), "http" | "https").then_some(picture)
}

#[cfg(test)]
mod tests;
