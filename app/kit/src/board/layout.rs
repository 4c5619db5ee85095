//! Where tiles stand: pure, so that it can be tested without a page.

/// The place of one tile, as it is kept per person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TilePlace<I> {
    /// Which tile.
    pub id: I,
    /// Takes two columns.
    pub is_wide: bool,
    /// Not shown.
    pub is_hidden: bool,
}

impl<I> TilePlace<I> {
    /// A shown tile of one column.
    pub const fn new(id: I) -> Self {
        Self { id, is_wide: false, is_hidden: false }
    }
}

/// A wish about one tile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TileAct {
    /// To this place among the shown tiles.
    To(usize),
    /// One place towards the start.
    Earlier,
    /// One place towards the end.
    Later,
    /// Two columns, or one again.
    Resize,
    /// Out of sight.
    Hide,
    /// Back at the end.
    Show,
}

/// The shown ids in their order.
pub(super) fn shown<I: Clone>(tiles: &[TilePlace<I>]) -> Vec<I> {
    tiles.iter().filter(|tile| !tile.is_hidden).map(|tile| tile.id.clone()).collect()
}

/// The layout after a wish. A wish that cannot be granted leaves it as it is.
pub(super) fn apply<I: Clone + PartialEq>(tiles: &[TilePlace<I>], id: &I, wish: TileAct) -> Vec<TilePlace<I>> {
    let mut out = tiles.to_vec();
    let Some(tile) = out.iter_mut().find(|tile| tile.id == *id) else { return out };
    match wish {
        TileAct::Resize => tile.is_wide = !tile.is_wide,
        TileAct::Hide => tile.is_hidden = true,
        TileAct::Show => {
            tile.is_hidden = false;
            let last = shown(&out).len().saturating_sub(1);
            return moved(out, id, last);
        }
        TileAct::To(place) => return moved(out, id, place),
        TileAct::Earlier => {
            let at = place_of(&out, id);
            return moved(out, id, at.saturating_sub(1));
        }
        TileAct::Later => {
            let at = place_of(&out, id);
            return moved(out, id, at + 1);
        }
    }
    out
}

fn place_of<I: Clone + PartialEq>(tiles: &[TilePlace<I>], id: &I) -> usize {
    shown(tiles).iter().position(|own| own == id).unwrap_or_default()
}

/// Puts a shown tile at a place among the shown ones; hidden ones go behind them.
fn moved<I: Clone + PartialEq>(tiles: Vec<TilePlace<I>>, id: &I, place: usize) -> Vec<TilePlace<I>> {
    let (hidden, mut shown): (Vec<_>, Vec<_>) = tiles.into_iter().partition(|tile| tile.is_hidden);
    if let Some(at) = shown.iter().position(|tile| tile.id == *id) {
        let tile = shown.remove(at);
        shown.insert(place.min(shown.len()), tile);
    }
    shown.extend(hidden);
    shown
}

/// What is said about it.
pub(super) fn said<I: Clone + PartialEq>(name: &str, tiles: &[TilePlace<I>], id: &I, wish: TileAct) -> String {
    let is_wide = tiles.iter().any(|tile| tile.id == *id && tile.is_wide);
    match wish {
        TileAct::Hide => format!("{name} is hidden; it can be shown again below the tiles"),
        TileAct::Resize if is_wide => format!("{name} is two columns wide"),
        TileAct::Resize => format!("{name} is one column wide"),
        _ => format!("{name} is at place {} of {}", place_of(tiles, id) + 1, shown(tiles).len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn board() -> Vec<TilePlace<&'static str>> {
        ["email", "text", "social", "crm"].map(TilePlace::new).to_vec()
    }

    #[test]
    fn a_tile_moves_to_the_place_it_is_dropped_on() {
        assert_eq!(shown(&apply(&board(), &"email", TileAct::To(2))), ["text", "social", "email", "crm"]);
        assert_eq!(shown(&apply(&board(), &"crm", TileAct::To(0))), ["crm", "email", "text", "social"]);
    }

    #[test]
    fn the_ends_hold() {
        assert_eq!(shown(&apply(&board(), &"email", TileAct::Earlier)), ["email", "text", "social", "crm"]);
        assert_eq!(shown(&apply(&board(), &"crm", TileAct::Later)), ["email", "text", "social", "crm"]);
    }

    #[test]
    fn a_hidden_tile_is_skipped_by_moves_and_comes_back_at_the_end() {
        let hidden = apply(&board(), &"text", TileAct::Hide);
        let moved = apply(&hidden, &"email", TileAct::Later);
        assert_eq!(shown(&moved), ["social", "email", "crm"]);
        assert_eq!(shown(&apply(&moved, &"text", TileAct::Show)), ["social", "email", "crm", "text"]);
    }

    #[test]
    fn a_move_is_announced_with_its_place() {
        let after = apply(&board(), &"email", TileAct::Later);
        assert_eq!(said("Email", &after, &"email", TileAct::Later), "Email is at place 2 of 4");
    }
}
