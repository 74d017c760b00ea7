//! Icons, as inline SVG, so that they need no connection.
//!
//! The shapes are [Lucide](https://lucide.dev)'s, under the ISC license (see
//! `public/icons-LICENSE.txt`).

use leptos::prelude::*;
use protocol::RoomKind;

/// The shape of an icon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Glyph {
    /// Jump to the end.
    ArrowDown,
    /// Send.
    ArrowUp,
    /// Success.
    Check,
    /// Go back.
    ChevronLeft,
    /// An error.
    CircleAlert,
    /// In progress.
    Clock,
    /// No connection.
    CloudOff,
    /// Copy.
    Copy,
    /// More actions.
    Ellipsis,
    /// Show a password.
    Eye,
    /// A room.
    Hash,
    /// A private room.
    Lock,
    /// Sign out.
    LogOut,
    /// Edit.
    Pencil,
    /// Create.
    Plus,
    /// Delete.
    Trash,
    /// A direct room.
    User,
    /// Close.
    X,
}

impl From<RoomKind> for Glyph {
    fn from(kind: RoomKind) -> Self {
        match kind {
            RoomKind::Public => Self::Hash,
            RoomKind::Private => Self::Lock,
            RoomKind::Direct => Self::User,
        }
    }
}

impl Glyph {
    /// Returns the strokes in a viewport of 24 by 24.
    fn path(self) -> &'static str {
        match self {
            Self::ArrowDown => "M12 5v14M19 12l-7 7-7-7",
            Self::ArrowUp => "M5 12l7-7 7 7M12 19V5",
            Self::Check => "M20 6 9 17l-5-5",
            Self::ChevronLeft => "M15 18l-6-6 6-6",
            Self::CircleAlert => {
                "M2 12a10 10 0 1 0 20 0a10 10 0 1 0 -20 0M12 8L12 12M12 16L12.01 16"
            }
            Self::Clock => "M2 12a10 10 0 1 0 20 0a10 10 0 1 0 -20 0M12 6v6l4 2",
            Self::CloudOff => {
                "M10.94 5.274A7 7 0 0 1 15.71 10h1.79a4.5 4.5 0 0 1 4.222 6.057M18.796 18.81\
                 A4.5 4.5 0 0 1 17.5 19H9A7 7 0 0 1 5.79 5.78M2 2l20 20"
            }
            Self::Copy => {
                "M10 8h10a2 2 0 0 1 2 2v10a2 2 0 0 1 -2 2h-10a2 2 0 0 1 -2 -2v-10a2 2 0 0 1 2 \
                 -2zM4 16c-1.1 0-2-.9-2-2V4c0-1.1.9-2 2-2h10c1.1 0 2 .9 2 2"
            }
            Self::Ellipsis => {
                "M11 12a1 1 0 1 0 2 0a1 1 0 1 0 -2 0M18 12a1 1 0 1 0 2 0a1 1 0 1 0 -2 0M4 12a1 \
                 1 0 1 0 2 0a1 1 0 1 0 -2 0"
            }
            Self::Eye => {
                "M2.062 12.348a1 1 0 0 1 0-.696 10.75 10.75 0 0 1 19.876 0 1 1 0 0 1 0 .696 \
                 10.75 10.75 0 0 1-19.876 0M9 12a3 3 0 1 0 6 0a3 3 0 1 0 -6 0"
            }
            Self::Hash => "M4 9L20 9M4 15L20 15M10 3L8 21M16 3L14 21",
            Self::Lock => {
                "M5 11h14a2 2 0 0 1 2 2v7a2 2 0 0 1 -2 2h-14a2 2 0 0 1 -2 -2v-7a2 2 0 0 1 2 -2z\
                 M7 11V7a5 5 0 0 1 10 0v4"
            }
            Self::LogOut => "M16 17l5-5-5-5M21 12H9M9 21H5a2 2 0 0 1-2-2V5a2 2 0 0 1 2-2h4",
            Self::Pencil => {
                "M21.174 6.812a1 1 0 0 0-3.986-3.987L3.842 16.174a2 2 0 0 0-.5.83l-1.321 4.352\
                 a.5.5 0 0 0 .623.622l4.353-1.32a2 2 0 0 0 .83-.497zM15 5l4 4"
            }
            Self::Plus => "M5 12h14M12 5v14",
            Self::Trash => {
                "M3 6h18M19 6v14a2 2 0 0 1-2 2H7a2 2 0 0 1-2-2V6M8 6V4a2 2 0 0 1 2-2h4a2 2 0 0 \
                 1 2 2v2M10 11v6M14 11v6"
            }
            Self::User => {
                "M19 21v-2a4 4 0 0 0-4-4H9a4 4 0 0 0-4 4v2M8 7a4 4 0 1 0 8 0a4 4 0 1 0 -8 0"
            }
            Self::X => "M18 6 6 18M6 6l12 12",
        }
    }
}

/// An icon. It is decoration, so screen readers skip it: the parent provides a label.
#[component]
pub fn Icon(
    /// The shape.
    glyph: Glyph,
    /// `small` or `large`.
    #[prop(optional)]
    size: Option<&'static str>,
) -> impl IntoView {
    let class = size.map_or("icon".to_owned(), |size| format!("icon icon--{size}"));
    view! {
        <svg class=class viewBox="0 0 24 24" aria-hidden="true">
            <path d=glyph.path()></path>
        </svg>
    }
}
