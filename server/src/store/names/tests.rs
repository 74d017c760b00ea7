use super::*;
use crate::store::{NewUser, Store};

fn read_alike(one: &str, other: &str) -> bool {
    let (one, other) = (NameKeys::of(one), NameKeys::of(other));
    one.skeleton == other.skeleton || one.folded == other.folded
}

#[test]
fn names_of_one_shape_read_alike() {
    for (one, other) in [
        ("Ada", "ada"),
        ("Ada", "\u{410}da"), // Cyrillic A
        ("Ada", "Ａｄａ"),
        ("Ada Lovelace", "AdaLovelace"),
        ("Ada Lovelace", "Ada\u{a0}\u{3000}Lovelace"),
        ("Ida", "lda"),
        ("Ida", "1da"),
        ("ida", "Ida"),
        ("IDA", "ida"),
        ("Boris", "B0ris"),
        ("ВОВА", "вова"),
        ("corn", "com"),
        ("Zoe\u{308}", "Zo\u{eb}"),
        ("@ada", "ada"),
        ("paypal", "раураl"),
        ("葛城", "葛\u{e0100}城"),
        ("Ad\u{e9}", "Ad\u{e9}\u{fe00}"),
        ("A\u{fe0f}da", "Ada"), // of an earlier version
    ] {
        assert!(read_alike(one, other), "{one} {other}");
    }
    for (one, other) in [("Ada", "Adam"), ("Bo", "Ba"), ("李", "王"), ("Ada", "Ada2")] {
        assert!(!read_alike(one, other), "{one} {other}");
    }
}

#[test]
fn a_name_that_hides_something_gives_way_to_the_username() {
    for (display_name, shown) in [
        (Some("Ada"), "Ada"),
        (None, "ada"),
        (Some("\u{2800}"), "ada"),
        (Some("Bo\u{202e}"), "ada"),
        (Some("B\u{34f}o"), "ada"),
    ] {
        assert_eq!(shown_name(display_name.map(str::to_owned), "ada"), shown);
    }
}

#[test]
fn the_database_makes_the_skeleton_of_a_username() {
    let db = Db::open_in_memory();
    let letters = "abcdefghijklmnopqrstuvwxyz0123456789.-_";
    for username in letters.split("").chain([letters, "countess", "c0untess", "m1mi"]) {
        let table = "(SELECT $1 AS username) AS users";
        let select = format!("SELECT {} AS made FROM {table}", username_skeleton("users."));
        let made: String = db.one(&select, values![username], |row| row.get("made")).unwrap();
        assert_eq!(made, NameKeys::of(username).skeleton, "{username}");
    }
}

async fn register(store: &Store, username: &str, name: Option<&str>) -> UserId {
    let new = NewUser { display_name: name.map(str::to_owned), ..NewUser::test(username) };
    store.register(new).await.unwrap().user.id
}

async fn alike(store: &Store) -> Vec<String> {
    let select = "SELECT username FROM users WHERE alike = 1 ORDER BY username";
    store.read(move |db| db.rows(select, &[], |row| row.get("username"))).await.unwrap()
}

/// Changes a display name, as a later request will.
async fn rename(store: &Store, user: UserId, username: &'static str, name: &'static str) {
    let renamed = store.write(move |db| {
        let update = "UPDATE users SET display_name = $1 WHERE id = $2";
        db.execute(update, values![name, user])?;
        record_name(db, user, username, Some(name.to_owned()))
    });
    renamed.await.unwrap();
}

#[tokio::test]
async fn users_whose_names_read_alike_are_marked_in_the_same_write() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    register(&store, "ada", Some("Ada Lovelace")).await;
    register(&store, "bo", None).await;
    assert!(alike(&store).await.is_empty());
    let eve = register(&store, "eve", Some("\u{410}da L\u{43e}velace")).await;
    assert_eq!(alike(&store).await, ["ada", "eve"]);
    // A display name that is the username of another user reads like that user.
    register(&store, "mallory", Some("Bo")).await;
    assert_eq!(alike(&store).await, ["ada", "bo", "eve", "mallory"]);
    register(&store, "chen", Some("Chen")).await;
    assert_eq!(alike(&store).await, ["ada", "bo", "eve", "mallory"]);
    // So does one that is shaped like it, though that user is shown by another name.
    let shaped = register(&store, "oscar", Some("\u{441}\u{43e}untess")).await;
    assert_eq!(alike(&store).await, ["ada", "bo", "eve", "mallory"]);
    register(&store, "countess", Some("Grace")).await;
    let all = ["ada", "bo", "countess", "eve", "mallory", "oscar"];
    assert_eq!(alike(&store).await, all);
    let digit = register(&store, "peggy", Some("c0untess")).await;
    assert_eq!(alike(&store).await.len(), all.len() + 1);
    rename(&store, digit, "peggy", "Peggy").await;
    assert_eq!(alike(&store).await, all, "another name still has the shape of that username");
    rename(&store, shaped, "oscar", "Oscar").await;
    assert_eq!(alike(&store).await, ["ada", "bo", "eve", "mallory"]);
    // A new name removes the marks that the old one has caused.
    rename(&store, eve, "eve", "Chen").await;
    assert_eq!(alike(&store).await, ["bo", "chen", "eve", "mallory"]);
    rename(&store, eve, "eve", "Eve").await;
    assert_eq!(alike(&store).await, ["bo", "mallory"]);
}

#[tokio::test]
async fn users_of_earlier_versions_are_marked_at_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    for (username, name) in [
        ("ada", "Ada"),
        ("eve", "ada"),
        ("bo", "Robert"),
        ("mallory", "Bo"),
        ("chen", "chen"),
        ("mimi", "M1mi"),
        ("countess", "Grace"),
        ("oscar", "\u{441}\u{43e}untess"),
    ] {
        register(&store, username, Some(name)).await;
    }
    let marked = alike(&store).await;
    assert_eq!(marked, ["ada", "bo", "countess", "eve", "mallory", "oscar"]);
    let reset = "UPDATE users SET skeleton = NULL, folded = NULL, alike = 0";
    store.write(move |db| db.batch(reset)).await.unwrap();
    store.close().await;
    drop(store);
    let store = Store::open(folder.path()).unwrap();
    assert_eq!(alike(&store).await, marked);
}
