//! What a blocking function writes, as a stream of large pieces.

use std::io::{self, Write};

use bytes::{Bytes, BytesMut};
use futures_util::{Stream, stream};
use tokio::{
    sync::mpsc::{self, Receiver, Sender},
    task::{JoinHandle, spawn_blocking},
};

/// The size of a piece, in bytes.
const PIECE: usize = 64 << 10;
/// How many pieces wait to be sent at most.
const WAITING: usize = 4;

/// Runs `write` on a thread of its own once the stream is read, at the pace at which it is read. A failure or a panic ends the
/// stream with an error, so that the request is not taken for complete.
pub(crate) fn written<F>(write: F) -> impl Stream<Item = io::Result<Bytes>>
where
    F: FnOnce(&mut dyn Write) -> io::Result<()> + Send + 'static,
{
    stream::unfold(State::Waiting(write), |state| async move {
        let (mut pieces, writing) = match state {
            State::Waiting(write) => start(write),
            State::Writing(pieces, writing) => (pieces, writing),
            State::Ended => return None,
        };
        if let Some(piece) = pieces.recv().await {
            return Some((Ok(piece), State::Writing(pieces, writing)));
        }
        match writing.await.unwrap_or_else(|panicked| Err(io::Error::other(panicked))) {
            Ok(()) => None,
            Err(error) => Some((Err(error), State::Ended)),
        }
    })
}

enum State<F> {
    Waiting(F),
    Writing(Receiver<Bytes>, JoinHandle<io::Result<()>>),
    Ended,
}

fn start<F>(write: F) -> (Receiver<Bytes>, JoinHandle<io::Result<()>>)
where
    F: FnOnce(&mut dyn Write) -> io::Result<()> + Send + 'static,
{
    let (sender, receiver) = mpsc::channel(WAITING);
    let writing = spawn_blocking(move || {
        let mut pieces = Pieces { sender, open: BytesMut::with_capacity(PIECE) };
        write(&mut pieces)?;
        pieces.send()
    });
    (receiver, writing)
}

struct Pieces {
    sender: Sender<Bytes>,
    open: BytesMut,
}

impl Pieces {
    fn send(&mut self) -> io::Result<()> {
        let piece = self.open.split().freeze();
        self.open.reserve(PIECE);
        if piece.is_empty() {
            return Ok(());
        }
        // The request has been dropped.
        self.sender.blocking_send(piece).map_err(|_| io::ErrorKind::BrokenPipe.into())
    }
}

impl Write for Pieces {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let bytes = &bytes[..bytes.len().min(PIECE - self.open.len())];
        self.open.extend_from_slice(bytes);
        if self.open.len() == PIECE {
            self.send()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use futures_util::TryStreamExt as _;

    use super::*;

    #[tokio::test]
    async fn everything_arrives_in_order_and_failures_are_seen() {
        let whole: Vec<u8> = (0..3 * PIECE + 5).map(|number| u8::try_from(number % 251).unwrap()).collect();
        let source = whole.clone();
        let pieces: Vec<Bytes> = written(move |writer| writer.write_all(&source)).try_collect().await.unwrap();
        assert_eq!((pieces.len(), pieces.concat() == whole), (4, true));

        let failing = written(|writer| writer.write_all(b"[1").and(Err(io::Error::other("gone"))));
        assert_eq!(failing.try_collect::<Vec<_>>().await.unwrap_err().to_string(), "gone");
        let panicking = written(|_| panic!("in Serialize"));
        assert!(panicking.try_collect::<Vec<_>>().await.is_err());
    }
}
