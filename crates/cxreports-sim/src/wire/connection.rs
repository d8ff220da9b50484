//! One connection: requests one after another, until either side ends it.

use std::{future::Future, io, time::Duration};

use bytes::{Buf as _, BytesMut};
use tokio::{
    io::AsyncWriteExt as _,
    net::TcpStream,
    time::{Instant, sleep, timeout, timeout_at},
};

use super::{
    body::RequestBody,
    head::{Head, Parser},
    refusal::Refusal,
    write::{self, Written},
};
use crate::{
    response::{Closed, Response},
    settings::Timeouts,
};

/// How long Kestrel reads on after a response, for the rest of a body.
const DRAIN: Duration = Duration::from_secs(5);

/// How a client begins that knows HTTP/2 beforehand.
const HTTP_2_PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n";

/// What Kestrel tells such a client where it speaks HTTP/1.1 only: a frame `GOAWAY` with the error `HTTP_1_1_REQUIRED`.
const HTTP_2_GO_AWAY: &[u8] = &[0, 0, 8, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 13];

/// What handles requests.
pub(crate) trait Service {
    /// Responds to a request.
    fn respond(&self, head: &Head, body: &mut RequestBody<'_>)
    -> impl Future<Output = Result<Response, Closed>> + Send;

    /// The response to a request that is refused.
    fn refuse(&self, refusal: Refusal) -> Response;

    /// The largest body, in bytes.
    fn body_limit(&self) -> u64;
}

/// What happens to a connection after a request.
enum Next {
    Request,
    /// It ends in order: the client may take its time to read the response.
    Close,
    /// It ends at once.
    Drop,
}

/// Serves a connection until it ends.
pub(crate) async fn serve(mut stream: TcpStream, service: &impl Service, timeouts: Timeouts) {
    let mut buffer = BytesMut::new();
    let mut is_first = true;
    loop {
        match exchange(&stream, &mut buffer, service, timeouts, is_first).await {
            Next::Request => is_first = false,
            Next::Close => return linger(&mut stream).await,
            Next::Drop => return,
        }
    }
}

async fn exchange(
    stream: &TcpStream,
    buffer: &mut BytesMut,
    service: &impl Service,
    timeouts: Timeouts,
    is_first: bool,
) -> Next {
    let grace = timeouts.body_grace;
    let (head, framing) = match read_head(stream, buffer, timeouts).await {
        Ok(Some(head)) => match head.framing() {
            Ok(framing) => (head, framing),
            Err(refusal) => return refuse(stream, service.refuse(refusal), grace).await,
        },
        Ok(None) => return Next::Drop,
        Err(Refusal::UNKNOWN_VERSION) if is_first && buffer.starts_with(HTTP_2_PREFACE) => {
            return if write::all(stream, HTTP_2_GO_AWAY, grace).await.is_ok() { Next::Close } else { Next::Drop };
        }
        Err(refusal) => return refuse(stream, service.refuse(refusal), grace).await,
    };
    let mut body = RequestBody::new(stream, buffer, &head, framing, grace);
    let response = tokio::select! {
        biased;
        response = service.respond(&head, &mut body) => response,
        () = gone(stream) => return Next::Drop,
    };
    let Ok(response) = response else { return Next::Drop };
    // A body that the client waits to be asked for cannot be told from the next request.
    let keeps_alive = head.keeps_alive() && !body.is_awaited();
    match write::response(stream, Some(&head), response, keeps_alive, grace).await {
        Ok(Written::Whole) if body.drain(service.body_limit(), DRAIN).await => Next::Request,
        Ok(Written::Whole | Written::Last) => Next::Close,
        Ok(Written::Silent) => {
            gone(stream).await;
            Next::Drop
        }
        Ok(Written::Broken) | Err(_) => Next::Drop,
    }
}

async fn refuse(stream: &TcpStream, response: Response, grace: Duration) -> Next {
    match write::response(stream, None, response, false, grace).await {
        Ok(_) => Next::Close,
        Err(_) => Next::Drop,
    }
}

/// The next request without its body; `None` when there is none.
async fn read_head(stream: &TcpStream, buffer: &mut BytesMut, timeouts: Timeouts) -> Result<Option<Head>, Refusal> {
    if buffer.is_empty() {
        *buffer = BytesMut::new();
    }
    let mut parser = Parser::default();
    let idle_since = Instant::now();
    let mut began = None;
    loop {
        if !parser.has_begun() {
            // Empty lines before a request are skipped.
            let blank = buffer.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
            buffer.advance(blank);
        }
        if !buffer.is_empty() {
            if let Some(head) = parser.read(buffer)? {
                return Ok(Some(head));
            }
            began = began.or_else(|| Some(Instant::now()));
        }
        let (since, limit) = began.map_or((idle_since, timeouts.keep_alive), |began| (began, timeouts.headers));
        let arrived = match since.checked_add(limit) {
            Some(deadline) => timeout_at(deadline, receive(stream, buffer)).await,
            None => Ok(receive(stream, buffer).await),
        };
        match arrived {
            Ok(Ok(length)) if length > 0 => {}
            // The client has gone. A part of a request is refused, in case that it still listens.
            Ok(Ok(_)) if parser.has_begun() => return Err(Refusal::BAD_REQUEST),
            Err(_) if parser.has_begun() => return Err(Refusal::TIMEOUT),
            _ => return Ok(None),
        }
    }
}

async fn receive(stream: &TcpStream, buffer: &mut BytesMut) -> io::Result<usize> {
    loop {
        stream.readable().await?;
        // Only now: idle connections, of which there may be many, hold no memory.
        buffer.reserve(4 << 10);
        match stream.try_read_buf(buffer) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            read => return read,
        }
    }
}

/// Waits until the client has closed its side.
async fn gone(stream: &TcpStream) {
    loop {
        match stream.peek(&mut [0]).await {
            Ok(0) | Err(_) => return,
            // What has arrived is not for us, and hides what follows it.
            Ok(_) => sleep(Duration::from_millis(100)).await,
        }
    }
}

/// Closes our side, and reads on for a while: a connection that is closed with bytes unread is reset, and the client may lose
/// the response.
async fn linger(stream: &mut TcpStream) {
    let _ = stream.shutdown().await;
    let rest = async {
        let mut rest = vec![0; 16 << 10];
        loop {
            if stream.readable().await.is_err() {
                return;
            }
            match stream.try_read(&mut rest) {
                Ok(0) => return,
                Err(error) if error.kind() != io::ErrorKind::WouldBlock => return,
                _ => {}
            }
        }
    };
    let _ = timeout(DRAIN, rest).await;
}
