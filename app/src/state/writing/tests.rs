use super::*;

/// Reads a text whose selection is between `‹` and `›`, or whose caret is `|`.
fn written(text: &str) -> Written {
    let at = |mark: char| text.find(mark);
    let (start, end) = match at('|').zip(at('|')) {
        Some(caret) => caret,
        None => (at('‹').unwrap(), at('›').unwrap() - '‹'.len_utf8()),
    };
    Written { text: text.replace(['|', '‹', '›'], ""), selected: start..end }
}

fn shown(written: &Written) -> String {
    let Written { text, selected } = written;
    let (before, chosen, after) =
        (&text[..selected.start], &text[selected.clone()], &text[selected.end..]);
    if chosen.is_empty() {
        format!("{before}|{after}")
    } else {
        format!("{before}‹{chosen}›{after}")
    }
}

/// Expects what a format makes of a text, and that it leads back if it is applied again.
fn expect_toggle(format: Format, before: &str, after: &str) {
    let set = written(before).toggle(format);
    assert_eq!(shown(&set), after, "{format:?} on {before}");
    assert_eq!(set.toggle(format).text, written(before).text, "{format:?} taken from {after}");
}

#[test]
fn marks_surround_the_selection_and_are_taken_away_again() {
    for (format, before, after) in [
        (Format::Bold, "a ‹word› more", "a **‹word›** more"),
        (Format::Italic, "a ‹word› more", "a _‹word›_ more"),
        (Format::Italic, "un‹believ›able", "un*‹believ›*able"),
        (Format::Strikethrough, "‹word›", "~~‹word›~~"),
        (Format::Code, "‹word›", "`‹word›`"),
        (Format::Code, "‹a`b›", "``‹a`b›``"),
        (Format::Code, "‹a `b`›", "`` ‹a `b`› ``"),
        (Format::Bold, "‹👍🏽 ok›", "**‹👍🏽 ok›**"),
        (Format::Bold, "‹שלום› עולם", "**‹שלום›** עולם"),
        (Format::Italic, "**‹word›**", "**_‹word›_**"),
        (Format::Bold, "_‹word›_", "_**‹word›**_"),
        (Format::Italic, "~~**‹word›**~~", "~~**_‹word›_**~~"),
        (Format::Bold, "|", "**|**"),
        (Format::Code, "a | b", "a `|` b"),
    ] {
        expect_toggle(format, before, after);
    }
    // White space at the ends stays outside of the marks.
    assert_eq!(shown(&written("a‹ word ›b").toggle(Format::Bold)), "a‹ **word** ›b");
}

#[test]
fn marks_inside_of_the_selection_are_taken_away() {
    for (format, before, after) in [
        (Format::Bold, "‹**word**›", "‹word›"),
        (Format::Bold, "‹__word__›", "‹word›"),
        (Format::Italic, "‹***word***›", "‹**word**›"),
        (Format::Bold, "‹***word***›", "‹*word*›"),
        (Format::Bold, "***‹word›***", "*‹word›*"),
        (Format::Italic, "***‹word›***", "**‹word›**"),
        (Format::Bold, "‹_**word**_›", "‹_word_›"),
        (Format::Italic, "‹*word*›", "‹word›"),
        (Format::Code, "‹`word`›", "‹word›"),
        (Format::Code, "‹`` `word` ``›", "‹`word`›"),
        (Format::Strikethrough, "~~‹word›~~", "‹word›"),
    ] {
        assert_eq!(shown(&written(before).toggle(format)), after, "{format:?} on {before}");
    }
    // Two words with marks are not one.
    let two = written("‹**a** and **b**›").toggle(Format::Bold);
    assert_eq!(two.text, "****a** and **b****");
}

#[test]
fn the_caret_leaves_marks_and_takes_away_empty_ones() {
    for (format, before, after) in [
        (Format::Bold, "**|**", "|"),
        (Format::Italic, "_|_", "|"),
        (Format::Code, "`|`", "|"),
        (Format::Bold, "**word|** more", "**word**| more"),
        (Format::Italic, "_word|_", "_word_|"),
        (Format::Code, "`word|`", "`word`|"),
        (Format::Italic, "**|**", "**_|_**"),
    ] {
        assert_eq!(shown(&written(before).toggle(format)), after, "{format:?} on {before}");
    }
}

#[test]
fn each_line_of_the_selection_has_marks_of_its_own() {
    let set = written("‹one\n\n- two\n> three›").toggle(Format::Bold);
    assert_eq!(set.text, "**one**\n\n- **two**\n> **three**");
    assert_eq!(set.toggle(Format::Bold).text, "one\n\n- two\n> three");
    // Lines that have the mark keep it until all have it.
    let mixed = written("‹**one**\ntwo›").toggle(Format::Bold);
    assert_eq!(mixed.text, "**one**\n**two**");
}

