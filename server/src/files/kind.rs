//! What a file is, found from its bytes, and how it may be served.

use std::io::{self, Read, Seek};

use file_format::FileFormat;

/// The media type of bytes without a known format.
pub(super) const UNKNOWN: &str = "application/octet-stream";

/// Returns the media type of a file.
///
/// # Errors
/// Fails if the file cannot be read.
pub(super) fn media_type(mut file: impl Read + Seek) -> io::Result<String> {
    file.rewind()?;
    Ok(match FileFormat::from_reader(file)? {
        FileFormat::Empty | FileFormat::ArbitraryBinaryData => UNKNOWN,
        // The tag stands before the sound.
        FileFormat::Id3v2 => "audio/mpeg",
        FileFormat::PlainText => "text/plain",
        format => return Ok(known(format.media_type())),
    }
    .to_owned())
}

/// Returns a media type in the form that is usual in browsers.
fn known(media_type: &str) -> String {
    match media_type {
        "audio/vnd.wave" | "audio/x-wav" => "audio/wav",
        "audio/x-flac" => "audio/flac",
        "video/x-matroska" => "video/matroska",
        // Lists of addresses, which a player would ask for.
        "audio/x-mpegurl" | "audio/x-scpls" | "video/x-ms-asx" => "text/plain",
        other => other,
    }
    .to_owned()
}

/// Returns whether browsers show a file of this type in a page. All others are downloads.
#[must_use]
pub fn is_shown_inline(media_type: &str) -> bool {
    const IMAGES: [&str; 6] =
        ["image/png", "image/jpeg", "image/gif", "image/webp", "image/avif", "image/apng"];
    let is_media = media_type.starts_with("audio/") || media_type.starts_with("video/");
    (is_media || IMAGES.contains(&media_type)) && !is_active(media_type)
}

/// Returns the type that a file of this type is served as: browsers run what is in documents.
#[must_use]
pub fn served_type(media_type: &str) -> &str {
    if is_active(media_type) { UNKNOWN } else { media_type }
}

/// Returns whether files of this type may have scripts that a browser runs.
fn is_active(media_type: &str) -> bool {
    const ACTIVE: [&str; 8] =
        ["html", "xhtml", "mhtml", "svg", "xml", "xslt", "javascript", "ecmascript"];
    media_type.split(['/', '+', '-', '.', ';', ' ']).any(|word| ACTIVE.contains(&word))
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn of(bytes: &[u8]) -> String {
        media_type(Cursor::new(bytes)).unwrap()
    }

    #[test]
    fn the_type_is_that_of_the_bytes() {
        for (bytes, expected) in [
            (&b""[..], UNKNOWN),
            (b"\x01\x02\x03\x04", UNKNOWN),
            (b"plain words\nin two lines\n", "text/plain"),
            (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "image/png"),
            (b"\xff\xd8\xff\xe0\0\x10JFIF\0", "image/jpeg"),
            (b"GIF89a\x01\0\x01\0", "image/gif"),
            (b"RIFF\x10\0\0\0WEBPVP8 ", "image/webp"),
            (b"\0\0\0\x1cftypavif\0\0\0\0", "image/avif"),
            (b"%PDF-1.7\n", "application/pdf"),
            (b"ID3\x04\0\0\0\0\0\0", "audio/mpeg"),
            (b"#EXTM3U\nhttps://example.org/a.mp3\n", "text/plain"),
            (b"[playlist]\nFile1=https://example.org/a.mp3\n", "text/plain"),
            (b"OggS\0\x02\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01vorbis", "audio/ogg"),
        ] {
            assert_eq!(of(bytes), expected, "{:?}", String::from_utf8_lossy(bytes));
        }
    }

    #[test]
    fn documents_with_scripts_are_never_shown() {
        for bytes in [
            &b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>"[..],
            b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'/>",
            b"<!DOCTYPE html><script>1</script>",
            b"<html><body onload='x()'>",
            b"<?xml version='1.0'?><a/>",
        ] {
            let kind = of(bytes);
            let name = String::from_utf8_lossy(bytes);
            assert!(!is_shown_inline(&kind), "{name}: {kind}");
            // What is not known to be active is at most shown as text, which runs nothing.
            assert!([UNKNOWN, "text/plain"].contains(&served_type(&kind)), "{name}: {kind}");
        }
        for kind in ["image/svg+xml", "text/html", "application/xhtml+xml", "text/xml"] {
            assert!(!is_shown_inline(kind), "{kind}");
            assert_eq!(served_type(kind), UNKNOWN, "{kind}");
        }
        for kind in ["application/pdf", "text/plain", "application/zip"] {
            assert!(!is_shown_inline(kind), "{kind}");
            assert_eq!(served_type(kind), kind, "{kind}");
        }
        for kind in ["image/png", "image/avif", "audio/mpeg", "video/webm"] {
            assert!(is_shown_inline(kind), "{kind}");
        }
    }
}
