//! The file that holds the key: one line with a version, the key and a check sum, readable by
//! its owner only.

use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use ring::digest;
use ring::rand::{SecureRandom, SystemRandom};
use zeroize::Zeroizing;

use super::SecretError;
use super::hex::{hex, hex_of_key};

/// Bytes of an AES-256 key.
pub(super) const KEY_BYTES: usize = 32;

const VERSION: &str = "homepulse-key-1";

/// The key in memory, wiped when dropped.
pub(super) type Key = Zeroizing<[u8; KEY_BYTES]>;

/// Reads the key, making the file where there is none.
pub(super) fn load_or_create(path: &Path) -> Result<Key, SecretError> {
    match fs::metadata(path) {
        Ok(_) => load(path),
        Err(error) if error.kind() == io::ErrorKind::NotFound => create(path),
        Err(source) => Err(failed("read", path)(source)),
    }
}

fn load(path: &Path) -> Result<Key, SecretError> {
    let meta = fs::metadata(path).map_err(failed("read", path))?;
    let mode = meta.permissions().mode() & 0o7777;
    if mode & 0o077 != 0 {
        return Err(SecretError::KeyTooOpen {
            path: path.to_owned(),
            mode,
        });
    }
    let damaged = || SecretError::KeyDamaged {
        path: path.to_owned(),
    };
    // A key file is a hundred bytes; anything much larger is not one.
    if meta.len() > 4096 {
        return Err(damaged());
    }
    let bytes = Zeroizing::new(fs::read(path).map_err(failed("read", path))?);
    let text = std::str::from_utf8(&bytes).map_err(|_| damaged())?;
    parse(text).ok_or_else(damaged)
}

/// Writes the whole file beside its place, then links it there: a crash leaves either no key
/// file or a whole one, and a key that another process has made meanwhile is never replaced.
fn create(path: &Path) -> Result<Key, SecretError> {
    let wrote = failed("write", path);
    let directory = path.parent().unwrap_or_else(|| Path::new("."));
    let mut key = Key::default();
    SystemRandom::new()
        .fill(key.as_mut())
        .map_err(|_| failed("draw random numbers for", path)(io::Error::other("none given")))?;

    let mut file = tempfile::Builder::new()
        .prefix(".secret.key-")
        .permissions(fs::Permissions::from_mode(0o600))
        .tempfile_in(directory)
        .map_err(&wrote)?;
    file.write_all(format(&key).as_bytes()).map_err(&wrote)?;
    file.as_file().sync_all().map_err(&wrote)?;
    match file.persist_noclobber(path) {
        Ok(_) => {
            let directory = fs::File::open(directory).map_err(&wrote)?;
            directory.sync_all().map_err(&wrote)?;
            Ok(key)
        }
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => load(path),
        Err(error) => Err(wrote(error.error)),
    }
}

fn failed<'a>(attempted: &'static str, path: &'a Path) -> impl Fn(io::Error) -> SecretError + 'a {
    move |source| SecretError::KeyFile {
        attempted,
        path: path.to_owned(),
        source,
    }
}

fn format(key: &Key) -> Zeroizing<String> {
    let digits = hex_of_key(key.as_ref());
    Zeroizing::new(format!("{VERSION} {} {}\n", *digits, checksum(key)))
}

fn parse(text: &str) -> Option<Key> {
    let mut words = text.split_ascii_whitespace();
    let (version, digits, sum) = (words.next()?, words.next()?, words.next()?);
    let mut key = Key::default();
    if version != VERSION || digits.len() != 2 * KEY_BYTES || words.next().is_some() {
        return None;
    }
    for (byte, pair) in key.iter_mut().zip(digits.as_bytes().chunks_exact(2)) {
        let pair = std::str::from_utf8(pair).ok()?;
        *byte = u8::from_str_radix(pair, 16).ok()?;
    }
    (checksum(&key) == sum).then_some(key)
}

fn checksum(key: &Key) -> String {
    let digest = digest::digest(&digest::SHA256, key.as_ref());
    hex(&digest.as_ref()[..4])
}
