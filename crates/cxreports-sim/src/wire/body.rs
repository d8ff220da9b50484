//! The body of a request, read when an action asks for it.

use std::{io, time::Duration};

use bytes::{Buf as _, Bytes, BytesMut};
use tokio::{
    net::TcpStream,
    time::{Instant, timeout_at},
};

use super::{
    head::{Framing, Head},
    headers::Lines,
    refusal::Refusal,
    write,
};

/// Kestrel's `MinRequestBodyDataRate`, in bytes a second.
const MIN_RATE: u64 = 240;

/// Memory that is taken for a body before any of it has arrived, in bytes.
const TAKEN_AHEAD: usize = 1 << 20;

/// Why a body cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unread {
    /// Kestrel refuses it: it is too large, too slow or malformed.
    Refused(Refusal),
    /// The client has gone.
    Gone,
}

impl From<Refusal> for Unread {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// What comes next in a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// So many bytes, and then the end.
    Length(u64),
    ChunkSize,
    /// What follows the size of a chunk up to the end of the line.
    ChunkExtension(u64),
    Chunk(u64),
    ChunkEnd,
    Trailers,
    Done,
}

/// The body of a request.
pub(crate) struct RequestBody<'a> {
    stream: &'a TcpStream,
    /// What has arrived and is not yet read.
    buffer: &'a mut BytesMut,
    state: State,
    trailers: Lines,
    expects_continue: bool,
    /// How long a client may be slow at first.
    grace: Duration,
    started: Option<Instant>,
    received: u64,
    /// How much of it was taken, chunk sizes and all, but not trailers.
    taken: u64,
}

impl<'a> RequestBody<'a> {
    pub(super) fn new(
        stream: &'a TcpStream,
        buffer: &'a mut BytesMut,
        head: &Head,
        framing: Framing,
        grace: Duration,
    ) -> Self {
        let state = match framing {
            Framing::Length(0) => State::Done,
            Framing::Length(length) => State::Length(length),
            Framing::Chunked => State::ChunkSize,
        };
        let received = buffer.len() as u64;
        let (trailers, expects_continue) = (head.lines, head.expects_continue());
        Self { stream, buffer, state, trailers, expects_continue, grace, started: None, received, taken: 0 }
    }

    /// Reads the whole body; a larger one is refused.
    pub(crate) async fn read(&mut self, limit: u64) -> Result<Bytes, Unread> {
        if matches!(self.state, State::Length(length) if length > limit) {
            return Err(Refusal::TOO_LARGE.into());
        }
        if self.is_awaited() {
            let asked = write::all(self.stream, b"HTTP/1.1 100 Continue\r\n\r\n", self.grace).await;
            asked.map_err(|_| Unread::Gone)?;
        }
        self.expects_continue = false;
        let State::Length(length) = self.state else {
            let mut all = Vec::new();
            while !self.take(limit, &mut |chunk| all.extend_from_slice(chunk))? {
                self.buffer.reserve(16 << 10);
                self.receive().await?;
            }
            return Ok(all.into());
        };
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        while self.buffer.len() < length {
            self.buffer.reserve((length - self.buffer.len()).min(TAKEN_AHEAD));
            self.receive().await?;
        }
        self.state = State::Done;
        // What has arrived of the next request must not hold the memory of this one.
        let rest = BytesMut::from(&self.buffer[length..]);
        let mut body = std::mem::replace(self.buffer, rest);
        body.truncate(length);
        Ok(body.freeze())
    }

    /// Whether the client waits to be asked for it: it has said so, and sent nothing yet.
    pub(super) fn is_awaited(&self) -> bool {
        self.expects_continue && self.state != State::Done && self.received == 0
    }

    /// Reads what is left of the body and drops it, if it is not too much and comes soon; tells whether the end was reached.
    pub(super) async fn drain(&mut self, limit: u64, within: Duration) -> bool {
        if matches!(self.state, State::Length(length) if length > limit) {
            return false;
        }
        let drain = async {
            while !self.take(limit, &mut |_| ()).ok()? {
                self.buffer.reserve(16 << 10);
                self.receive().await.ok()?;
            }
            Some(())
        };
        tokio::time::timeout(within, drain).await.is_ok_and(|drained| drained.is_some())
    }

