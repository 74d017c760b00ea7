//! Widgets that know nothing of chat.

pub mod avatar;
pub mod brand;
pub mod button;
pub mod choice_list;
pub mod copy_field;
pub mod dialog;
pub mod dynamic;
pub mod each;
pub mod emoji_picture;
pub mod error_page;
pub mod escape;
pub mod field;
pub mod icon;
pub mod loaded;
pub mod more_menu;
pub mod name;
pub mod page_title;
pub mod panel;
pub mod picker;
pub mod scroll;
pub mod search_bar;
pub mod segment;
pub(crate) mod text;
pub mod until;
pub mod view_header;
