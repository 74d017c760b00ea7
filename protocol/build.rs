//! Generates the tables of scripts that mentions need. Unicode's table of all scripts takes 25 KB
//! of the page; these take 1 KB, and come from the same data.

use std::{env, error::Error, fmt::Write as _, fs, ops::RangeInclusive, path::Path};

use icu_properties::{CodePointMapData, props::Script};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    let mut tables = String::new();
    let western = [Script::Latin, Script::Greek, Script::Cyrillic];
    write_table(&mut tables, "WESTERN", &western)?;
    write_table(&mut tables, "INHERITED", &[Script::Inherited])?;
    fs::write(Path::new(&env::var("OUT_DIR")?).join("scripts.rs"), tables)?;
    Ok(())
}

/// Writes the ranges of the characters of these scripts, in order.
fn write_table(tables: &mut String, name: &str, scripts: &[Script]) -> Result<(), Box<dyn Error>> {
    let data = CodePointMapData::<Script>::new();
    let ranges = scripts.iter().flat_map(|script| data.iter_ranges_for_value(*script));
    let mut ranges: Vec<RangeInclusive<u32>> = ranges.collect();
    ranges.sort_unstable_by_key(|range| *range.start());
    writeln!(tables, "static {name}: [(u32, u32); {}] = [", ranges.len())?;
    for range in ranges {
        writeln!(tables, "    ({}, {}),", range.start(), range.end())?;
    }
    writeln!(tables, "];")?;
    Ok(())
}
