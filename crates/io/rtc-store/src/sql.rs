//! The few helpers that every statement is run with.
//!
//! Statements are fixed texts with `$1` placeholders, which SQLite and PostgreSQL both understand, so that each
//! is written once and hits the driver's cache of prepared statements. Those of many rows are built by
//! [`ManyRows`].

use crate::StoreError;
use rtc_types::Millis;
use sea_orm::{ConnectionTrait, DbBackend, QueryResult, Statement, Value};
use std::fmt::Write as _;

/// Runs a statement and returns how many rows it changed.
pub(crate) async fn execute<C: ConnectionTrait, const N: usize>(
    db: &C,
    sql: &str,
    values: [Value; N],
) -> Result<u64, StoreError> {
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    Ok(db.execute_raw(statement).await?.rows_affected())
}

/// Runs a statement and returns its rows.
pub(crate) async fn all<C: ConnectionTrait, const N: usize>(
    db: &C,
    sql: &str,
    values: [Value; N],
) -> Result<Vec<QueryResult>, StoreError> {
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    Ok(db.query_all_raw(statement).await?)
}

/// Runs a statement to its end and returns its first row.
///
/// Reading one row and leaving the rest would drop a `RETURNING` statement half-way.
pub(crate) async fn one<C: ConnectionTrait, const N: usize>(
    db: &C,
    sql: &str,
    values: [Value; N],
) -> Result<Option<QueryResult>, StoreError> {
    Ok(all(db, sql, values).await?.into_iter().next())
}

/// Runs a statement that counts rows as `n`.
pub(crate) async fn count<C: ConnectionTrait, const N: usize>(
    db: &C,
    sql: &str,
    values: [Value; N],
) -> Result<u64, StoreError> {
    let row = one(db, sql, values).await?;
    let count: Option<i64> = row.map(|row| row.try_get_by("n")).transpose()?;
    Ok(count.unwrap_or(0).unsigned_abs())
}

/// Cuts a list into pieces whose lengths are powers of two, largest first, so that statements of few different
/// lengths recur and are found prepared.
pub(crate) fn fixed_sizes<T>(mut rest: &mut [T]) -> impl Iterator<Item = &mut [T]> {
    std::iter::from_fn(move || {
        let size = 1 << rest.len().checked_ilog2()?.min(PIECE_MAX_LOG2);
        let (piece, others) = std::mem::take(&mut rest).split_at_mut(size);
        rest = others;
        Some(piece)
    })
}

/// A piece has at most 256 rows, so that a statement stays below the databases' most parameters (32,766).
const PIECE_MAX_LOG2: u32 = 8;

/// A moment as it is stored.
pub(crate) fn to_db(moment: Millis) -> i64 {
    i64::try_from(moment).unwrap_or(i64::MAX)
}

/// A stored moment.
pub(crate) fn from_db(moment: i64) -> Millis {
    Millis::try_from(moment).unwrap_or(0)
}

/// Reads the columns of a row by name.
pub(crate) struct Reader<'a>(pub(crate) &'a QueryResult);

impl Reader<'_> {
    /// A text.
    pub(crate) fn text(&self, column: &str) -> Result<String, StoreError> {
        Ok(self.0.try_get_by(column)?)
    }

    /// A text that may be missing.
    pub(crate) fn text_opt(&self, column: &str) -> Result<Option<String>, StoreError> {
        Ok(self.0.try_get_by(column)?)
    }

    /// A text that was checked when it was written: an id or the name of a variant.
    pub(crate) fn parsed<T>(&self, column: &str) -> Result<T, StoreError>
    where
        T: std::str::FromStr<Err: std::fmt::Display>,
    {
        self.text(column)?.parse().map_err(|why| StoreError::Internal(format!("column {column}: {why}")))
    }

    /// A number that was checked when it was written.
    pub(crate) fn number(&self, column: &str) -> Result<u32, StoreError> {
        self.number_opt(column)?.ok_or_else(|| StoreError::Internal(format!("column {column}: missing")))
    }

    /// A number that may be missing.
    pub(crate) fn number_opt(&self, column: &str) -> Result<Option<u32>, StoreError> {
        let number: Option<i64> = self.0.try_get_by(column)?;
        let checked = number.map(u32::try_from).transpose();
        checked.map_err(|why| StoreError::Internal(format!("column {column}: {why}")))
    }

    /// A number that the statement made, which PostgreSQL types smaller than a column.
    pub(crate) fn small(&self, column: &str) -> Result<i32, StoreError> {
        Ok(self.0.try_get_by(column)?)
    }

    /// A moment.
    pub(crate) fn moment(&self, column: &str) -> Result<Millis, StoreError> {
        Ok(from_db(self.0.try_get_by(column)?))
    }

    /// A moment that may be missing.
    pub(crate) fn moment_opt(&self, column: &str) -> Result<Option<Millis>, StoreError> {
        let moment: Option<i64> = self.0.try_get_by(column)?;
        Ok(moment.map(from_db))
    }
}

