//! Tests of pictures, with images that want to do harm.

use image::{Rgb, RgbImage, Rgba, RgbaImage, codecs::png::PngEncoder};

use super::*;

fn bytes_of(image: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Vec::new();
    image.write_to(&mut Cursor::new(&mut bytes), format).unwrap();
    bytes
}

/// An image that is red at the left, and blue at the right.
fn halves(width: u32, height: u32) -> DynamicImage {
    let color = |x| if x < width / 2 { Rgb([255, 0, 0]) } else { Rgb([0, 0, 255]) };
    RgbImage::from_fn(width, height, |x, _| color(x)).into()
}

fn shown(picture: &Picture) -> DynamicImage {
    image::load_from_memory(&picture.bytes).unwrap()
}

fn is_red(image: &DynamicImage, x: u32, y: u32) -> bool {
    let Rgb([red, _, blue]) = *image.to_rgb8().get_pixel(x, y);
    red > 200 && blue < 50
}

/// Adds an Exif segment with this orientation to a JPEG, and a comment.
fn with_metadata(jpeg: &[u8], orientation: u8) -> Vec<u8> {
    let mut exif =
        b"\xff\xe1\x00\x22Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
    exif.extend([orientation, 0, 0, 0, 0, 0, 0]);
    [&jpeg[..2], &exif, b"\xff\xfe\x00\x08secret", &jpeg[2..]].concat()
}

#[test]
fn every_format_becomes_a_small_square() {
    for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::Gif, ImageFormat::WebP] {
        let picture = make_picture(&bytes_of(&halves(1200, 700), format)).unwrap();
        let image = shown(&picture);
        assert_eq!((image.width(), image.height()), (EDGE, EDGE), "{format:?}");
        assert!(is_red(&image, 10, 128) && !is_red(&image, 245, 128), "{format:?}");
        assert!(picture.bytes.len() < 100_000);
    }
    let small = make_picture(&bytes_of(&halves(40, 30), ImageFormat::Png)).unwrap();
    assert_eq!(shown(&small).width(), 30, "a small image is not blown up");
    let thin = make_picture(&bytes_of(&halves(3000, 1), ImageFormat::Png)).unwrap();
    assert_eq!(shown(&thin).width(), 1);
}

#[test]
fn transparency_stays() {
    let image: DynamicImage = RgbaImage::from_pixel(300, 300, Rgba([9, 9, 9, 100])).into();
    let picture = make_picture(&bytes_of(&image, ImageFormat::WebP)).unwrap();
    assert_eq!(picture.media_type, "image/png");
    assert_eq!(shown(&picture).to_rgba8().get_pixel(5, 5).0[3], 100);
}

#[test]
fn pictures_are_upright_and_without_metadata() {
    let jpeg = bytes_of(&halves(600, 600), ImageFormat::Jpeg);
    // 6: the camera was turned, so that the left of the file is the top of the image.
    assert_eq!(Orientation::from_exif(6), Some(Orientation::Rotate90));
    let sent = with_metadata(&jpeg, 6);
    let picture = make_picture(&sent).unwrap();
    let image = shown(&picture);
    assert!(is_red(&image, 128, 10) && is_red(&image, 245, 10) && !is_red(&image, 10, 245));
    let has = |bytes: &[u8], text: &[u8]| bytes.windows(text.len()).any(|part| part == text);
    assert!(has(&sent, b"secret") && !has(&picture.bytes, b"secret"));
    assert!(has(&sent, b"Exif") && !has(&picture.bytes, b"Exif"));
    assert!(make_picture(&with_metadata(&jpeg, 99)).is_ok(), "an orientation that does not exist");
}

