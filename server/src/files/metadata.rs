//! Removes from photographs where, when and with what they were taken. The pixels stay as they are.

use std::io::{self, Read};

use bytes::{Bytes, BytesMut};
use image::metadata::Orientation;
use img_parts::{
    ImageEXIF as _,
    jpeg::{Jpeg, JpegSegment},
    png::Png,
};
use memchr::memmem;

/// The most parts that a picture is taken apart into. Real ones have some hundreds.
const MAX_PARTS: usize = 10_000;

/// The types of photographs that are taken apart.
const CLEANED: [&str; 4] = ["image/jpeg", "image/png", "image/apng", "image/webp"];
/// What metadata begin with. Each is so long that pixels do not look like it.
const MARKS: [&[u8]; 10] = [
    b"Exif\0\0",
    b"eXIfMM\0*",
    b"eXIfII*\0",
    b"http://ns.adobe.com/xap/",
    b"http://ns.adobe.com/xmp/",
    b"<x:xmpmeta",
    b"XML:com.adobe.xmp",
    b"Raw profile type ",
    b"Photoshop 3.0\0",
    b"GPSLatitude",
];
/// Longer than each of [`MARKS`].
const LONGEST_MARK: usize = 32;
/// The bytes that are searched for marks at once.
const SEARCHED: usize = 64 << 10;

/// Returns whether metadata are removed from files of this type.
pub(super) fn is_cleaned(media_type: &str) -> bool {
    CLEANED.contains(&media_type)
}

/// Returns a photograph without its metadata, or `None` if it is broken, or consists of more than
/// [`MAX_PARTS`] parts: what takes it apart needs much memory for each.
///
/// Its orientation and its colour profile stay.
pub(super) fn without_metadata(media_type: &str, bytes: &Bytes) -> Option<Bytes> {
    match media_type {
        "image/jpeg" => clean_jpeg(bytes),
        "image/png" | "image/apng" => clean_png(bytes),
        "image/webp" => clean_webp(bytes),
        _ => None,
    }
}

/// Returns whether a photograph that was not taken apart seems to have metadata.
///
/// # Errors
/// Fails if the file cannot be read.
pub(super) fn has_marks(mut file: impl Read) -> io::Result<bool> {
    let mut searched = Vec::with_capacity(SEARCHED + LONGEST_MARK);
    loop {
        let read = (&mut file).take(SEARCHED as u64).read_to_end(&mut searched)?;
        if read == 0 {
            return Ok(false);
        }
        if MARKS.iter().any(|mark| memmem::find(&searched, mark).is_some()) {
            return Ok(true);
        }
        // A mark may go on in what follows.
        searched.drain(..searched.len().saturating_sub(LONGEST_MARK));
    }
}

