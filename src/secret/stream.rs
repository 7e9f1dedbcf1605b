//! Sealing what is too long to hold: AES-256-GCM in frames, each bound to its place, the last one
//! marked, so that nothing can be changed, moved, cut off or put behind without it showing.
//!
//! A file begins with a magic word, how its key is found, and 32 random bytes that make the key its
//! own: HKDF-SHA256 of the key file's key, or PBKDF2-HMAC-SHA256 of a passphrase. Frames of 64 KiB
//! follow (the last may be shorter), each with its tag; a frame's nonce is its number and whether it
//! is the last. Made after the STREAM construction, <https://eprint.iacr.org/2015/189>.

use std::io::{self, Read, Write};
use std::num::NonZeroU32;
use std::path::Path;

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::rand::{SecureRandom, SystemRandom};
use ring::{hkdf, pbkdf2};
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use super::key_file::{self, KEY_BYTES, Key};
use super::{SecretError, passphrase};

const MAGIC: &[u8; 7] = b"HPSEAL1";
const SALT_LEN: usize = 32;
const HEADER_LEN: usize = MAGIC.len() + 1 + SALT_LEN;

/// Bytes of a frame before it is sealed.
const FRAME: usize = 64 << 10;
const TAG: usize = 16;

const ROUNDS: NonZeroU32 = NonZeroU32::new(600_000).unwrap();

/// What streams are sealed with.
pub enum StreamKey {
    /// The key of a file.
    File(Key),
    /// Words that somebody remembers, at least [`passphrase::SHORTEST`] characters.
    Passphrase(SecretString),
}

impl StreamKey {
    /// The key in the file at `path`, which is made where there is none.
    ///
    /// # Errors
    /// When the file cannot be read or made, is damaged, or is readable by others.
    pub fn open(path: &Path) -> Result<Self, SecretError> {
        Ok(Self::File(key_file::load_or_create(path)?))
    }

    const fn word(&self) -> u8 {
        match self {
            Self::File(_) => 1,
            Self::Passphrase(_) => 2,
        }
    }

    /// The key of one stream.
    fn derive(&self, salt: &[u8]) -> io::Result<LessSafeKey> {
        let mut bytes = Zeroizing::new([0; KEY_BYTES]);
        match self {
            Self::File(key) => {
                let failed = |_| io::Error::other("the key cannot be derived");
                hkdf::Salt::new(hkdf::HKDF_SHA256, salt)
                    .extract(key.as_ref())
                    .expand(&[b"homepulse stream"], hkdf::HKDF_SHA256)
                    .map_err(failed)?
                    .fill(bytes.as_mut())
                    .map_err(failed)?;
            }
            Self::Passphrase(words) => {
                let words = words.expose_secret();
                if words.chars().count() < passphrase::SHORTEST {
                    let problem = passphrase::PassphraseError::TooShort;
                    return Err(io::Error::new(io::ErrorKind::InvalidInput, problem));
                }
                pbkdf2::derive(
                    pbkdf2::PBKDF2_HMAC_SHA256,
                    ROUNDS,
                    salt,
                    words.as_bytes(),
                    bytes.as_mut(),
                );
            }
        }
        let key = UnboundKey::new(&AES_256_GCM, bytes.as_ref());
        Ok(LessSafeKey::new(
            key.map_err(|_| io::Error::other("the key cannot be used"))?,
        ))
    }
}

fn nonce(number: u64, is_last: bool) -> Nonce {
    let mut bytes = [0; NONCE_LEN];
    bytes[..8].copy_from_slice(&number.to_be_bytes());
    bytes[NONCE_LEN - 1] = u8::from(is_last);
    Nonce::assume_unique_for_key(bytes)
}

/// Seals everything that is written to it. Without [`Sealer::finish`] the stream is incomplete, and
/// does not open to its end.
pub struct Sealer<W> {
    to: W,
    key: LessSafeKey,
    header: [u8; HEADER_LEN],
    number: u64,
    frame: Vec<u8>,
}

