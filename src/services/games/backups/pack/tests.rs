use std::io::Write as _;

use super::*;

/// A tar as a host sends it: names, and what is in each; a link where that begins with `->`.
fn tar(files: &[(&str, &str)]) -> Vec<u8> {
    let mut tar = Builder::new(Vec::new());
    for (name, text) in files {
        let mut header = Header::new_gnu();
        header.set_mode(0o640);
        header.set_uid(1000);
        header.set_mtime(1_700_000_000);
        let kind = match (name.ends_with('/'), text.split_at(2.min(text.len())).0) {
            (true, _) => EntryType::Directory,
            (_, "->") => EntryType::Symlink,
            (_, "=>") => EntryType::Link,
            _ => EntryType::Regular,
        };
        header.set_entry_type(kind);
        if matches!(kind, EntryType::Symlink | EntryType::Link) {
            header.set_link_name(&text[2..]).expect("fits");
        }
        let body = if kind == EntryType::Regular {
            *text
        } else {
            ""
        };
        header.set_size(body.len() as u64);
        // Written by hand, as a hostile host would: the library refuses such names.
        let field = &mut header.as_old_mut().name;
        field[..name.len()].copy_from_slice(name.as_bytes());
        header.set_cksum();
        tar.append(&header, body.as_bytes()).expect("writes");
    }
    tar.into_inner().expect("ends")
}

fn packed(
    key: Option<&StreamKey>,
    wanted: &str,
    exclude: &[&str],
    files: &[(&str, &str)],
) -> Vec<u8> {
    let mut packer = Packer::new(Vec::new(), key, "a-game", "survival").expect("begins");
    let exclude: Vec<String> = exclude.iter().map(|one| (*one).to_owned()).collect();
    packer
        .add(&Wanted::of(wanted), &exclude, &tar(files)[..])
        .expect("packs");
    packer.finish().expect("ends").to
}

fn unpacked(
    bytes: &[u8],
    key: Option<&StreamKey>,
) -> io::Result<(Manifest, Vec<(String, String)>)> {
    let mut out = Builder::new(Vec::new());
    let manifest = unpack(bytes, key, Some((0, &mut out)))?;
    let bytes = out.into_inner()?;
    let mut all = Vec::new();
    for entry in Archive::new(&bytes[..]).entries()? {
        let mut entry = entry?;
        let name = entry.path()?.to_string_lossy().into_owned();
        let mut text = String::new();
        entry.read_to_string(&mut text)?;
        if let Some(link) = entry.link_name()? {
            text = format!("-> {}", link.display());
        }
        all.push((name, text));
    }
    Ok((manifest, all))
}

fn key() -> StreamKey {
    StreamKey::Passphrase("correct horse".into())
}

#[test]
fn what_was_packed_comes_out_again_with_its_names_under_its_folder() {
    let files = [
        ("data/", ""),
        ("data/world/", ""),
        ("data/world/level.dat", "seed"),
        ("data/logs/latest.log", "noise"),
        ("data/current", "->world"),
        ("data/again", "=>data/world/level.dat"),
    ];
    let bytes = packed(None, "/data", &["/data/logs/*"], &files);
    let (manifest, out) = unpacked(&bytes, None).expect("unpacks");
    assert_eq!(manifest.roots, ["/data"]);
    assert_eq!((manifest.files.len(), manifest.files[0].bytes), (1, 4));
    let names: Vec<&str> = out.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["world", "world/level.dat", "current", "again"]);
    assert_eq!(out[1].1, "seed");
    assert_eq!(out[2].1, "-> world");
    assert_eq!(out[3].1, "-> world/level.dat");
}

