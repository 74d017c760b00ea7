use std::collections::HashSet;

use protocol::{Timestamp, User};
use uuid::Uuid;

use super::*;
use crate::state::fixtures::user;

/// Creates a member with a certain own hue, who joined at a certain time.
fn member(number: usize, own: usize, joined_at: Option<i64>) -> Member {
    let with_number = |salt| UserId(Uuid::from_u128((number as u128) << 64 | salt));
    let id = (0..).map(with_number).find(|id| Hue::of(*id).index == own).unwrap();
    let joined_at = joined_at.map(Timestamp::from_millis);
    Member { user: User { id, ..user("bo") }, online: true, joined_at, ..Default::default() }
}

fn indexes(hues: &Hues, members: &[Member]) -> Vec<usize> {
    members.iter().map(|member| hues.of(member.user.id).index).collect()
}

#[test]
fn members_keep_their_own_hues_if_these_differ() {
    let members = [member(1, 7, Some(1)), member(2, 0, Some(2)), member(3, 4, Some(3))];
    assert_eq!(indexes(&Hues::of_members(&members), &members), [7, 0, 4]);
}

#[test]
fn who_joins_later_has_the_next_free_hue() {
    // In the list, the later member comes first.
    let members = [member(1, 8, Some(5)), member(2, 8, Some(2)), member(3, 0, Some(9))];
    assert_eq!(indexes(&Hues::of_members(&members), &members), [0, 8, 1]);
}

#[test]
fn who_joins_changes_no_other_hue() {
    let mut members: Vec<_> = (0..20).map(|number| member(number, number % 3, Some(1))).collect();
    for (time, member) in (1..).zip(&mut members) {
        member.joined_at = Some(Timestamp::from_millis(time));
    }
    let all = Hues::of_members(&members);
    for count in 1..members.len() {
        let earlier = Hues::of_members(&members[..count]);
        for member in &members[..count] {
            assert_eq!(earlier.of(member.user.id), all.of(member.user.id));
        }
    }
}

#[test]
fn nine_members_differ_in_hue_and_the_next_nine_are_deeper() {
    let members: Vec<_> = (0..30).map(|n| member(n, 4, i64::try_from(n).ok())).collect();
    let hues = Hues::of_members(&members);
    let hue = |member: &Member| hues.of(member.user.id);
    for (tone, nine) in members[..18].chunks(HUES).enumerate() {
        let indexes: HashSet<_> = nine.iter().map(|member| hue(member).index).collect();
        assert_eq!(indexes.len(), HUES);
        assert!(nine.iter().all(|member| hue(member).is_deep == (tone == 1)));
    }
    assert!(members[18..].iter().all(|member| hue(member) == Hue { index: 4, is_deep: true }));
}

#[test]
fn members_who_joined_since_come_last() {
    let members = [member(1, 3, None), member(2, 3, Some(7))];
    assert_eq!(indexes(&Hues::of_members(&members), &members), [4, 3]);
}

#[test]
fn others_have_their_own_hue_and_differ_from_the_members() {
    let (ada, bo) = (member(1, 2, Some(1)), member(2, 2, Some(1)));
    assert_eq!(Hues::default().of(bo.user.id), Hue { index: 2, is_deep: false });
    let hues = Hues::of_members(&[ada]);
    assert_eq!(hues.of(bo.user.id), Hue { index: 2, is_deep: true });
}
