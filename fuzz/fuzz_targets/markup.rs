//! Parses any text as Markdown. Every tree is bounded, and arrives as it was sent.
#![no_main]

use libfuzzer_sys::fuzz_target;
use protocol::{
    Block,
    limits::{MAX_MENTIONS, MAX_TREE_BYTES},
};

fuzz_target!(|text: &str| {
    let blocks = markup::tree(text);
    let json = serde_json::to_string(&blocks).unwrap();
    assert_eq!(serde_json::from_str::<Vec<Block>>(&json).unwrap(), blocks);
    // Each node takes up to 64 bytes besides its strings, which escapes make longer.
    assert!(json.len() <= 6 * MAX_TREE_BYTES + 64 * 2_000);
    assert!(markup::mentioned(text, &blocks).len() <= MAX_MENTIONS);
});
