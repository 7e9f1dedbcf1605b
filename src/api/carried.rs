//! The token that a program carries which is nobody's account: in whatever header it can set.

use std::borrow::Cow;

use actix_web::HttpRequest;
use actix_web::http::header::{self, HeaderName};
use base64::Engine as _;

/// How a token may stand in `Authorization`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scheme {
    /// `Bearer t`.
    Bearer,
    /// `Token t`, as InfluxDB's clients write it.
    Token,
    /// The password of `Basic`: Go's clients send what stands before the `@` of an address so.
    Basic,
}

impl Scheme {
    const fn word(self) -> &'static str {
        match self {
            Self::Bearer => "bearer",
            Self::Token => "token",
            Self::Basic => "basic",
        }
    }
}

/// The token of `X-Push-Token`, or of `Authorization` by one of `schemes`.
pub(super) fn token<'a>(request: &'a HttpRequest, schemes: &[Scheme]) -> Option<Cow<'a, str>> {
    let headers = request.headers();
    let own = headers.get(HeaderName::from_static("x-push-token"));
    if let Some(token) = own.and_then(|value| value.to_str().ok()) {
        return Some(token.trim().into());
    }
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (word, rest) = value.trim().split_once(' ')?;
    let is_said = |scheme: &&Scheme| word.eq_ignore_ascii_case(scheme.word());
    match schemes.iter().find(is_said)? {
        Scheme::Bearer | Scheme::Token => Some(rest.trim().into()),
        Scheme::Basic => password(rest.trim()).map(Cow::Owned),
    }
}

fn password(pair: &str) -> Option<String> {
    let pair = base64::engine::general_purpose::STANDARD
        .decode(pair)
        .ok()?;
    let pair = String::from_utf8(pair).ok()?;
    let (_, password) = pair.split_once(':')?;
    Some(password.to_owned())
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn carried(header: (&'static str, &str), schemes: &[Scheme]) -> Option<String> {
        let request = TestRequest::default()
            .insert_header(header)
            .to_http_request();
        token(&request, schemes).map(Cow::into_owned)
    }

    #[test]
    fn a_token_is_found_where_the_door_looks_for_it_and_nowhere_else() {
        let push = [Scheme::Token, Scheme::Bearer];
        let door = [Scheme::Bearer, Scheme::Basic];
        let basic = "Basic cm91dGVyOnNlc2FtZQ==";
        for (header, of_push, of_door) in [
            (("x-push-token", " sesame "), Some("sesame"), Some("sesame")),
            (
                ("authorization", "bearer sesame"),
                Some("sesame"),
                Some("sesame"),
            ),
            (("authorization", "Token sesame"), Some("sesame"), None),
            (("authorization", basic), None, Some("sesame")),
            (("authorization", "Basic !!"), None, None),
            (("authorization", "sesame"), None, None),
        ] {
            assert_eq!(carried(header, &push).as_deref(), of_push, "{header:?}");
            assert_eq!(carried(header, &door).as_deref(), of_door, "{header:?}");
        }
    }
}
