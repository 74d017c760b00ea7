//! What a peer without an account can cost.

mod bodies;
mod closing;
mod heads;
mod log_ins;

use std::net::SocketAddr;

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::support::wait_for;

/// Opens a connection and sends bytes.
async fn sent(address: SocketAddr, bytes: impl AsRef<[u8]>) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(bytes.as_ref()).await.unwrap();
    stream
}

/// Reads until the peer closes. Fails if the connection is reset.
async fn rest(mut stream: TcpStream) -> String {
    let mut bytes = Vec::new();
    wait_for("the answer and the end", stream.read_to_end(&mut bytes)).await.unwrap();
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Returns the status line of the answer to these bytes, after which the connection stays open.
async fn status(address: SocketAddr, bytes: impl AsRef<[u8]>) -> String {
    let mut stream = sent(address, bytes).await;
    let mut answer = Vec::new();
    let status = async {
        while !answer.ends_with(b"\r\n") {
            answer.push(stream.read_u8().await.unwrap());
        }
    };
    wait_for("the status line", status).await;
    String::from_utf8(answer).unwrap().trim_end().to_owned()
}
