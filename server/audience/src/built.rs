//! Statements that are put together from parts, with their values always bound.

use kernel::db::{Query, Tx};
use std::fmt::Write;
use uuid::Uuid;

/// A value of a composed statement.
#[derive(Clone, Debug)]
pub enum Arg {
    /// Text.
    Text(String),
    /// Id.
    Id(Uuid),
    /// Number.
    Int(i64),
}

impl From<Uuid> for Arg {
    fn from(id: Uuid) -> Self {
        Self::Id(id)
    }
}

impl From<String> for Arg {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&str> for Arg {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<i64> for Arg {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

/// A statement under construction.
#[derive(Clone, Debug, Default)]
pub struct Built {
    sql: String,
    args: Vec<Arg>,
}

impl Built {
    /// Appends text of ours.
    pub fn sql(&mut self, text: &str) -> &mut Self {
        self.sql.push_str(text);
        self
    }

    /// Appends a value.
    pub fn arg(&mut self, value: impl Into<Arg>) -> &mut Self {
        self.args.push(value.into());
        // Writing to a String cannot fail.
        let _ = write!(self.sql, "${}", self.args.len());
        self
    }

    /// The statement, ready to run.
    pub fn on(self, tx: &mut Tx) -> Query<'_> {
        let mut query = tx.query_built(self.sql);
        for arg in self.args {
            query = match arg {
                Arg::Text(text) => query.bind(text),
                Arg::Id(id) => query.bind(id),
                Arg::Int(number) => query.bind(number),
            };
        }
        query
    }
}
