//! Serves the pages on a port of this machine.

use std::{env, error::Error};

use cxreports::Client;
use embed::{App, router};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let cx = Client::from_env()?.build()?;
    let report = env::args().nth(1).unwrap_or_else(|| "invoice".to_owned());
    let listener =
        tokio::net::TcpListener::bind(env::var("LISTEN").unwrap_or_else(|_| "127.0.0.1:3000".to_owned())).await?;
    println!("open http://{}", listener.local_addr()?);
    axum::serve(listener, router(App { cx, report })).await?;
    Ok(())
}
