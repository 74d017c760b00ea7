//! Files in a bucket of S3, which a server of the test stands for.

use std::{
    collections::{BTreeMap, HashMap},
    convert::Infallible,
    sync::{Arc, Mutex},
};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::{Method, Request, Response, StatusCode, body::Incoming, service::service_fn};
use hyper_util::rt::TokioIo;
use protocol::http::UploadedFile;

use crate::{ports::free_port, process::Process, support::wait_for};

/// The bucket: its objects, and the parts of those that are being written.
#[derive(Debug, Default)]
struct Bucket {
    objects: BTreeMap<String, Bytes>,
    parts: HashMap<String, BTreeMap<u32, Bytes>>,
    /// When those were begun that a killed process has left.
    left: BTreeMap<String, &'static str>,
    /// Requests without a signature.
    unsigned: usize,
}

type Shared = Arc<Mutex<Bucket>>;

/// Starts the server. Returns its address and its bucket.
async fn start() -> (String, Shared) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let bucket = Shared::default();
    let serving = Arc::clone(&bucket);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let bucket = Arc::clone(&serving);
            let service = service_fn(move |request| serve(Arc::clone(&bucket), request));
            let http = hyper::server::conn::http1::Builder::new();
            tokio::spawn(http.serve_connection(TokioIo::new(stream), service));
        }
    });
    (address, bucket)
}

async fn serve(
    bucket: Shared,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    Ok(answer(&mut bucket.lock().unwrap(), &parts, body))
}

fn answer(
    bucket: &mut Bucket,
    request: &hyper::http::request::Parts,
    body: Bytes,
) -> Response<Full<Bytes>> {
    let header = |name: &str| {
        request.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    };
    let is_signed = header("authorization").starts_with("AWS4-HMAC-SHA256 Credential=key/");
    if !is_signed && !request.uri.query().unwrap_or_default().contains("X-Amz-Signature=") {
        bucket.unsigned += 1;
    }
    let pairs = request.uri.query().unwrap_or_default().split('&');
    let query: HashMap<_, _> =
        pairs.map(|pair| pair.split_once('=').unwrap_or((pair, ""))).collect();
    let name = request.uri.path().to_owned();
    let respond = |status: u16| Response::builder().status(status).header("ETag", "\"1\"");
    let xml = |text: String| respond(200).body(Full::from(text)).unwrap();
    match (&request.method, query.get("uploadId")) {
        (&Method::POST, None) if query.contains_key("uploads") => {
            bucket.parts.insert(name.clone(), BTreeMap::new());
            xml(format!(
                "<InitiateMultipartUploadResult><Bucket>b</Bucket><Key>{name}</Key>\
                 <UploadId>7</UploadId></InitiateMultipartUploadResult>"
            ))
        }
        (&Method::PUT, Some(_)) => {
            let number = query["partNumber"].parse().unwrap();
            bucket.parts.get_mut(&name).unwrap().insert(number, body);
            respond(200).body(Full::default()).unwrap()
        }
        (&Method::POST, Some(_)) => {
            let parts = bucket.parts.remove(&name).unwrap();
            let whole: Vec<u8> = parts.into_values().flatten().collect();
            bucket.objects.insert(name, whole.into());
            xml("<CompleteMultipartUploadResult><ETag>\"1\"</ETag></CompleteMultipartUploadResult>"
                .to_owned())
        }
        (&Method::PUT, None) => {
            bucket.objects.insert(name, body);
            respond(200).body(Full::default()).unwrap()
        }
        (&Method::GET, None) if query.contains_key("uploads") => {
            assert_eq!((name.as_str(), query["prefix"]), ("/chat/", "team%2F"));
            // One upload a page.
            let marker = query.get("key-marker").map(|key| key.replace("%2F", "/"));
            let marker = marker.map(|key| format!("/chat/{key}")).unwrap_or_default();
            let mut rest = bucket.left.iter().filter(|(name, _)| **name > marker);
            let page = rest.next().map(|(name, begun)| {
                let key = name.trim_start_matches("/chat/");
                format!(
                    "<NextKeyMarker>{key}</NextKeyMarker><NextUploadIdMarker>8</NextUploadIdMarker>\
                     <Upload><Key>{key}</Key><UploadId>8</UploadId>\
                     <Initiated>{begun}</Initiated></Upload>"
                )
            });
            let (page, is_more) = (page.unwrap_or_default(), rest.next().is_some());
            xml(format!(
                "<ListMultipartUploadsResult><IsTruncated>{is_more}</IsTruncated>{page}\
                 </ListMultipartUploadsResult>"
            ))
        }
        (&Method::DELETE, Some(id)) => {
            assert_eq!(*id, "8");
            bucket.left.remove(&name);
            respond(204).body(Full::default()).unwrap()
        }
        (&Method::DELETE, None) => {
            bucket.objects.remove(&name);
            respond(204).body(Full::default()).unwrap()
        }
        (&Method::GET | &Method::HEAD, _) => {
            let Some(object) = bucket.objects.get(&name) else {
                return respond(404).body(Full::default()).unwrap();
            };
            let response = respond(200).header("Last-Modified", "Sat, 29 Nov 2025 00:00:00 GMT");
            let Some(range) = header("range").strip_prefix("bytes=") else {
                return response.body(Full::from(object.clone())).unwrap();
            };
            let (first, last) = range.split_once('-').unwrap();
            let (first, last): (usize, usize) = (first.parse().unwrap(), last.parse().unwrap());
            let last = last.min(object.len() - 1);
            response
                .status(StatusCode::PARTIAL_CONTENT)
                .header("Content-Range", format!("bytes {first}-{last}/{}", object.len()))
                .body(Full::from(object.slice(first..=last)))
                .unwrap()
        }
        _ => respond(400).body(Full::default()).unwrap(),
    }
}

