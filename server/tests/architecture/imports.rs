//! Reads the imports of Rust sources: `use` trees and inline paths, also in macros, without tests.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// The sources of a crate without its test modules, by their path below the crate's source folder.
pub(crate) struct Sources(BTreeMap<PathBuf, String>);

/// An import of a file.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Import {
    /// Of a top-level module of the same crate.
    Own { module: String, line: usize },
    /// Of another crate.
    Foreign { name: String, line: usize },
}

impl Sources {
    /// Reads all sources below a folder.
    pub(crate) fn read(root: &Path) -> Self {
        let mut files = BTreeMap::new();
        read_folder(root, root, &mut files);
        // A module that its parent declares for tests is no part of the crate.
        let tests: Vec<PathBuf> = files
            .iter()
            .flat_map(|(file, text)| {
                let folder = module_path(file).join("/");
                let names = test_modules(&tokens_of(file, text)).0;
                names.into_iter().map(move |name| Path::new(&folder).join(name))
            })
            .collect();
        files.retain(|file, _| {
            let module = PathBuf::from(module_path(file).join("/"));
            !tests.iter().any(|test| module.starts_with(test))
        });
        Self(files)
    }

    /// Returns each file and its text.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&PathBuf, &String)> {
        self.0.iter()
    }
}

fn read_folder(root: &Path, folder: &Path, files: &mut BTreeMap<PathBuf, String>) {
    for entry in std::fs::read_dir(folder).expect("a source folder") {
        let path = entry.expect("a file of it").path();
        if path.is_dir() {
            read_folder(root, &path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path).expect("UTF-8 text");
            let name = path.strip_prefix(root).expect("a path below the root");
            files.insert(name.to_owned(), text);
        }
    }
}

/// Returns the imports of one file.
pub(crate) fn of(file: &Path, text: &str) -> Vec<Import> {
    let mut imports = Vec::new();
    scan(&test_modules(&tokens_of(file, text)).1, &module_path(file), &mut imports);
    imports
}

fn tokens_of(file: &Path, text: &str) -> Vec<TokenTree> {
    let parsed = text.parse::<TokenStream>();
    parsed.unwrap_or_else(|error| panic!("{}: {error}", file.display())).into_iter().collect()
}

/// Returns the path of the module in a file: `hub/room.rs` is `hub::room`.
fn module_path(file: &Path) -> Vec<String> {
    let path = file.with_extension("");
    let names = path.iter().filter_map(|name| name.to_str()).map(str::to_owned);
    names.filter(|name| !["lib", "main"].contains(&name.as_str())).collect()
}

/// Separates the items marked `#[cfg(test)]`. Returns the names of test modules in files of their
/// own, and all other tokens.
fn test_modules(tokens: &[TokenTree]) -> (Vec<String>, Vec<TokenTree>) {
    let (mut names, mut others) = (Vec::new(), Vec::new());
    let mut rest = tokens;
    while let [first, behind @ ..] = rest {
        if is_punct(first, '#')
            && let [TokenTree::Group(attribute), item @ ..] = behind
            && attribute.to_string().replace(' ', "") == "[cfg(test)]"
        {
            let end = item.iter().position(|token| {
                let is_block = matches!(token, TokenTree::Group(group)
                    if group.delimiter() == Delimiter::Brace);
                is_block || is_punct(token, ';')
            });
            let (item, behind) = item.split_at(end.map_or(item.len(), |end| end + 1));
            let name =
                item.iter().position(|token| token.to_string() == "mod").map(|at| &item[at + 1]);
            if item.last().is_some_and(|last| is_punct(last, ';')) {
                names.extend(name.map(ToString::to_string));
            }
            rest = behind;
        } else {
            others.push(first.clone());
            rest = behind;
        }
    }
    (names, others)
}

fn scan(tokens: &[TokenTree], module: &[String], imports: &mut Vec<Import>) {
    let mut at = 0;
    while at < tokens.len() {
        match &tokens[at] {
            TokenTree::Group(group) => {
                scan(&group.stream().into_iter().collect::<Vec<_>>(), module, imports);
                at += 1;
            }
            TokenTree::Ident(_) if !follows_path(tokens, at) => {
                at = path(tokens, at, &[], module, imports);
            }
            _ => at += 1,
        }
    }
}

/// Returns whether `::` stands before this token: it is not the start of a path.
fn follows_path(tokens: &[TokenTree], at: usize) -> bool {
    at >= 2 && is_punct(&tokens[at - 1], ':') && is_punct(&tokens[at - 2], ':')
}

/// Reads a path, or a tree of paths, that starts at a name. Returns where the tokens go on.
fn path(
    tokens: &[TokenTree],
    mut at: usize,
    prefix: &[String],
    module: &[String],
    imports: &mut Vec<Import>,
) -> usize {
    let mut names = prefix.to_vec();
    let line = tokens[at].span().start().line;
    while let Some(TokenTree::Ident(name)) = tokens.get(at) {
        names.push(name.to_string());
        at += 1;
        let is_path = tokens
            .get(at..at + 2)
            .is_some_and(|next| next.iter().all(|token| is_punct(token, ':')));
        if !is_path {
            break;
        }
        at += 2;
        if let Some(TokenTree::Group(tree)) = tokens.get(at)
            && tree.delimiter() == Delimiter::Brace
        {
            let tree: Vec<_> = tree.stream().into_iter().collect();
            for branch in
                tree.split(|token| is_punct(token, ',')).filter(|branch| !branch.is_empty())
            {
                path(branch, 0, &names, module, imports);
            }
            return at + 1;
        }
    }
    if names.len() > 1 {
        imports.extend(resolve(&names, module, line));
    }
    at
}

/// Returns what a path leads to, if that is another top-level module or crate.
fn resolve(names: &[String], module: &[String], line: usize) -> Option<Import> {
    let ups = names.iter().take_while(|name| *name == "super").count();
    let target = match names[0].as_str() {
        "crate" => names[1].clone(),
        "super" if ups >= module.len() => names.get(ups)?.clone(),
        "super" | "self" | "Self" => return None,
        name => return Some(Import::Foreign { name: name.to_owned(), line }),
    };
    Some(Import::Own { module: target, line })
}

fn is_punct(token: &TokenTree, letter: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == letter)
}
