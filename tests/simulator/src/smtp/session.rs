//! The dialogue of one SMTP connection (RFC 5321, with STARTTLS, AUTH PLAIN and LOGIN, and SIZE).

use std::io;
use std::sync::Arc;

use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

use super::mail::Mail;
use super::sink::{Shared, SmtpFault};
use crate::clock::system_now;

/// Longest message, announced with `SIZE`.
const SIZE_LIMIT: usize = 16 * 1024 * 1024;
const LINE_LIMIT: u64 = 4096;

/// Where a dialogue stands.
#[derive(Debug, Default)]
struct Dialogue {
    greeted: bool,
    encrypted: bool,
    user: Option<String>,
    from: Option<String>,
    to: Vec<String>,
}

/// How a dialogue over one layer ended.
enum End {
    Closed,
    StartTls,
}

pub(super) async fn handle(shared: Arc<Shared>, stream: TcpStream) {
    // A client that goes away in the middle is its own business.
    let _ = converse(&shared, stream).await;
}

async fn converse(shared: &Shared, stream: TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut stream = BufReader::new(stream);
    let mut dialogue = Dialogue::default();
    match talk(shared, &mut stream, &mut dialogue, true).await? {
        End::Closed => Ok(()),
        End::StartTls => {
            // What was sent before the handshake is dropped with the buffer, as it must be.
            let Some(identity) = &shared.identity else {
                return Ok(());
            };
            let stream = TlsAcceptor::from(Arc::clone(&identity.config))
                .accept(stream.into_inner())
                .await?;
            let mut dialogue = Dialogue {
                encrypted: true,
                ..Dialogue::default()
            };
            talk(shared, &mut BufReader::new(stream), &mut dialogue, false)
                .await
                .map(|_| ())
        }
    }
}

async fn talk<S: AsyncRead + AsyncWrite + Unpin>(
    shared: &Shared,
    stream: &mut BufReader<S>,
    dialogue: &mut Dialogue,
    greet: bool,
) -> io::Result<End> {
    if greet {
        reply(shared, stream, "220 sink.test ESMTP").await?;
    }
    while let Some(line) = line(stream).await? {
        let (verb, argument) = line.split_once(' ').unwrap_or((&line, ""));
        let answer = match verb.to_ascii_uppercase().as_str() {
            "EHLO" => {
                *dialogue = Dialogue {
                    greeted: true,
                    encrypted: dialogue.encrypted,
                    user: dialogue.user.take(),
                    ..Dialogue::default()
                };
                hello(shared, dialogue)
            }
            "HELO" => {
                dialogue.greeted = true;
                "250 sink.test".to_owned()
            }
            "STARTTLS" if shared.identity.is_some() && !dialogue.encrypted => {
                reply(shared, stream, "220 2.0.0 go ahead").await?;
                return Ok(End::StartTls);
            }
            "AUTH" => authenticate(shared, stream, dialogue, argument).await?,
            "MAIL" => mail_from(shared, dialogue, argument),
            "RCPT" => rcpt_to(shared, dialogue, argument),
            "DATA" if dialogue.from.is_none() || dialogue.to.is_empty() => {
                "503 5.5.1 recipients first".to_owned()
            }
            "DATA" => {
                reply(shared, stream, "354 end with a dot").await?;
                let raw = data(stream).await?;
                if shared.fault() == Some(SmtpFault::CutAfterData) {
                    return Ok(End::Closed);
                }
                finish(shared, dialogue, raw)
            }
            "RSET" => {
                dialogue.from = None;
                dialogue.to.clear();
                "250 2.0.0 forgotten".to_owned()
            }
            "NOOP" => "250 2.0.0 nothing done".to_owned(),
            "VRFY" => "252 2.1.5 perhaps".to_owned(),
            "QUIT" => {
                reply(shared, stream, "221 2.0.0 bye").await?;
                stream.get_mut().shutdown().await?;
                return Ok(End::Closed);
            }
            _ => "502 5.5.1 unknown command".to_owned(),
        };
        reply(shared, stream, &answer).await?;
    }
    Ok(End::Closed)
}

fn hello(shared: &Shared, dialogue: &Dialogue) -> String {
    let mut lines = vec![
        "sink.test".to_owned(),
        format!("SIZE {SIZE_LIMIT}"),
        "8BITMIME".to_owned(),
        "SMTPUTF8".to_owned(),
    ];
    if shared.identity.is_some() && !dialogue.encrypted {
        lines.push("STARTTLS".to_owned());
    }
    // Where TLS is to be had, no password is taken without it.
    if shared.require_auth.is_some() && (dialogue.encrypted || shared.identity.is_none()) {
        lines.push("AUTH PLAIN LOGIN".to_owned());
    }
    let last = lines.len() - 1;
    let joined: Vec<String> = lines
        .into_iter()
        .enumerate()
        .map(|(index, line)| format!("250{}{line}", if index == last { ' ' } else { '-' }))
        .collect();
    joined.join("\r\n")
}

