//! A bucket of S3, over the HTTP and TLS libraries of the server.

use std::{pin::Pin, sync::Arc, time::Duration};

use http_body_util::BodyExt as _;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector as TcpConnector},
    rt::TokioExecutor,
};
use object_store::{
    ClientOptions, ObjectStore, RetryConfig,
    aws::AmazonS3Builder,
    client::{
        HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpRequestBody,
        HttpResponse, HttpResponseBody, HttpService,
    },
};

use crate::base::tls;

/// The longest time until a response begins.
const TIMEOUT: Duration = Duration::from_secs(60);
/// The longest time in which a request is repeated.
const MAX_RETRYING: Duration = Duration::from_secs(20);

/// Opens a bucket. Region, endpoint and credentials are those of the environment.
pub(super) fn open(bucket: &str) -> Result<Arc<dyn ObjectStore>, String> {
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
        .with_http_connector(client)
        .build();
    store.map(|store| Arc::new(store) as Arc<dyn ObjectStore>).map_err(|error| error.to_string())
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
