//! The links of messages, and what the pages behind them say of themselves.
//!
//! A row of `links` is what one fetch of an address found, or will find. It never changes once it
//! is finished: a message keeps what it showed. Messages with the same link share the row for a
//! day.

mod work;

use std::{collections::HashMap, sync::Arc};

use protocol::{
    Block, LinkPicture, LinkPreview, Message, MessageId, UserId,
    limits::{LINK_RATE, MAX_HREF_BYTES, MAX_LINK_PREVIEWS},
    links,
};
use url::Url;
use uuid::Uuid;

use super::{
    Result, now,
    sql::{Db, Row, values},
};
use crate::base::{host::host_of, token_bucket::KeyedBuckets};
pub(super) use work::publishable;
pub use work::{ClaimedLinks, DueLink, FoundPage, PreviewJob};
use work::{ask, lifetimes, may_wait};

/// Which links get previews.
#[derive(Clone, Debug, Default)]
pub struct LinkRules {
    /// The host of this server, whose pages get no previews.
    own: Option<Arc<str>>,
    /// The pages that users may still have fetched. `None`: nobody may.
    budgets: Option<Arc<KeyedBuckets<UserId>>>,
}

impl LinkRules {
    /// Returns the rules under which links get previews, except those to this server. With
    /// `limited`, a user can have [`LINK_RATE`] pages fetched.
    #[must_use]
    pub fn on(public_url: &str, limited: bool) -> Self {
        let own = Url::parse(public_url).ok().as_ref().and_then(host_of).map(Arc::from);
        let budgets = KeyedBuckets::new(limited.then_some(LINK_RATE));
        Self { own, budgets: Some(Arc::new(budgets)) }
    }

    /// Returns the links of a tree that may have previews: the first ones, each once.
    pub(super) fn links_of(&self, blocks: &[Block]) -> Links {
        let mut found: Vec<NewLink> = Vec::new();
        for href in links(blocks) {
            let Some(link) = self.link(href) else { continue };
            if found.iter().all(|known| known.url != link.url) {
                found.push(link);
            }
            if found.len() == MAX_LINK_PREVIEWS {
                break;
            }
        }
        Links { links: found, budgets: self.budgets.clone() }
    }

    fn link(&self, href: &str) -> Option<NewLink> {
        let mut url =
            Url::parse(href).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
        let has_secret = !url.username().is_empty() || url.password().is_some();
        if has_secret || host_of(&url) == self.own.as_deref() {
            return None;
        }
        let shown = url.to_string();
        url.set_fragment(None);
        let url = url.to_string();
        (shown.len() <= MAX_HREF_BYTES).then_some(NewLink { url, shown })
    }
}

/// The links of a text.
#[derive(Debug, Default)]
pub(super) struct Links {
    links: Vec<NewLink>,
    /// `None`: only what was fetched earlier is shown.
    budgets: Option<Arc<KeyedBuckets<UserId>>>,
}

/// A link of a text.
#[derive(Debug)]
struct NewLink {
    /// The address to fetch.
    url: String,
    /// The address as it is shown, with its fragment.
    shown: String,
}

impl Links {
    /// Returns whether somebody may have to fetch a page.
    pub(super) fn may_ask(&self) -> bool {
        self.budgets.is_some() && !self.links.is_empty()
    }

    /// Returns whether a page may be fetched for a user, and counts it.
    fn take(&self, user: UserId) -> bool {
        self.budgets.as_ref().is_some_and(|budgets| budgets.take(user).is_ok())
    }
}

/// Gives a new message its links, and asks for their previews. It gets none if too many wait: no
/// link is without a job, whose event tells what it shows.
pub(super) fn add_links(db: &Db, message: MessageId, author: UserId, links: &Links) -> Result<()> {
    if !links.may_ask() || !may_wait(db, author)? {
        return Ok(());
    }
    let mut added = Vec::new();
    for link in &links.links {
        if let Some(row) = find_or_add(db, link, || links.take(author))? {
            insert(db, message, added.len(), row, link)?;
            added.push(row.id());
        }
    }
    ask(db, (message, author), added)
}

