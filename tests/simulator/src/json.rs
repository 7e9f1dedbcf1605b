//! Renders JSON the way a Perl server does: keys in a different order each time, 15 digits, whole floats
//! without a fraction.

use serde_json::Value;

use crate::dice::Shuffler;

/// How one answer is written.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Style {
    /// Write every number as a string, as some hosts have been reported to do.
    pub(crate) numbers_as_strings: bool,
}

/// Writes `value` to text.
pub(crate) fn render(value: &Value, style: Style, shuffler: &Shuffler) -> String {
    let mut out = String::new();
    write(&mut out, value, style, shuffler);
    out
}

fn write(out: &mut String, value: &Value, style: Style, shuffler: &Shuffler) {
    match value {
        Value::Number(number) => {
            let text = match (number.as_i64(), number.as_u64(), number.as_f64()) {
                (Some(whole), _, _) => whole.to_string(),
                (None, Some(whole), _) => whole.to_string(),
                (None, None, float) => fifteen_digits(float.unwrap_or(0.0)),
            };
            if style.numbers_as_strings {
                out.push('"');
                out.push_str(&text);
                out.push('"');
            } else {
                out.push_str(&text);
            }
        }
        Value::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write(out, item, style, shuffler);
            }
            out.push(']');
        }
        Value::Object(map) => {
            let mut entries: Vec<_> = map.iter().collect();
            shuffler.shuffle(&mut entries);
            out.push('{');
            for (index, (key, item)) in entries.into_iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                out.push_str(&Value::from(key.as_str()).to_string());
                out.push(':');
                write(out, item, style, shuffler);
            }
            out.push('}');
        }
        other => out.push_str(&other.to_string()),
    }
}

/// The shortest of at most 15 significant digits, which is what Perl prints.
fn fifteen_digits(value: f64) -> String {
    if value == 0.0 || !value.is_finite() {
        return "0".to_owned();
    }
    let scientific = format!("{value:.14e}");
    let rounded: f64 = scientific.parse().unwrap_or(value);
    if rounded.fract() == 0.0 && rounded.abs() < 1e15 {
        return format!("{rounded:.0}");
    }
    if rounded.abs() < 1e-4 {
        let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
        let digits = digits.trim_end_matches('0').trim_end_matches('.');
        return match exponent.strip_prefix('-') {
            Some(power) => format!("{digits}e-{power:0>2}"),
            None => format!("{digits}e+{exponent:0>2}"),
        };
    }
    rounded.to_string()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn numbers_look_like_perls() {
        for (value, expected) in [
            (0.0, "0"),
            (2.0, "2"),
            (0.025_057_451_677_990_523, "0.0250574516779905"),
            (8.179_832_945_827_7e-5, "8.1798329458277e-05"),
            (-0.000_132_273_009_474_617, "-0.000132273009474617"),
            (4_143_742_231.272_73, "4143742231.27273"),
        ] {
            assert_eq!(fifteen_digits(value), expected);
        }
    }

    #[test]
    fn strings_can_replace_numbers() {
        let shuffler = Shuffler::new(1);
        let text = render(
            &json!({"a": [1, 2.5, "x", null]}),
            Style {
                numbers_as_strings: true,
            },
            &shuffler,
        );
        assert_eq!(text, r#"{"a":["1","2.5","x",null]}"#);
    }

    #[test]
    fn what_is_written_reads_back() {
        let shuffler = Shuffler::new(1);
        let value =
            json!({"text": "ünï \"q\" \n", "list": [{"x": 1}, {}], "flag": true, "big": u64::MAX});
        let text = render(&value, Style::default(), &shuffler);
        assert_eq!(
            serde_json::from_str::<Value>(&text).expect("valid JSON"),
            value
        );
    }
}
