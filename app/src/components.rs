//! The parts of pages, one noun each.

pub mod announcer;
pub mod avatar;
pub mod brand;
pub mod composer;
pub mod connection_status;
pub mod dynamic;
pub mod field;
pub mod icon;
pub mod invite_link;
pub mod member_list;
pub mod message_actions;
pub mod message_list;
pub mod message_row;
pub mod page_title;
pub mod room_header;
pub mod room_list;
pub(crate) mod screen;
pub mod scroll;