impl<W: Write> Sealer<W> {
    /// Begins a stream.
    ///
    /// # Errors
    /// When the key cannot be used, the system gives no random numbers, or writing fails.
    pub fn new(mut to: W, key: &StreamKey) -> io::Result<Self> {
        let mut header = [0; HEADER_LEN];
        header[..MAGIC.len()].copy_from_slice(MAGIC);
        header[MAGIC.len()] = key.word();
        SystemRandom::new()
            .fill(&mut header[MAGIC.len() + 1..])
            .map_err(|_| io::Error::other("the system gave no random numbers"))?;
        let key = key.derive(&header[MAGIC.len() + 1..])?;
        to.write_all(&header)?;
        Ok(Self {
            to,
            key,
            header,
            number: 0,
            frame: Vec::with_capacity(FRAME + TAG),
        })
    }

    fn seal(&mut self, is_last: bool) -> io::Result<()> {
        self.key
            .seal_in_place_append_tag(
                nonce(self.number, is_last),
                Aad::from(&self.header),
                &mut self.frame,
            )
            .map_err(|_| io::Error::other("a frame cannot be sealed"))?;
        self.to.write_all(&self.frame)?;
        self.frame.clear();
        self.number += 1;
        Ok(())
    }

    /// Ends the stream, and gives back what it was written to.
    ///
    /// # Errors
    /// When writing fails.
    pub fn finish(mut self) -> io::Result<W> {
        self.seal(true)?;
        self.to.flush()?;
        Ok(self.to)
    }
}

impl<W: Write> Write for Sealer<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // A full frame waits for what follows: only then it is known not to be the last.
        if self.frame.len() == FRAME && !bytes.is_empty() {
            self.seal(false)?;
        }
        let taken = bytes.len().min(FRAME - self.frame.len());
        self.frame.extend_from_slice(&bytes[..taken]);
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Opens what a [`Sealer`] has sealed; nothing comes out that was not sealed at that place.
pub struct Opener<R> {
    from: R,
    key: LessSafeKey,
    header: [u8; HEADER_LEN],
    number: u64,
    /// What was read and is not opened yet: a frame, and the one byte that says that more follows.
    sealed: Vec<u8>,
    open: Vec<u8>,
    at: usize,
    is_over: bool,
}

impl<R: Read> Opener<R> {
    /// Reads a stream's beginning.
    ///
    /// # Errors
    /// When it is no such stream, or sealed in another way than by `key`.
    pub fn new(mut from: R, key: &StreamKey) -> io::Result<Self> {
        let wrong = |problem: &'static str| io::Error::new(io::ErrorKind::InvalidData, problem);
        let mut header = [0; HEADER_LEN];
        from.read_exact(&mut header)
            .map_err(|_| wrong("it is too short to be sealed"))?;
        if &header[..MAGIC.len()] != MAGIC {
            return Err(wrong("it is not sealed by homepulse"));
        }
        if header[MAGIC.len()] != key.word() {
            return Err(match header[MAGIC.len()] {
                2 => wrong("it is sealed with a passphrase"),
                _ => wrong("it is sealed with a key file"),
            });
        }
        Ok(Self {
            from,
            key: key.derive(&header[MAGIC.len() + 1..])?,
            header,
            number: 0,
            sealed: Vec::with_capacity(FRAME + TAG + 1),
            open: Vec::new(),
            at: 0,
            is_over: false,
        })
    }

    fn next_frame(&mut self) -> io::Result<()> {
        let whole = FRAME + TAG;
        let missing = (whole + 1 - self.sealed.len()) as u64;
        (&mut self.from)
            .take(missing)
            .read_to_end(&mut self.sealed)?;
        let is_last = self.sealed.len() <= whole;
        let rest = match is_last {
            true => Vec::new(),
            false => self.sealed.split_off(whole),
        };
        let mut frame = std::mem::replace(&mut self.sealed, rest);
        let opened = self.key.open_in_place(
            nonce(self.number, is_last),
            Aad::from(&self.header),
            &mut frame,
        );
        let length = opened
            .map_err(|_| {
                let problem = "it was changed or cut off, or the key is another one";
                io::Error::new(io::ErrorKind::InvalidData, problem)
            })?
            .len();
        frame.truncate(length);
        self.open = frame;
        self.at = 0;
        self.number += 1;
        self.is_over = is_last;
        Ok(())
    }
}

