//! The list of users, and finding them by the beginnings of words of their names.

use protocol::{User, UserId};

use super::{
    Result, Store, StoreError,
    names::folded_word,
    sql::{Db, Value, values},
    users::{read_user, user_columns},
};

/// The words of a query that count. Each is one more condition.
const MAX_WORDS: usize = 8;
/// What users are sorted by. Nodes of an earlier version write no folded names.
const NAME: &str = "coalesce(folded, username)";

/// A place in the list: a name, and the bytes of an id.
type Place = (String, Vec<u8>);

impl Store {
    /// Returns a page of the users, sorted by name, those who are banned last, and whether more
    /// follow. Each word of `query` must be the beginning of a word of their name or username. With
    /// `inviters`, each user names who invited them.
    ///
    /// # Errors
    /// Returns [`StoreError::NotFound`] if there is no user `after`.
    pub async fn list_users(
        &self,
        query: String,
        after: Option<UserId>,
        limit: usize,
        inviters: bool,
    ) -> Result<(Vec<User>, bool)> {
        self.read(move |db| {
            let (mut users, has_more) =
                db.read_snapshot(|| list_users(db, &query, after, limit))?;
            if !inviters {
                users.iter_mut().for_each(|user| user.invited_by = None);
            }
            Ok((users, has_more))
        })
        .await
    }
}

fn list_users(
    db: &Db,
    query: &str,
    after: Option<UserId>,
    limit: usize,
) -> Result<(Vec<User>, bool)> {
    let words: Vec<_> = (query.split_whitespace())
        .map(|word| folded_word(word.trim_start_matches('@')))
        .filter(|word| !word.is_empty())
        .take(MAX_WORDS)
        .collect();
    let (mut banned, mut place) = match after {
        Some(user) => place_of(db, user)?,
        None => Default::default(), // sorts before all users
    };
    let mut users = Vec::new();
    loop {
        users.extend(page(db, &words, banned, &place, limit + 1 - users.len())?);
        if banned || users.len() > limit {
            break;
        }
        (banned, place) = (true, Place::default());
    }
    let has_more = users.len() > limit;
    users.truncate(limit);
    Ok((users, has_more))
}

/// Returns whether a user is banned, and the user's place in that part of the list.
fn place_of(db: &Db, user: UserId) -> Result<(bool, Place)> {
    let select =
        format!("SELECT banned_at IS NOT NULL AS banned, {NAME} AS name FROM users WHERE id = $1");
    let place = db.row(&select, values![user], |row| {
        Ok((row.get("banned")?, (row.get("name")?, user.0.as_bytes().to_vec())))
    })?;
    place.ok_or(StoreError::NotFound("user"))
}

fn page(
    db: &Db,
    words: &[String],
    banned: bool,
    (name, id): &Place,
    limit: usize,
) -> Result<Vec<User>> {
    // The last scalar value sorts after all that a word can go on with.
    let ends: Vec<_> = words.iter().map(|word| format!("{word}\u{10ffff}")).collect();
    let mut params = vec![Value::from(name), Value::Bytes(id)];
    let mut conditions = String::new();
    for (word, end) in words.iter().zip(&ends) {
        let (from, to) = (params.len() + 1, params.len() + 2);
        conditions += &format!(
            " AND id IN (SELECT user_id FROM user_words WHERE word >= ${from} AND word < ${to})"
        );
        params.extend([Value::from(word), Value::from(end)]);
    }
    params.push(Value::from(limit));
    let select = format!(
        "SELECT {user}, invited_by FROM users WHERE banned_at IS {not} NULL AND {NAME} >= $1
             AND ({NAME}, id) > ($1, $2) {conditions}
         ORDER BY {NAME}, id LIMIT ${last}",
        user = user_columns!(),
        last = params.len(),
        not = if banned { "NOT" } else { "" },
    );
    db.rows(&select, &params, |row| {
        Ok(User { invited_by: row.get("invited_by")?, ..read_user(row)? })
    })
}
