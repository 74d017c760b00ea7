//! Makes a smaller image to show in place of one that was sent.

use std::io::Cursor;

use super::picture::{Bounds, Picture, PictureFault, decode, encode_jpeg, is_opaque, open};
use image::{
    DynamicImage, ImageDecoder as _, Pixel as _, Rgba, codecs::webp::WebPEncoder,
    imageops::FilterType, metadata::Orientation,
};

/// The bounds of an image that gets a preview. The memory is beside that of the decoder.
const BOUNDS: Bounds = Bounds { pixels: 50_000_000, memory: 256 << 20 };

/// What the head of an image says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShownSize {
    /// The width in pixels, after its orientation is applied.
    pub width: u32,
    /// The height in pixels, after its orientation is applied.
    pub height: u32,
    /// True if a preview can be made of it, as far as the head says.
    pub has_preview: bool,
}

/// Reads the size of an image as it is shown. Returns `None` if the bytes are no image, or a broken
/// one.
#[must_use]
pub fn shown_size(bytes: &[u8]) -> Option<ShownSize> {
    let mut decoder = open(bytes, BOUNDS.memory).ok()?;
    let (width, height) = decoder.dimensions();
    if width == 0 || height == 0 {
        return None;
    }
    let has_preview = BOUNDS.check(&decoder).is_ok();
    let is_turned = turns(decoder.orientation().unwrap_or(Orientation::NoTransforms));
    let (width, height) = if is_turned { (height, width) } else { (width, height) };
    Some(ShownSize { width, height, has_preview })
}

/// Makes a preview: upright, without metadata, at most so wide, and twice as high. Of a moving
/// image it takes the first frame.
///
/// Takes long and much memory: run it on a thread for that, and few at a time.
///
/// # Errors
/// Fails if the bytes are no image, or none that is accepted.
pub fn make_preview(bytes: &[u8], max_width: u32) -> Result<Picture, PictureFault> {
    encode(&make_smaller(bytes, max_width)?)
}

/// Makes a preview as [`make_preview`] does, always a JPEG: what is transparent becomes white.
///
/// # Errors
/// Fails if the bytes are no image, or none that is accepted.
pub fn make_plain_preview(bytes: &[u8], max_width: u32) -> Result<Picture, PictureFault> {
    let mut pixels = make_smaller(bytes, max_width)?.into_rgba8();
    for pixel in pixels.pixels_mut() {
        let mut ground = Rgba([u8::MAX; 4]);
        ground.blend(pixel);
        *pixel = ground;
    }
    encode_jpeg(&pixels.into())
}

fn make_smaller(bytes: &[u8], max_width: u32) -> Result<DynamicImage, PictureFault> {
    let (mut image, orientation) = decode(bytes, BOUNDS)?;
    let max_height = 2 * max_width;
    let (max_width, max_height) =
        if turns(orientation) { (max_height, max_width) } else { (max_width, max_height) };
    if image.width() > max_width || image.height() > max_height {
        if image.width() > 4 * max_width || image.height() > 4 * max_height {
            // Averages first: quick, and the filter below is not needed for the rest.
            image = image.thumbnail(2 * max_width, 2 * max_height);
        }
        image = image.resize(max_width, max_height, FilterType::CatmullRom);
    }
    // Turning the small image takes no memory.
    image.apply_orientation(orientation);
    Ok(image)
}

/// Returns whether an orientation exchanges width and height.
fn turns(orientation: Orientation) -> bool {
    matches!(
        orientation,
        Orientation::Rotate90
            | Orientation::Rotate270
            | Orientation::Rotate90FlipH
            | Orientation::Rotate270FlipH
    )
}

fn encode(image: &DynamicImage) -> Result<Picture, PictureFault> {
    let pixels = image.to_rgba8();
    if is_opaque(&pixels) {
        return encode_jpeg(image);
    }
    let mut bytes = Cursor::new(Vec::new());
    let encoder = WebPEncoder::new_lossless(&mut bytes);
    pixels.write_with_encoder(encoder).map_err(|_| PictureFault::Broken)?;
    Ok(Picture { media_type: "image/webp", bytes: bytes.into_inner() })
}

#[cfg(test)]
mod tests {
    use image::{ImageFormat, Rgb, RgbImage, RgbaImage};

    use super::*;

    const WIDTH: u32 = 720;

