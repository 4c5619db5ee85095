//! Which tiles stand where: kept per person, as short JSON.

use kit::TilePlace;
use serde::{Deserialize, Serialize};

/// Name of the preference.
pub const NAME: &str = "dashboard.tiles";

/// The tiles there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TileId {
    /// Email.
    Email,
    /// Campaigns.
    Campaigns,
    /// Contacts.
    Audience,
    /// Clicks and opens.
    Engagement,
    /// What goes out next.
    Calendar,
    /// Imports and senders.
    Delivery,
}

impl TileId {
    const ALL: [Self; 6] =
        [Self::Email, Self::Campaigns, Self::Audience, Self::Engagement, Self::Calendar, Self::Delivery];

    /// Heading of the tile.
    pub fn title(self) -> &'static str {
        match self {
            Self::Email => "Email",
            Self::Campaigns => "Campaigns",
            Self::Audience => "Audience",
            Self::Engagement => "Engagement",
            Self::Calendar => "Calendar",
            Self::Delivery => "Delivery",
        }
    }
}

#[derive(Serialize, Deserialize)]
struct Kept {
    id: TileId,
    #[serde(default)]
    wide: bool,
    #[serde(default)]
    hidden: bool,
}

/// Reads what was kept; tiles it does not know of come last, unknown or broken text is the default.
pub fn read(text: Option<&str>) -> Vec<TilePlace<TileId>> {
    let kept: Vec<Kept> = text.and_then(|t| serde_json::from_str(t).ok()).unwrap_or_default();
    let mut places: Vec<TilePlace<TileId>> = Vec::new();
    for k in kept {
        if !places.iter().any(|p| p.id == k.id) {
            places.push(TilePlace { id: k.id, is_wide: k.wide, is_hidden: k.hidden });
        }
    }
    for id in TileId::ALL {
        if !places.iter().any(|p| p.id == id) {
            places.push(TilePlace::new(id));
        }
    }
    places
}

/// Writes what to keep.
pub fn write(places: &[TilePlace<TileId>]) -> String {
    let kept: Vec<Kept> = places.iter().map(|p| Kept { id: p.id, wide: p.is_wide, hidden: p.is_hidden }).collect();
    serde_json::to_string(&kept).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_board_reads_back_as_it_was_left() {
        let mut places = read(None);
        places.reverse();
        if let Some(first) = places.first_mut() {
            first.is_hidden = true;
        }
        let back = read(Some(&write(&places)));
        assert!(
            back.iter().zip(&places).all(|(a, b)| a.id == b.id && a.is_hidden == b.is_hidden && a.is_wide == b.is_wide)
        );
    }

    #[test]
    fn a_new_tile_shows_for_people_who_arranged_before_it_came() {
        let back = read(Some(r#"[{"id":"audience"}]"#));
        assert_eq!(back.len(), TileId::ALL.len());
        assert_eq!(back[0].id, TileId::Audience);
    }

    #[test]
    fn broken_text_is_the_default() {
        assert_eq!(read(Some("[{")).len(), TileId::ALL.len());
    }
}
