#![expect(clippy::single_range_in_vec_init, reason = "most texts have one mark")]

use super::*;

/// Folds the letters of these tests.
fn fold(letter: char) -> String {
    match letter {
        'é' | 'É' | 'ë' => "e".to_owned(),
        '\u{301}' => String::new(),
        letter => letter.to_lowercase().collect(),
    }
}

fn named(name: &str) -> Candidate {
    Candidate { names: vec![Words::new(name, fold)], ..Candidate::default() }
}

/// Returns the names that are found, in order.
fn found<'a>(query: &str, names: &[&'a str]) -> Vec<&'a str> {
    let candidates: Vec<_> = names.iter().map(|name| named(name)).collect();
    search(query, &candidates, fold).into_iter().map(|found| names[found.index]).collect()
}

#[test]
fn any_word_is_found_by_its_beginning_then_by_a_part_of_it() {
    let names = ["incident-2026-11", "front-desk", "design", "general"];
    assert_eq!(found("de", &names), ["design", "front-desk", "incident-2026-11"]);
    assert_eq!(found("DES", &names), ["design", "front-desk"]);
    assert_eq!(found("2026", &names), ["incident-2026-11"]);
    assert_eq!(found("desk fr", &names), ["front-desk"], "all words, in any order");
    assert_eq!(found("front-desk", &names), ["front-desk"]);
    assert!(found("desk general", &names).is_empty());
    assert!(found("", &names).is_empty());
    assert!(found(" - ", &names).is_empty());
}

#[test]
fn a_whole_name_comes_first() {
    assert_eq!(found("release", &["release-notes", "release"]), ["release", "release-notes"]);
    assert_eq!(found("ann", &["Anna Bo", "Joan Ann", "Ann"]), ["Ann", "Anna Bo", "Joan Ann"]);
}

#[test]
fn typos_are_forgiven_and_come_last() {
    let names = ["general", "release", "generous"];
    for typo in ["genral", "geenral", "genetal", "generral", "egneral"] {
        assert!(found(typo, &names).contains(&"general"), "{typo}");
    }
    assert_eq!(found("gener", &names), ["general", "generous"]);
    assert_eq!(found("genera", &names), ["general", "generous"], "one letter differs");
    assert_eq!(found("relaese", &names), ["release"]);
    assert_eq!(found("incedint", &["incident-2026"]), ["incident-2026"], "two in a long word");
    assert!(found("gxn", &names).is_empty(), "none in a short word");
    assert!(found("rxlxase", &names).is_empty(), "two in a word of seven");
}

#[test]
fn accents_and_capitals_do_not_matter() {
    assert_eq!(found("zoe", &["Zoë", "Bo"]), ["Zoë"]);
    assert_eq!(found("émile", &["Emile Zola"]), ["Emile Zola"]);
    assert_eq!(found("cafe", &["Cafe\u{301} club"]), ["Cafe\u{301} club"]);
    assert_eq!(found("прив", &["Привет"]), ["Привет"]);
    assert_eq!(found("会议", &["公司会议室"]), ["公司会议室"]);
}

#[test]
fn of_equal_matches_the_most_recent_comes_first_and_what_is_archived_last() {
    let candidates = [
        Candidate { rank: 2, used: Some(0), ..named("design old") },
        named("design"),
        Candidate { used: Some(3), ..named("design two") },
        Candidate { used: Some(1), ..named("my design") },
        Candidate { used: Some(0), ..named("inside") },
    ];
    let order: Vec<_> = search("desi", &candidates, fold).iter().map(|found| found.index).collect();
    assert_eq!(order, [3, 2, 1, 0]);
    let order: Vec<_> = search("design", &candidates, fold).iter().map(|f| f.index).collect();
    assert_eq!(order, [1, 3, 2, 0], "the whole name before a recent one");
}

#[test]
fn other_names_are_found_and_not_marked() {
    let names = ["Dana", "dee.smith"].map(|name| Words::new(name, fold));
    let candidates = [Candidate { names: names.into(), ..Candidate::default() }];
    let found = search("smith", &candidates, fold);
    assert_eq!((found.len(), found[0].marks.len()), (1, 0));
    let found = search("da smith", &candidates, fold);
    assert_eq!(found[0].marks, [0..2]);
}

#[test]
fn the_marks_are_the_characters_that_match() {
    let marks = |query, name| search(query, &[named(name)], fold)[0].marks.clone();
    assert_eq!(marks("de", "front-desk"), [6..8]);
    assert_eq!(marks("f d", "front-desk"), [0..1, 6..7]);
    assert_eq!(marks("zoe", "Zoë B"), [0..3]);
    assert_eq!(marks("genral", "general"), [0..7]);
    assert_eq!(
        pieces("front-desk", &[6..8]),
        [("front-".to_owned(), false), ("de".to_owned(), true), ("sk".to_owned(), false)]
    );
    assert_eq!(pieces("a", &[]), [("a".to_owned(), false)]);
}

#[test]
fn a_completion_forgives_nothing() {
    let candidates = ["Front desk", "Bo", "Bodil"].map(named);
    let found = |query: &str| {
        let found = beginning(query, &candidates, fold);
        found.into_iter().map(|found| found.index).collect::<Vec<_>>()
    };
    assert_eq!(found("bo"), [1, 2], "a whole name comes first");
    assert_eq!(found("de"), [0]);
    assert!(found("odil").is_empty(), "inside of a word");
    assert!(found("bodli").is_empty(), "a typo");
}
