//! Everything that speaks HTTP: the router, its handlers and the pages. [`state::App`] is known here
//! only.

pub mod accept;
pub mod api;
pub mod assets;
pub mod documents;
pub mod echo;
pub mod forms;
pub mod origin;
pub mod pages;
pub mod router;
pub mod state;
pub mod upgrade;
