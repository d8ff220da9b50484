//! The queue: one table, and the statements on it.
//!
//! A worker leases a line for some time and renews the lease while it works. Each lease has a number of its own, and a worker whose
//! lease has passed to another changes nothing any more. The ticket of a started export is in the line, so that the next worker
//! continues that export and starts none.

use std::{str::FromStr, time::Duration};

use cxreports::Ticket;
use serde_json::Value;
use sqlx::{
    PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
    types::Json,
};

use crate::{line::Line, result::Result};

/// The queue of all workers.
#[derive(Clone)]
pub(crate) struct Queue {
    pub(crate) pool: PgPool,
}

/// A line that a worker has leased.
#[derive(Debug)]
pub(crate) struct Leased {
    pub(crate) lease: i64,
    pub(crate) line: Line,
    pub(crate) ticket: Option<Ticket>,
    /// Counts from 1.
    pub(crate) attempt: i32,
}

/// How a try of a line ended.
#[derive(Debug)]
pub(crate) enum Outcome {
    Delivered,
    /// It failed, and is tried again after a pause, by its ticket or from the start.
    Retried {
        pause: Duration,
        restart: bool,
        error: String,
    },
    /// It failed for good.
    Dead {
        error: String,
    },
    /// Somebody else continues it at once, and this was no try.
    HandedBack,
}

const TABLE: &str = "
    SELECT pg_advisory_xact_lock(4279);
    CREATE SEQUENCE IF NOT EXISTS leases;
    CREATE TABLE IF NOT EXISTS lines (
        key text PRIMARY KEY,
        request jsonb NOT NULL,
        state text NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'delivered', 'dead')),
        added timestamptz NOT NULL DEFAULT now(),
        due timestamptz NOT NULL DEFAULT now(),
        attempts int NOT NULL DEFAULT 0,
        lease bigint,
        leased_until timestamptz,
        ticket jsonb,
        started_by text,
        delivered_by text,
        delivered timestamptz,
        deliveries int NOT NULL DEFAULT 0,
        error text
    );
    CREATE INDEX IF NOT EXISTS lines_due ON lines (due) WHERE state = 'queued';
    CREATE UNIQUE INDEX IF NOT EXISTS lines_lease ON lines (lease);";

impl Queue {
    pub(crate) async fn open(url: &str) -> Result<Self> {
        // Otherwise each start logs that the table exists.
        let options = PgConnectOptions::from_str(url)?.options([("client_min_messages", "warning")]);
        let pool = PgPoolOptions::new().max_connections(8).connect_with(options).await?;
        let mut transaction = pool.begin().await?;
        // Workers that start together would both create it.
        sqlx::raw_sql(TABLE).execute(&mut *transaction).await?;
        transaction.commit().await?;
        Ok(Self { pool })
    }

    /// Adds lines, and gives how many were not there yet.
    pub(crate) async fn enqueue(&self, lines: &[Line]) -> Result<u64> {
        let keys = lines.iter().map(Line::key).collect::<Result<Vec<_>>>()?;
        let requests = lines.iter().map(Line::canonical).collect::<Result<Vec<_>>>()?;
        let add = "INSERT INTO lines (key, request)
            SELECT key, request::jsonb FROM unnest($1::text[], $2::text[]) AS given (key, request)
            ON CONFLICT (key) DO NOTHING";
        Ok(sqlx::query(add).bind(keys).bind(requests).execute(&self.pool).await?.rows_affected())
    }

    /// Leases at most so many lines that are due and that nobody else holds.
    pub(crate) async fn lease(&self, count: usize, time: Duration) -> Result<Vec<Leased>> {
        let lease = "UPDATE lines SET lease = nextval('leases'), leased_until = now() + make_interval(secs => $2),
                attempts = attempts + 1
            WHERE key = ANY (ARRAY (
                SELECT key FROM lines
                WHERE state = 'queued' AND due <= now() AND (leased_until IS NULL OR leased_until < now())
                ORDER BY due LIMIT $1 FOR UPDATE SKIP LOCKED
            ))
            RETURNING lease, request, ticket, attempts";
        type Row = (i64, Value, Option<Value>, i32);
        let rows: Vec<Row> =
            sqlx::query_as(lease).bind(count as i64).bind(time.as_secs_f64()).fetch_all(&self.pool).await?;
        let mut leased = Vec::with_capacity(rows.len());
        for (lease, request, ticket, attempt) in rows {
            // A ticket that cannot be read is as good as none.
            let ticket = ticket.and_then(|ticket| serde_json::from_value(ticket).ok());
            match serde_json::from_value(request) {
                Ok(line) => leased.push(Leased { lease, line, ticket, attempt }),
                Err(error) => self.end(lease, &Outcome::Dead { error: error.to_string() }, "").await?,
            }
        }
        Ok(leased)
    }

