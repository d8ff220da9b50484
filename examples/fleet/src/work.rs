//! The queue, and what a worker does with each line.
//!
//! A line has a row in the table `exports`. The row is locked while its export is started, so that two workers do not start the
//! same; the ticket is written before the lock is let go. Whoever comes later finds the ticket and goes on from there.

use std::{path::PathBuf, time::Duration};

use apalis::prelude::*;
use apalis_postgres::{Config, PostgresStorage};
use cxreports::{Client, Error, PollPolicy, Ticket};
use serde::{Deserialize, Serialize};
use sqlx::{PgPool, types::Json};

use crate::Result;

/// What one line asks for: here it is its number only.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Line {
    number: i64,
}

/// What a worker has at hand.
#[derive(Clone)]
struct Desk {
    cx: Client,
    pool: PgPool,
    worker: String,
    folder: PathBuf,
}

fn queue(pool: &PgPool) -> PostgresStorage<Line> {
    // A worker that has not been heard of for two seconds is taken to be dead, and its lines are given to others.
    let config = Config::default().queue("exports").batch_size(4).heartbeat_interval(Duration::from_secs(1));
    PostgresStorage::new(pool).with_config(Config { missed_heartbeats: 2, ..config })
}

pub(crate) async fn setup(pool: &PgPool) -> Result<()> {
    PostgresStorage::setup(pool).await?;
    sqlx::query(
        "CREATE TABLE IF NOT EXISTS exports (
            line bigint PRIMARY KEY,
            ticket jsonb,
            started_by text,
            delivered_by text,
            deliveries int NOT NULL DEFAULT 0
        )",
    )
    .execute(pool)
    .await?;
    Ok(())
}

pub(crate) async fn submit(pool: &PgPool, count: i64) -> Result<()> {
    let mut queue = queue(pool);
    for number in 1..=count {
        sqlx::query("INSERT INTO exports (line) VALUES ($1) ON CONFLICT DO NOTHING").bind(number).execute(pool).await?;
        queue.push(Line { number }).await?;
    }
    Ok(())
}

pub(crate) async fn run(pool: &PgPool, name: &str, folder: PathBuf) -> Result<()> {
    let cx = Client::from_env()?.build()?;
    let desk = Desk { cx, pool: pool.clone(), worker: name.to_owned(), folder };
    WorkerBuilder::new(name).backend(queue(pool)).data(desk).concurrency(4).build(handle).run().await?;
    Ok(())
}

async fn handle(line: Line, desk: Data<Desk>) -> std::result::Result<(), BoxDynError> {
    let Desk { cx, pool, worker, folder } = &*desk;
    let export = loop {
        let ticket = ticket(&desk, line.number).await?;
        let policy =
            PollPolicy { first: Duration::from_millis(100), cap: Duration::from_secs(2), ..PollPolicy::default() };
        match cx.resume_export(&ticket)?.wait().policy(policy).await {
            Ok(ready) => break ready,
            // Nobody came for it in time: start it again.
            Err(Error::Expired { .. }) => forget(pool, line.number, &ticket).await?,
            Err(error) => return Err(error.into()),
        }
    };
    let path = folder.join(format!("{:04}.pdf", line.number));
    // A file appears under its name when it is whole: one that is there was brought by a worker that died after it.
    if !tokio::fs::try_exists(&path).await? {
        export.save_as(&path).await?;
    }
    let delivered =
        "UPDATE exports SET delivered_by = $2, deliveries = deliveries + 1 WHERE line = $1 AND deliveries = 0";
    sqlx::query(delivered).bind(line.number).bind(worker).execute(pool).await?;
    Ok(())
}

/// The ticket of a line; its export is started if nobody has started it.
async fn ticket(desk: &Desk, line: i64) -> Result<Ticket> {
    let mut transaction = desk.pool.begin().await?;
    let known: (Option<Json<Ticket>>,) = sqlx::query_as("SELECT ticket FROM exports WHERE line = $1 FOR UPDATE")
        .bind(line)
        .fetch_one(&mut *transaction)
        .await?;
    if let (Some(Json(ticket)),) = known {
        return Ok(ticket);
    }
    let ticket = desk.cx.report("invoice").export().params(&[("line", line)]).start().await?.ticket();
    sqlx::query("UPDATE exports SET ticket = $2, started_by = $3 WHERE line = $1")
        .bind(line)
        .bind(Json(&ticket))
        .bind(&desk.worker)
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await?;
    Ok(ticket)
}

/// Forgets a ticket, unless another worker has put a new one in its place.
async fn forget(pool: &PgPool, line: i64, expired: &Ticket) -> Result<()> {
    let forget = "UPDATE exports SET ticket = NULL WHERE line = $1 AND ticket = $2";
    sqlx::query(forget).bind(line).bind(Json(expired)).execute(pool).await?;
    Ok(())
}
