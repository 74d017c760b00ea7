//! What the first start, sign-in and join pages share. All are plain forms, which need no script.

pub mod account;
pub mod art;
pub mod frame;
pub mod notice;
