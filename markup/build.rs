//! Generates the table of the names of emoji: one line for each name, sorted, with the emoji after
//! a space.

use std::{collections::BTreeMap, env, error::Error, fmt::Write as _, fs, path::Path};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    let mut names = BTreeMap::new();
    // CLDR's short names, then the names of gemoji. Some mean another emoji there, which is the one
    // that people know: `:sunglasses:` is a face.
    for emoji in emojis::iter() {
        // "flag: France" contains a colon, which ends a name in a text.
        let name = emoji.name().to_lowercase().replace(": ", "_").replace(' ', "_");
        names.insert(name, emoji.as_str());
    }
    for emoji in emojis::iter() {
        for name in emoji.shortcodes() {
            names.insert(name.to_owned(), emoji.as_str());
        }
    }
    let mut table = String::new();
    for (name, emoji) in names {
        writeln!(table, "{name} {emoji}")?;
    }
    fs::write(Path::new(&env::var("OUT_DIR")?).join("emoji.txt"), table)?;
    Ok(())
}
