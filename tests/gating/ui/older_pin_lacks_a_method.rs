//! What a user reads who asks a client of 2024.9 for themes.

type OldClient = cxreports::Client<cxreports_pin_2024_9::Api>;

async fn themes(cx: OldClient) {
    let _ = cx.themes().await;
}

fn main() {}
