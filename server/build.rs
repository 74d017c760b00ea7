//! Embeds the page in the release binary: every file of `target/site`, uncompressed and, if that
//! is smaller, compressed with Brotli and with gzip. Debug builds read the files from the disk, so
//! that `cargo leptos watch` shows changes at once.

use std::{
    env,
    fmt::Write as _,
    fs, io,
    io::Write as _,
    path::{Path, PathBuf},
};

use flate2::{Compression, write::GzEncoder};
use sha2::{Digest as _, Sha256};

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=build.rs");
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or_else(|| io::Error::other("no OUT_DIR"))?);
    // Read when this runs, not when it was compiled: the target folder may have been copied.
    let folder = env::var_os("CARGO_MANIFEST_DIR")
        .ok_or_else(|| io::Error::other("no CARGO_MANIFEST_DIR"))?;
    let site = Path::new(&folder).join("../target/site");
    let mut files = Vec::new();
    if env::var("PROFILE").is_ok_and(|profile| profile == "release") {
        println!("cargo::rerun-if-changed={}", site.display());
        if site.is_dir() {
            collect(&site, &site, &mut files)?;
        }
        if !files.iter().any(|(name, _)| name == "/pkg/banter.wasm") {
            println!(
                "cargo::warning=target/site contains no page: this build serves the API only. \
                 Use bin/build."
            );
            files.clear();
        }
    }
    files.sort();

    let mut build = Sha256::new();
    let mut table = String::from("&[\n");
    for (number, (name, path)) in files.iter().enumerate() {
        let bytes = fs::read(path)?;
        build.update(name);
        build.update((bytes.len() as u64).to_be_bytes());
        build.update(&bytes);
        if let Some(hash) = hash_in(name)
            && hash != digest(&bytes)
        {
            let rule = format!("{name} must be named by its hash, {}", digest(&bytes));
            return Err(io::Error::other(rule));
        }
        let plain = out.join(format!("{number}.plain"));
        fs::write(&plain, &bytes)?;
        let compressed = |ending: &str, compressed: Vec<u8>| -> io::Result<String> {
            if compressed.len() >= bytes.len() {
                return Ok("None".to_owned());
            }
            let path = out.join(format!("{number}.{ending}"));
            fs::write(&path, compressed)?;
            Ok(format!("Some(include_bytes!({path:?}))"))
        };
        let brotli = compressed("br", brotli(&bytes)?)?;
        let gzip = compressed("gz", gzip(&bytes)?)?;
        let _ = writeln!(
            table,
            "File {{ name: {name:?}, plain: include_bytes!({plain:?}), brotli: {brotli}, \
             gzip: {gzip} }},"
        );
    }
    table.push(']');
    let build = hex(&build.finalize()[..6]);
    let build = if files.is_empty() { "dev" } else { &build };
    fs::write(out.join("files.rs"), table)?;
    fs::write(out.join("build.txt"), build)
}

fn collect(root: &Path, folder: &Path, files: &mut Vec<(String, PathBuf)>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(root, &path, files)?;
        } else if let Ok(name) = path.strip_prefix(root) {
            files.push((format!("/{}", name.display()).replace('\\', "/"), path));
        }
    }
    Ok(())
}

/// Returns the hash in the name of a file that browsers keep: `fonts/figtree.0123456789ab.woff2`.
///
/// `http/assets.rs` finds it in the same way.
fn hash_in(name: &str) -> Option<&str> {
    let mut parts = name.rsplit('/').next()?.split('.').rev();
    let (_extension, hash, _stem) = (parts.next()?, parts.next()?, parts.next()?);
    let is_hash = hash.len() == 12 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_hash.then_some(hash)
}

fn digest(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes)[..6])
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn brotli(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut compressed = Vec::new();
    let parameters = brotli::enc::BrotliEncoderParams { quality: 11, ..Default::default() };
    brotli::BrotliCompress(&mut &*bytes, &mut compressed, &parameters)?;
    Ok(compressed)
}

fn gzip(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    encoder.finish()
}