#[test]
fn quotes_and_lists_are_for_whole_lines() {
    for (format, before, after) in [
        (Format::Quote, "a|b", "> a|b"),
        (Format::Quote, "o‹ne\n\ntw›o", "‹> one\n>\n> two›"),
        (Format::BulletList, "o‹ne\n\ntw›o", "‹- one\n\n- two›"),
        (Format::NumberedList, "‹one\ntwo›", "‹1. one\n2. two›"),
        (Format::BulletList, "|", "- |"),
        (Format::NumberedList, "  x|", "  1. x|"),
        (Format::BulletList, "before\n‹one\n›after", "before\n‹- one›\nafter"),
        (Format::BulletList, "> ‹one›", "‹> - one›"),
    ] {
        let set = written(before).toggle(format);
        assert_eq!(shown(&set), after, "{format:?} on {before}");
    }
    for (format, before, after) in [
        (Format::Quote, "> a|b", "a|b"),
        (Format::Quote, "‹> one\n>\n> two›", "‹one\n\ntwo›"),
        (Format::BulletList, "‹- one\n* two›", "‹one\ntwo›"),
        (Format::NumberedList, "‹- one\n- two›", "‹1. one\n2. two›"),
        (Format::BulletList, "12) on|e", "- on|e"),
        (Format::BulletList, "- [ ] on|e", "on|e"),
    ] {
        assert_eq!(shown(&written(before).toggle(format)), after, "{format:?} on {before}");
    }
}

#[test]
fn a_line_break_continues_a_list_or_ends_it() {
    for (before, after) in [
        ("- one|", "- one\n- |"),
        ("* one| two", "* one\n* | two"),
        ("9. one|", "9. one\n10. |"),
        ("1) one|", "1) one\n2) |"),
        ("  - one|", "  - one\n  - |"),
        ("- [x] one|", "- [x] one\n- [ ] |"),
        ("> one|", "> one\n> |"),
        ("> - one|", "> - one\n> - |"),
        ("- one\n- |", "- one\n|"),
        ("> one\n> |", "> one\n|"),
        ("> - one\n> - |", "> - one\n> |"),
        ("a\n- 👍|\nb", "a\n- 👍\n- |\nb"),
    ] {
        let broken = lines::break_line(&written(before));
        assert_eq!(broken.as_ref().map(shown).as_deref(), Some(after), "{before}");
    }
    for other in
        ["one|", "-one|", "|- one", "- ‹one›", "  one|", "**one**|", "1.5|", "```\n- one|\n```"]
    {
        assert_eq!(lines::break_line(&written(other)), None, "{other}");
    }
}

#[test]
fn a_block_of_code_has_fences_that_it_does_not_contain() {
    for (before, after) in [
        ("|", "```\n|\n```"),
        ("a\n‹b\nc›\nd", "a\n```\n‹b\nc›\n```\nd"),
        ("‹```›", "````\n‹```›\n````"),
    ] {
        expect_toggle(Format::CodeBlock, before, after);
    }
    assert_eq!(shown(&written("‹a\nb›").toggle(Format::Code)), "```\n‹a\nb›\n```");
    assert_eq!(shown(&written("```rust\nfn |x\n```").toggle(Format::CodeBlock)), "fn |x");
    assert_eq!(shown(&written("‹```\na\n```›").toggle(Format::CodeBlock)), "‹a›");
    let is_in_code = |text: &str| {
        let Written { text, selected } = written(text);
        code::is_in_code(&text, selected.start)
    };
    for inside in ["```\na|", "```\n|\n```", "a `b|", "~~~\n|\n~~~"] {
        assert!(is_in_code(inside), "{inside}");
    }
    for outside in ["|", "```\na\n```\n|", "a `b` |", "```a``` |", "|```\n"] {
        assert!(!is_in_code(outside), "{outside}");
    }
}

#[test]
fn links_are_made_and_taken_away() {
    for (before, after) in [
        ("the ‹docs› say", "the [docs](|) say"),
        ("‹https://a.example/b›", "[|](https://a.example/b)"),
        ("‹https://a.example/b_(c)›", "[|](<https://a.example/b_(c)>)"),
        ("|", "[|]()"),
        ("‹a]b›", "[a\\]b](|)"),
        ("‹ docs › ", " [docs](|)  "),
        ("‹[docs](https://a.example)›", "‹docs›"),
        ("[‹docs›](https://a.example) x", "‹docs› x"),
        ("[‹docs›](<https://a.example/(b)>) x", "‹docs› x"),
        ("[|]()", "|"),
    ] {
        assert_eq!(shown(&written(before).toggle(Format::Link)), after, "{before}");
    }
}

