//! Widgets that know nothing of chat.

pub mod avatar;
pub mod brand;
pub mod button;
pub mod dialog;
pub mod dynamic;
pub mod error_page;
pub mod escape;
pub mod field;
pub mod icon;
pub mod name;
pub mod page_title;
pub mod panel;
pub mod scroll;
pub(crate) mod text;
pub mod view_header;
