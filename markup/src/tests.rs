//! What the parser makes of texts.

mod examples;
mod html;
mod limits;
mod meaning;
