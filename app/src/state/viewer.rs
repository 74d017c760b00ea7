//! Pictures of a message that are shown large, one at a time.

use protocol::{File, Sender, Timestamp};

/// The sizes in percent of the one that fits the window.
const ZOOMS: [u32; 6] = [100, 150, 200, 300, 400, 600];

/// Pictures of a message, and the one that is shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Viewer {
    pictures: Vec<File>,
    at: usize,
    zoom: usize,
    /// The author of the message.
    pub sender: Sender,
    /// When it was sent.
    pub sent_at: Timestamp,
}

impl Viewer {
    /// Shows the picture of `pictures` at an index.
    #[must_use]
    pub fn new(pictures: Vec<File>, at: usize, sender: Sender, sent_at: Timestamp) -> Self {
        Self { pictures, at, zoom: 0, sender, sent_at }
    }

    /// Returns the picture that is shown.
    #[must_use]
    pub fn picture(&self) -> Option<&File> {
        self.pictures.get(self.at)
    }

    /// Returns all pictures.
    #[must_use]
    pub fn pictures(&self) -> &[File] {
        &self.pictures
    }

    /// Returns the index of the picture that is shown.
    #[must_use]
    pub fn at(&self) -> usize {
        self.at
    }

    /// Returns the size in percent of the one that fits the window.
    #[must_use]
    pub fn zoom(&self) -> u32 {
        ZOOMS[self.zoom]
    }

    /// Shows another picture, if there is one.
    pub fn go_to(&mut self, at: usize) {
        if at < self.pictures.len() && at != self.at {
            (self.at, self.zoom) = (at, 0);
        }
    }

    /// Returns whether there is a picture after the one that is shown, or before it.
    #[must_use]
    pub fn has_next(&self, forward: bool) -> bool {
        if forward { self.at + 1 < self.pictures.len() } else { self.at > 0 }
    }

    /// Shows the next picture, or the one before.
    pub fn step(&mut self, forward: bool) {
        if self.has_next(forward) {
            self.go_to(if forward { self.at + 1 } else { self.at - 1 });
        }
    }

    /// Makes the picture larger or smaller.
    pub fn change_zoom(&mut self, larger: bool) {
        let last = ZOOMS.len() - 1;
        self.zoom = if larger { (self.zoom + 1).min(last) } else { self.zoom.saturating_sub(1) };
    }

    /// Shows the whole picture again.
    pub fn reset_zoom(&mut self) {
        self.zoom = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_viewer_stays_within_its_pictures_and_sizes() {
        let pictures = vec![File::default(), File { size: 1, ..File::default() }];
        let mut viewer = Viewer::new(pictures, 0, Sender::default(), Timestamp::from_millis(0));
        viewer.step(false);
        assert_eq!(viewer.at(), 0);
        viewer.change_zoom(false);
        assert_eq!(viewer.zoom(), 100);
        viewer.change_zoom(true);
        assert_eq!(viewer.zoom(), 150);
        viewer.step(true);
        assert_eq!((viewer.at(), viewer.zoom()), (1, 100), "each picture begins whole");
        assert_eq!(viewer.picture().map(|file| file.size), Some(1));
        viewer.step(true);
        assert!(!viewer.has_next(true) && viewer.has_next(false));
        for _ in 0..20 {
            viewer.change_zoom(true);
        }
        assert_eq!(viewer.zoom(), 600);
        viewer.go_to(7);
        assert_eq!((viewer.at(), viewer.zoom()), (1, 600));
    }
}
