//! Makes the pictures of users and of emoji out of images: small, without metadata.
//!
//! The image comes from outside. Its format is told by its bytes, and nothing is decoded that is
//! larger than the bounds.

use std::io::Cursor;

use image::{
    DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits, RgbaImage,
    codecs::{jpeg::JpegEncoder, webp::WebPEncoder},
    imageops::FilterType,
    metadata::Orientation,
};
use protocol::limits::MAX_EMOJI_EDGE;

/// The edge of a picture, in pixels.
pub const EDGE: u32 = 256;
/// The longest edge of an image that is decoded.
const MAX_EDGE: u32 = 16_384;
/// The bounds of an image that becomes a picture. Cameras of phones take up to 50 million pixels,
/// and a file of that many has more bytes than are accepted.
const BOUNDS: Bounds = Bounds { pixels: 32_000_000, memory: 160 << 20 };
/// The longest edge of the picture of an emoji, in pixels.
pub const EMOJI_EDGE: u32 = 128;
/// The bounds of an image that becomes the picture of an emoji.
const EMOJI_BOUNDS: Bounds =
    Bounds { pixels: MAX_EMOJI_EDGE as u64 * MAX_EMOJI_EDGE as u64, memory: 8 << 20 };
/// The quality of a JPEG.
const QUALITY: u8 = 85;

/// The formats that are accepted: how their files begin, at which byte.
const FORMATS: [(ImageFormat, usize, &[u8]); 5] = [
    (ImageFormat::Png, 0, b"\x89PNG\r\n\x1a\n"),
    (ImageFormat::Jpeg, 0, b"\xff\xd8\xff"),
    (ImageFormat::Gif, 0, b"GIF87a"),
    (ImageFormat::Gif, 0, b"GIF89a"),
    (ImageFormat::WebP, 8, b"WEBPVP8"),
];

/// A picture as it is served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// The media type.
    pub media_type: &'static str,
    /// The file.
    pub bytes: Vec<u8>,
}

/// The bounds of an image that is decoded.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    /// The most pixels.
    pub(super) pixels: u64,
    /// The most memory that decoding takes, beside the pixels themselves.
    pub(super) memory: u64,
}

impl Bounds {
    /// Checks an image by its head.
    pub(super) fn check(self, decoder: &impl ImageDecoder) -> Result<(), PictureFault> {
        let (width, height) = decoder.dimensions();
        if width == 0 || height == 0 {
            return Err(PictureFault::Broken);
        }
        let pixels = u64::from(width) * u64::from(height);
        if pixels > self.pixels || decoder.total_bytes() > self.memory {
            return Err(PictureFault::Size);
        }
        Ok(())
    }
}

/// Why an image cannot become a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PictureFault {
    /// It is none of the formats that are accepted.
    Format,
    /// It has too many pixels.
    Size,
    /// It is broken.
    Broken,
}

/// Turns an image upright, cuts the middle square out of it and reduces it to at most [`EDGE`]. Of
/// a moving image it takes the first frame.
///
/// Takes long and much memory: run it on a thread for that, and few at a time.
///
/// # Errors
/// Fails if the bytes are no image, or none that is accepted.
pub fn make_picture(bytes: &[u8]) -> Result<Picture, PictureFault> {
    let (mut image, orientation) = decode(bytes, BOUNDS)?;
    let (width, height) = (image.width(), image.height());
    let edge = width.min(height);
    if width != height {
        image = image.crop_imm((width - edge) / 2, (height - edge) / 2, edge, edge);
    }
    if edge > 4 * EDGE {
        // Averages first: quick, and the filter below is not needed for the rest.
        image = image.thumbnail_exact(2 * EDGE, 2 * EDGE);
    }
    if edge > EDGE {
        image = image.resize_exact(EDGE, EDGE, FilterType::CatmullRom);
    }
    // The middle is the middle in every orientation, and turning the small picture takes no memory.
    image.apply_orientation(orientation);
    encode(&image)
}

/// Makes the picture of an emoji: upright, in its proportions, with edges of at most
/// [`EMOJI_EDGE`]. Of a moving image it takes the first frame.
///
/// Run it on a thread that may take long, and few at a time.
///
/// # Errors
/// Fails if the bytes are no image, or none that is accepted.
pub fn make_emoji(bytes: &[u8]) -> Result<Picture, PictureFault> {
    let (width, height) = open(bytes, EMOJI_BOUNDS.memory)?.dimensions();
    if width.max(height) > MAX_EMOJI_EDGE {
        return Err(PictureFault::Size);
    }
    let (mut image, orientation) = decode(bytes, EMOJI_BOUNDS)?;
    if width.max(height) > EMOJI_EDGE {
        image = image.resize(EMOJI_EDGE, EMOJI_EDGE, FilterType::CatmullRom);
    }
    image.apply_orientation(orientation);
    // Lossless: drawings have sharp edges.
    let mut bytes = Cursor::new(Vec::new());
    let encoder = WebPEncoder::new_lossless(&mut bytes);
    image.to_rgba8().write_with_encoder(encoder).map_err(|_| PictureFault::Broken)?;
    Ok(Picture { media_type: "image/webp", bytes: bytes.into_inner() })
}

/// Decodes an image. Returns it as it is stored, and how it is to be shown.
pub(super) fn decode(
    bytes: &[u8],
    bounds: Bounds,
) -> Result<(DynamicImage, Orientation), PictureFault> {
    let mut decoder = open(bytes, bounds.memory)?;
    bounds.check(&decoder)?;
    // A broken orientation shows the picture as it is stored.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let image = DynamicImage::from_decoder(decoder).map_err(fault)?;
    Ok((image, orientation))
}

/// Reads the head of an image.
pub(super) fn open(bytes: &[u8], memory: u64) -> Result<impl ImageDecoder, PictureFault> {
    let begins =
        |at: usize, magic: &[u8]| bytes.get(at..).is_some_and(|rest| rest.starts_with(magic));
    let format = FORMATS.iter().find(|(_, at, magic)| begins(*at, magic));
    let (format, ..) = format.ok_or(PictureFault::Format)?;
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_EDGE);
    limits.max_image_height = Some(MAX_EDGE);
    limits.max_alloc = Some(memory);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), *format);
    reader.limits(limits);
    reader.into_decoder().map_err(fault)
}

#[expect(clippy::needless_pass_by_value, reason = "for `map_err`")]
fn fault(error: image::ImageError) -> PictureFault {
    match error {
        image::ImageError::Limits(_) => PictureFault::Size,
        _ => PictureFault::Broken,
    }
}

fn encode(image: &DynamicImage) -> Result<Picture, PictureFault> {
    let pixels = image.to_rgba8();
    if is_opaque(&pixels) {
        return encode_jpeg(image);
    }
    let mut bytes = Vec::new();
    let written = pixels.write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png);
    written.map_err(|_| PictureFault::Broken)?;
    Ok(Picture { media_type: "image/png", bytes })
}

pub(super) fn is_opaque(pixels: &RgbaImage) -> bool {
    pixels.pixels().all(|pixel| pixel.0[3] == u8::MAX)
}

pub(super) fn encode_jpeg(image: &DynamicImage) -> Result<Picture, PictureFault> {
    let mut bytes = Vec::new();
    let encoder = JpegEncoder::new_with_quality(&mut bytes, QUALITY);
    image.to_rgb8().write_with_encoder(encoder).map_err(|_| PictureFault::Broken)?;
    Ok(Picture { media_type: "image/jpeg", bytes })
}

#[cfg(test)]
mod tests;
