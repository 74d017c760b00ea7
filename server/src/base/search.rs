//! What search compares: texts without case and accents, the parts of them that an index has, and
//! what a query asks of both. Nothing here reads or stores anything.

mod fold;
mod grams;
mod needle;
mod postings;
mod words;

pub use fold::{fold, fold_with_places};
pub use grams::{Attribute, Gram, GramRange, grams_of};
pub use needle::{Needle, merge};
pub use postings::{Doc, Docs, Postings};
pub use words::has_words;
