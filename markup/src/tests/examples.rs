//! The examples of the specifications. `tests/examples/` has those of CommonMark 0.31.2, and of the
//! extensions in GFM 0.29: source and HTML, taken from the specifications, which are published
//! under CC-BY-SA 4.0.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::html::html;
use crate::{builder, href};

#[derive(Deserialize)]
struct Example {
    example: u32,
    markdown: String,
    html: String,
}

/// Checks all examples: those in `different` must not pass.
#[track_caller]
fn check(examples: &str, different: &[(&str, &[u32])]) {
    let examples: Vec<Example> = serde_json::from_str(examples).unwrap();
    let different: BTreeSet<u32> = different.iter().flat_map(|(_, list)| *list).copied().collect();
    // The examples' links lead to relative addresses.
    let any = |address: &str| Some(href::encoded(address));
    let mut failed = BTreeSet::new();
    for Example { example, markdown, html: expected } in &examples {
        let ours = html(&builder::parse(markdown, any).unwrap());
        if normalized(expected) != ours {
            failed.insert(*example);
        }
    }
    let unexpected: Vec<_> = failed.difference(&different).collect();
    assert!(unexpected.is_empty(), "failed: {unexpected:?}");
    let passed: Vec<_> = different.difference(&failed).collect();
    assert!(passed.is_empty(), "listed, but passed: {passed:?}");
}

/// Removes what trees do not have: the titles of links, and the difference of line breaks.
fn normalized(html: &str) -> String {
    let html = html.replace("<br />\n", "\n");
    let mut parts = html.split(" title=\"");
    let mut normalized = parts.next().unwrap().to_owned();
    for part in parts {
        normalized.push_str(part.split_once('"').unwrap().1);
    }
    normalized
}

#[test]
fn the_examples_of_commonmark_are_parsed() {
    let different: &[(&str, &[u32])] = &[
        (
            "raw HTML is text",
            &[
                21, 31, 148, 149, 150, 151, 152, 153, 154, 155, 156, 157, 158, 159, 160, 161, 162,
                163, 164, 165, 166, 167, 168, 169, 170, 171, 172, 173, 174, 175, 176, 177, 178,
                179, 180, 181, 182, 183, 184, 185, 186, 187, 188, 189, 190, 191, 201, 308, 309,
                344, 475, 476, 477, 491, 494, 524, 536, 538, 613, 614, 615, 616, 617, 623, 625,
                626, 627, 628, 629, 630, 631, 642, 643,
            ],
        ),
        (
            "images are links",
            &[
                517, 520, 531, 572, 573, 574, 575, 576, 577, 578, 579, 580, 581, 582, 583, 584,
                585, 586, 587, 588, 589, 591,
            ],
        ),
        ("a link without text shows its address", &[484]),
        ("definitions that nothing uses are text", &[207, 208, 210, 317, 537, 545, 563, 567, 592]),
        ("bare addresses are links", &[602, 606, 608, 611, 612]),
        ("an entity of a line break is a space", &[39]),
    ];
    check(include_str!("../../tests/examples/commonmark.json"), different);
}

#[test]
fn the_examples_of_gfm_are_parsed() {
    let different: &[(&str, &[u32])] = &[("links lead to pages and mail, not to FTP", &[628])];
    check(include_str!("../../tests/examples/gfm.json"), different);
}
