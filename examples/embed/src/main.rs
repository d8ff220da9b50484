//! Serves the application on a port of this machine.

use std::{env, error::Error, time::Duration};

use cxreports::Client;
use embed::{App, router};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    tracing_subscriber::fmt().init();
    let mut app = App::new(Client::from_env()?.build()?);
    if let Ok(minutes) = env::var("SESSION_MINUTES") {
        app = app.session(Duration::from_secs(60 * minutes.parse::<u64>()?));
    }
    let address = env::var("LISTEN").unwrap_or_else(|_| "127.0.0.1:3000".to_owned());
    let listener = tokio::net::TcpListener::bind(&address).await?;
    println!("open http://{}", listener.local_addr()?);
    axum::serve(listener, router(app)?).await?;
    Ok(())
}
