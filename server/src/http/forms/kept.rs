//! What a user has typed into a form that was refused.

use std::sync::{Arc, OnceLock};

use axum::{
    Form,
    extract::{FromRequest as _, Request},
    http::header,
};
use bytes::Bytes;

use super::state::shorten;
use crate::http::links::{HOME, is_local};

/// The fields that are kept: never a password.
const KEPT: [&str; 7] = ["username", "display_name", "next", "name", "slug", "private", "topic"];

/// The body of a submitted form, kept until its response is known. Travels with the request.
#[derive(Clone, Debug, Default)]
pub struct KeptForm(Arc<OnceLock<Bytes>>);

impl KeptForm {
    /// Keeps the body.
    pub(in crate::http) fn keep(&self, body: &Bytes) {
        let _ = self.0.set(body.clone()); // a request has one body
    }

    /// Returns the page that has the form which posts to `path`, and the values for its fields.
    pub(in crate::http) async fn return_to(&self, path: &str) -> (String, Vec<(String, String)>) {
        let mut fields = self.fields().await;
        match path {
            "/invites" => {
                let back = fields.into_iter().find(|(name, _)| name == "back");
                let back = back.map(|(_, value)| value).filter(|back| is_local(back));
                (back.unwrap_or_else(|| HOME.to_owned()), Vec::new())
            }
            "/sign-out" => (HOME.to_owned(), Vec::new()),
            _ if path.starts_with("/rooms/") => {
                // The form of a composer, whose text must not be part of an address, or the one
                // that joins the room.
                let path =
                    path.strip_suffix("/messages").or(path.strip_suffix("/join")).unwrap_or(path);
                (path.to_owned(), Vec::new())
            }
            _ if path.starts_with("/invitations/") => ("/invitations".to_owned(), Vec::new()),
            _ => {
                fields.retain(|(name, value)| KEPT.contains(&name.as_str()) && !value.is_empty());
                for (_, value) in &mut fields {
                    *value = shorten(value);
                }
                (path.to_owned(), fields)
            }
        }
    }

    /// Returns the value of a field.
    pub(super) async fn value(&self, field: &str) -> Option<String> {
        self.fields().await.into_iter().find(|(name, _)| name == field).map(|(_, value)| value)
    }

    async fn fields(&self) -> Vec<(String, String)> {
        let Some(body) = self.0.get() else { return Vec::new() };
        let form = "application/x-www-form-urlencoded";
        let request = Request::post("/").header(header::CONTENT_TYPE, form);
        let Ok(request) = request.body(body.clone().into()) else { return Vec::new() };
        Form::from_request(request, &()).await.map(|Form(fields)| fields).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_is_not_kept() {
        let kept = KeptForm::default();
        kept.keep(&Bytes::from_static(b"username=Ada+L&password=secret&current=a&new=b&next=%2Fm"));
        let (path, fields) = kept.return_to("/sign-in").await;
        let fields: Vec<_> = fields.iter().map(|(name, value)| (&**name, &**value)).collect();
        assert_eq!((&*path, &*fields), ("/sign-in", &[("username", "Ada L"), ("next", "/m")][..]));
    }

    #[tokio::test]
    async fn the_form_of_an_invitation_is_on_the_page_that_it_names() {
        for (body, page) in [
            ("back=%2Frooms%2Fx%3Fat%3D1", "/rooms/x?at=1"),
            ("back=%2F%2Fevil.example", HOME),
            ("", HOME),
        ] {
            let kept = KeptForm::default();
            kept.keep(&Bytes::from_static(body.as_bytes()));
            assert_eq!(kept.return_to("/invites").await, (page.to_owned(), Vec::new()));
        }
    }

    #[tokio::test]
    async fn the_text_of_a_message_is_not_part_of_an_address() {
        let kept = KeptForm::default();
        kept.keep(&Bytes::from_static(b"text=Hello&name=x"));
        let (path, fields) = kept.return_to("/rooms/front-desk/messages").await;
        assert_eq!((&*path, fields.len()), ("/rooms/front-desk", 0));
        assert_eq!(kept.value("text").await.as_deref(), Some("Hello"));
        assert_eq!(kept.value("nonce").await, None);
    }

    #[tokio::test]
    async fn a_body_that_is_no_form_has_no_values() {
        for body in [&b"\xff=%%%\x00&&=&"[..], b"{\"username\": 1}", b""] {
            let kept = KeptForm::default();
            kept.keep(&Bytes::from_static(body));
            assert_eq!(kept.return_to("/join/x").await, ("/join/x".to_owned(), Vec::new()));
        }
        assert_eq!(KeptForm::default().return_to("/x").await, ("/x".to_owned(), Vec::new()));
    }
}
