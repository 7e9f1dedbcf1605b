use super::{render, shorten};
use crate::notify::message::Occasion;
use crate::notify::tests::{alert, message};

#[test]
fn a_message_reads_as_one_subject_and_one_sentence() {
    let rendered =
        render(&message(Occasion::Fired, alert()), "homepulse", None).expect("it renders");
    assert_eq!(rendered.subject, "[homepulse] Warning: web1 – CPU");
    assert_eq!(
        rendered.text,
        "Warning: web1 (guest 100 on pve1): CPU at 93 % for 5 min, limit 90 %\n\n\
         Severity: warning\nResource: web1\nNode: pve1\nBegan: 2026-11-22 08:53 UTC\n\n\
         -- \nhomepulse"
    );
}

#[test]
fn hostile_names_stay_text() {
    let mut alert = alert();
    alert.resource_name = "<script>x</script>\r\nBcc: all@example.org".into();
    alert.message = format!("{{{{ 7*7 }}}} <b>{}", "ü".repeat(5000));
    let rendered = render(&message(Occasion::Fired, alert), "homepulse", None).expect("it renders");
    assert!(!rendered.subject.contains(['\r', '\n']));
    assert!(!rendered.html.contains("<script>") && !rendered.html.contains("<b>"));
    assert!(rendered.text.contains("{{ 7*7 }}"));
    assert!(rendered.text.chars().count() < 2400);
}

#[test]
fn text_is_cut_between_characters() {
    assert_eq!(shorten("grün", 3), "grü…");
    assert_eq!(shorten("grün", 4), "grün");
}
