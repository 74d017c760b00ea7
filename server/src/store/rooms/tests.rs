use super::{
    super::{
        DATABASE_FILE, NewUser, access::access_among, log::snapshot::snapshots,
        room_view::room_seen_by,
    },
    *,
};
use crate::store::sql::count_statements;

async fn register(store: &Store, username: String) -> UserId {
    store.register(NewUser::test(username)).await.unwrap().user.id
}

/// What the first paint of a page reads of rooms, and what a resume of all of them reads if there
/// is nothing new, for a user with this many of each kind.
async fn statements_for(rooms_of_each: usize) -> u64 {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let ada = register(&store, "ada".into()).await;
    let mut last = RoomId::default();
    for number in 0..rooms_of_each {
        let bo = register(&store, format!("user{number}")).await;
        for private in [false, true] {
            let name = format!("room-{private}-{number}");
            let slug = NewSlug::Exact(name.clone());
            let new = NewStoredRoom { slug, name, private, creator: ada };
            last = store.create_room(new).await.unwrap().id;
        }
        store.direct_room(ada, [bo.to_string()].into()).await.unwrap();
    }
    let db = Db::open_file(&folder.path().join(DATABASE_FILE)).unwrap();
    let mut listed = 0;
    let statements = count_statements(|| {
        let page = rooms(&db, ada, ListRooms::default()).unwrap().rooms;
        listed = page.len();
        let ids: Vec<_> = page.iter().map(|room| room.id).collect();
        assert_eq!(access_among(&db, ada, &ids).unwrap().len(), listed);
        let known = page.iter().map(|room| (room.id, Some(room.seq))).collect();
        assert_eq!(snapshots(&db, ada, known).unwrap().len(), listed);
        assert!(room_seen_by(&db, ada, last).unwrap().is_some());
    });
    assert_eq!(listed, 3 * rooms_of_each + 1);
    statements
}

#[tokio::test]
async fn a_list_of_many_rooms_takes_no_more_statements_than_one_of_few() {
    assert_eq!(statements_for(33).await, statements_for(2).await);
}