impl<R: Read> Read for Opener<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.at == self.open.len() {
            if self.is_over || into.is_empty() {
                return Ok(0);
            }
            self.next_frame()?;
        }
        let taken = into.len().min(self.open.len() - self.at);
        into[..taken].copy_from_slice(&self.open[self.at..self.at + taken]);
        self.at += taken;
        Ok(taken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> StreamKey {
        StreamKey::File(Zeroizing::new([7; KEY_BYTES]))
    }

    fn sealed(text: &[u8]) -> Vec<u8> {
        let mut sealer = Sealer::new(Vec::new(), &key()).expect("begins");
        sealer.write_all(text).expect("writes");
        sealer.finish().expect("ends")
    }

    fn opened(bytes: &[u8], key: &StreamKey) -> io::Result<Vec<u8>> {
        let mut text = Vec::new();
        Opener::new(bytes, key)?.read_to_end(&mut text)?;
        Ok(text)
    }

    fn text(length: usize) -> Vec<u8> {
        (0..length).map(|at| (at % 251) as u8).collect()
    }

    #[test]
    fn what_was_sealed_opens_whatever_its_length() {
        for length in [0, 1, FRAME - 1, FRAME, FRAME + 1, 3 * FRAME, 3 * FRAME + 5] {
            let text = text(length);
            let sealed = sealed(&text);
            assert_eq!(opened(&sealed, &key()).expect("opens"), text, "{length}");
        }
    }

    #[test]
    fn nothing_can_be_changed_cut_off_moved_or_put_behind() {
        let whole = sealed(&text(3 * FRAME + 5));
        let frame = |number: usize| HEADER_LEN + number * (FRAME + TAG);
        let mut damaged: Vec<(&str, Vec<u8>)> = Vec::new();
        for at in [MAGIC.len() + 3, frame(0) + 9, frame(2) + 1, whole.len() - 1] {
            let mut bytes = whole.clone();
            bytes[at] ^= 1;
            damaged.push(("a bit", bytes));
        }
        for end in [frame(1), frame(2), frame(3), whole.len() - 1, HEADER_LEN, 3] {
            damaged.push(("cut off", whole[..end].to_vec()));
        }
        let swapped = [
            &whole[..frame(0)],
            &whole[frame(1)..frame(2)],
            &whole[frame(0)..frame(1)],
            &whole[frame(2)..],
        ];
        damaged.push(("swapped", swapped.concat()));
        damaged.push(("put behind", [&whole[..], &whole[frame(3)..]].concat()));
        damaged.push(("one byte more", [&whole[..], &[0]].concat()));
        let left_out = [&whole[..frame(1)], &whole[frame(2)..]].concat();
        damaged.push(("left out", left_out));
        for (what, bytes) in damaged {
            assert!(opened(&bytes, &key()).is_err(), "{what}");
        }
    }

    #[test]
    fn another_key_opens_nothing() {
        let whole = sealed(b"text");
        let other = StreamKey::File(Zeroizing::new([8; KEY_BYTES]));
        assert!(opened(&whole, &other).is_err());
        let words = StreamKey::Passphrase("correct horse".into());
        let error = opened(&whole, &words).expect_err("another way");
        assert!(error.to_string().contains("key file"), "{error}");
        assert_ne!(sealed(b"text")[HEADER_LEN..], whole[HEADER_LEN..]);
    }

    #[test]
    fn a_passphrase_opens_what_it_sealed() {
        let words = || StreamKey::Passphrase("correct horse".into());
        let mut sealer = Sealer::new(Vec::new(), &words()).expect("begins");
        sealer.write_all(b"text").expect("writes");
        let whole = sealer.finish().expect("ends");
        assert_eq!(opened(&whole, &words()).expect("opens"), b"text");
        let wrong = StreamKey::Passphrase("correct house".into());
        assert!(opened(&whole, &wrong).is_err());
        let short = StreamKey::Passphrase("short".into());
        assert!(Sealer::new(Vec::new(), &short).is_err());
    }
}
