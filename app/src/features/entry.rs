//! The common parts of the first-start, sign-in and join pages. All are plain forms, which need no
//! script.

pub mod account;
pub mod art;
pub mod form_error;
pub mod frame;
