//! Tests of removing metadata, with files as cameras and hostile users make them.

use std::io::Cursor;

use image::{DynamicImage, ImageFormat, Rgb, RgbImage};

use super::*;

/// A text that must not be left.
const SECRET: &[u8] = b"52.5200N 13.4050E";

fn picture() -> DynamicImage {
    RgbImage::from_fn(64, 32, |x, y| Rgb([x as u8, y as u8, 7])).into()
}

fn file(format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture().write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// EXIF data with an orientation and the secret.
fn exif(orientation: u8) -> Vec<u8> {
    let entry = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0";
    [entry, &[orientation, 0, 0, 0, 0, 0, 0][..], SECRET].concat()
}

fn segment(marker: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len() + 2).unwrap().to_be_bytes();
    [&[0xff, marker][..], &length, content].concat()
}

fn has_secret(bytes: &[u8]) -> bool {
    bytes.windows(SECRET.len()).any(|part| part == SECRET)
}

fn clean(media_type: &str, bytes: &[u8]) -> Option<Bytes> {
    let cleaned = without_metadata(media_type, &Bytes::copy_from_slice(bytes))?;
    (cleaned != bytes).then_some(cleaned)
}

fn pixels(bytes: &[u8]) -> Vec<u8> {
    image::load_from_memory(bytes).unwrap().to_rgb8().into_raw()
}

fn shown(bytes: &[u8]) -> (u32, u32) {
    let size = crate::base::preview::shown_size(bytes).unwrap();
    (size.width, size.height)
}

#[test]
fn a_jpeg_loses_its_metadata_and_keeps_orientation_and_colours() {
    let plain = file(ImageFormat::Jpeg);
    assert_eq!(clean("image/jpeg", &plain), None, "there is nothing to remove");
    let profile = segment(0xe2, b"ICC_PROFILE\0\x01\x01colours");
    let with = [
        &plain[..2],
        &segment(0xe1, &[b"Exif\0\0", &exif(6)[..]].concat()),
        &segment(0xe1, &[b"http://ns.adobe.com/xap/1.0/\0", SECRET].concat()),
        &profile,
        &segment(0xe2, &[b"MPF\0", SECRET].concat()),
        &segment(0xed, &[b"Photoshop 3.0\0", SECRET].concat()),
        &segment(0xfe, SECRET),
        &plain[2..],
        // A film behind the image.
        b"\0\0\0\x18ftypmp42",
        SECRET,
    ]
    .concat();
    // Segments between the scans of a progressive image, and the end.
    let end = plain.len() - 2;
    let behind = [&plain[..end], &segment(0xe1, SECRET), &segment(0xfe, SECRET), &plain[end..]];
    assert_eq!(clean("image/jpeg", &behind.concat()).unwrap(), plain);
    let cleaned = clean("image/jpeg", &with).unwrap();
    assert!(!has_secret(&cleaned));
    assert_eq!(pixels(&cleaned), pixels(&plain));
    assert_eq!(shown(&cleaned), (32, 64), "it is turned as before");
    assert!(cleaned.windows(7).any(|part| part == b"colours"));
    assert!(cleaned.ends_with(b"\xff\xd9"));
    assert_eq!(clean("image/jpeg", &cleaned), None, "the second time there is nothing left");
}

#[test]
fn a_png_loses_its_metadata_and_keeps_other_texts() {
    let plain = file(ImageFormat::Png);
    assert_eq!(clean("image/png", &plain), None, "there is nothing to remove");
    let mut png = Png::from_bytes(plain.clone().into()).unwrap();
    for (kind, content) in [
        (*b"eXIf", exif(3)),
        (*b"iTXt", [b"XML:com.adobe.xmp\0\0\0\0\0", SECRET].concat()),
        (*b"zTXt", [b"Raw profile type exif\0\0", SECRET].concat()),
        (*b"zTXt", [b"Raw profile type iptc\0\0", SECRET].concat()),
        (*b"zTXt", [b"Raw profile type 8BIM\0\0", SECRET].concat()),
        (*b"tEXt", [b"exif:GPSLatitude\0", SECRET].concat()),
        (*b"iTXt", [b"photoshop:City\0\0\0\0\0", SECRET].concat()),
        (*b"tEXt", [b"date:create\0", SECRET].concat()),
        (*b"tIME", SECRET[..7].to_vec()),
        (*b"tEXt", b"mxfile\0a drawing".to_vec()),
    ] {
        png.chunks_mut().insert(1, img_parts::png::PngChunk::new(kind, content.into()));
    }
    let with = [&png.encoder().bytes()[..], SECRET].concat();
    let cleaned = clean("image/png", &with).unwrap();
    assert!(!has_secret(&cleaned));
    assert_eq!(pixels(&cleaned), pixels(&plain));
    assert!(cleaned.windows(9).any(|part| part == b"a drawing"));
    assert!(!cleaned.windows(4).any(|part| part == b"tIME"));
    assert_eq!(clean("image/png", &cleaned), None);
}