/// Gives a message the links that it has after an edit: those that stay keep what they show, and
/// the previews of new ones are asked for. Not if its author wants none.
pub(super) fn replace_links(
    db: &Db,
    message: MessageId,
    author: UserId,
    links: &Links,
) -> Result<()> {
    let select = "SELECT link, links.url AS url FROM message_links JOIN links ON links.id = link
         WHERE message_id = $1";
    let read = |row: &Row<'_>| Ok((row.get::<String>("url")?, row.get::<Uuid>("link")?));
    let known: HashMap<_, _> = db.rows(select, values![message], read)?.into_iter().collect();
    if known.is_empty() && !links.may_ask() {
        return Ok(());
    }
    remove_links(db, message)?;
    let select = "SELECT previews FROM messages WHERE id = $1";
    if !db.one(select, values![message], |row| row.get::<bool>("previews"))? {
        return Ok(());
    }
    let is_new = |link: &NewLink| !known.contains_key(&link.url);
    let may_add = links.may_ask() && links.links.iter().any(is_new) && may_wait(db, author)?;
    let (mut position, mut added) = (0, Vec::new());
    for link in &links.links {
        let row = match known.get(&link.url) {
            Some(row) => Some(Found::Known(*row)),
            None if may_add => find_or_add(db, link, || links.take(author))?,
            None => None,
        };
        if let Some(row) = row {
            insert(db, message, position, row, link)?;
            position += 1;
            if is_new(link) {
                added.push(row.id());
            }
        }
    }
    ask(db, (message, author), added)
}

/// Takes the links of a message away.
pub(super) fn remove_links(db: &Db, message: MessageId) -> Result<()> {
    let select = "SELECT link FROM message_links WHERE message_id = $1";
    let links: Vec<Uuid> = db.rows(select, values![message], |row| row.get("link"))?;
    remove_some(db, message, &links)
}

fn remove_some(db: &Db, message: MessageId, links: &[Uuid]) -> Result<()> {
    for link in links {
        let delete = "DELETE FROM message_links WHERE message_id = $1 AND link = $2";
        db.execute(delete, values![message, *link])?;
        db.execute(
            "UPDATE links SET unused_at = $1 WHERE id = $2
                 AND NOT EXISTS (SELECT 1 FROM message_links WHERE link = $2)",
            values![now(), *link],
        )?;
    }
    Ok(())
}

/// Notes that the author of a message wants no previews.
pub(super) fn refuse_previews(db: &Db, message: MessageId) -> Result<()> {
    db.execute("UPDATE messages SET previews = 0 WHERE id = $1", values![message])?;
    Ok(())
}

/// The row of an address.
#[derive(Clone, Copy, Debug)]
enum Found {
    Known(Uuid),
    New(Uuid),
}

impl Found {
    fn id(self) -> Uuid {
        let (Self::Known(id) | Self::New(id)) = self;
        id
    }
}

fn insert(db: &Db, message: MessageId, position: usize, row: Found, link: &NewLink) -> Result<()> {
    let id = row.id();
    db.execute(
        "INSERT INTO message_links (message_id, position, link, url) VALUES ($1, $2, $3, $4)",
        values![message, position, id, &link.shown],
    )?;
    if matches!(row, Found::New(_)) {
        return Ok(());
    }
    db.execute(
        "UPDATE links SET unused_at = NULL WHERE id = $1 AND unused_at IS NOT NULL",
        values![id],
    )?;
    Ok(())
}

