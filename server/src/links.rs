//! Previews of links: fetches the pages that messages link to, and tells what they say of
//! themselves.
//!
//! The addresses come from users, and the pages from strangers: nothing is fetched inside of the
//! own network, and everything is bounded. A few workers on each node do this, beside the requests
//! and the delivery of messages.

mod fetch;
mod hosts;
mod page;

use std::{sync::Arc, time::Duration};

use futures_util::future::join_all;
use protocol::Timestamp;
use tokio::sync::oneshot;
use uuid::Uuid;

use crate::{
    base::clock::now,
    config::PrivateNetworks,
    delivery::bus::Bus,
    error::{Error, STORE_UNAVAILABLE},
    files::FileService,
    store::{DueLink, FoundPage, PreviewJob, Store, StoreError},
};
use fetch::Fetcher;

/// The messages whose links are fetched at the same time.
const WORKERS: usize = 4;
/// The longest time between two looks into the store: another node may have died.
const INTERVAL: Duration = Duration::from_secs(10);
/// The time for which a message and its links are leased. Page and picture take 20 seconds at most,
/// and storing the picture 30 more.
const LEASE: Duration = Duration::from_secs(90);

/// Makes the previews of links. Cheap to clone.
#[derive(Clone, Debug)]
pub struct LinkService {
    store: Store,
    files: FileService,
    bus: Bus,
    fetcher: Arc<Fetcher>,
}

impl LinkService {
    /// Creates the service. Pages in `networks` may be fetched although they are private, and
    /// nothing from the host of `own`, the public URL of this server.
    ///
    /// # Errors
    /// Fails with the reason if there are no certificates to trust.
    pub fn new(
        store: Store,
        files: FileService,
        bus: Bus,
        networks: PrivateNetworks,
        own: &str,
    ) -> Result<Self, String> {
        Ok(Self { store, files, bus, fetcher: Arc::new(Fetcher::new(networks, own)?) })
    }

    /// Makes previews. Never returns.
    pub async fn run(self) {
        join_all((0..WORKERS).map(|_| self.work())).await;
    }

    async fn work(&self) {
        loop {
            if let Err(error) = self.make_due().await {
                tracing::warn!(%error, "previews of links could not be made; trying again");
            }
            // A message may have come meanwhile: then this ends at once.
            let _ = tokio::time::timeout(INTERVAL, self.store.previews_due().notified()).await;
        }
    }

    /// Makes all previews that are due.
    async fn make_due(&self) -> Result<(), Error> {
        let holder = Uuid::new_v4();
        while let Some(job) = self.store.lease_preview(holder, after(LEASE)).await? {
            // One that fails is tried again after its lease. It does not keep the others waiting.
            if let Err(error) = self.make(job).await {
                tracing::warn!(%error, "the previews of a message failed; trying again");
            }
        }
        Ok(())
    }

    /// Makes the previews of a message. If another one fetches the same link, it waits for that.
    async fn make(&self, job: PreviewJob) -> Result<(), Error> {
        let claimed = self.store.claim_links(job, after(LEASE)).await?;
        for fetched in join_all(claimed.due.into_iter().map(|link| self.fetch(link))).await {
            fetched?;
        }
        if claimed.is_busy {
            return Ok(self.store.delay_preview(job).await?);
        }
        self.publish(job).await
    }

    async fn fetch(&self, link: DueLink) -> Result<(), Error> {
        let found = self.look(&link).await;
        self.store.link_fetched(link.id, found).await?;
        Ok(())
    }

    /// Returns what a page says of itself. Its picture is stored then.
    async fn look(&self, DueLink { id, url }: &DueLink) -> Option<FoundPage> {
        let page = match self.fetcher.page(url).await {
            Ok(page) => page,
            Err(fault) => {
                tracing::debug!(%fault, "a link has no preview");
                return None;
            }
        };
        let title = page.title?;
        let mut picture = None;
        if let Some(url) = page.picture {
            match self.fetcher.picture(url).await {
                Ok(bytes) => picture = self.files.keep_link_picture(*id, bytes).await,
                Err(fault) => tracing::debug!(%fault, "a preview has no picture"),
            }
        }
        Some(FoundPage { site: page.site, title, text: page.text, picture })
    }

    /// Tells the previews of a message to the room, if there are any.
    async fn publish(&self, job: PreviewJob) -> Result<(), Error> {
        let (sender, outcome) = oneshot::channel();
        let bus = self.bus.clone();
        let on_commit = move |published: Result<Option<_>, StoreError>| match published.transpose()
        {
            Some(logged) => bus.on_logged(logged, move |result| drop(sender.send(result))),
            None => drop(sender.send(Ok(()))),
        };
        self.store.publish_previews(job, on_commit).await?;
        match outcome.await.map_err(|_| STORE_UNAVAILABLE)? {
            Err(Error::NotFound("job")) => Ok(()), // another node was faster
            published => published,
        }
    }
}

fn after(time: Duration) -> Timestamp {
    let millis = i64::try_from(time.as_millis()).unwrap_or(i64::MAX);
    Timestamp::from_millis(now().as_millis().saturating_add(millis))
}
