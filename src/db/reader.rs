//! A few read-only connections, used from blocking threads.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use rusqlite::Connection;
use tokio::sync::Semaphore;

use super::{DbError, connect_read_only};

/// Reads that run side by side.
const CONNECTIONS: usize = 3;

/// Runs queries on read-only connections that it opens as they are needed.
#[derive(Clone)]
pub struct Reader {
    shared: Arc<Shared>,
}

struct Shared {
    path: PathBuf,
    idle: Mutex<Vec<Connection>>,
    places: Semaphore,
}

impl Reader {
    pub(super) fn new(path: PathBuf) -> Self {
        Self {
            shared: Arc::new(Shared {
                path,
                idle: Mutex::new(Vec::new()),
                places: Semaphore::new(CONNECTIONS),
            }),
        }
    }

    /// Runs `query` on a read-only connection, on a thread that may block.
    ///
    /// # Errors
    /// The query's own error, or why no connection could be had.
    pub async fn run<T, E, F>(&self, query: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
        F: FnOnce(&Connection) -> Result<T, E> + Send + 'static,
    {
        let place = self
            .shared
            .places
            .acquire()
            .await
            .map_err(|_| DbError::Stopped)?;
        let shared = Arc::clone(&self.shared);
        let answer = tokio::task::spawn_blocking(move || shared.run(query))
            .await
            .map_err(|_| DbError::Stopped)?;
        drop(place);
        answer
    }
}

impl Shared {
    fn run<T, E: From<DbError>>(
        &self,
        query: impl FnOnce(&Connection) -> Result<T, E>,
    ) -> Result<T, E> {
        let kept = self.idle.lock().ok().and_then(|mut idle| idle.pop());
        let connection = match kept {
            Some(connection) => connection,
            None => connect_read_only(&self.path)?,
        };
        let answer = query(&connection);
        if let Ok(mut idle) = self.idle.lock() {
            idle.push(connection);
        }
        answer
    }
}
