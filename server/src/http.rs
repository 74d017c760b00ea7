//! Everything that speaks HTTP: routes, handlers and pages. Only this module knows [`state::App`]
//! and axum.

pub mod accept;
pub mod api;
pub mod assets;
pub mod asyncapi;
mod compression;
pub mod cookies;
pub mod extract;
mod files;
pub mod forms;
mod head_timer;
pub mod host;
mod lingering;
pub mod links;
pub mod metrics_access;
pub mod middleware;
pub mod openapi;
pub mod origin;
pub mod pages;
mod pictures;
mod refusals;
mod request_head;
mod respond;
pub mod router;
mod schemas;
pub mod security_headers;
pub mod state;
pub mod upgrade;
