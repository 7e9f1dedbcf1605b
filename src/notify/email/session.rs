//! One conversation with a mail server, for one mail.

use lettre::message::Mailbox;
use lettre::transport::smtp::authentication::Mechanism;
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::ClientId;
use lettre::transport::smtp::{Error, response::Response};
use ring::digest;

use super::config::{Config, Security, Trust};
use crate::http::Outgoing;
use crate::notify::error::NotifyError;
use crate::notify::message::Receipt;

/// Why a server is not believed.
#[derive(Debug, thiserror::Error)]
#[error("its certificate has the fingerprint {found}, which is not the one that is trusted")]
struct Untrusted {
    found: String,
}

/// Every recipient was refused.
#[derive(Debug, thiserror::Error)]
#[error("it refused {0}")]
struct Refused(String);

/// Hands the mail over, to as many of its recipients as the server takes.
pub(super) async fn send(
    config: &Config,
    outgoing: &Outgoing,
    mail: &lettre::Message,
) -> Result<Receipt, NotifyError> {
    let mut connection = connect(config, outgoing).await?;
    if let Some(login) = &config.login {
        connection
            .auth(&[Mechanism::Plain, Mechanism::Login], login)
            .await
            .map_err(failed(config, "log in to"))?;
    }
    let from = Mail::new(Some(config.from.email.clone()), Vec::new());
    connection
        .command(from)
        .await
        .map_err(failed(config, "name the sender to"))?;
    let refused = name_recipients(&mut connection, config).await?;
    connection
        .command(Data)
        .await
        .map_err(failed(config, "begin the mail to"))?;
    let answer = connection
        .message(&mail.formatted())
        .await
        .map_err(failed(config, "hand the mail to"))?;
    // The server has the mail; whether it says good-bye changes nothing.
    let _ = connection.quit().await;
    Ok(receipt(&answer, &refused))
}

/// Names the recipients and gives back what was said of those that were refused. One address
/// that has gone must not keep the others from being told.
async fn name_recipients(
    connection: &mut AsyncSmtpConnection,
    config: &Config,
) -> Result<Vec<String>, NotifyError> {
    let mut refused = Vec::new();
    let mut may_heal = false;
    for recipient in &config.to {
        let command = Rcpt::new(recipient.email.clone(), Vec::new());
        match connection.command(command).await {
            Ok(_) => {}
            Err(error) if error.is_permanent() || error.is_transient() => {
                may_heal |= error.is_transient();
                refused.push(refusal(recipient, &error));
            }
            Err(error) => return Err(failed(config, "name a recipient to")(error)),
        }
    }
    if refused.len() < config.to.len() {
        return Ok(refused);
    }
    let attempted = format!("name a recipient to the mail server {}", config.address());
    let cause = Refused(refused.join("; "));
    Err(if may_heal {
        NotifyError::temporary(attempted, cause)
    } else {
        NotifyError::permanent(attempted, cause)
    })
}

fn refusal(recipient: &Mailbox, error: &Error) -> String {
    format!(
        "{}: {}",
        recipient.email,
        crate::notify::error::chain(error)
    )
}

async fn connect(config: &Config, outgoing: &Outgoing) -> Result<AsyncSmtpConnection, NotifyError> {
    let hello = ClientId::default();
    let tls = || tls(config).map_err(failed(config, "prepare TLS for"));
    let implicit = match config.security {
        Security::Tls => Some(tls()?),
        Security::Plain | Security::StartTls => None,
    };
    let resolved = outgoing.resolve(&config.host, config.port).await;
    let addresses = resolved.map_err(|error| {
        let attempted = format!("connect to the mail server {}", config.address());
        NotifyError::temporary(attempted, error)
    })?;
    let mut connection = AsyncSmtpConnection::connect_tokio1(
        &addresses[..],
        Some(config.timeout),
        &hello,
        implicit,
        None,
    )
    .await
    .map_err(failed(config, "connect to"))?;
    if config.security == Security::StartTls {
        connection
            .starttls(tls()?, &hello)
            .await
            .map_err(failed(config, "secure the connection to"))?;
    }
    if let Trust::Only(fingerprint) = config.trust {
        check(&connection, &fingerprint, config)?;
    }
    Ok(connection)
}

fn tls(config: &Config) -> Result<TlsParameters, Error> {
    let builder = TlsParameters::builder(config.host.clone());
    match &config.trust {
        Trust::Public => builder.build_rustls(),
        Trust::Also(certificate) => builder
            .add_root_certificate(certificate.clone())
            .build_rustls(),
        // The handshake still proves that the server has the certificate's key; which
        // certificate it has to be is checked before anything is said to it.
        Trust::Only(_) => builder
            .dangerous_accept_invalid_certs(true)
            .dangerous_accept_invalid_hostnames(true)
            .build_rustls(),
    }
}

fn check(
    connection: &AsyncSmtpConnection,
    fingerprint: &[u8; 32],
    config: &Config,
) -> Result<(), NotifyError> {
    let attempted = "read the certificate of";
    let certificate = connection
        .peer_certificate()
        .map_err(failed(config, attempted))?;
    let found = digest::digest(&digest::SHA256, &certificate);
    if found.as_ref() == fingerprint {
        return Ok(());
    }
    let digits = found.as_ref().iter().map(|byte| format!("{byte:02X}"));
    let found = digits.collect::<Vec<_>>().join(":");
    let attempted = format!("trust the mail server {}", config.address());
    Err(NotifyError::temporary(attempted, Untrusted { found }))
}

fn failed(config: &Config, attempted: &'static str) -> impl FnOnce(Error) -> NotifyError {
    let attempted = format!("{attempted} the mail server {}", config.address());
    move |error| {
        let status = error.status().map(u16::from);
        let failure = if error.is_permanent() {
            NotifyError::permanent(attempted, error)
        } else {
            NotifyError::temporary(attempted, error)
        };
        failure.with_status(status)
    }
}

fn receipt(answer: &Response, refused: &[String]) -> Receipt {
    let lines: Vec<&str> = answer.message().collect();
    let mut text = format!("{} {}", answer.code(), lines.join(" "));
    if !refused.is_empty() {
        text.push_str("; refused ");
        text.push_str(&refused.join("; "));
    }
    Receipt::new(text).with_status(answer.code().into())
}
