//! A bucket of S3, over the HTTP and TLS libraries of the server.

use std::{
    pin::Pin,
    sync::Arc,
    time::{Duration, SystemTime},
};

use http_body_util::BodyExt as _;
use hyper::{Method, Request};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector as TcpConnector},
    rt::TokioExecutor,
};
use object_store::{
    ClientOptions, ObjectStore, RetryConfig,
    aws::{AmazonS3, AmazonS3Builder},
    client::{
        HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpRequestBody,
        HttpResponse, HttpResponseBody, HttpService,
    },
    multipart::MultipartStore as _,
    path::Path as Name,
    signer::{SignedUrlOptions, Signer as _},
};

use crate::base::tls;

/// The longest time until a response begins.
const TIMEOUT: Duration = Duration::from_secs(60);
/// The longest time in which a request is repeated.
const MAX_RETRYING: Duration = Duration::from_secs(20);

/// The time for which the address of a list is valid.
const LIST_VALID: Duration = Duration::from_secs(5 * 60);

/// A bucket.
#[derive(Debug)]
pub(super) struct Bucket {
    store: Arc<AmazonS3>,
    client: S3Client,
}

/// A multipart upload that was not completed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Unfinished {
    pub(super) name: Name,
    id: String,
    pub(super) begun: SystemTime,
}

/// Where the next page of a list of multipart uploads begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Marker {
    key: String,
    upload: String,
}

/// Opens a bucket. Region, endpoint and credentials are those of the environment.
pub(super) fn open(bucket: &str) -> Result<Bucket, String> {
    let mut tls = tls::client()?;
    // That client is for PostgreSQL.
    tls.alpn_protocols.clear();
    let connector =
        HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http().enable_http1().build();
    let client = S3Client(Client::builder(TokioExecutor::new()).build(connector));
    let retry = RetryConfig { retry_timeout: MAX_RETRYING, ..RetryConfig::default() };
    let store = AmazonS3Builder::from_env()
        .with_bucket_name(bucket)
        .with_allow_http(true) // of an endpoint that the operator names
        .with_disable_bulk_delete(true) // which not all servers of S3 know
        .with_retry(retry)
        .with_http_connector(client.clone())
        .build();
    let store = Arc::new(store.map_err(|error| error.to_string())?);
    Ok(Bucket { store, client })
}

impl Bucket {
    /// Returns the objects.
    pub(super) fn store(&self) -> Arc<dyn ObjectStore> {
        Arc::clone(&self.store) as _
    }

    /// Returns a page of the multipart uploads that were not completed, and where the next page
    /// begins. The library has no call for that.
    ///
    /// # Errors
    /// Fails with the reason.
    pub(super) async fn unfinished(
        &self,
        prefix: &str,
        after: Option<&Marker>,
    ) -> Result<(Vec<Unfinished>, Option<Marker>), String> {
        let mut query = vec![("uploads", ""), ("prefix", prefix)];
        if let Some(Marker { key, upload }) = after {
            query.extend([("key-marker", key.as_str()), ("upload-id-marker", upload.as_str())]);
        }
        let options = SignedUrlOptions::default().with_query(query);
        let all = Name::default();
        let url = self.store.signed_url_opts(Method::GET, &all, LIST_VALID, &options);
        let url = url.await.map_err(|error| error.to_string())?;
        let request = Request::get(url.as_str()).body(HttpRequestBody::empty());
        let request = request.map_err(|error| error.to_string())?;
        let response = self.client.call(request).await.map_err(|error| error.to_string())?;
        let status = response.status();
        let body = response.into_body().bytes().await.map_err(|error| error.to_string())?;
        if !status.is_success() {
            return Err(format!("the list of unfinished uploads: status {status}"));
        }
        let xml = String::from_utf8_lossy(&body);
        Ok((read_unfinished(&xml), read_marker(&xml)))
    }

    /// Removes a multipart upload.
    ///
    /// # Errors
    /// Fails if the bucket is unavailable.
    pub(super) async fn abort(&self, upload: &Unfinished) -> object_store::Result<()> {
        match self.store.abort_multipart(&upload.name, &upload.id).await {
            Err(object_store::Error::NotFound { .. }) => Ok(()), // another node was faster
            aborted => aborted,
        }
    }
}

