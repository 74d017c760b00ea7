//! The time to make the preview of a JPEG, beside that of libvips (Debian: `libvips-tools`) for the
//! same file, in turns: `cargo bench -p server --bench previews -- PICTURE`. Both have one thread
//! and write a JPEG of the same width. Without a picture, one of 500 KB is made.

#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a tool for measuring")]

use std::{
    env, fs,
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use image::{Rgb, RgbImage, codecs::jpeg::JpegEncoder};
use protocol::limits::MAX_PREVIEW_WIDTH;
use server::base::preview::make_preview;

const ROUNDS: usize = 21;
/// Pictures per start of libvips, so that its start does not count.
const BATCH: u32 = 10;

/// A JPEG of 2,400 x 1,600 pixels with structure at all sizes, as a photograph has.
fn photograph() -> Vec<u8> {
    let level = |x: u32, y: u32, channel: u32| {
        let wave = |size: u32| {
            let turn = |place: u32| (f64::from(place) / f64::from(size)).sin();
            turn(x + channel * 40) + turn(y + channel * 70)
        };
        let grain = x.wrapping_mul(2_654_435_761).wrapping_add(y.wrapping_mul(40_503)) >> 13;
        let noise = f64::from(grain % 100) / 100.0;
        let sum = wave(400) * 30.0 + wave(37) * 12.0 + wave(5) * 6.0 + noise * 12.0;
        (128.0 + sum).clamp(0.0, 255.0).round() as u8
    };
    let image = RgbImage::from_fn(2_400, 1_600, |x, y| Rgb([0, 1, 2].map(|c| level(x, y, c))));
    let mut best = Vec::new();
    for quality in (40..95).step_by(2) {
        let mut bytes = Vec::new();
        image.write_with_encoder(JpegEncoder::new_with_quality(&mut bytes, quality)).unwrap();
        if bytes.len() > 505_000 {
            break;
        }
        best = bytes;
    }
    best
}

/// Returns the time for a picture, or `None` if libvips is not installed.
fn with_vips(picture: &Path) -> Option<Duration> {
    let begun = Instant::now();
    let done = Command::new("vipsthumbnail")
        .env("VIPS_CONCURRENCY", "1")
        .args(["--size", &format!("{MAX_PREVIEW_WIDTH}x"), "-o", "small-%s.jpg[strip]"])
        .args((0..BATCH).map(|_| picture))
        .status()
        .ok()?;
    assert!(done.success());
    Some(begun.elapsed() / BATCH)
}

fn median(mut took: Vec<Duration>) -> f64 {
    took.sort_unstable();
    took[took.len() / 2].as_secs_f64() * 1_000.0
}

fn main() {
    let named = env::args().skip(1).find(|argument| !argument.starts_with('-'));
    let bytes = named.map_or_else(photograph, |path| fs::read(path).unwrap());
    let folder = tempfile::tempdir().unwrap();
    let picture = folder.path().join("picture.jpg");
    fs::write(&picture, &bytes).unwrap();
    let (mut ours, mut vips) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let begun = Instant::now();
        assert!(!make_preview(&bytes, MAX_PREVIEW_WIDTH).unwrap().bytes.is_empty());
        ours.push(begun.elapsed());
        vips.extend(with_vips(&picture));
    }
    println!("a JPEG of {} KB, medians of {ROUNDS} in turns", bytes.len() / 1_000);
    let ours = median(ours);
    println!("Banter   {ours:.1} ms");
    if vips.is_empty() {
        println!("libvips is not installed");
    } else {
        let vips = median(vips);
        println!("libvips  {vips:.1} ms; Banter takes {:.2} times as long", ours / vips);
    }
}