    fn file(image: &DynamicImage, format: ImageFormat) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        image.write_to(&mut bytes, format).unwrap();
        bytes.into_inner()
    }

    fn opaque(width: u32, height: u32) -> DynamicImage {
        RgbImage::from_pixel(width, height, Rgb([200, 30, 30])).into()
    }

    /// A JPEG whose EXIF data has this orientation.
    fn turned(width: u32, height: u32, orientation: u8) -> Vec<u8> {
        let jpeg = file(&opaque(width, height), ImageFormat::Jpeg);
        let exif = [
            &b"\xff\xe1\0\x22Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0"[..],
            &[orientation, 0, 0, 0, 0, 0, 0],
        ];
        [&jpeg[..2], &exif.concat(), &jpeg[2..]].concat()
    }

    #[test]
    fn a_preview_is_at_most_so_wide_and_upright() {
        for (bytes, size, preview) in [
            (file(&opaque(1440, 900), ImageFormat::Png), (1440, 900), (720, 450)),
            (file(&opaque(100, 50), ImageFormat::Gif), (100, 50), (100, 50)),
            (file(&opaque(10, 9000), ImageFormat::Png), (10, 9000), (2, 1440)),
            (turned(1000, 500, 1), (1000, 500), (720, 360)),
            (turned(1000, 500, 6), (500, 1000), (500, 1000)),
            (turned(3000, 1500, 8), (1500, 3000), (720, 1440)),
        ] {
            let found = shown_size(&bytes).unwrap();
            assert_eq!((found.width, found.height), size);
            assert!(found.has_preview);
            let made = make_preview(&bytes, WIDTH).unwrap();
            assert_eq!(made.media_type, "image/jpeg");
            let image = image::load_from_memory(&made.bytes).unwrap();
            assert_eq!((image.width(), image.height()), preview);
        }
    }

    #[test]
    fn an_image_with_transparent_pixels_keeps_them() {
        let image = RgbaImage::from_pixel(900, 900, Rgba([0, 200, 0, 100]));
        let made = make_preview(&file(&image.into(), ImageFormat::WebP), WIDTH).unwrap();
        assert_eq!(made.media_type, "image/webp");
        let preview = image::load_from_memory(&made.bytes).unwrap().to_rgba8();
        assert_eq!(preview.dimensions(), (720, 720));
        assert_eq!(preview.get_pixel(300, 300).0[3], 100);
    }

    #[test]
    fn a_plain_preview_stands_on_white() {
        let image = RgbaImage::from_pixel(900, 900, Rgba([0, 200, 0, 0]));
        let made = make_plain_preview(&file(&image.into(), ImageFormat::Png), WIDTH).unwrap();
        assert_eq!(made.media_type, "image/jpeg");
        let preview = image::load_from_memory(&made.bytes).unwrap().to_rgb8();
        assert_eq!((preview.dimensions(), preview.get_pixel(300, 300).0), ((720, 720), [255; 3]));
    }

    /// The head of a PNG of this size, without pixels.
    fn head(width: u32, height: u32) -> Vec<u8> {
        let mut png = file(&opaque(1, 1), ImageFormat::Png);
        png[16..20].copy_from_slice(&width.to_be_bytes());
        png[20..24].copy_from_slice(&height.to_be_bytes());
        let sum = crc(&png[12..29]);
        png[29..33].copy_from_slice(&sum.to_be_bytes());
        png
    }

    fn crc(bytes: &[u8]) -> u32 {
        let mut crc = u32::MAX;
        for byte in bytes {
            crc ^= u32::from(*byte);
            for _ in 0..8 {
                crc = if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 };
            }
        }
        !crc
    }

    #[test]
    fn an_image_that_is_too_large_has_a_size_and_no_preview() {
        let huge = head(12_000, 12_000);
        let found = shown_size(&huge).unwrap();
        assert_eq!((found.width, found.height, found.has_preview), (12_000, 12_000, false));
        assert_eq!(make_preview(&huge, WIDTH), Err(PictureFault::Size));
        assert_eq!(shown_size(&head(100_000, 100_000)), None);
        assert_eq!(shown_size(&head(0, 5)), None);
    }

    #[test]
    fn what_is_broken_is_no_image() {
        let png = file(&opaque(50, 50), ImageFormat::Png);
        assert!(make_preview(&png[..png.len() / 2], WIDTH).is_err());
        assert_eq!(shown_size(&png[..20]), None);
        for bytes in [&b""[..], b"GIF89a", b"\xff\xd8\xff", b"RIFF\0\0\0\0WEBPVP8 ", b"<svg/>"] {
            assert_eq!(shown_size(bytes), None);
            assert!(make_preview(bytes, WIDTH).is_err());
        }
        // A broken orientation shows the image as it is stored.
        for orientation in [0, 9, 255] {
            let found = shown_size(&turned(100, 50, orientation)).unwrap();
            assert_eq!((found.width, found.height), (100, 50));
        }
    }
}