#[test]
fn a_pattern_takes_what_it_means_and_a_single_file_is_one() {
    let files = [
        ("saves/", ""),
        ("saves/one.sav", "1"),
        ("saves/one.bak", "2"),
        ("saves/deep/", ""),
        ("saves/deep/two.sav", "3"),
    ];
    let bytes = packed(None, "/game/saves/*.sav", &[], &files);
    let (manifest, out) = unpacked(&bytes, None).expect("unpacks");
    assert_eq!(manifest.roots, ["/game/saves"]);
    assert_eq!(out.len(), 1, "{out:?}");
    let bytes = packed(None, "/etc/game.ini", &[], &[("game.ini", "a=1")]);
    let (manifest, out) = unpacked(&bytes, None).expect("unpacks");
    assert_eq!(manifest.roots, ["/etc"]);
    assert_eq!(out, [("game.ini".to_owned(), "a=1".to_owned())]);
}

#[test]
fn names_that_lead_out_of_their_folder_are_refused() {
    for name in ["data/../etc/passwd", "../x", "/etc/passwd"] {
        let mut packer = Packer::new(Vec::new(), None, "a-game", "s").expect("begins");
        let refused = packer.add(
            &Wanted::of("/data"),
            &[],
            &tar(&[("data/", ""), (name, "x")])[..],
        );
        assert!(refused.is_err(), "{name}");
    }
    // In a backup that somebody made to do harm.
    for files in [
        &[("files/0/../../x", "x")][..],
        &[("files/0/out", "->/etc"), ("files/0/out/passwd", "x")],
        &[("elsewhere/x", "x")],
        &[("files/0/a", "=>files/1/b")],
        &[("files/0/a", "=>files/0/../../b")],
    ] {
        let bytes = zstd::encode_all(&tar(files)[..], 1).expect("packs");
        let error = unpacked(&bytes, None).expect_err("refused").to_string();
        assert!(error.contains("refused"), "{files:?}: {error}");
    }
}

#[test]
fn what_was_changed_or_cut_off_does_not_pass() {
    let files = [("data/", ""), ("data/a", "aaaa"), ("data/b", "bbbb")];
    for key in [None, Some(key())] {
        let whole = packed(key.as_ref(), "/data", &[], &files);
        assert!(unpacked(&whole, key.as_ref()).is_ok());
        for end in [whole.len() - 1, whole.len() / 2, 10, 0] {
            assert!(unpacked(&whole[..end], key.as_ref()).is_err(), "{end}");
        }
    }
    let sealed = packed(Some(&key()), "/data", &[], &files);
    assert!(unpacked(&sealed, None).is_err(), "sealed is not readable");
    let mut flipped = sealed.clone();
    let middle = flipped.len() - 30;
    flipped[middle] ^= 1;
    assert!(unpacked(&flipped, Some(&key())).is_err());
    // The list is believed, not what somebody put beside it.
    let list = serde_json::json!({
        "format": 1, "game": "g", "server": "s", "roots": ["/data"],
        "files": [{"root": 0, "path": "a", "bytes": 1, "sha256": "00"}],
    });
    let mut forged = Builder::new(Vec::new());
    for (name, text) in [("files/0/a", "x".to_owned()), (MANIFEST, list.to_string())] {
        let mut header = Header::new_gnu();
        header.set_size(text.len() as u64);
        forged
            .append_data(&mut header, name, text.as_bytes())
            .expect("writes");
    }
    let bytes = zstd::encode_all(&forged.into_inner().expect("ends")[..], 1).expect("packs");
    let error = unpacked(&bytes, None).expect_err("refused").to_string();
    assert!(error.contains("not those of its list"), "{error}");
}

#[test]
fn a_check_sum_is_that_of_the_whole_file() {
    let mut packer = Packer::new(Vec::new(), None, "a-game", "s").expect("begins");
    packer
        .add(
            &Wanted::of("/data"),
            &[],
            &tar(&[("data/", ""), ("data/a", "x")])[..],
        )
        .expect("packs");
    let packed = packer.finish().expect("ends");
    assert_eq!(packed.sha256, sum_of(&packed.to[..]).expect("reads"));
    assert_eq!(packed.bytes, packed.to.len() as u64);
    let mut other = packed.to;
    other.write_all(b"!").expect("writes");
    assert_ne!(packed.sha256, sum_of(&other[..]).expect("reads"));
}