/// Reads the response to `ListMultipartUploads`. Leaves out what it does not understand.
fn read_unfinished(xml: &str) -> Vec<Unfinished> {
    let uploads = xml.split("<Upload>").skip(1).filter_map(|rest| {
        let upload = rest.split_once("</Upload>")?.0;
        let field = |name: &str| field(upload, name);
        let begun: jiff::Timestamp = field("Initiated")?.parse().ok()?;
        let name = Name::parse(field("Key")?).ok()?;
        let since_epoch = Duration::from_millis(u64::try_from(begun.as_millisecond()).ok()?);
        let begun = SystemTime::UNIX_EPOCH.checked_add(since_epoch)?;
        Some(Unfinished { name, id: field("UploadId")?, begun })
    });
    uploads.collect()
}

/// Reads where the next page begins, if the response to `ListMultipartUploads` is not the last one.
fn read_marker(xml: &str) -> Option<Marker> {
    let is_last = field(xml, "IsTruncated")? != "true";
    let key = field(xml, "NextKeyMarker").filter(|key| !is_last && !key.is_empty())?;
    Some(Marker { key, upload: field(xml, "NextUploadIdMarker").unwrap_or_default() })
}

/// Returns the text of the first element with a name.
fn field(xml: &str, name: &str) -> Option<String> {
    let (_, rest) = xml.split_once(&format!("<{name}>"))?;
    Some(unescape(rest.split_once(&format!("</{name}>"))?.0))
}

fn unescape(text: &str) -> String {
    let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"");
    text.replace("&apos;", "'").replace("&amp;", "&")
}

/// The HTTP client.
#[derive(Clone, Debug)]
struct S3Client(Client<HttpsConnector<TcpConnector>, HttpRequestBody>);

impl HttpConnector for S3Client {
    fn connect(&self, _: &ClientOptions) -> object_store::Result<HttpClient> {
        Ok(HttpClient::new(self.clone()))
    }
}

impl HttpService for S3Client {
    fn call<'life0, 'async_trait>(
        &'life0 self,
        request: HttpRequest,
    ) -> Pin<Box<dyn Future<Output = Result<HttpResponse, HttpError>> + Send + 'async_trait>>
    where
        'life0: 'async_trait,
        Self: 'async_trait,
    {
        let response = tokio::time::timeout(TIMEOUT, self.0.request(request));
        Box::pin(async move {
            let response =
                response.await.map_err(|late| HttpError::new(HttpErrorKind::Timeout, late))?;
            let response = response.map_err(|error| {
                let is_connect = error.is_connect();
                let kind = if is_connect { HttpErrorKind::Connect } else { HttpErrorKind::Request };
                HttpError::new(kind, error)
            })?;
            Ok(response.map(|body| {
                let body = body.map_err(|error| HttpError::new(HttpErrorKind::Interrupted, error));
                HttpResponseBody::new(body)
            }))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_unfinished_uploads_is_read() {
        let xml = "<?xml version=\"1.0\"?><ListMultipartUploadsResult><Bucket>b</Bucket>
            <Upload><Key>team/ab/x</Key><UploadId>a&amp;b</UploadId>
            <Initiator><ID>who</ID></Initiator><Initiated>2010-11-10T20:48:33.000Z</Initiated>
            </Upload><Upload><Key>team/ab/y</Key><Initiated>soon</Initiated></Upload>
            </ListMultipartUploadsResult>";
        let begun = SystemTime::UNIX_EPOCH + Duration::from_secs(1_289_422_113);
        let expected = Unfinished { name: Name::from("team/ab/x"), id: "a&b".into(), begun };
        assert_eq!(read_unfinished(xml), [expected]);
        assert_eq!(read_unfinished("<Error><Upload>"), []);
        assert_eq!(read_marker(xml), None);
        let more = "<IsTruncated>true</IsTruncated><NextKeyMarker>a&amp;b</NextKeyMarker>
            <NextUploadIdMarker>7</NextUploadIdMarker>";
        let marker = Marker { key: "a&b".into(), upload: "7".into() };
        assert_eq!(read_marker(more), Some(marker));
        assert_eq!(read_marker(&more.replace("true", "false")), None);
    }
}
