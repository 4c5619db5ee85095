//! SQL of files that go with a campaign.

use contract::campaigns::CampaignFile;
use contract::{CampaignId, CompanyId, FileId, Micros};
use kernel::{DbError, Tx};
use uuid::Uuid;

kernel::sql! {
    LIST = "SELECT id, name, content_type, size, added_at
        FROM campaign_file
        WHERE company_id = $1 AND campaign_id = $2
        ORDER BY added_at, id";
    BODIES = "SELECT id, name, content_type, body
        FROM campaign_file
        WHERE company_id = $1 AND campaign_id = $2
        ORDER BY added_at, id";
    INSERT = "INSERT INTO campaign_file (company_id, id, campaign_id, name, name_key, content_type, size, body, added_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        ON CONFLICT (company_id, campaign_id, name_key) DO NOTHING";
    DELETE = "DELETE FROM campaign_file
        WHERE company_id = $1 AND campaign_id = $2 AND id = $3";
    COPY = "INSERT INTO campaign_file (company_id, id, campaign_id, name, name_key, content_type, size, body, added_at)
        SELECT company_id, $4, $3, name, name_key, content_type, size, body, $5
        FROM campaign_file
        WHERE company_id = $1 AND id = $2";
}

#[derive(kernel::FromRow)]
struct FileRow {
    #[row(try_from = "Uuid")]
    id: FileId,
    name: String,
    content_type: String,
    size: i64,
    added_at: i64,
}

/// A file with what is in it.
#[derive(Clone, kernel::FromRow)]
pub struct Body {
    /// Id.
    pub id: Uuid,
    /// Name.
    pub name: String,
    /// For example `application/pdf`.
    pub content_type: String,
    /// The bytes.
    pub body: Vec<u8>,
}

/// Without what is in them; `shown` is told by the words.
pub async fn list(tx: &mut Tx, company: CompanyId, id: CampaignId) -> Result<Vec<CampaignFile>, DbError> {
    let rows: Vec<FileRow> = tx.query(LIST).bind(company.0).bind(id.0).fetch_all().await?;
    let file = |row: FileRow| CampaignFile {
        id: row.id,
        name: row.name,
        content_type: row.content_type,
        bytes: row.size,
        shown: false,
        added: Micros(row.added_at),
    };
    Ok(rows.into_iter().map(file).collect())
}

/// With what is in them.
pub async fn bodies(tx: &mut Tx, company: CompanyId, id: CampaignId) -> Result<Vec<Body>, DbError> {
    tx.query(BODIES).bind(company.0).bind(id.0).fetch_all().await
}

/// Adds one; false when the campaign has one of that name.
pub async fn insert(
    tx: &mut Tx,
    company: CompanyId,
    id: CampaignId,
    file: &CampaignFile,
    body: Vec<u8>,
) -> Result<bool, DbError> {
    let query = tx.query(INSERT).bind(company.0).bind(file.id.0).bind(id.0).bind(file.name.as_str());
    let query = query.bind(file.name.to_lowercase()).bind(file.content_type.as_str()).bind(file.bytes);
    Ok(query.bind(body).bind(file.added.0).execute().await? == 1)
}

/// Removes one; false when it is not there.
pub async fn delete(tx: &mut Tx, company: CompanyId, id: CampaignId, file: FileId) -> Result<bool, DbError> {
    Ok(tx.query(DELETE).bind(company.0).bind(id.0).bind(file.0).execute().await? == 1)
}

/// Gives another campaign of the company a copy of a file.
pub async fn copy(
    tx: &mut Tx,
    company: CompanyId,
    file: FileId,
    to: CampaignId,
    copy: FileId,
    now: Micros,
) -> Result<(), DbError> {
    tx.query(COPY).bind(company.0).bind(file.0).bind(to.0).bind(copy.0).bind(now.0).execute_one().await
}
