//! Applies the events that change messages to those that are loaded.

use protocol::{
    Event, Message, MessageId, Quote, Reaction, Sender, ThreadSummary, blocks::quoted_text,
};

/// Sets the summary of a thread on its first message, if that is among `messages`.
pub(super) fn set_replies(messages: &mut [Message], thread: MessageId, replies: &ThreadSummary) {
    for message in messages.iter_mut().filter(|message| message.id == thread) {
        message.replies = Some(Box::new(replies.clone()));
    }
}

/// Applies an event to a message that is not a part of a log, such as the first one of a thread.
pub(crate) fn update_single(message: &mut Message, event: &Event) {
    let message = std::slice::from_mut(message);
    let (thread, replies) = match event {
        Event::Chat(reply) => (reply.thread, &reply.thread_replies),
        Event::ChatDeleted(deleted) => (deleted.thread, &deleted.thread_replies),
        _ => (None, &None),
    };
    if let (Some(thread), Some(replies)) = (thread, replies) {
        set_replies(message, thread, replies);
    }
    update_message(message, event);
}

/// Applies an edit or a deletion to the messages that quote the changed one.
fn update_quotes(messages: &mut [Message], event: &Event) {
    update_each_quote(messages.iter_mut().filter_map(|it| it.reply_to.as_deref_mut()), event);
}

/// Applies an edit or a deletion to the quotes of the changed message.
pub(crate) fn update_each_quote<'a>(quotes: impl Iterator<Item = &'a mut Quote>, event: &Event) {
    let (id, text, file) = match event {
        Event::ChatEdited(edited) => match &edited.text {
            Some(text) => {
                let text = quoted_text(text, &edited.blocks);
                (edited.id, Some(text), edited.files.first().map(|file| file.name.clone()))
            }
            None => return, // deleted since, which another event says
        },
        Event::ChatDeleted(deleted) => (deleted.id, None, None),
        _ => return,
    };
    for quote in quotes.filter(|quote| quote.id == id && !quote.deleted) {
        quote.deleted = text.is_none();
        quote.text.clone_from(&text);
        quote.file.clone_from(&file);
    }
}

/// Applies an update to its message, if that is among `messages`. A deleted message no longer
/// changes. Applying the same updates again, in order, has no effect: a page may include some of
/// them already.
pub(super) fn update_message(messages: &mut [Message], event: &Event) {
    update_quotes(messages, event);
    let message_seq = match event {
        Event::ChatEdited(edited) => edited.message_seq,
        Event::ChatDeleted(deleted) => deleted.message_seq,
        Event::ChatReacted(reacted) => reacted.message_seq,
        Event::ChatPinned(pinned) => pinned.message_seq,
        Event::ChatPreviewed(previewed) => previewed.message_seq,
        _ => return,
    };
    let Ok(index) = messages.binary_search_by_key(&message_seq, |message| message.seq) else {
        return;
    };
    let message = &mut messages[index];
    if message.deleted {
        return;
    }
    match event {
        Event::ChatEdited(edited) => {
            if let Some(text) = &edited.text {
                message.text = Some(text.clone());
                message.files.clone_from(&edited.files);
                message.link_previews.clone_from(&edited.link_previews);
                message.blocks.clone_from(&edited.blocks);
                message.edited_at = Some(edited.edited_at);
            }
        }
        Event::ChatDeleted(deleted) => {
            message.deleted = true;
            message.deleted_by = deleted.deleted_by.clone();
            message.text = None;
            message.files.clear();
            message.link_previews.clear();
            message.blocks.clear();
            message.edited_at = None;
            message.reactions.clear();
            message.pinned_by = None;
        }
        Event::ChatPinned(pinned) => {
            // The event has the id alone. The rows find the name among the members.
            let sender = Sender { id: pinned.user, ..Sender::default() };
            message.pinned_by = pinned.on.then(|| Box::new(sender));
        }
        Event::ChatPreviewed(previewed) => {
            message.link_previews.clone_from(&previewed.link_previews);
        }
        Event::ChatReacted(reacted) => {
            // A replayed reaction moves to the end, because reactions are in the order of their
            // events.
            message
                .reactions
                .retain(|known| known.user != reacted.user || known.emoji != reacted.emoji);
            if reacted.on {
                let reaction = Reaction { user: reacted.user, emoji: reacted.emoji.clone() };
                message.reactions.push(reaction);
            }
        }
        _ => {}
    }
}
