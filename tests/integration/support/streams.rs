//! The output of a program as it comes, read by a thread of its own.

use std::io::{BufRead, BufReader, Read};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread::JoinHandle;
use std::time::Duration;

/// Reads a stream to its end.
pub fn collect(mut pipe: impl Read + Send + 'static) -> JoinHandle<Vec<u8>> {
    std::thread::spawn(move || {
        let mut all = Vec::new();
        let _ = pipe.read_to_end(&mut all);
        all
    })
}

/// The lines of a stream as they come.
pub struct Lines {
    receiver: Receiver<Vec<u8>>,
    /// All that was taken so far.
    pub seen: Vec<u8>,
}

impl Lines {
    pub fn of(pipe: impl Read + Send + 'static) -> Lines {
        let (sender, receiver) = channel();
        std::thread::spawn(move || {
            let mut reader = BufReader::new(pipe);
            loop {
                let mut line = Vec::new();
                if !matches!(reader.read_until(b'\n', &mut line), Ok(n) if n > 0) {
                    break;
                }
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        Lines { receiver, seen: Vec::new() }
    }

    pub fn next(&mut self, time: Duration) -> Result<Vec<u8>, RecvTimeoutError> {
        let line = self.receiver.recv_timeout(time)?;
        self.seen.extend(&line);
        Ok(line)
    }
}
