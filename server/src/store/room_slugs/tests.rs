use protocol::text::is_slug;

use super::{
    super::{StoreError, migrations::apply},
    *,
};

fn rooms() -> Db {
    let db = Db::open_in_memory();
    apply(&db).unwrap();
    db
}

fn add(db: &Db, new: NewSlug) -> Result<String> {
    let slug = choose_slug(db, new, UserId::default())?;
    assert!(is_slug(&slug) && !is_reserved_slug(&slug), "{slug}");
    db.execute(
        "INSERT INTO rooms (id, slug, name, created_at) VALUES ($1, $2, 'a room', 0)",
        values![Uuid::new_v4(), &slug],
    )?;
    Ok(slug)
}

#[test]
fn a_taken_slug_gets_the_first_free_suffix() {
    let db = rooms();
    let like = |slug: &str| add(&db, NewSlug::Like(slug.to_owned())).unwrap();
    assert_eq!([like("c"), like("c"), like("c")], ["c", "c-2", "c-3"]);
    assert_eq!([like("c-2"), like("c-desk")], ["c-2-2", "c-desk"]);
    for number in 4..=101 {
        assert_eq!(like("c"), format!("c-{number}"));
    }
    let long = "x".repeat(MAX_SLUG_CHARS);
    assert_eq!([like(&long), like(&long)], [long.clone(), format!("{}-2", &long[..62])]);
    for number in 3..=12 {
        let stem = &long[..if number < 10 { 62 } else { 61 }];
        assert_eq!(like(&long), format!("{stem}-{number}"));
    }
}

#[test]
fn a_reserved_slug_gets_a_suffix() {
    let db = rooms();
    let like = |slug: &str| add(&db, NewSlug::Like(slug.to_owned())).unwrap();
    assert_eq!([like("ticket"), like("echo"), like("ticket")], ["ticket-2", "echo-2", "ticket-3"]);
    let id = "0".repeat(32);
    assert_eq!(like(&id), format!("{id}-2"));
    // Another suffix would make it read as an id.
    assert_eq!(like("00000000-0000-0000-0000-000000000000"), format!("{}-2", Uuid::nil()));
}

#[test]
fn only_a_slug_that_was_asked_for_can_be_taken() {
    let db = rooms();
    assert_eq!(add(&db, "desk".into()).unwrap(), "desk");
    assert!(matches!(add(&db, "desk".into()), Err(StoreError::Taken(_))));
    let random = [add(&db, NewSlug::Random).unwrap(), add(&db, NewSlug::Random).unwrap()];
    assert!(random[0] != random[1] && random.iter().all(|slug| slug.len() == RANDOM_CHARS));
}
