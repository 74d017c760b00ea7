//! Files that users send.

use protocol::{
    Chat, File,
    http::{DescribeFile, UploadedFile},
};
use reqwest::{Method, Response, StatusCode};

use super::{Server, TestUser, room_chat, rooms::Answer};

impl TestUser {
    /// Sends a file in one request.
    pub(crate) async fn send_bytes(&self, server: &Server, name: &str, bytes: &[u8]) -> Answer {
        let request = server.post("/api/files").query(&[("name", name)]).bearer_auth(&self.token);
        let response = request.body(bytes.to_vec()).send().await.unwrap();
        let status = response.status();
        (status, serde_json::from_str(&response.text().await.unwrap()).unwrap_or_default())
    }

    /// Sends a file that is accepted.
    pub(crate) async fn send_file(&self, server: &Server, name: &str, bytes: &[u8]) -> File {
        let (status, body) = self.send_bytes(server, name, bytes).await;
        assert_eq!(status, StatusCode::CREATED, "{body}");
        serde_json::from_value::<UploadedFile>(body).unwrap().file
    }

    /// Changes the description of a file.
    pub(crate) async fn describe(&self, server: &Server, file: &File, text: &str) -> Answer {
        let body = DescribeFile { description: text.to_owned() };
        self.call(server, Method::PATCH, &format!("/api/files/{}", file.id), Some(&body)).await
    }

    /// Opens an address with these headers.
    pub(crate) async fn open(
        &self,
        server: &Server,
        path: &str,
        headers: &[(&str, &str)],
    ) -> Response {
        let mut request = server.request(Method::GET, path).bearer_auth(&self.token);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.send().await.unwrap()
    }

    /// Returns the status of an address.
    pub(crate) async fn status(&self, server: &Server, path: &str) -> StatusCode {
        self.open(server, path, &[]).await.status()
    }
}

/// A message with files for a room.
pub(crate) fn chat_with(room: &str, text: &str, files: &[&File]) -> Chat {
    Chat { files: files.iter().map(|file| file.id).collect(), ..room_chat(room, text) }
}

impl Server {
    /// Returns the number of files in the folder of files.
    pub(crate) fn stored_files(&self) -> usize {
        let folders = std::fs::read_dir(self.data().join("files")).unwrap();
        let folders = folders.map(|folder| folder.unwrap().path()).filter(|path| path.is_dir());
        folders.map(|folder| std::fs::read_dir(folder).unwrap().count()).sum()
    }
}