/// Returns EXIF data that have an orientation alone.
fn exif_of(orientation: Option<Orientation>) -> Option<Bytes> {
    let orientation = orientation.filter(|known| *known != Orientation::NoTransforms)?;
    // One entry: the tag 0x0112, of type 3 (16 bits), once.
    let mut exif = BytesMut::from(&b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0"[..]);
    exif.extend_from_slice(&[orientation.to_exif(), 0, 0, 0, 0, 0, 0]);
    Some(exif.freeze())
}

fn orientation_of(exif: Option<Bytes>) -> Option<Orientation> {
    Orientation::from_exif_chunk(&exif?)
}

/// JPEG: drops comments and the segments of applications. What follows the image, such as a film or
/// a second image, has metadata of its own.
fn clean_jpeg(bytes: &Bytes) -> Option<Bytes> {
    const SOI: usize = 2;
    let (end, parts) = end_of_jpeg(bytes);
    if parts > MAX_PARTS {
        return None;
    }
    let mut jpeg = Jpeg::from_bytes(bytes.slice(..end)).ok()?;
    let exif = exif_of(orientation_of(jpeg.exif()));
    jpeg.segments_mut().retain(|segment| is_kept(segment.marker(), segment.contents()));
    if exif.is_some() {
        jpeg.set_exif(exif);
    }
    let head: usize = jpeg.segments().iter().map(JpegSegment::len).sum();
    let cleaned = jpeg.encoder().bytes();
    // What follows the first scan is not taken apart by the library.
    let (head, scans) = cleaned.split_at_checked(SOI + head)?;
    Some([head, &clean_scans(scans)].concat().into())
}

/// Returns whether a segment of a JPEG file stays.
fn is_kept(marker: u8, contents: &[u8]) -> bool {
    const APP0: u8 = 0xe0;
    const APP2: u8 = 0xe2;
    const ADOBE: u8 = 0xee;
    const COMMENT: u8 = 0xfe;
    match marker {
        APP0 => contents.starts_with(b"JFIF\0"),
        APP2 => contents.starts_with(b"ICC_PROFILE\0"),
        ADOBE => true,
        0xe1..=0xef | COMMENT => false,
        _ => true,
    }
}

/// Returns the scans of a JPEG file without the segments that do not stay. Those of a progressive
/// one have segments between them.
fn clean_scans(scans: &[u8]) -> Vec<u8> {
    let mut cleaned = Vec::with_capacity(scans.len());
    let (mut at, mut copied) = (0, 0);
    while let Some(found) = memchr::memchr(0xff, scans.get(at..).unwrap_or_default()) {
        let begin = at + found;
        let fill = scans[begin..].iter().take_while(|byte| **byte == 0xff).count();
        at = begin + fill + 1;
        let (Some(&marker), Some(length)) = (scans.get(at - 1), scans.get(at..at + 2)) else {
            break;
        };
        if matches!(marker, 0 | 1 | 0xd0..=0xd9) {
            continue;
        }
        let length = usize::from(u16::from_be_bytes([length[0], length[1]])).max(2);
        let end = (at + length).min(scans.len());
        if !is_kept(marker, scans.get(at + 2..end).unwrap_or_default()) {
            cleaned.extend_from_slice(&scans[copied..begin]);
            copied = end;
        }
        at = end;
    }
    cleaned.extend_from_slice(&scans[copied..]);
    cleaned
}

/// Returns where the first image of a JPEG file ends, and how many parts it has until there.
fn end_of_jpeg(bytes: &[u8]) -> (usize, usize) {
    let mut parts = 0;
    let end = find_end_of_jpeg(bytes, &mut parts);
    (end.unwrap_or(bytes.len()), parts)
}

/// Returns `None` if the end is missing.
fn find_end_of_jpeg(bytes: &[u8], parts: &mut usize) -> Option<usize> {
    const END: u8 = 0xd9;
    let mut at = 2;
    loop {
        // A marker is 0xff, as often as one likes, and a byte.
        at += bytes.get(at..)?.iter().position(|byte| *byte == 0xff)?;
        at += bytes.get(at..)?.iter().position(|byte| *byte != 0xff)?;
        let marker = *bytes.get(at)?;
        at += 1;
        match marker {
            END => return Some(at),
            // In the data of a scan, 0 stands behind a byte that is no marker.
            0 | 1 | 0xd0..=0xd8 => {}
            _ => {
                *parts += 1;
                let length = bytes.get(at..at + 2)?;
                at += usize::from(u16::from_be_bytes([length[0], length[1]])).max(2);
            }
        }
    }
}

/// PNG: drops EXIF data, the time, and the texts that carry those, XMP and IPTC. Other texts may be
/// what the file is for, such as the source of a drawing.
fn clean_png(bytes: &Bytes) -> Option<Bytes> {
    if chunks_of_png(bytes) > MAX_PARTS {
        return None;
    }
    let mut png = Png::from_bytes(bytes.clone()).ok()?;
    let exif = exif_of(orientation_of(png.exif()));
    png.chunks_mut().retain(|chunk| match &chunk.kind() {
        b"eXIf" | b"tIME" => false,
        b"tEXt" | b"zTXt" | b"iTXt" => !is_of_photograph(chunk.contents()),
        _ => true,
    });
    if exif.is_some() {
        png.set_exif(exif);
    }
    Some(png.encoder().bytes())
}

/// Returns whether a text of a PNG file tells where, when or with what a photograph was taken. Its
/// keyword says so.
fn is_of_photograph(text: &[u8]) -> bool {
    const KEYWORDS: [&[u8]; 7] = [
        b"XML:com.adobe.xmp",
        b"Raw profile type exif",
        b"Raw profile type APP1",
        b"Raw profile type xmp",
        b"Raw profile type iptc",
        b"Raw profile type 8bim",
        b"Creation Time",
    ];
    // As ImageMagick writes them.
    const GROUPS: [&[u8]; 3] = [b"exif:", b"photoshop:", b"date:"];
    let end = memchr::memchr(0, text).unwrap_or(text.len());
    let keyword = &text[..end];
    let is_in = |group: &&[u8]| {
        keyword.get(..group.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(group))
    };
    KEYWORDS.iter().any(|known| keyword.eq_ignore_ascii_case(known)) || GROUPS.iter().any(is_in)
}

/// Returns the number of chunks that follow one another in a PNG file.
fn chunks_of_png(bytes: &[u8]) -> usize {
    const SIGNATURE: usize = 8;
    const AROUND: usize = 12; // length, kind and checksum
    let (mut at, mut chunks) = (SIGNATURE, 0);
    while let Some(length) = bytes.get(at..).and_then(|rest| rest.first_chunk::<4>()) {
        chunks += 1;
        at = at.saturating_add(AROUND).saturating_add(u32::from_be_bytes(*length) as usize);
    }
    chunks
}

/// WebP: drops the chunks `EXIF` and `XMP `, and `XMP\0`, as `ImageMagick` writes it.
fn clean_webp(bytes: &Bytes) -> Option<Bytes> {
    const HEAD: usize = 12;
    /// The flags of `VP8X` for the chunks.
    const FLAGS: [(u8, &[u8; 4]); 2] = [(0x08, b"EXIF"), (0x04, b"XMP ")];
    let mut cleaned = BytesMut::from(bytes.get(..HEAD)?);
    let size = u32::from_le_bytes(bytes.get(4..8)?.try_into().ok()?);
    let end = bytes.len().min(usize::try_from(size).ok()?.checked_add(8)?);
    let (mut at, mut orientation, mut flags_at) = (HEAD, None, None);
    while at < end {
        let kind: &[u8; 4] = bytes.get(at..at + 4)?.try_into().ok()?;
        let length = u32::from_le_bytes(bytes.get(at + 4..at + 8)?.try_into().ok()?);
        let content = at + 8..at.checked_add(8)?.checked_add(usize::try_from(length).ok()?)?;
        // Chunks have an even length. The last byte of a file may be missing.
        let next = (content.end + content.end % 2).min(bytes.len());
        let data = bytes.get(content.clone())?;
        if kind == b"EXIF" {
            let data = data.strip_prefix(b"Exif\0\0").unwrap_or(data);
            orientation = Orientation::from_exif_chunk(data);
        }
        if kind == b"VP8X" {
            flags_at = Some(cleaned.len() + 8);
        }
        if kind != b"XMP\0" && !FLAGS.iter().any(|(_, dropped)| *dropped == kind) {
            cleaned.extend_from_slice(bytes.get(at..next)?);
        }
        at = next;
    }
    let exif = exif_of(orientation);
    if let Some(flags) = flags_at.and_then(|at| cleaned.get_mut(at)) {
        *flags &= !(FLAGS[0].0 | FLAGS[1].0);
        if let Some(exif) = &exif {
            *flags |= FLAGS[0].0;
            cleaned.extend_from_slice(b"EXIF");
            cleaned.extend_from_slice(&u32::try_from(exif.len()).ok()?.to_le_bytes());
            cleaned.extend_from_slice(exif);
        }
    }
    let size = u32::try_from(cleaned.len() - 8).ok()?;
    cleaned[4..8].copy_from_slice(&size.to_le_bytes());
    Some(cleaned.freeze())
}

#[cfg(test)]
mod tests;
