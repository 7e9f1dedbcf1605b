//! The one thread that owns the read-write connection.

use std::sync::{Arc, Mutex, mpsc};
use std::thread::JoinHandle;

use rusqlite::Connection;
use tokio::sync::oneshot;

use super::{DbError, classify};

/// Jobs that may wait; more of them makes callers wait, never memory grow.
const QUEUE: usize = 256;

/// Jobs that share one transaction at most.
const BATCH: usize = 256;

type Job = Box<dyn FnOnce(&Connection) -> Verdict + Send>;

/// What a job tells the writer: `Err` rolls its savepoint back.
type Verdict = Result<Answer, Refusal>;

/// Called after the commit (`Ok`) or when the commit failed (`Err`).
type Answer = Box<dyn FnOnce(Result<(), DbError>) + Send>;

/// Called at once: the job itself failed and nothing of it is kept.
type Refusal = Box<dyn FnOnce() + Send>;

enum Order {
    Run(Job),
    Direct(Box<dyn FnOnce(&mut Connection) + Send>),
    Stop,
}

/// Hands jobs to the writer thread.
#[derive(Clone)]
pub struct Writer {
    orders: mpsc::SyncSender<Order>,
    thread: Arc<Mutex<Option<JoinHandle<()>>>>,
}

impl Writer {
    /// Starts the thread.
    pub(super) fn start(connection: Connection) -> Self {
        let (orders, queue) = mpsc::sync_channel(QUEUE);
        let thread = std::thread::Builder::new()
            .name("db-writer".into())
            .spawn(move || serve(connection, &queue))
            .expect("invariant: a thread can be started while the program starts");
        Self {
            orders,
            thread: Arc::new(Mutex::new(Some(thread))),
        }
    }

    /// Runs `job` in a transaction that it may share with others, and answers after the commit.
    ///
    /// # Errors
    /// The job's own error, with nothing of it kept; or why the commit failed.
    pub async fn run<T, E, F>(&self, job: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
        F: FnOnce(&Connection) -> Result<T, E> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let job: Job = Box::new(move |transaction| match job(transaction) {
            Ok(value) => Ok(Box::new(move |committed: Result<(), DbError>| {
                // A caller that no longer waits does not need the answer.
                let _ = reply.send(committed.map(|()| value).map_err(E::from));
            })),
            Err(error) => Err(Box::new(move || {
                let _ = reply.send(Err(error));
            })),
        });
        self.send(Order::Run(job)).await?;
        answer
            .await
            .unwrap_or_else(|_| Err(DbError::Stopped.into()))
    }

    /// Runs `job` on the bare connection, outside any transaction: for vacuum, checkpoint, backup.
    ///
    /// # Errors
    /// The job's own error, or that the writer has stopped.
    pub async fn direct<T, F>(&self, job: F) -> Result<T, DbError>
    where
        T: Send + 'static,
        F: FnOnce(&mut Connection) -> Result<T, DbError> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        self.send(Order::Direct(Box::new(move |connection| {
            let _ = reply.send(job(connection));
        })))
        .await?;
        answer.await.unwrap_or(Err(DbError::Stopped))
    }

    async fn send(&self, order: Order) -> Result<(), DbError> {
        match self.orders.try_send(order) {
            Ok(()) => Ok(()),
            Err(mpsc::TrySendError::Disconnected(_)) => Err(DbError::Stopped),
            Err(mpsc::TrySendError::Full(order)) => {
                let orders = self.orders.clone();
                tokio::task::spawn_blocking(move || orders.send(order))
                    .await
                    .map_err(|_| DbError::Stopped)?
                    .map_err(|_| DbError::Stopped)
            }
        }
    }

    /// Ends the thread after the jobs sent before, and waits for it. Later jobs are refused.
    pub fn stop(&self) {
        let thread = self.thread.lock().ok().and_then(|mut slot| slot.take());
        if let Some(thread) = thread {
            // Errors mean that the thread has ended already; a panic in it has been reported.
            let _ = self.orders.send(Order::Stop);
            let _ = thread.join();
        }
    }
}

fn serve(mut connection: Connection, queue: &mpsc::Receiver<Order>) {
    let mut held = None;
    while let Some(order) = held.take().or_else(|| queue.recv().ok()) {
        match order {
            Order::Stop => break,
            Order::Direct(job) => job(&mut connection),
            Order::Run(first) => held = run_batch(&mut connection, first, queue),
        }
    }
    // Leaves one tidy file behind; failing to is no harm, the log is read at the next start.
    let _ = connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE); PRAGMA optimize;");
}

/// Runs `first` and the jobs queued behind it in one transaction; gives back an order that has to
/// run outside of it.
fn run_batch(
    connection: &mut Connection,
    first: Job,
    queue: &mpsc::Receiver<Order>,
) -> Option<Order> {
    let mut held = None;
    let mut answers: Vec<Answer> = Vec::new();
    let committed = (|| -> Result<(), rusqlite::Error> {
        let mut transaction =
            connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        let mut next = Some(first);
        let mut done = 0;
        while let Some(job) = next.take() {
            let savepoint = transaction.savepoint()?;
            match job(&savepoint) {
                Ok(answer) => {
                    savepoint.commit()?;
                    answers.push(answer);
                }
                Err(refuse) => {
                    // A full disk makes SQLite roll the whole transaction back by itself, and then
                    // there is no savepoint left to end; the job's own error says why.
                    let undone = savepoint.finish();
                    refuse();
                    undone?;
                }
            }
            done += 1;
            if done < BATCH {
                match queue.try_recv() {
                    Ok(Order::Run(job)) => next = Some(job),
                    Ok(order @ (Order::Direct(_) | Order::Stop)) => held = Some(order),
                    Err(_) => {}
                }
            }
        }
        transaction.commit()
    })();
    match committed {
        Ok(()) => {
            for answer in answers {
                answer(Ok(()));
            }
        }
        Err(error) => {
            let full = matches!(
                error.sqlite_error_code(),
                Some(rusqlite::ErrorCode::DiskFull)
            );
            let text = error.to_string();
            let mut first = Some(classify(error));
            for answer in answers {
                answer(Err(first.take().unwrap_or_else(|| {
                    if full {
                        DbError::DiskFull
                    } else {
                        DbError::Corrupt {
                            what: format!("the shared transaction ({text})"),
                        }
                    }
                })));
            }
        }
    }
    held
}
