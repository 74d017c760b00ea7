//! Widgets that know nothing of chat.

pub mod avatar;
pub mod brand;
pub mod button;
pub mod dynamic;
pub mod each;
pub mod error_page;
pub mod escape;
pub mod field;
pub mod icon;
pub mod name;
pub mod page_title;
pub mod scroll;
pub mod view_header;
