//! Exports handed from one worker process to another by ticket: workers start exports, one of them is killed, and others go on.
//!
//! `fleet demo` runs all of it against a simulated instance; `fleet submit` and `fleet work` are its parts.

mod demo;
mod work;

use std::{env, error::Error};

use sqlx::PgPool;

/// What goes wrong in a program of this size.
pub(crate) type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

#[tokio::main]
async fn main() -> Result<()> {
    let url = env::var("DATABASE_URL").map_err(|_| "set DATABASE_URL, or start all of it with examples/fleet/run")?;
    let pool = PgPool::connect(&url).await?;
    let arguments: Vec<String> = env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["setup"] => work::setup(&pool).await,
        ["submit", count] => work::submit(&pool, count.parse()?).await,
        ["work", name, folder] => work::run(&pool, name, folder.into()).await,
        ["demo"] => demo::run(&pool).await,
        _ => Err("use: fleet setup | submit COUNT | work NAME FOLDER | demo".into()),
    }
}
