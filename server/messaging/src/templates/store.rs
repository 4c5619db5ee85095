//! SQL of templates.

use contract::templates::{Content, SourceKind, Template, TemplateRow};
use contract::{CampaignId, CompanyId, Micros, TemplateId};
use kernel::{DbError, Tx};
use uuid::Uuid;

kernel::sql! {
    LIST = "SELECT id, name, subject, kind, updated_at FROM template
        WHERE company_id = $1
        ORDER BY updated_at DESC, id DESC
        LIMIT 1000";
    GET = "SELECT id, name, subject, preheader, kind, source, text_part, created_at, updated_at FROM template
        WHERE company_id = $1 AND id = $2";
    INSERT = "INSERT INTO template (company_id, id, name, subject, preheader, kind, source, text_part, created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)";
    // The last comparison makes two editors who started from one state meet: the second one loses.
    UPDATE = "UPDATE template
        SET name = $3, subject = $4, preheader = $5, kind = $6, source = $7, text_part = $8, updated_at = $9
        WHERE company_id = $1 AND id = $2 AND updated_at = $10";
    DELETE = "DELETE FROM template WHERE company_id = $1 AND id = $2";
    NAMES = "SELECT name FROM template WHERE company_id = $1";
    CAMPAIGN_NAME = "SELECT name FROM campaign WHERE company_id = $1 AND id = $2";
}

#[derive(kernel::FromRow)]
struct Row {
    id: Uuid,
    name: String,
    subject: String,
    preheader: String,
    kind: String,
    source: String,
    text_part: String,
    created_at: i64,
    updated_at: i64,
}

fn kind(name: &str, row: Uuid) -> Result<SourceKind, DbError> {
    let known = [SourceKind::Html, SourceKind::Mjml].into_iter().find(|k| k.as_str() == name);
    known.ok_or_else(|| DbError::Inconsistency { table: "template", column: "kind", row: row.to_string() })
}

impl TryFrom<Row> for Template {
    type Error = DbError;

    fn try_from(row: Row) -> Result<Self, DbError> {
        let kind = kind(&row.kind, row.id)?;
        Ok(Self {
            id: TemplateId(row.id),
            name: row.name,
            content: Content {
                subject: row.subject,
                preheader: row.preheader,
                kind,
                source: row.source,
                text: row.text_part,
            },
            created: Micros(row.created_at),
            updated: Micros(row.updated_at),
        })
    }
}

pub(super) async fn list(tx: &mut Tx, company: CompanyId) -> Result<Vec<TemplateRow>, DbError> {
    let rows = tx.query(LIST).bind(company.0).fetch_all::<(Uuid, String, String, String, i64)>().await?;
    let shown = |(id, name, subject, source, at): (Uuid, String, String, String, i64)| {
        Ok(TemplateRow { id: TemplateId(id), name, subject, kind: kind(&source, id)?, updated: Micros(at) })
    };
    rows.into_iter().map(shown).collect()
}

pub(crate) async fn get(tx: &mut Tx, company: CompanyId, id: TemplateId) -> Result<Option<Template>, DbError> {
    let row = tx.query(GET).bind(company.0).bind(id.0).fetch_optional::<Row>().await?;
    row.map(TryInto::try_into).transpose()
}

pub(super) async fn insert(
    tx: &mut Tx,
    company: CompanyId,
    id: TemplateId,
    name: &str,
    content: &Content,
    now: Micros,
) -> Result<(), DbError> {
    words(tx.query(INSERT).bind(company.0).bind(id.0), name, content).bind(now.0).execute_one().await
}

/// Changes it if it is still as it was at `seen`; answers whether it was.
pub(super) async fn update(
    tx: &mut Tx,
    company: CompanyId,
    id: TemplateId,
    name: &str,
    content: &Content,
    seen: Micros,
    now: Micros,
) -> Result<bool, DbError> {
    let set = words(tx.query(UPDATE).bind(company.0).bind(id.0), name, content).bind(now.0).bind(seen.0);
    Ok(set.execute().await? == 1)
}

fn words<'t>(query: kernel::db::Query<'t>, name: &str, content: &Content) -> kernel::db::Query<'t> {
    query
        .bind(name.to_owned())
        .bind(content.subject.clone())
        .bind(content.preheader.clone())
        .bind(content.kind.as_str())
        .bind(content.source.clone())
        .bind(content.text.clone())
}

/// Answers whether it was there.
pub(super) async fn delete(tx: &mut Tx, company: CompanyId, id: TemplateId) -> Result<bool, DbError> {
    Ok(tx.query(DELETE).bind(company.0).bind(id.0).execute().await? == 1)
}

pub(super) async fn names(tx: &mut Tx, company: CompanyId) -> Result<Vec<String>, DbError> {
    tx.query(NAMES).bind(company.0).fetch_scalars().await
}

pub(super) async fn campaign_name(tx: &mut Tx, company: CompanyId, id: CampaignId) -> Result<Option<String>, DbError> {
    tx.query(CAMPAIGN_NAME).bind(company.0).bind(id.0).fetch_scalar_optional().await
}