/// Returns the row of an address that was fetched lately, or a new one that is to be fetched, if it
/// may be.
fn find_or_add(
    db: &Db,
    NewLink { url, .. }: &NewLink,
    may_fetch: impl FnOnce() -> bool,
) -> Result<Option<Found>> {
    let (fresh, fresh_failure) = lifetimes(now());
    let select = "SELECT id FROM links WHERE url = $1 AND asked_at > $2
             AND (finished = 0 OR title IS NOT NULL OR asked_at > $3)
         ORDER BY asked_at DESC LIMIT 1";
    let known = db.row(select, values![url, fresh, fresh_failure], |row| row.get("id"))?;
    if known.is_some() || !may_fetch() {
        return Ok(known.map(Found::Known));
    }
    // Nobody can guess it: it is in the address of the picture.
    let id = Uuid::new_v4();
    db.execute(
        "INSERT INTO links (id, url, asked_at, tries, leased_until, finished)
         VALUES ($1, $2, $3, 0, 0, 0)",
        values![id, url, now()],
    )?;
    Ok(Some(Found::New(id)))
}

/// Adds the previews to messages that were read with their trees. Costs nothing if none has links.
pub(super) fn add_link_previews(db: &Db, messages: &mut [Message]) -> Result<()> {
    let linking = messages.iter().filter(|message| !links(&message.blocks).is_empty());
    let ids: Vec<_> = linking.map(|message| message.id.0).collect();
    let mut previews = previews_of(db, &ids)?;
    for message in messages {
        message.link_previews = previews.remove(&message.id).unwrap_or_default();
    }
    Ok(())
}

/// Returns the previews of messages.
pub(super) fn previews_of(
    db: &Db,
    messages: &[Uuid],
) -> Result<HashMap<MessageId, Vec<LinkPreview>>> {
    if messages.is_empty() {
        return Ok(HashMap::new());
    }
    let select = "SELECT message_id, position, message_links.url AS shown, links.id AS link, site,
             title, links.text AS about, width, height
         FROM message_links JOIN links ON links.id = link
         WHERE title IS NOT NULL AND message_id";
    let mut rows = db.rows_among(select, &[], messages, |row| {
        Ok((row.get::<u64>("position")?, row.get::<MessageId>("message_id")?, read_preview(row)?))
    })?;
    rows.sort_unstable_by_key(|(position, ..)| *position);
    let mut previews: HashMap<_, Vec<_>> = HashMap::new();
    for (_, message, preview) in rows {
        previews.entry(message).or_default().push(preview);
    }
    Ok(previews)
}

fn read_preview(row: &Row<'_>) -> Result<LinkPreview> {
    let id: Uuid = row.get("link")?;
    let (width, height): (Option<u32>, Option<u32>) = (row.get("width")?, row.get("height")?);
    let picture = width.zip(height).map(|(width, height)| {
        Box::new(LinkPicture { url: format!("/link-pictures/{id}"), width, height })
    });
    Ok(LinkPreview {
        url: row.get("shown")?,
        site: row.get("site")?,
        title: row.get("title")?,
        text: row.get("about")?,
        picture,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<String> {
        let rules = LinkRules::on("https://chat.example.org", true);
        let links = rules.links_of(&markup::tree(text));
        links.links.into_iter().map(|link| link.shown).collect()
    }

    #[test]
    fn the_first_links_of_a_text_are_found_each_once() {
        assert_eq!(found("no link, `https://code.example/`, mailto:ada@example.org"), [""; 0]);
        assert_eq!(
            found(
                "https://a.example/x#one [again](https://A.example:443/x#two) > \
                 **<https://b.example>**\n\n```\nhttps://code.example/\n```\n\n\
                 - http://c.example/?q=1\n- https://d.example/"
            ),
            ["https://a.example/x#one", "https://b.example/", "http://c.example/?q=1"]
        );
    }

    #[test]
    fn links_to_this_server_get_no_previews() {
        assert_eq!(
            found(
                "https://chat.example.org/m/1 http://chat.example.org \
                 <https://Chat.example.org./x> http://chat.example.org:9200/ \
                 <https://ada:secret@example.org/> \
                 https://example.org/"
            ),
            ["https://example.org/"]
        );
        let off = LinkRules::default().links_of(&markup::tree("https://example.org/"));
        assert!(!off.may_ask());
    }
}