    /// Takes what has arrived; tells whether the end was reached.
    fn take(&mut self, limit: u64, sink: &mut (dyn FnMut(&[u8]) + Send)) -> Result<bool, Refusal> {
        loop {
            let here = &self.buffer[..];
            let (used, next) = match self.state {
                State::Done => return Ok(true),
                State::Trailers => match self.trailers.take(self.buffer, |_, _| Ok(()))? {
                    true => (0, State::Done),
                    false => return Ok(false),
                },
                _ if here.is_empty() => return Ok(false),
                State::Length(left) | State::Chunk(left) => {
                    let used = usize::try_from(left).unwrap_or(usize::MAX).min(here.len());
                    sink(&here[..used]);
                    (used, self.state.after(used as u64))
                }
                State::ChunkSize => match chunk_size(here)? {
                    Some(part) => part,
                    None => return Ok(false),
                },
                State::ChunkExtension(size) => match chunk_extension(here, size)? {
                    Some(part) => part,
                    None => return Ok(false),
                },
                State::ChunkEnd => match here {
                    [b'\r', b'\n', ..] => (2, State::ChunkSize),
                    [_] => return Ok(false),
                    _ => return Err(Refusal::BAD_REQUEST),
                },
            };
            self.buffer.advance(used);
            self.taken += used as u64;
            if self.taken > limit {
                return Err(Refusal::TOO_LARGE);
            }
            self.state = next;
        }
    }

    /// Waits for more, but not for a client that is too slow.
    async fn receive(&mut self) -> Result<(), Unread> {
        let started = *self.started.get_or_insert_with(Instant::now);
        loop {
            match self.stream.try_read_buf(self.buffer) {
                Ok(0) => return Err(Unread::Gone),
                Ok(length) => {
                    self.received += length as u64;
                    return Ok(());
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(_) => return Err(Unread::Gone),
            }
            let allowed = self.grace.max(Duration::from_secs(self.received / MIN_RATE));
            // A time that cannot be told is far enough away.
            let readable = match started.checked_add(allowed) {
                Some(deadline) => timeout_at(deadline, self.stream.readable()).await.map_err(|_| Refusal::TIMEOUT)?,
                None => self.stream.readable().await,
            };
            readable.map_err(|_| Unread::Gone)?;
        }
    }
}

impl State {
    /// What comes after so many bytes of a body or of a chunk.
    fn after(self, used: u64) -> Self {
        match self {
            Self::Length(left) if left > used => Self::Length(left - used),
            Self::Chunk(left) if left > used => Self::Chunk(left - used),
            Self::Chunk(_) => Self::ChunkEnd,
            _ => Self::Done,
        }
    }

    /// What comes after the line with the size of a chunk; the last chunk is empty.
    fn chunk(size: u64) -> Self {
        if size == 0 { Self::Trailers } else { Self::Chunk(size) }
    }
}

/// Reads the size of a chunk, at most eight hexadecimal digits: gives its length, and what comes next.
fn chunk_size(here: &[u8]) -> Result<Option<(usize, State)>, Refusal> {
    let digits = here.iter().map_while(|byte| char::from(*byte).to_digit(16));
    let (count, size) = digits.take(9).fold((0, 0), |(count, size), digit| (count + 1, size * 16 + u64::from(digit)));
    match here[count..] {
        _ if count == 0 || count > 8 || size > 0x7fff_ffff => Err(Refusal::BAD_REQUEST),
        [b';', ..] => Ok(Some((count + 1, State::ChunkExtension(size)))),
        [b'\r', b'\n', ..] => Ok(Some((count + 2, State::chunk(size)))),
        [] | [b'\r'] => Ok(None),
        _ => Err(Refusal::BAD_REQUEST),
    }
}

/// Skips the extension of a chunk, in which neither CR nor LF stands alone.
fn chunk_extension(here: &[u8], size: u64) -> Result<Option<(usize, State)>, Refusal> {
    let end = here.iter().position(|byte| matches!(byte, b'\r' | b'\n')).unwrap_or(here.len());
    match here[end..] {
        [b'\r', b'\n', ..] => Ok(Some((end + 2, State::chunk(size)))),
        [] | [b'\r'] if end > 0 => Ok(Some((end, State::ChunkExtension(size)))),
        [b'\r'] => Ok(None),
        _ => Err(Refusal::BAD_REQUEST),
    }
}

#[cfg(test)]
mod tests {
    use tokio::{io::AsyncWriteExt as _, net::TcpListener};

    use super::*;
    use crate::wire::head::Parser;

    /// A connection that stays open for long must not keep the memory of each body that it carried.
    #[tokio::test]
    async fn a_body_shares_no_memory_with_its_connection() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (stream, _) = listener.accept().await.unwrap();
        let sent = vec![b'x'; 3_000_000];
        let next = b"GET / HTTP/1.1\r\n";
        let sending = tokio::spawn({
            let all = [&sent[..], next].concat();
            async move { client.write_all(&all).await.map(|()| client) }
        });
        let mut buffer = BytesMut::from("POST / HTTP/1.1\r\nHost: sim\r\nContent-Length: 3000000\r\n\r\n");
        let head = Parser::default().read(&mut buffer).unwrap().unwrap();
        let framing = head.framing().unwrap();
        let mut body = RequestBody::new(&stream, &mut buffer, &head, framing, Duration::from_secs(5));
        let read = body.read(30_000_000).await.unwrap();
        assert!(read == sent && read.is_unique());
        let _client = sending.await.unwrap().unwrap();
        assert!(next.starts_with(&buffer));
    }
}
