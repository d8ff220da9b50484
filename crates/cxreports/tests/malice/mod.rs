//! A server that is hostile: honest responses to every request of the client, each of which can be replaced by any malice.
//!
//! It writes bytes to raw connections, so that it can send what no HTTP library would. The tests of the command share it.

mod honest;
mod table;

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
    time::sleep,
};

pub(crate) use self::{
    honest::{Honest, NONCE, PDF, at},
    table::{Expect, MALICE, Malice},
};

/// What is written to a connection: some bytes, and what comes after them.
pub(crate) struct Script {
    pub(crate) bytes: Vec<u8>,
    pub(crate) then: Then,
}

pub(crate) enum Then {
    Close,
    /// Nothing more comes, and the connection stays open.
    Stall,
    /// These bytes come again and again, with a pause in between.
    Repeat(Vec<u8>, Duration),
}

/// A request as it arrived.
pub(crate) struct Request {
    pub(crate) method: String,
    /// Path and query.
    pub(crate) target: String,
    pub(crate) token: String,
}

/// A hostile server, for as long as this lives.
pub(crate) struct Server {
    pub(crate) url: String,
    requests: Arc<Mutex<BTreeMap<&'static str, u32>>>,
    strays: Arc<AtomicU32>,
    tasks: Vec<JoinHandle<()>>,
}

impl Server {
    /// Starts a server that sends the malice in place of what is at `place`, or everywhere.
    pub(crate) async fn start(malice: &'static Malice, place: Option<&'static str>) -> Self {
        let (listener, stray) = (bind().await, bind().await);
        let url = format!("http://{}", listener.local_addr().unwrap());
        let elsewhere = format!("http://{}", stray.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(BTreeMap::new()));
        let strays = Arc::new(AtomicU32::new(0));
        let (counted, strayed) = (Arc::clone(&requests), Arc::clone(&strays));
        let serve = async move {
            let elsewhere: Arc<str> = elsewhere.into();
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(connection(stream, malice, place, Arc::clone(&elsewhere), Arc::clone(&counted)));
            }
        };
        // Whoever follows a redirect comes here.
        let catch = async move {
            while stray.accept().await.is_ok() {
                strayed.fetch_add(1, Ordering::SeqCst);
            }
        };
        Self { url, requests, strays, tasks: vec![tokio::spawn(serve), tokio::spawn(catch)] }
    }

    /// How many requests arrived for a place.
    pub(crate) fn requests(&self, place: &str) -> u32 {
        self.requests.lock().unwrap().get(place).copied().unwrap_or_default()
    }

    /// How many requests arrived.
    #[allow(dead_code, reason = "not every test asks")]
    pub(crate) fn all_requests(&self) -> u32 {
        self.requests.lock().unwrap().values().sum()
    }

    /// How many connections were made to where redirects lead.
    pub(crate) fn strays(&self) -> u32 {
        self.strays.load(Ordering::SeqCst)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

async fn bind() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").await.unwrap()
}

async fn connection(
    mut stream: TcpStream,
    malice: &'static Malice,
    place: Option<&'static str>,
    elsewhere: Arc<str>,
    requests: Arc<Mutex<BTreeMap<&'static str, u32>>>,
) {
    while let Some(request) = read(&mut stream).await {
        let here = at(&request.method, &request.target);
        *requests.lock().unwrap().entry(here).or_default() += 1;
        // Only where no document is served are the routes looked at.
        let is_hidden = place == Some("options") && here.starts_with("swagger");
        let honest = Honest::to(if is_hidden { "elsewhere" } else { here });
        if place.is_some_and(|place| place != here) {
            if stream.write_all(&honest.bytes()).await.is_err() {
                return;
            }
            continue;
        }
        let Script { bytes, then } = (malice.script)(&honest, &request, &elsewhere);
        if stream.write_all(&bytes).await.is_err() {
            return;
        }
        match then {
            Then::Close => return,
            Then::Stall => sleep(Duration::from_secs(600)).await,
            Then::Repeat(bytes, pause) => {
                while stream.write_all(&bytes).await.is_ok() {
                    sleep(pause).await;
                }
                return;
            }
        }
    }
}

/// The next request of a connection, with its body read.
async fn read(stream: &mut TcpStream) -> Option<Request> {
    let mut bytes = Vec::new();
    let head = loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break end + 4;
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let text = String::from_utf8_lossy(&bytes[..head]).into_owned();
    let header = |name: &str| {
        let mut lines = text.lines().filter_map(|line| line.split_once(": "));
        lines.find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.to_owned())
    };
    let mut rest = header("content-length").and_then(|length| length.parse::<usize>().ok()).unwrap_or(0);
    rest -= (bytes.len() - head).min(rest);
    let mut sink = vec![0; 64 << 10];
    while rest > 0 {
        let most = rest.min(sink.len());
        match stream.read(&mut sink[..most]).await {
            Ok(0) | Err(_) => return None,
            Ok(read) => rest -= read,
        }
    }
    let mut words = text.split(' ');
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let token = header("authorization").unwrap_or_default();
    Some(Request { method, target, token: token.trim_start_matches("Bearer ").to_owned() })
}
