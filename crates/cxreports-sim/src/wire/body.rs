//! The body of a request, read when an action asks for it.

use std::{io, time::Duration};

use bytes::{Buf as _, Bytes, BytesMut};
use tokio::{
    net::TcpStream,
    time::{Instant, timeout_at},
};

use super::{
    head::{Framing, Head},
    refusal::Refusal,
    write,
};

/// Kestrel's `MinRequestBodyDataRate`, in bytes a second.
const MIN_RATE: u64 = 240;

/// The longest line between chunks, in bytes.
const MAX_CHUNK_LINE: usize = 4 * 1024;

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
    expects_continue: bool,
    /// How long a client may be slow at first.
    grace: Duration,
    started: Option<Instant>,
    received: u64,
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
        Self { stream, buffer, state, expects_continue: head.expects_continue(), grace, started: None, received }
    }

    /// Reads the whole body; a larger one is refused.
    pub(crate) async fn read(&mut self, limit: u64) -> Result<Bytes, Unread> {
        if matches!(self.state, State::Length(length) if length > limit) {
            return Err(Refusal::TOO_LARGE.into());
        }
        if self.state != State::Done && std::mem::take(&mut self.expects_continue) {
            let asked = write::all(self.stream, b"HTTP/1.1 100 Continue\r\n\r\n", self.grace).await;
            asked.map_err(|_| Unread::Gone)?;
        }
        let mut all = Vec::new();
        match self.state {
            State::Done => Ok(Bytes::new()),
            State::Length(length) => {
                while (self.buffer.len() as u64) < length {
                    let missing = usize::try_from(length).unwrap_or(usize::MAX) - self.buffer.len();
                    self.buffer.reserve(missing.min(TAKEN_AHEAD));
                    self.receive().await?;
                }
                self.state = State::Done;
                let length = usize::try_from(length).unwrap_or(usize::MAX);
                Ok(self.buffer.split_to(length).freeze())
            }
            _ => {
                let mut seen = 0;
                loop {
                    let before = self.buffer.len();
                    let done = self.take(&mut |chunk| all.extend_from_slice(chunk))?;
                    seen += (before - self.buffer.len()) as u64;
                    if seen > limit {
                        return Err(Refusal::TOO_LARGE.into());
                    }
                    if done {
                        return Ok(all.into());
                    }
                    self.buffer.reserve(16 << 10);
                    self.receive().await?;
                }
            }
        }
    }

    /// Whether the client still waits to be asked for it.
    pub(super) fn is_awaited(&self) -> bool {
        self.expects_continue && self.state != State::Done
    }

    /// Reads what is left of the body and drops it, if it is not too much and comes soon; tells whether the end was reached.
    pub(super) async fn drain(&mut self, limit: u64, within: Duration) -> bool {
        if self.state == State::Done {
            return true;
        }
        if matches!(self.state, State::Length(length) if length > limit) {
            return false;
        }
        let drain = async {
            while !self.take(&mut |_| ()).ok()? {
                self.buffer.reserve(16 << 10);
                self.receive().await.ok()?;
            }
            Some(())
        };
        tokio::time::timeout(within, drain).await.is_ok_and(|drained| drained.is_some())
    }

    /// Takes what has arrived; tells whether the end was reached.
    fn take(&mut self, sink: &mut (dyn FnMut(&[u8]) + Send)) -> Result<bool, Refusal> {
        loop {
            match self.state {
                State::Done => return Ok(true),
                State::Length(left) | State::Chunk(left) => {
                    let here = usize::try_from(left).unwrap_or(usize::MAX).min(self.buffer.len());
                    sink(&self.buffer[..here]);
                    self.buffer.advance(here);
                    let left = left - here as u64;
                    let is_chunk = matches!(self.state, State::Chunk(_));
                    self.state = match left {
                        0 if is_chunk => State::ChunkEnd,
                        0 => State::Done,
                        _ if is_chunk => State::Chunk(left),
                        _ => State::Length(left),
                    };
                    if left > 0 {
                        return Ok(false);
                    }
                }
                State::ChunkEnd => match self.buffer.get(..2) {
                    Some(b"\r\n") => {
                        self.buffer.advance(2);
                        self.state = State::ChunkSize;
                    }
                    Some(_) => return Err(Refusal::BAD_REQUEST),
                    None => return Ok(false),
                },
                State::ChunkSize => {
                    let size = chunk_size(self.buffer)?;
                    let Some(line) = self.line()? else { return Ok(false) };
                    self.buffer.advance(line);
                    self.state = if size == 0 { State::Trailers } else { State::Chunk(size) };
                }
                State::Trailers => {
                    let Some(line) = self.line()? else { return Ok(false) };
                    self.buffer.advance(line);
                    if line == 2 {
                        self.state = State::Done;
                    }
                }
            }
        }
    }

    /// The length of the line that has arrived, with its end.
    fn line(&self) -> Result<Option<usize>, Refusal> {
        let end = self.buffer.windows(2).position(|pair| pair == b"\r\n");
        match end {
            None if self.buffer.len() > MAX_CHUNK_LINE => Err(Refusal::BAD_REQUEST),
            end => Ok(end.map(|end| end + 2)),
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

/// The size of a chunk, as far as it has arrived: at most eight hexadecimal digits.
fn chunk_size(buffer: &[u8]) -> Result<u64, Refusal> {
    let end = buffer.iter().position(|byte| matches!(byte, b';' | b'\r')).unwrap_or(buffer.len());
    let digits = &buffer[..end];
    let is_complete = end < buffer.len();
    if digits.len() > 8 || (digits.is_empty() && is_complete) {
        return Err(Refusal::BAD_REQUEST);
    }
    let digit = |size: u64, byte: &u8| Some(size * 16 + u64::from(char::from(*byte).to_digit(16)?));
    digits.iter().try_fold(0, digit).filter(|size| *size <= 0x7fff_ffff).ok_or(Refusal::BAD_REQUEST)
}
