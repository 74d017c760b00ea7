//! Tests of what the writer counts of a read position.

use super::*;
use crate::store::{NewUser, now, sql::count_steps};

const OWN: u64 = 5_000;

/// A long run of own messages between those of others takes the writer no longer than a short one.
#[tokio::test]
async fn a_read_position_is_set_as_quickly_before_any_number_of_own_messages() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let ada = store.register(NewUser::test("ada")).await.unwrap().user.id;
    let bo = store.register(NewUser::test("bo")).await.unwrap().user.id;
    let written = store.write(move |db| {
        let room: RoomId = db.one("SELECT id FROM rooms", &[], |row| row.get("id"))?;
        for seq in 1..=OWN + 2 {
            let sender = if (2..=OWN).contains(&seq) { ada } else { bo };
            db.execute(
                "INSERT INTO messages (room_id, seq, id, sender_id, text, sent_at)
                 VALUES ($1, $2, $3, $4, 'x', $5)",
                values![room, seq, uuid::Uuid::now_v7(), sender, now()],
            )?;
        }
        db.execute(
            "INSERT INTO room_members (room_id, user_id, joined_at) VALUES ($1, $2, $3)
             ON CONFLICT DO NOTHING",
            values![room, ada, now()],
        )?;
        db.execute("UPDATE rooms SET seq = $1", values![OWN + 2])?;
        Ok(room)
    });
    let room = written.await.unwrap();
    let set = async |seq: u64, back: bool| {
        let new = NewPosition { room: room.into(), thread: None, seq, back };
        let written = store.write(move |db| {
            let mut outcome = None;
            let steps = count_steps(|| outcome = Some(set(db, ada, &new)));
            Ok((outcome.unwrap()?, steps))
        });
        written.await.unwrap()
    };
    let (far, steps) = set(1, false).await;
    assert_eq!(far, SetPosition::Uncounted(room, None));
    assert!(steps < 20 * MAX_COUNTED, "{steps} steps");
    let position = store.read_position(ada, room, None).await.unwrap().position;
    assert_eq!((position.read_seq, position.unread), (1, 2));
    let (near, _) = set(OWN, false).await;
    let SetPosition::Counted(near) = near else { panic!("there is little to count") };
    assert_eq!((near.read_seq, near.unread), (OWN, 2));
    assert_eq!(near, store.read_position(ada, room, None).await.unwrap().position);
    let (back, _) = set(1, true).await;
    assert_eq!(back, SetPosition::Uncounted(room, None));
    let position = store.read_position(ada, room, None).await.unwrap().position;
    assert_eq!((position.read_seq, position.unread), (0, 3));

    // A count that another device overtook is not told.
    let is_same = async |counted| {
        let (answer, told) = tokio::sync::oneshot::channel();
        let asked =
            store.is_read_position(ada, counted, |same| answer.send(same.unwrap()).unwrap());
        asked.await.unwrap();
        told.await.unwrap()
    };
    let counted = store.read_position(ada, room, None).await.unwrap();
    assert!(is_same(counted).await);
    set(OWN, false).await;
    assert!(!is_same(counted).await);
}