#[test]
fn a_webp_loses_its_metadata() {
    let plain = file(ImageFormat::WebP);
    assert_eq!(clean("image/webp", &plain), None, "there is nothing to remove");
    let chunk = |kind: &[u8; 4], content: &[u8]| {
        let padding = &[0][..content.len() % 2];
        let length = u32::try_from(content.len()).unwrap().to_le_bytes();
        [&kind[..], &length, content, padding].concat()
    };
    let flags = 0x08 | 0x04;
    let chunks = [
        chunk(b"VP8X", &[flags, 0, 0, 0, 63, 0, 0, 31, 0, 0]),
        plain[12..].to_vec(),
        chunk(b"EXIF", &exif(6)),
        chunk(b"XMP ", SECRET),
        chunk(b"XMP\0", SECRET),
    ]
    .concat();
    let size = u32::try_from(chunks.len() + 4).unwrap().to_le_bytes();
    let with = [b"RIFF", &size[..], b"WEBP", &chunks, SECRET].concat();
    assert_eq!(shown(&with), (32, 64));
    let cleaned = clean("image/webp", &with).unwrap();
    assert!(!has_secret(&cleaned));
    assert_eq!(pixels(&cleaned), pixels(&plain));
    assert_eq!(shown(&cleaned), (32, 64), "it is turned as before");
    assert_eq!(clean("image/webp", &cleaned), None);
}

/// Nothing that is broken panics, or is changed to something that cannot be read any more.
#[test]
fn broken_files_stay_as_they_are_or_stay_readable() {
    let turned = [b"Exif\0\0", &exif(6)[..]].concat();
    for (kind, format) in [
        ("image/jpeg", ImageFormat::Jpeg),
        ("image/png", ImageFormat::Png),
        ("image/webp", ImageFormat::WebP),
    ] {
        let mut whole = file(format);
        if format == ImageFormat::Jpeg {
            whole.splice(2..2, segment(0xe1, &turned));
        }
        for end in 0..whole.len() {
            let _ = clean(kind, &whole[..end]);
        }
        for at in 0..whole.len().min(400) {
            for value in [0, 0x7f, 0xff] {
                let mut broken = whole.clone();
                broken[at] = value;
                let _ = clean(kind, &broken);
            }
        }
    }
    for broken in [&b"\xff\xd8"[..], b"\xff\xd8\xff\xe1\0\0", b"RIFF\xff\xff\xff\xffWEBPVP8X"] {
        for kind in ["image/jpeg", "image/png", "image/webp", "text/plain"] {
            let _ = clean(kind, broken);
        }
    }
    // EXIF data that cannot be read go too.
    let plain = file(ImageFormat::Jpeg);
    let garbage = segment(0xe1, &[b"Exif\0\0", SECRET].concat());
    let with = [&plain[..2], &garbage, &plain[2..]].concat();
    assert_eq!(clean("image/jpeg", &with).unwrap(), plain);
}

#[test]
fn a_picture_of_very_many_parts_is_not_taken_apart() {
    let mut jpeg = b"\xff\xd8".to_vec();
    (0..=MAX_PARTS).for_each(|_| jpeg.extend_from_slice(b"\xff\xfe\0\x02"));
    jpeg.extend_from_slice(b"\xff\xd9");
    assert_eq!(end_of_jpeg(&jpeg), (jpeg.len(), MAX_PARTS + 1));
    assert_eq!(without_metadata("image/jpeg", &jpeg.into()), None);
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    (0..=MAX_PARTS).for_each(|_| png.extend_from_slice(b"\0\0\0\0eXIf\0\0\0\0"));
    assert_eq!(chunks_of_png(&png), MAX_PARTS + 1);
    assert_eq!(without_metadata("image/png", &png.into()), None);
}

#[test]
fn metadata_of_a_broken_photograph_are_noticed() {
    let with = |format: ImageFormat, mark: &[u8]| [&file(format)[..40], mark, SECRET].concat();
    for (format, mark) in [
        (ImageFormat::Jpeg, &b"\xff\xe1\xff\xffExif\0\0MM\0*"[..]),
        (ImageFormat::Jpeg, b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta xmlns:x='adobe:ns:meta/'>"),
        (ImageFormat::Png, b"eXIfII*\0"),
        (ImageFormat::Png, b"zTXtRaw profile type exif\0"),
        (ImageFormat::WebP, b"EXIF\0\0\0\0Exif\0\0"),
    ] {
        assert!(has_marks(&with(format, mark)[..]).unwrap(), "{format:?}");
    }
    for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP] {
        assert!(!has_marks(&file(format)[..]).unwrap(), "{format:?}");
    }
    // Also where two of the searched pieces meet.
    for at in SEARCHED - 8..SEARCHED + 2 {
        let mut bytes = vec![7; at];
        bytes.extend_from_slice(b"Exif\0\0");
        assert!(has_marks(&bytes[..]).unwrap(), "{at}");
    }
    assert!(MARKS.iter().all(|mark| mark.len() < LONGEST_MARK));
}