#[test]
fn an_address_that_is_pasted_on_a_selection_makes_a_link() {
    let pasted =
        |text: &str, address: &str| link::paste(&written(text), address).as_ref().map(shown);
    let url = "https://a.example/b?c=d";
    assert_eq!(
        pasted("the ‹docs› say", url).as_deref(),
        Some("the [docs](https://a.example/b?c=d)| say")
    );
    assert_eq!(pasted("‹👍›", url).as_deref(), Some("[👍](https://a.example/b?c=d)|"));
    for (text, address) in [
        ("the | say", url),
        ("‹https://other.example›", url),
        ("[docs](‹old›)", url),
        ("‹one\ntwo›", url),
        ("‹docs›", "javascript:alert(1)"),
        ("‹docs›", "https://a b"),
        ("‹docs›", "https://"),
        ("‹docs›", "words"),
    ] {
        assert_eq!(pasted(text, address), None, "{text}: {address}");
    }
}

#[test]
fn offsets_of_a_field_count_utf_16_units() {
    let field = Written::of_field("a👍b".to_owned(), 1, 3);
    assert_eq!(field.selected, 1..5);
    assert_eq!(field.field_selection(), (1, 3));
    let bold = field.toggle(Format::Bold);
    assert_eq!(bold.text, "a**👍**b");
    assert_eq!(bold.field_selection(), (3, 5));
    // Inside of a pair, past the end, and the wrong way round.
    assert_eq!(Written::of_field("👍".to_owned(), 1, 9).selected, 0..4);
    assert_eq!(Written::of_field("ab".to_owned(), 2, 1).selected, 2..2);
}

#[test]
fn the_smallest_replacement_is_found() {
    let between = |before: &str, after: &str| {
        let Replacement { start, end, text } = Replacement::between(before, after);
        (start, end, text)
    };
    assert_eq!(between("a👍b", "a👍 b"), (3, 3, " ".to_owned()));
    assert_eq!(between("word", "**word**"), (0, 4, "**word**".to_owned()));
    assert_eq!(between("aa", "a"), (1, 2, String::new()));
    assert_eq!(between("same", "same"), (4, 4, String::new()));
    // Both begin with the same half of a pair of units.
    assert_eq!(between("👍", "👎"), (0, 2, "👎".to_owned()));
}

/// No format panics on any text and selection, and each keeps the letters of the text.
#[test]
fn all_selections_of_odd_texts_can_be_formatted() {
    let formats = [
        Format::Bold,
        Format::Italic,
        Format::Strikethrough,
        Format::Code,
        Format::CodeBlock,
        Format::Link,
        Format::Quote,
        Format::BulletList,
        Format::NumberedList,
    ];
    let letters =
        |text: &str| text.chars().filter(|letter| letter.is_alphabetic()).collect::<String>();
    for text in [
        "",
        "\n",
        "a\n\nb",
        "**a** _b_ `c`",
        "```\na\n```",
        "```\n```",
        "[a](b) [",
        "> - a\n> 1. é\n>",
        "***a** b*\n~~\n``",
        "👩‍👩‍👧 שלום\n\t- [x] a",
        "99999999999. a",
        "`\n`` ` ```\n~~~",
    ] {
        let ends: Vec<_> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
        for start in &ends {
            for end in ends.iter().filter(|end| *end >= start) {
                let written = Written { text: text.to_owned(), selected: *start..*end };
                for format in formats {
                    let after = written.toggle(format);
                    let selection = after.text.get(after.selected.clone());
                    assert!(selection.is_some(), "{format:?} {written:?} {after:?}");
                    let is_link = format == Format::Link && text.contains("](");
                    if !is_link && format != Format::CodeBlock && !text.contains("- [x]") {
                        assert_eq!(letters(&after.text), letters(text), "{format:?} {written:?}");
                    }
                    let change = Replacement::between(text, &after.text);
                    assert!(change.start <= change.end);
                }
                let _ = lines::break_line(&written);
                let _ = link::paste(&written, "https://a.example");
                let _ = code::is_in_code(text, *start);
            }
        }
    }
}

#[test]
fn a_custom_emoji_begins_where_its_colon_begins_a_name() {
    for (before, after) in [
        ("|", ":ship:|"),
        ("hi|", "hi :ship:|"),
        ("hi |there", "hi :ship:|there"),
        ("Note:|", "Note: :ship:|"),
        ("a‹ word›", "a :ship:|"),
        ("é(|", "é(:ship:|"),
        (":wave:|", ":wave::ship:|"),
        (":wave::ship:|", ":wave::ship::ship:|"),
        ("a:wave:|", "a:wave: :ship:|"),
        ("std::io:|", "std::io: :ship:|"),
        ("(:ab_|", "(:ab_ :ship:|"),
        ("_|_", "_:ship:|_"),
    ] {
        assert_eq!(shown(&written(before).insert_emoji(":ship:")), after);
    }
    assert_eq!(shown(&written("hi|").insert_emoji("🎉")), "hi🎉|");
}
