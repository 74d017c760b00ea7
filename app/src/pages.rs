//! The pages, one module for each variant of [`Page`](crate::page::Page).

pub mod first_start;
pub mod join;
pub mod new_room;
pub mod not_found;
pub mod sign_in;
pub mod unavailable;
pub mod workspace;