    /// Keeps leases for some time from now.
    pub(crate) async fn renew(&self, leases: &[i64], time: Duration) -> Result<()> {
        let renew = "UPDATE lines SET leased_until = now() + make_interval(secs => $2) WHERE lease = ANY($1)";
        sqlx::query(renew).bind(leases).bind(time.as_secs_f64()).execute(&self.pool).await?;
        Ok(())
    }

    /// Writes down that an export has been started; `false` if the lease has passed to another.
    pub(crate) async fn started(&self, lease: i64, ticket: &Ticket, by: &str) -> Result<bool> {
        let started = "UPDATE lines SET ticket = $2, started_by = $3 WHERE lease = $1";
        let done = sqlx::query(started).bind(lease).bind(Json(ticket)).bind(by).execute(&self.pool).await?;
        Ok(done.rows_affected() == 1)
    }

    /// Ends a lease.
    pub(crate) async fn end(&self, lease: i64, outcome: &Outcome, by: &str) -> Result<()> {
        let free = "lease = NULL, leased_until = NULL";
        let end = |set: &str| sqlx::AssertSqlSafe(format!("UPDATE lines SET {free}, {set} WHERE lease = $1"));
        let query = match outcome {
            Outcome::Delivered => {
                let set = "state = 'delivered', delivered = now(), delivered_by = $2, deliveries = deliveries + 1, error = NULL";
                sqlx::query(end(set)).bind(lease).bind(by)
            }
            Outcome::Retried { pause, restart, error } => {
                let set = "due = now() + make_interval(secs => $2), error = $4,
                    ticket = CASE WHEN $3 THEN NULL ELSE ticket END";
                sqlx::query(end(set)).bind(lease).bind(pause.as_secs_f64()).bind(*restart).bind(error)
            }
            Outcome::Dead { error } => sqlx::query(end("state = 'dead', error = $2")).bind(lease).bind(error),
            Outcome::HandedBack => sqlx::query(end("attempts = attempts - 1")).bind(lease),
        };
        query.execute(&self.pool).await?;
        Ok(())
    }

    /// How many lines are in each state; `leased` and `delayed` are parts of what the table calls queued.
    pub(crate) async fn states(&self) -> Result<Vec<(String, i64)>> {
        let states = "SELECT state, count(line.key) FROM unnest(ARRAY['queued', 'delayed', 'leased', 'delivered', 'dead']) AS state
            LEFT JOIN (SELECT key, CASE WHEN state <> 'queued' THEN state WHEN leased_until >= now() THEN 'leased'
                WHEN due > now() THEN 'delayed' ELSE 'queued' END AS now FROM lines) AS line ON line.now = state
            GROUP BY state ORDER BY state";
        Ok(sqlx::query_as(states).fetch_all(&self.pool).await?)
    }

    /// Key, request, tries and reason of each dead letter.
    pub(crate) async fn dead(&self) -> Result<Vec<(String, Value, i32, String)>> {
        let dead = "SELECT key, request, attempts, coalesce(error, '') FROM lines WHERE state = 'dead' ORDER BY key";
        Ok(sqlx::query_as(dead).fetch_all(&self.pool).await?)
    }

    /// Queues dead letters again; no keys stand for all.
    pub(crate) async fn revive(&self, keys: &[String]) -> Result<u64> {
        let revive = "UPDATE lines SET state = 'queued', due = now(), attempts = 0, ticket = NULL
            WHERE state = 'dead' AND (cardinality($1::text[]) = 0 OR key = ANY($1))";
        Ok(sqlx::query(revive).bind(keys).execute(&self.pool).await?.rows_affected())
    }
}
