//! Runs the mail server and keeps what came.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

use super::mail::Mail;
use super::session;
use crate::clock::system_now;
use crate::pve::server::lock;
use crate::tls::{Certificate, Identity, self_signed};

/// How the mail server behaves.
#[derive(Clone, Debug, Default)]
pub struct SmtpOptions {
    /// Port to listen on; 0 for any free one.
    pub port: u16,
    /// Offer STARTTLS with a self-signed certificate for `localhost` and 127.0.0.1.
    pub starttls: bool,
    /// Refuse mail that does not come over TLS.
    pub require_tls: bool,
    /// Refuse mail without this login. With `starttls`, it is taken over TLS only.
    pub require_auth: Option<(String, String)>,
}

/// What can be made to go wrong with mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SmtpFault {
    /// Close every new connection at once, without a greeting.
    Refuse,
    /// 451 to `MAIL`.
    Temporary,
    /// 550 to `MAIL`.
    Permanent,
    /// 550 to `RCPT` for this address.
    UnknownRecipient(String),
    /// Take the message, then 451.
    TemporaryAfterData,
    /// Take the message, then 554.
    PermanentAfterData,
    /// Take the message, then close without a word: the client cannot know.
    CutAfterData,
    /// Every answer takes this long.
    Slow(Duration),
}

/// A mail server that keeps every message. Dropping it stops it.
#[derive(Debug)]
pub struct SmtpSink {
    addr: SocketAddr,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

#[derive(Debug)]
pub(super) struct Shared {
    pub(super) identity: Option<Identity>,
    pub(super) require_auth: Option<(String, String)>,
    pub(super) require_tls: bool,
    fault: Mutex<Option<SmtpFault>>,
    mails: watch::Sender<Vec<Mail>>,
}

impl Shared {
    pub(super) fn fault(&self) -> Option<SmtpFault> {
        lock(&self.fault).clone()
    }

    pub(super) fn store(&self, mail: Mail) {
        self.mails.send_modify(|mails| mails.push(mail));
    }
}

impl SmtpSink {
    /// Starts it on 127.0.0.1.
    pub async fn start(options: SmtpOptions) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, options.port)).await?;
        let names = ["localhost".to_owned(), "127.0.0.1".to_owned()];
        let identity = match options.starttls {
            true => Some(
                self_signed("localhost", &names, system_now() / 1000).map_err(io::Error::other)?,
            ),
            false => None,
        };
        let shared = Arc::new(Shared {
            identity,
            require_auth: options.require_auth,
            require_tls: options.require_tls,
            fault: Mutex::default(),
            mails: watch::Sender::default(),
        });
        let addr = listener.local_addr()?;
        let task = tokio::spawn(serve(Arc::clone(&shared), listener));
        Ok(Self { addr, shared, task })
    }

    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// The certificate STARTTLS presents.
    pub fn certificate(&self) -> Option<&Certificate> {
        self.shared
            .identity
            .as_ref()
            .map(|identity| &identity.certificate)
    }

    /// Sets or removes the fault.
    pub fn set_fault(&self, fault: Option<SmtpFault>) {
        *lock(&self.shared.fault) = fault;
    }

    /// All messages so far.
    pub fn mails(&self) -> Vec<Mail> {
        self.shared.mails.borrow().clone()
    }

    /// Forgets the messages so far.
    pub fn clear(&self) {
        self.shared.mails.send_modify(Vec::clear);
    }

    /// Waits until there are at least `count` messages; `None` when that takes longer than `timeout`.
    pub async fn wait_for(&self, count: usize, timeout: Duration) -> Option<Vec<Mail>> {
        self.wait_until(|mails| mails.len() >= count, timeout).await
    }

    /// Waits until the messages satisfy `condition`.
    pub async fn wait_until(
        &self,
        condition: impl FnMut(&Vec<Mail>) -> bool,
        timeout: Duration,
    ) -> Option<Vec<Mail>> {
        let mut mails = self.shared.mails.subscribe();
        let found = tokio::time::timeout(timeout, mails.wait_for(condition)).await;
        found.ok()?.ok().map(|mails| mails.clone())
    }
}

impl Drop for SmtpSink {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(shared: Arc<Shared>, listener: TcpListener) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => if let Ok((stream, _)) = accepted
                && shared.fault() != Some(SmtpFault::Refuse)
            {
                connections.spawn(session::handle(Arc::clone(&shared), stream));
            },
            Some(_) = connections.join_next() => {}
        }
    }
}
