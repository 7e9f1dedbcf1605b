//! Codes that change every 30 seconds (RFC 6238 over RFC 4226): six digits, HMAC-SHA-1, as every
//! authenticator app understands them.

use ring::hmac;
use subtle::ConstantTimeEq as _;

use crate::model::time::Timestamp;

const STEP_MS: i64 = 30_000;

/// Steps before and after now that are taken, for clocks that differ.
const SLACK: i64 = 1;

/// A new secret of 160 bits, as RFC 4226 asks for.
#[must_use]
pub fn random_secret() -> [u8; 20] {
    rand::random()
}

/// The secret as people type it into an app: base 32 without padding (RFC 4648).
#[must_use]
pub fn base32(secret: &[u8]) -> String {
    const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let mut text = String::with_capacity(secret.len().div_ceil(5) * 8);
    for chunk in secret.chunks(5) {
        let mut bits = [0_u8; 8];
        bits[3..3 + chunk.len()].copy_from_slice(chunk);
        let word = u64::from_be_bytes(bits);
        let letters = (chunk.len() * 8).div_ceil(5);
        for place in 0..letters {
            let index = (word >> (35 - 5 * place)) & 31;
            text.push(char::from(ALPHABET[index as usize]));
        }
    }
    text
}

/// The address that an app reads from a QR code.
#[must_use]
pub fn uri(secret: &[u8], issuer: &str, name: &str) -> String {
    let encode = |text: &str| {
        url::form_urlencoded::byte_serialize(text.as_bytes())
            .collect::<String>()
            .replace('+', "%20")
    };
    let (issuer, name) = (encode(issuer), encode(name));
    format!(
        "otpauth://totp/{issuer}:{name}?secret={}&issuer={issuer}",
        base32(secret)
    )
}

/// The step that `code` is of, if it is right now and newer than the last one that was used: a
/// code works once.
#[must_use]
pub fn check(secret: &[u8], code: &str, last_step: i64, now: Timestamp) -> Option<i64> {
    let code = code.trim().replace(' ', "");
    let step = now.millis().div_euclid(STEP_MS);
    (step - SLACK..=step + SLACK)
        .filter(|step| *step > last_step)
        .find(|step| {
            code.as_bytes()
                .ct_eq(self::code(secret, *step).as_bytes())
                .into()
        })
}

fn code(secret: &[u8], step: i64) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret);
    let tag = hmac::sign(&key, &step.to_be_bytes());
    let tag = tag.as_ref();
    let offset = usize::from(tag[tag.len() - 1] & 15);
    let word = tag[offset..offset + 4]
        .iter()
        .fold(0_u32, |word, byte| word << 8 | u32::from(*byte));
    format!("{:06}", (word & 0x7fff_ffff) % 1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The secret of RFC 6238, appendix B.
    const SECRET: &[u8] = b"12345678901234567890";

    #[test]
    fn codes_are_those_of_the_rfc() {
        for (seconds, expected) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(code(SECRET, seconds / 30), expected, "{seconds}");
        }
    }

    #[test]
    fn base32_is_that_of_the_rfc() {
        for (text, expected) in [
            ("", ""),
            ("f", "MY"),
            ("fo", "MZXQ"),
            ("foo", "MZXW6"),
            ("foob", "MZXW6YQ"),
            ("fooba", "MZXW6YTB"),
            ("foobar", "MZXW6YTBOI"),
        ] {
            assert_eq!(base32(text.as_bytes()), expected);
        }
    }

    #[test]
    fn a_code_works_once_and_only_around_its_time() {
        let now = Timestamp(59_000);
        let step = check(SECRET, "287 082", 0, now).unwrap();
        assert_eq!(step, 1);
        assert_eq!(check(SECRET, "287082", step, now), None, "used");
        assert!(check(SECRET, "287082", 0, Timestamp(89_000)).is_some());
        assert_eq!(check(SECRET, "287082", 0, Timestamp(120_000)), None, "late");
        assert_eq!(check(SECRET, "28708", 0, now), None);
    }

    #[test]
    fn an_address_for_apps_names_the_house_and_the_person() {
        assert_eq!(
            uri(b"foobar", "home lab", "ada@home"),
            "otpauth://totp/home%20lab:ada%40home?secret=MZXW6YTBOI&issuer=home%20lab"
        );
    }
}
