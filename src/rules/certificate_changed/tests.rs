use serde_json::json;

use crate::model::id::ResourceKind;
use crate::model::target::FailureKind;
use crate::rules::tests::lab::{Lab, only, said};

#[test]
fn another_certificate_is_told_at_once_and_until_a_trusted_one_is_shown() {
    let settings = only(ResourceKind::Target, "certificate_changed", json!({}));
    let mut lab = Lab::with(settings, &[]);
    assert!(lab.see(0, Vec::new()).is_empty());
    assert!(
        lab.fail(5, FailureKind::Timeout).is_empty(),
        "no certificate was shown"
    );
    let told = lab.fail(10, FailureKind::CertificateChanged);
    assert!(
        said(&told).starts_with("homelab: shows another certificate than the trusted one — "),
        "{told:?}"
    );
    assert!(lab.fail(20, FailureKind::Timeout).is_empty());
    assert!(said(&lab.see(30, Vec::new())).contains("trusted again"));
}