/// A few bytes that claim to be a huge image, or that are one.
#[test]
fn decompression_bombs_are_refused_before_they_are_decoded() {
    let png = bytes_of(&halves(8, 8), ImageFormat::Png);
    for (width, height) in [(60_000_u32, 60_000_u32), (16_000, 16_000), (1, 2_000_000_000)] {
        let mut bomb = png.clone();
        bomb[16..20].copy_from_slice(&width.to_be_bytes());
        bomb[20..24].copy_from_slice(&height.to_be_bytes());
        let crc = crc(&bomb[12..29]);
        bomb[29..33].copy_from_slice(&crc.to_be_bytes());
        assert_eq!(make_picture(&bomb), Err(PictureFault::Size), "{width} x {height}");
    }
    let mut gif = bytes_of(&halves(8, 8), ImageFormat::Gif);
    gif[6..10].copy_from_slice(&[0xff; 4]);
    assert_eq!(make_picture(&gif), Err(PictureFault::Size), "65,535 x 65,535");
    // 36 million white pixels in some 40 KB.
    let mut white = Vec::new();
    let pixels = vec![255; 6000 * 6000];
    let encoder = PngEncoder::new(&mut white);
    image::ImageEncoder::write_image(encoder, &pixels, 6000, 6000, image::ExtendedColorType::L8)
        .unwrap();
    assert!(white.len() < 1 << 20);
    assert_eq!(make_picture(&white), Err(PictureFault::Size));
}

/// The checksum of a chunk of PNG.
fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 }
        })
    })
}

#[test]
fn truncated_and_broken_files_are_refused() {
    for format in [ImageFormat::Png, ImageFormat::Gif, ImageFormat::WebP] {
        let whole = bytes_of(&halves(64, 64), format);
        for length in (12..whole.len() - 8).step_by(7) {
            let made = make_picture(&whole[..length]);
            assert!(made.is_err(), "{format:?} of {length} bytes");
        }
    }
    // JPEG shows what there is. No length panics.
    let whole = bytes_of(&halves(64, 64), ImageFormat::Jpeg);
    for length in 3..whole.len() {
        let _ = make_picture(&whole[..length]);
    }
    for seed in 0..300_usize {
        for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::Gif, ImageFormat::WebP] {
            let mut odd = bytes_of(&halves(16, 16), format);
            let at = 12 + seed * 31 % (odd.len() - 12);
            odd[at] = odd[at].wrapping_add((seed % 255) as u8 + 1);
            let _ = make_picture(&odd);
        }
    }
}

#[test]
fn other_files_are_refused_by_their_bytes() {
    let svg = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>";
    for other in [&svg[..], b"BM", b"II*\0", b"", b"%PDF-1.7", b"RIFF\0\0\0\0WAVEfmt "] {
        assert_eq!(make_picture(other), Err(PictureFault::Format));
    }
    // A file that is two things at once: nothing of its other half is left.
    let gif = bytes_of(&halves(300, 300), ImageFormat::Gif);
    let both = [&gif[..], b"<script>alert(1)</script>"].concat();
    let picture = make_picture(&both).unwrap();
    assert!(!picture.bytes.windows(8).any(|part| part == b"<script>"));
}

#[test]
fn the_picture_of_an_emoji_keeps_its_proportions_and_nothing_else() {
    for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::Gif, ImageFormat::WebP] {
        let picture = make_emoji(&bytes_of(&halves(512, 256), format)).unwrap();
        let image = shown(&picture);
        assert_eq!((image.width(), image.height()), (EMOJI_EDGE, EMOJI_EDGE / 2), "{format:?}");
        assert!(is_red(&image, 10, 30) && !is_red(&image, 120, 30), "{format:?}");
    }
    let sent = with_metadata(&bytes_of(&halves(40, 20), ImageFormat::Jpeg), 6);
    let picture = make_emoji(&sent).unwrap();
    assert_eq!((shown(&picture).width(), shown(&picture).height()), (20, 40));
    assert!(!picture.bytes.windows(6).any(|part| part == b"secret"));
    for (width, height) in [(513, 1), (1, 513), (600, 600)] {
        let image = bytes_of(&halves(width, height), ImageFormat::Png);
        assert_eq!(make_emoji(&image), Err(PictureFault::Size), "{width} x {height}");
    }
    let clear: DynamicImage = RgbaImage::from_pixel(9, 9, Rgba([9, 9, 9, 100])).into();
    let picture = make_emoji(&bytes_of(&clear, ImageFormat::Gif)).unwrap();
    assert_eq!(picture.media_type, "image/webp");
}
