use std::fs;
use std::os::unix::fs::PermissionsExt;

use secrecy::{ExposeSecret, SecretString};

use super::{Place, SecretError, Vault};

fn directory() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary directory")
}

fn place() -> Place {
    Place::new("channels", "secret", "chn_one")
}

fn sealed(vault: &Vault) -> Vec<u8> {
    vault
        .seal(&place(), &SecretString::from("grün und geheim"))
        .expect("a secret can be sealed")
}

#[test]
fn what_was_sealed_opens_again_after_a_restart() {
    let dir = directory();
    let kept = sealed(&Vault::open(dir.path()).expect("a first start"));
    let again = Vault::open(dir.path()).expect("a second start");
    let secret = again.unseal(&place(), &kept).expect("it opens");
    assert_eq!(secret.expose_secret(), "grün und geheim");
}

#[test]
fn sealing_twice_never_looks_the_same() {
    let dir = directory();
    let vault = Vault::open(dir.path()).expect("a vault");
    assert_ne!(sealed(&vault), sealed(&vault));
}

#[test]
fn a_secret_moved_to_another_row_or_column_does_not_open() {
    let dir = directory();
    let vault = Vault::open(dir.path()).expect("a vault");
    let kept = sealed(&vault);
    for other in [
        Place::new("channels", "secret", "chn_two"),
        Place::new("channels", "config", "chn_one"),
        Place::new("targets", "secret", "chn_one"),
        Place::new("channelss", "ecret", "chn_one"),
    ] {
        assert!(vault.unseal(&other, &kept).is_err(), "at {other}");
    }
}

#[test]
fn a_single_flipped_bit_anywhere_is_noticed() {
    let dir = directory();
    let vault = Vault::open(dir.path()).expect("a vault");
    let kept = sealed(&vault);
    for index in 0..kept.len() {
        let mut changed = kept.clone();
        changed[index] ^= 1;
        assert!(vault.unseal(&place(), &changed).is_err(), "byte {index}");
    }
    for length in 0..kept.len() {
        assert!(
            vault.unseal(&place(), &kept[..length]).is_err(),
            "cut to {length}"
        );
    }
}

#[test]
fn another_key_does_not_open_it() {
    let (here, there) = (directory(), directory());
    let kept = sealed(&Vault::open(here.path()).expect("a vault"));
    let other = Vault::open(there.path()).expect("another vault");
    let error = other.unseal(&place(), &kept).expect_err("it stays shut");
    assert!(matches!(error, SecretError::Unseal { .. }), "{error}");
}

#[test]
fn the_key_file_is_for_its_owner_only_and_nothing_is_left_beside_it() {
    let dir = directory();
    Vault::open(dir.path()).expect("a vault");
    let names: Vec<_> = fs::read_dir(dir.path())
        .expect("the directory")
        .map(|entry| entry.expect("an entry").file_name())
        .collect();
    assert_eq!(names, ["secret.key"]);
    let meta = fs::metadata(dir.path().join("secret.key")).expect("the key file");
    assert_eq!(meta.permissions().mode() & 0o7777, 0o600);
}

#[test]
fn a_key_file_that_others_may_read_is_refused_with_the_command_that_helps() {
    let dir = directory();
    Vault::open(dir.path()).expect("a vault");
    let path = dir.path().join("secret.key");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).expect("a chmod");
    let error = Vault::open(dir.path()).expect_err("it is refused");
    let text = error.to_string();
    assert!(
        text.contains("0640") && text.contains("chmod 600"),
        "{text}"
    );
}

#[test]
fn a_damaged_key_file_is_refused_and_left_alone() {
    let dir = directory();
    Vault::open(dir.path()).expect("a vault");
    let path = dir.path().join("secret.key");
    let whole = fs::read_to_string(&path).expect("the key file");
    let digit = if &whole[20..21] == "7" { "8" } else { "7" };
    let flipped = format!("{}{digit}{}", &whole[..20], &whole[21..]);
    for damaged in ["", &whole[..40], &flipped, "homepulse-key-1 zz zz"] {
        fs::write(&path, damaged).expect("a damaged file");
        let error = Vault::open(dir.path()).expect_err("it is refused");
        assert!(matches!(error, SecretError::KeyDamaged { .. }), "{error}");
        assert_eq!(fs::read_to_string(&path).expect("still there"), damaged);
    }
}
