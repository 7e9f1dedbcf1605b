//! How many files and connections this process may have open.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// As many as we ever need: every connection, target and file of the database is one.
const WANTED: u64 = 8192;

/// Raises the limit to what we need, as far as the system lets us. Shells and containers usually
/// begin with 1,024, which clients alone could use up, and then nothing could be looked at any more.
pub fn raise() {
    let limit = getrlimit(Resource::Nofile);
    let most = limit.maximum.unwrap_or(WANTED).min(WANTED);
    if limit.current.is_none_or(|current| current >= most) {
        return;
    }
    let wanted = Rlimit {
        current: Some(most),
        maximum: limit.maximum,
    };
    if let Err(error) = setrlimit(Resource::Nofile, wanted) {
        tracing::warn!("cannot have more than the usual number of open files: {error}");
    }
}