#[tokio::test]
async fn files_are_in_the_bucket() {
    let (endpoint, bucket) = start().await;
    let data = tempfile::tempdir().unwrap();
    let settings = [
        ("BANTER_FILES", "s3://chat/team"),
        ("AWS_ENDPOINT_URL", endpoint.as_str()),
        ("AWS_ACCESS_KEY_ID", "key"),
        ("AWS_SECRET_ACCESS_KEY", "secret"),
        ("AWS_REGION", "eu-central-1"),
    ];
    let old = "ab/01980000-0000-7000-8000-0000000000ab";
    // The list has several pages.
    let last = old.replace("ab", "ff");
    let names = [old.to_owned(), old.replace("ab", "cd"), last, "video.mp4".to_owned()];
    let (past, future) = ("2025-01-01T00:00:00.000Z", "2999-01-01T00:00:00.000Z");
    let times = [past, future, past, past];
    let left = names.iter().map(|name| format!("/chat/team/{name}")).zip(times);
    bucket.lock().unwrap().left = left.collect();
    let process = Process::start_with(data.path(), free_port(), &settings).await;
    wait_for("what is old to be removed", async {
        while bucket.lock().unwrap().left.len() > 2 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    let left: Vec<_> = bucket.lock().unwrap().left.keys().cloned().collect();
    assert_eq!(left.len(), 2, "{left:?}");
    assert!(!left.iter().any(|name| name.contains("/ab/") || name.contains("/ff/")), "{left:?}");
    let token = process.register().await;
    let client = reqwest::Client::new();
    // More than a part, so that it is written in several.
    let content: Vec<u8> = (0..20_000_000_u32).map(|number| (number % 251) as u8).collect();
    for bytes in [content, b"some words".to_vec()] {
        let request = client.post(process.url("/api/files?name=a")).bearer_auth(&token);
        let sent = request.body(bytes.clone()).send().await.unwrap();
        let UploadedFile { file } = sent.json().await.unwrap();
        let open = || client.get(process.url(&file.url)).bearer_auth(&token);
        assert!(open().send().await.unwrap().bytes().await.unwrap() == bytes);
        let part = open().header("Range", "bytes=3-7").send().await.unwrap();
        assert_eq!(part.status(), 206);
        assert_eq!(part.bytes().await.unwrap(), &bytes[3..8]);
    }
    {
        let bucket = bucket.lock().unwrap();
        assert_eq!(bucket.objects.len(), 2);
        assert!(bucket.objects.keys().all(|name| name.starts_with("/chat/team/")), "{bucket:?}");
        assert_eq!((bucket.parts.len(), bucket.unsigned), (0, 0));
    }
    // A resumable upload has its parts there too, until they are put together.
    let request = client.post(process.url("/api/uploads")).bearer_auth(&token);
    let request = request.header("Tus-Resumable", "1.0.0").header("Upload-Length", "6");
    let begun = request.send().await.unwrap();
    let path = begun.headers()["location"].to_str().unwrap().to_owned();
    for (offset, bytes, objects) in [("0", "abc", 3), ("3", "def", 3)] {
        let request = client.patch(process.url(&path)).bearer_auth(&token);
        let request = request.header("Tus-Resumable", "1.0.0").header("Upload-Offset", offset);
        let request = request.header("Content-Type", "application/offset+octet-stream");
        let answer = request.body(bytes).send().await.unwrap();
        assert_eq!(answer.status(), 204);
        assert_eq!(bucket.lock().unwrap().objects.len(), objects);
    }
    let backup = data.path().with_extension("backup");
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_banter"));
    command.args(["backup", "--data-dir"]).arg(data.path()).arg(&backup).envs(settings);
    let output =
        wait_for("the backup", tokio::task::spawn_blocking(move || command.output().unwrap()));
    let output = output.await.unwrap();
    assert!(output.status.success(), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stdout).contains(" 3 files "), "{output:?}");
    std::fs::remove_dir_all(&backup).unwrap();
    process.terminate();
    assert_eq!(process.ended().await, Some(0));
}
