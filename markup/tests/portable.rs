//! The same trees natively and in WebAssembly: one digest over the trees of many texts.

use wasm_bindgen_test::wasm_bindgen_test;

const DIGEST: u64 = 0x50f6_d55c_1a19_c4d5;

/// FNV-1a.
fn digest(hash: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(hash, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3))
}

/// The sources of the examples.
fn examples() -> impl Iterator<Item = String> {
    let files =
        [include_str!("examples/commonmark.json"), include_str!("examples/gfm.json")].into_iter();
    files
        .flat_map(|file| serde_json::from_str::<Vec<serde_json::Value>>(file).expect("a list"))
        .map(|example| {
            example["markdown"].as_str().map(str::to_owned).expect("every example has text")
        })
}

/// Texts of words and marks in a random order that is the same in each run.
fn generated() -> impl Iterator<Item = String> {
    const PARTS: [&str; 40] = [
        "a",
        "Snow ",
        "é",
        "你好",
        "🎉",
        " ",
        "  ",
        "\n",
        "\n\n",
        "\t",
        "*",
        "**",
        "_",
        "__",
        "~~",
        "`",
        "```\n",
        "> ",
        "- ",
        "1. ",
        "# ",
        "[",
        "](",
        ")",
        "!",
        "<b>",
        "&amp;",
        "\\",
        "|",
        "|-|\n",
        "@ada",
        "@room",
        "#general",
        ":tada:",
        "https://a.b/_c_",
        "www.a.b",
        "a@b.c",
        "[x] ",
        "]: ",
        "---\n",
    ];
    let mut state = 1_u64;
    let mut random = move |below: usize| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from((state >> 33) % below as u64).unwrap_or_default()
    };
    (0..2_000).map(move |_| {
        let length = 1 + random(40);
        (0..length).map(|_| PARTS[random(PARTS.len())]).collect()
    })
}

#[test]
#[wasm_bindgen_test]
fn trees_are_the_same_everywhere() {
    let mut hash = 0xcbf2_9ce4_8422_2325;
    for text in examples().chain(generated()) {
        hash = digest(hash, &serde_json::to_vec(&markup::parse(&text)).unwrap());
        hash = digest(hash, b"\n");
    }
    assert_eq!(
        hash, DIGEST,
        "0x{hash:016x}: if the trees changed on purpose, this is the new value"
    );
}
