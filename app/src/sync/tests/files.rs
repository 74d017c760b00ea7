//! Tests of the list of a room's files.

use protocol::{File, Files, FilesPage};

use super::*;

fn page(seqs: &[u64], has_more: bool) -> Response {
    let with_file = |seq| Message { files: vec![File::default()], ..message(seq) };
    let messages = seqs.iter().copied().map(with_file).collect();
    Response::Files(FilesPage { room: room().id, messages, has_more, next: None })
}

fn files(before: Option<u64>) -> Request {
    Request::Files(Files { room: Some(room().id.into()), before, limit: None, query: None })
}

#[test]
fn files_are_requested_while_their_list_is_shown() {
    let (mut model, mut engine) = up_to_date();
    assert!(requested(&mut engine, &model, "files").is_none());
    let list = |model: &mut Model, change: fn(&mut crate::state::room::FileList)| {
        change(&mut model.opened_rooms.get_mut(&room().id).unwrap().files);
    };
    list(&mut model, |files| files.open());
    let (request, id) = requested(&mut engine, &model, "files").unwrap();
    assert_eq!(request, files(None));
    assert!(requested(&mut engine, &model, "files").is_none(), "it is on its way");
    deliver(&mut engine, &mut model, Some(&id), page(&[9, 8], true));
    assert!(requested(&mut engine, &model, "files").is_none());
    list(&mut model, |files| files.load_more());
    let (request, id) = requested(&mut engine, &model, "files").unwrap();
    assert_eq!(request, files(Some(8)));
    let mut failure = ErrorPayload::new(ErrorCode::Unavailable, "later");
    failure.retry_after_ms = Some(0);
    deliver(&mut engine, &mut model, Some(&id), ServerMessage::Error(failure));
    let (request, id) = requested(&mut engine, &model, "files").expect("it is asked again");
    assert_eq!(request, files(Some(8)));
    deliver(&mut engine, &mut model, Some(&id), page(&[7], false));
    let shown = &model.opened_rooms[&room().id].files;
    let seqs: Vec<_> = shown.messages.iter().flatten().map(|message| message.seq).collect();
    assert_eq!(seqs, [9, 8, 7]);

    list(&mut model, |files| files.open());
    let (_, id) = requested(&mut engine, &model, "files").unwrap();
    let refusal = ErrorPayload::new(ErrorCode::NotFound, "no");
    deliver(&mut engine, &mut model, Some(&id), ServerMessage::Error(refusal));
    assert!(model.opened_rooms[&room().id].files.is_refused);
    assert!(requested(&mut engine, &model, "files").is_none());
}