async fn authenticate<S: AsyncRead + AsyncWrite + Unpin>(
    shared: &Shared,
    stream: &mut BufReader<S>,
    dialogue: &mut Dialogue,
    argument: &str,
) -> io::Result<String> {
    let Some((user, password)) = &shared.require_auth else {
        return Ok("502 5.5.1 no login here".to_owned());
    };
    if shared.identity.is_some() && !dialogue.encrypted {
        return Ok("538 5.7.11 encryption first".to_owned());
    }
    let (mechanism, initial) = argument.split_once(' ').unwrap_or((argument, ""));
    let given = match mechanism.to_ascii_uppercase().as_str() {
        "PLAIN" => {
            let text = if initial.is_empty() {
                ask(shared, stream, "").await?
            } else {
                initial.to_owned()
            };
            let text = from_base64(&text).unwrap_or_default();
            let mut parts = text.split('\0').skip(1).map(str::to_owned);
            (
                parts.next().unwrap_or_default(),
                parts.next().unwrap_or_default(),
            )
        }
        "LOGIN" => {
            let name = if initial.is_empty() {
                ask(shared, stream, "VXNlcm5hbWU6").await?
            } else {
                initial.to_owned()
            };
            let secret = ask(shared, stream, "UGFzc3dvcmQ6").await?;
            (
                from_base64(&name).unwrap_or_default(),
                from_base64(&secret).unwrap_or_default(),
            )
        }
        _ => return Ok("504 5.5.4 unknown mechanism".to_owned()),
    };
    if given.0 == *user && given.1 == *password {
        dialogue.user = Some(given.0);
        Ok("235 2.7.0 welcome".to_owned())
    } else {
        Ok("535 5.7.8 wrong name or password".to_owned())
    }
}

async fn ask<S: AsyncRead + AsyncWrite + Unpin>(
    shared: &Shared,
    stream: &mut BufReader<S>,
    question: &str,
) -> io::Result<String> {
    reply(shared, stream, &format!("334 {question}")).await?;
    line(stream)
        .await?
        .ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
}

fn mail_from(shared: &Shared, dialogue: &mut Dialogue, argument: &str) -> String {
    match shared.fault() {
        Some(SmtpFault::Temporary) => return "451 4.3.0 try again later".to_owned(),
        Some(SmtpFault::Permanent) => return "550 5.7.1 not from you".to_owned(),
        _ => {}
    }
    if !dialogue.greeted {
        return "503 5.5.1 who are you?".to_owned();
    }
    if shared.require_auth.is_some() && dialogue.user.is_none() {
        return "530 5.7.0 log in first".to_owned();
    }
    if shared.require_tls && !dialogue.encrypted {
        return "530 5.7.0 must issue a STARTTLS command first".to_owned();
    }
    let Some((address, options)) = path(argument, "FROM:") else {
        return "501 5.5.4 no address".to_owned();
    };
    let size = options.split(' ').find_map(|option| {
        option
            .strip_prefix("SIZE=")
            .and_then(|text| text.parse().ok())
    });
    if size.is_some_and(|size: usize| size > SIZE_LIMIT) {
        return "552 5.3.4 too long".to_owned();
    }
    dialogue.from = Some(address);
    dialogue.to.clear();
    "250 2.1.0 sender ok".to_owned()
}

fn rcpt_to(shared: &Shared, dialogue: &mut Dialogue, argument: &str) -> String {
    if dialogue.from.is_none() {
        return "503 5.5.1 sender first".to_owned();
    }
    match path(argument, "TO:") {
        Some((address, _))
            if shared.fault() == Some(SmtpFault::UnknownRecipient(address.clone())) =>
        {
            "550 5.1.1 nobody of that name".to_owned()
        }
        Some((address, _)) => {
            dialogue.to.push(address);
            "250 2.1.5 recipient ok".to_owned()
        }
        None => "501 5.5.4 no address".to_owned(),
    }
}

fn finish(shared: &Shared, dialogue: &mut Dialogue, raw: Option<Vec<u8>>) -> String {
    let from = dialogue.from.take().unwrap_or_default();
    let to = std::mem::take(&mut dialogue.to);
    let Some(raw) = raw else {
        return "552 5.3.4 too long".to_owned();
    };
    match shared.fault() {
        Some(SmtpFault::TemporaryAfterData) => return "451 4.3.0 try again later".to_owned(),
        Some(SmtpFault::PermanentAfterData) => return "554 5.6.0 not this".to_owned(),
        _ => {}
    }
    let mail = Mail {
        from,
        to,
        raw,
        at: system_now(),
        encrypted: dialogue.encrypted,
        user: dialogue.user.clone(),
    };
    shared.store(mail);
    "250 2.0.0 kept".to_owned()
}

