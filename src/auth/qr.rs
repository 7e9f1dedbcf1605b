//! Text as a QR code (ISO/IEC 18004), for the camera of a phone.

use std::fmt::Write as _;

use qrcodegen::{QrCode as Modules, QrCodeEcc};

/// A QR code as an outline that anybody can draw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QrCode {
    /// Modules on each side, without the quiet margin of four.
    pub size: u8,
    /// The dark modules, as the `d` of an SVG path in units of one module.
    pub path: String,
}

/// Draws `text`; `None` where it is too long for any code (2,331 bytes).
#[must_use]
pub fn draw(text: &str) -> Option<QrCode> {
    let code = Modules::encode_text(text, QrCodeEcc::Medium).ok()?;
    let mut path = String::new();
    for y in 0..code.size() {
        let mut x = 0;
        while x < code.size() {
            let run = (x..code.size())
                .take_while(|x| code.get_module(*x, y))
                .count();
            if run > 0 {
                let _ = write!(path, "M{x} {y}h{run}v1h-{run}z");
            }
            x += i32::try_from(run).unwrap_or(i32::MAX).max(1);
        }
    }
    Some(QrCode {
        size: u8::try_from(code.size()).ok()?,
        path,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_has_its_three_corner_marks() {
        let code = draw("otpauth://totp/home:ada?secret=GEZDGNBVGY3TQOJQ&issuer=home");
        let code = code.expect("it fits");
        let last = code.size - 7;
        assert!(code.path.starts_with("M0 0h7v1h-7z"), "{}", code.path);
        assert!(code.path.contains(&format!("M{last} 0h7v1h-7z")));
        assert!(code.path.contains(&format!("M0 {last}h7v1h-7z")));
        assert!(
            !code.path.contains(&format!("M{last} {last}h7v1h-7z")),
            "and none in the fourth corner"
        );
    }

    #[test]
    fn what_fits_into_no_code_is_not_drawn() {
        assert_eq!(draw(&"x".repeat(3000)), None);
    }
}
