//! Counting and hashing what goes through, both ways.

use std::io::{self, Read, Write};

use ring::digest::{Context, SHA256};

use crate::secret::hex;

/// Counts and hashes what goes through.
pub(super) struct Sum<T> {
    inner: T,
    context: Context,
    bytes: u64,
}

impl<T> Sum<T> {
    pub(super) fn new(inner: T) -> Self {
        Self {
            inner,
            context: Context::new(&SHA256),
            bytes: 0,
        }
    }

    pub(super) fn finish(self) -> (T, u64, String) {
        let digest = self.context.finish();
        (self.inner, self.bytes, hex(digest.as_ref()))
    }
}

impl<W: Write> Write for Sum<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.context.update(&bytes[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

impl<R: Read> Read for Sum<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(into)?;
        self.context.update(&into[..read]);
        self.bytes += read as u64;
        Ok(read)
    }
}

/// The SHA-256 of everything that can be read.
pub(in super::super) fn sum_of(from: impl Read) -> io::Result<String> {
    let mut sum = Sum::new(from);
    io::copy(&mut sum, &mut io::sink())?;
    Ok(sum.finish().2)
}