/// `FROM:<a@b> SIZE=1` to the address and the rest.
fn path(argument: &str, keyword: &str) -> Option<(String, String)> {
    let start = argument.get(..keyword.len())?;
    if !start.eq_ignore_ascii_case(keyword) {
        return None;
    }
    let rest = argument[keyword.len()..].trim_start().strip_prefix('<')?;
    let (address, options) = rest.split_once('>')?;
    Some((address.to_owned(), options.trim().to_owned()))
}

/// The message up to the lone dot, without the dots that were put before dots. `None` when it is too long.
async fn data<S: AsyncRead + Unpin>(stream: &mut BufReader<S>) -> io::Result<Option<Vec<u8>>> {
    let mut raw = Vec::new();
    let mut too_long = false;
    loop {
        let mut line = Vec::new();
        (&mut *stream)
            .take(SIZE_LIMIT as u64)
            .read_until(b'\n', &mut line)
            .await?;
        if !line.ends_with(b"\n") {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if line == b".\r\n" {
            return Ok((!too_long).then_some(raw));
        }
        let unstuffed = line.strip_prefix(b".").unwrap_or(&line);
        too_long |= raw.len() + unstuffed.len() > SIZE_LIMIT;
        if !too_long {
            raw.extend_from_slice(unstuffed);
        }
    }
}

async fn line<S: AsyncRead + Unpin>(stream: &mut BufReader<S>) -> io::Result<Option<String>> {
    let mut line = Vec::new();
    (&mut *stream)
        .take(LINE_LIMIT)
        .read_until(b'\n', &mut line)
        .await?;
    match line.strip_suffix(b"\n") {
        Some(line) => Ok(Some(
            String::from_utf8_lossy(line)
                .trim_end_matches('\r')
                .to_owned(),
        )),
        None if line.is_empty() => Ok(None),
        None => Err(io::ErrorKind::InvalidData.into()),
    }
}

async fn reply<S: AsyncWrite + AsyncRead + Unpin>(
    shared: &Shared,
    stream: &mut BufReader<S>,
    text: &str,
) -> io::Result<()> {
    if let Some(SmtpFault::Slow(delay)) = shared.fault() {
        tokio::time::sleep(delay).await;
    }
    stream
        .get_mut()
        .write_all(format!("{text}\r\n").as_bytes())
        .await?;
    stream.get_mut().flush().await
}

/// Decodes base64 into text; `None` for what is neither.
fn from_base64(text: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let (mut bits, mut count) = (0_u32, 0);
    for byte in text.trim_end_matches('=').bytes() {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn stuffed_dots_are_taken_out_and_the_lone_dot_ends() {
        let input: &[u8] = b"Subject: x\r\n\r\n..\r\n...two\r\n.x\r\na.b\r\n.\r\nQUIT\r\n";
        let mut stream = BufReader::new(input);
        let raw = data(&mut stream).await.expect("complete").expect("short");
        assert_eq!(raw, b"Subject: x\r\n\r\n.\r\n..two\r\nx\r\na.b\r\n");
        assert_eq!(
            line(&mut stream).await.expect("a line").as_deref(),
            Some("QUIT")
        );
    }

    #[tokio::test]
    async fn a_message_that_stops_in_the_middle_is_an_error() {
        let mut stream = BufReader::new(&b"Subject: x\r\n\r\nbo"[..]);
        assert!(data(&mut stream).await.is_err());
    }

    #[test]
    fn addresses_are_found_between_brackets() {
        for (argument, expected) in [
            ("FROM:<a@b>", Some(("a@b", ""))),
            ("from: <a@b> SIZE=12", Some(("a@b", "SIZE=12"))),
            ("FROM:<>", Some(("", ""))),
            ("FROM:a@b", None),
            ("TO:<a@b>", None),
            ("FR", None),
        ] {
            let found = path(argument, "FROM:");
            let found = found
                .as_ref()
                .map(|(address, options)| (address.as_str(), options.as_str()));
            assert_eq!(found, expected, "{argument}");
        }
    }

    #[test]
    fn base64_is_decoded() {
        assert_eq!(
            from_base64("AHVzZXIAcGFzcw==").as_deref(),
            Some("\0user\0pass")
        );
        assert_eq!(from_base64("!"), None);
    }
}