/// A statement over many rows of values.
///
/// SQLite gets anonymous `?` placeholders: it looks named ones up one by one, which costs the square of their
/// number.
pub(crate) struct ManyRows {
    backend: DbBackend,
    sql: String,
    values: Vec<Value>,
}

impl ManyRows {
    /// Starts a statement.
    pub(crate) fn new(backend: DbBackend, sql: &str) -> Self {
        ManyRows { backend, sql: sql.to_owned(), values: Vec::new() }
    }

    /// Appends a piece of the statement's text.
    pub(crate) fn text(mut self, sql: &str) -> Self {
        self.sql.push_str(sql);
        self
    }

    /// Appends one placeholder with its value.
    pub(crate) fn value(mut self, value: impl Into<Value>) -> Self {
        self.values.push(value.into());
        match self.backend {
            DbBackend::Postgres => write!(self.sql, "${}", self.values.len()).unwrap_or_default(),
            _ => self.sql.push('?'),
        }
        self
    }

    /// Appends `(…),(…)`: one group of placeholders a row, with their values.
    pub(crate) fn rows<const N: usize>(mut self, rows: impl IntoIterator<Item = [Value; N]>) -> Self {
        let mut between = "";
        for row in rows {
            self = self.text(between).list(row);
            between = ",";
        }
        self
    }

    /// Appends `(…,…)`: a list of values.
    pub(crate) fn list<V: Into<Value>>(mut self, values: impl IntoIterator<Item = V>) -> Self {
        let mut between = "(";
        for value in values {
            self.sql.push_str(between);
            self = self.value(value);
            between = ",";
        }
        self.sql.push(')');
        self
    }

    /// The statement.
    pub(crate) fn build(self) -> Statement {
        Statement::from_sql_and_values(self.backend, self.sql, self.values)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn build(backend: DbBackend) -> Statement {
        let rows = [["a".into(), "b".into()], ["c".into(), "d".into()]];
        ManyRows::new(backend, "UPDATE t SET x = ")
            .value(7i64)
            .text(" WHERE (y, z) IN (VALUES ")
            .rows(rows)
            .text(")")
            .build()
    }

    #[test]
    fn a_list_is_cut_into_powers_of_two_without_losing_a_row() {
        for count in (0..=256).chain([1000]) {
            let mut rows: Vec<usize> = (0..count).collect();
            let pieces: Vec<Vec<usize>> = fixed_sizes(&mut rows).map(|piece| piece.to_vec()).collect();
            assert!(pieces.iter().all(|piece| piece.len().is_power_of_two()));
            assert!(pieces.len() <= 8);
            assert_eq!(pieces.concat(), (0..count).collect::<Vec<_>>());
        }
    }

    #[test]
    fn sqlite_gets_anonymous_placeholders() {
        assert_eq!(build(DbBackend::Sqlite).sql, "UPDATE t SET x = ? WHERE (y, z) IN (VALUES (?,?),(?,?))");
    }

    #[test]
    fn postgresql_gets_numbered_placeholders() {
        let statement = build(DbBackend::Postgres);
        assert_eq!(statement.sql, "UPDATE t SET x = $1 WHERE (y, z) IN (VALUES ($2,$3),($4,$5))");
        assert_eq!(statement.values.map(|values| values.0.len()), Some(5));
    }
}
