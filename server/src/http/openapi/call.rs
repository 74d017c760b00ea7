//! What the document says of one HTTP call.

use schemars::{JsonSchema, Schema, SchemaGenerator};

/// The authentication that a call requires.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Access {
    /// None.
    Public,
    /// A session.
    SignedIn,
    /// A session, or authentication in the first message on the socket.
    Socket,
}

/// The body of a successful response.
pub(super) enum ResponseBody {
    Empty,
    Json(SchemaOf),
    /// Text of this media type.
    Text(&'static str),
}

/// Generates the schema of one type.
pub(super) type SchemaOf = fn(&mut SchemaGenerator) -> Schema;

/// One call.
pub(super) struct Call {
    pub(super) method: &'static str,
    pub(super) path: &'static str,
    /// A unique id, from which generated clients take the name of the call.
    pub(super) id: &'static str,
    pub(super) tag: &'static str,
    pub(super) summary: &'static str,
    pub(super) access: Access,
    pub(super) query: Option<SchemaOf>,
    pub(super) request_body: Option<SchemaOf>,
    /// The media types of a body that is a file.
    pub(super) request_files: &'static [&'static str],
    /// The status of a successful response.
    pub(super) status: u16,
    pub(super) response_body: ResponseBody,
    /// Another status of a successful response, with the same body.
    pub(super) other_status: Option<u16>,
    /// True if the response sets the session cookie.
    pub(super) sets_cookie: bool,
    /// The errors of this call beyond those of all calls: status and description.
    pub(super) errors: Vec<(u16, &'static str)>,
}

impl Call {
    fn new(
        method: &'static str,
        path: &'static str,
        id: &'static str,
        summary: &'static str,
    ) -> Self {
        let tag = match path.split('/').nth(if path.starts_with("/api/") { 2 } else { 1 }) {
            Some("auth" | "invites" | "me" | "sessions" | "users") => "People",
            Some("files" | "uploads") => "Files",
            Some("emoji") => "Emoji",
            Some("rooms" | "room-address" | "direct" | "messages") => "Rooms",
            Some("ws") => "WebSocket",
            _ => "Operation",
        };
        Self {
            method,
            path,
            id,
            tag,
            summary,
            access: Access::SignedIn,
            query: None,
            request_body: None,
            request_files: &[],
            status: 204,
            response_body: ResponseBody::Empty,
            other_status: None,
            sets_cookie: false,
            errors: Vec::new(),
        }
    }

    pub(super) fn get(path: &'static str, id: &'static str, summary: &'static str) -> Self {
        Self::new("get", path, id, summary)
    }

    pub(super) fn post(path: &'static str, id: &'static str, summary: &'static str) -> Self {
        Self::new("post", path, id, summary)
    }

    pub(super) fn put(path: &'static str, id: &'static str, summary: &'static str) -> Self {
        Self::new("put", path, id, summary)
    }

    pub(super) fn delete(path: &'static str, id: &'static str, summary: &'static str) -> Self {
        Self::new("delete", path, id, summary)
    }

    pub(super) fn patch(path: &'static str, id: &'static str, summary: &'static str) -> Self {
        Self::new("patch", path, id, summary)
    }

    /// An upgrade to WebSocket.
    pub(super) fn upgrade(path: &'static str, id: &'static str, summary: &'static str) -> Self {
        let mut call = Self::get(path, id, summary).access(Access::Socket);
        call.status = 101;
        call.error(400, "The upgrade request is not valid.")
            .error(403, "The `Origin` is not allowed.")
            .error(426, "The request asks for no upgrade to WebSocket, version 13.")
            .error(429, "Too many sockets of this user or address.")
    }

    pub(super) fn access(mut self, access: Access) -> Self {
        self.access = access;
        self
    }

    pub(super) fn query<T: JsonSchema>(mut self) -> Self {
        self.query = Some(T::json_schema);
        self
    }

    pub(super) fn request<T: JsonSchema>(mut self) -> Self {
        self.request_body = Some(SchemaGenerator::subschema_for::<T>);
        self
    }

    pub(super) fn file(mut self, media_types: &'static [&'static str]) -> Self {
        self.request_files = media_types;
        self
    }

    pub(super) fn response<T: JsonSchema>(mut self, status: u16) -> Self {
        self.status = status;
        self.response_body = ResponseBody::Json(SchemaGenerator::subschema_for::<T>);
        self
    }

    /// A successful response without a body has status 201.
    pub(super) fn created(mut self) -> Self {
        self.status = 201;
        self
    }

    pub(super) fn or_status(mut self, status: u16) -> Self {
        self.other_status = Some(status);
        self
    }

    pub(super) fn text_response(mut self, media_type: &'static str) -> Self {
        self.status = 200;
        self.response_body = ResponseBody::Text(media_type);
        self
    }

    pub(super) fn sets_cookie(mut self) -> Self {
        self.sets_cookie = true;
        self
    }

    pub(super) fn error(mut self, status: u16, description: &'static str) -> Self {
        self.errors.push((status, description));
        self
    }
}
