//! Figures of the audience.

use contract::{CompanyId, Micros};
use kernel::db::{DbError, Tx};

/// Offsets of time zones are multiples of this, so counts per quarter can be put into the days of any zone.
pub const QUARTER: i64 = 900_000_000;

kernel::sql! {
    // The term about time is always true; it makes SQLite count in the narrow index by time.
    BY_CONSENT = "SELECT consent, COUNT(*)
        FROM contact
        WHERE company_id = $1 AND deleted_at IS NULL AND created_at >= 0
        GROUP BY consent";
    WITHOUT_ADDRESS = "SELECT COUNT(*)
        FROM contact
        WHERE company_id = $1 AND deleted_at IS NULL AND email IS NULL AND consent = 'subscribed'";
    SUPPRESSED = "SELECT COUNT(*), COALESCE(SUM(CASE WHEN c.consent = 'subscribed' THEN 1 ELSE 0 END), 0)
        FROM suppression s
        JOIN contact c ON c.company_id = s.company_id AND c.email = s.address AND c.deleted_at IS NULL
        WHERE s.company_id = $1 AND s.channel = 'email'";
    BY_QUARTER = "SELECT created_at / 900000000, COUNT(*)
        FROM contact
        WHERE company_id = $1 AND deleted_at IS NULL AND created_at >= $2
        GROUP BY created_at / 900000000
        ORDER BY 1";
    LISTS = "SELECT COUNT(*) FROM list WHERE company_id = $1";
}

/// Counts as the database has them.
#[derive(Clone, Debug, Default)]
pub struct Figures {
    /// Contacts.
    pub contacts: i64,
    /// Who can be mailed now.
    pub subscribed: i64,
    /// Who said no.
    pub unsubscribed: i64,
    /// Whose address is withheld.
    pub suppressed: i64,
    /// Lists.
    pub lists: i64,
    /// Start of a quarter of an hour and contacts added in it.
    pub added: Vec<(Micros, i64)>,
}

/// Counts now, and what was added since.
pub async fn figures(tx: &mut Tx, company: CompanyId, since: Micros) -> Result<Figures, DbError> {
    let mut figures = Figures::default();
    let states: Vec<(String, i64)> = tx.query(BY_CONSENT).bind(company.0).fetch_all().await?;
    for (state, count) in states {
        figures.contacts += count;
        match state.as_str() {
            "subscribed" => figures.subscribed = count,
            "unsubscribed" => figures.unsubscribed = count,
            _ => {}
        }
    }
    let unreachable: i64 = tx.query(WITHOUT_ADDRESS).bind(company.0).fetch_scalar().await?;
    let (suppressed, of_subscribed): (i64, i64) = tx.query(SUPPRESSED).bind(company.0).fetch_one().await?;
    figures.subscribed -= unreachable + of_subscribed;
    figures.suppressed = suppressed;
    figures.lists = tx.query(LISTS).bind(company.0).fetch_scalar().await?;
    let quarters: Vec<(i64, i64)> = tx.query(BY_QUARTER).bind(company.0).bind(since.0).fetch_all().await?;
    figures.added = quarters.into_iter().map(|(quarter, count)| (Micros(quarter * QUARTER), count)).collect();
    Ok(figures)
}
