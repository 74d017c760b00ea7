//! Subscriptions that end with their owner.
//!
//! Leptos removes a memo or an effect from the subscribers of a source only when it runs again. One
//! that was dropped stays there, with its memory, as long as the source exists. What is dropped
//! before its sources, such as a row of a list, therefore reads them as [`Scoped`].

use leptos::{
    prelude::*,
    reactive::{
        computed::ArcMemo,
        graph::{AnySource, Observer, Source as _, ToAnySource as _},
    },
};

/// A source that may exist longer than its subscribers.
pub(crate) trait Scoped: Copy {
    /// Returns the source, to read it once. The subscription ends when the reader's owner is
    /// cleaned up.
    #[must_use]
    fn scoped(self) -> Self;
}

impl<T: Send + Sync + 'static> Scoped for RwSignal<T> {
    fn scoped(self) -> Self {
        end_on_cleanup(self.to_any_source());
        self
    }
}

impl<T: Send + Sync + 'static> Scoped for Memo<T> {
    fn scoped(self) -> Self {
        end_on_cleanup(ArcMemo::from(self).to_any_source());
        self
    }
}

fn end_on_cleanup(source: AnySource) {
    if let Some(subscriber) = Observer::get() {
        on_cleanup(move || source.remove_subscriber(&subscriber));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Weak};

    use leptos::reactive::graph::{AnySubscriber, ReactiveNode, Subscriber, WithObserver as _};

    use super::*;

    /// A subscriber that never runs again.
    struct Reader;

    impl ReactiveNode for Reader {
        fn mark_dirty(&self) {}
        fn mark_check(&self) {}
        fn mark_subscribers_check(&self) {}
        fn update_if_necessary(&self) -> bool {
            false
        }
    }

    impl Subscriber for Reader {
        fn add_source(&self, _: AnySource) {}
        fn clear_sources(&self, _: &AnySubscriber) {}
    }

    /// Returns how many sources remember a reader while its owner exists, and after that.
    fn remembered(read: impl FnOnce()) -> (usize, usize) {
        let reader = Arc::new(Reader);
        let weak: Weak<Reader> = Arc::downgrade(&reader);
        let subscriber = AnySubscriber(Arc::as_ptr(&reader) as usize, weak);
        let owner = Owner::new();
        owner.with(|| subscriber.with_observer(read));
        drop(subscriber);
        let before = Arc::weak_count(&reader);
        drop(owner);
        (before, Arc::weak_count(&reader))
    }

    #[test]
    fn a_source_forgets_its_readers() {
        let root = Owner::new();
        root.with(|| {
            let signal = RwSignal::new(1);
            let memo = Memo::new(move |_| signal.get());
            assert_eq!(remembered(|| _ = signal.get()).1, 1, "Leptos forgets readers by itself");
            for read in [
                Box::new(move || _ = signal.scoped().get()) as Box<dyn FnOnce()>,
                Box::new(move || _ = memo.scoped().get()),
            ] {
                let (before, after) = remembered(read);
                assert!(before > 0);
                assert_eq!(after, 0);
            }
        });
    }
}
