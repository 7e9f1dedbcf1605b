//! What is shipped around the binary: units, the sample configuration, scripts.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use homepulse::config::{Config, Environment, Flags, RawConfig};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Files of a folder of the repository whose name ends in `ending`.
fn files(folder: &str, ending: &str) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = std::fs::read_dir(root().join(folder))
        .expect(folder)
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.to_string_lossy().ends_with(ending))
        .collect();
    found.sort();
    found
}

fn text(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Whether a tool is there; says so where it is not, so that a skipped check is seen.
fn has(tool: &str, argument: &str) -> bool {
    let found = Command::new(tool)
        .arg(argument)
        .output()
        .is_ok_and(|output| output.status.success());
    if !found {
        // Unlike eprintln!, this is shown when the test passes, too.
        let _ = writeln!(std::io::stderr(), "SKIPPED: {tool} is not installed");
    }
    found
}

/// The exposure that `systemd-analyze` gives a unit, in tenths, failing above `threshold`.
fn assert_exposure_at_most(threshold: u32, unit: &Path) {
    let output = Command::new("systemd-analyze")
        .args(["security", "--offline=true", "--no-pager"])
        .arg(format!("--threshold={threshold}"))
        .arg(unit)
        .output()
        .expect("systemd-analyze runs");
    assert!(
        output.status.success(),
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn the_service_is_locked_up_well() {
    if has("systemd-analyze", "--version") {
        assert_exposure_at_most(15, &root().join("systemd/homepulse.service"));
    }
}

#[test]
fn without_namespaces_the_service_is_still_locked_up() {
    if !has("systemd-analyze", "--version") {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let unit = folder.path().join("homepulse.service");
    let service = text(&root().join("systemd/homepulse.service"));
    let loosened = text(&root().join("systemd/lxc-nonesting.conf"));
    // Later lines win, as those of a drop-in do.
    std::fs::write(&unit, format!("{service}\n{loosened}")).expect("a unit");
    assert_exposure_at_most(30, &unit);
}

#[test]
fn every_line_of_a_unit_says_why_it_is_there() {
    let mut units = files("systemd", ".service");
    units.extend(files("systemd", ".conf"));
    assert!(units.len() >= 2, "{units:?}");
    let mut bare = Vec::new();
    for unit in units {
        let mut before = "";
        let content = text(&unit);
        for line in content.lines() {
            let directive = !line.is_empty() && !line.starts_with(['#', '[']);
            if directive && !before.starts_with("# ") {
                bare.push(format!("{}: {line}", unit.display()));
            }
            before = line;
        }
    }
    assert!(bare.is_empty(), "without a comment:\n{}", bare.join("\n"));
}

#[test]
fn the_sample_configuration_is_what_holds_without_one() {
    let sample = text(&root().join("packaging/sample-config.toml"));
    let resolve = |text: &str| {
        let raw: RawConfig = toml::from_str(text).unwrap_or_else(|error| panic!("{error}"));
        let environment = Environment::of([("STATE_DIRECTORY", "/var/lib/homepulse")]);
        Config::resolve(raw, &Flags::default(), &environment).expect("a configuration")
    };
    assert_eq!(
        format!("{:?}", resolve(&sample)),
        format!("{:?}", resolve(""))
    );
}

#[test]
fn every_setting_in_the_sample_configuration_exists() {
    let folder = tempfile::tempdir().expect("a folder");
    let secret = folder.path().join("secret");
    std::fs::write(&secret, "long-enough-for-a-token\n").expect("a secret");
    let sample = uncommented(&text(&root().join("packaging/sample-config.toml")))
        .lines()
        .map(|line| match line.split_once("_file = ") {
            Some((key, _)) => format!("{key}_file = '{}'\n", secret.display()),
            None => format!("{line}\n"),
        })
        .collect::<String>();
    let raw: RawConfig =
        toml::from_str(&sample).unwrap_or_else(|error| panic!("{error}\n{sample}"));
    let config = Config::resolve(raw, &Flags::default(), &Environment::default())
        .unwrap_or_else(|error| panic!("{error}\n{sample}"));
    assert!(!config.targets.is_empty());
    assert!(!config.channels.is_empty());
    for key in [
        "listen",
        "data_dir",
        "base_path",
        "allowed_hosts",
        "trusted_proxies",
        "instance_name",
        "poll_interval_seconds",
        "commit_interval_seconds",
        "api_token_file",
        "[[targets]]",
        "[[channels]]",
    ] {
        assert!(sample.contains(key), "{key} is not in the sample");
    }
}

/// The sample with its settings switched on: those stand behind `#` without a space, prose behind
/// `# `.
fn uncommented(sample: &str) -> String {
    sample
        .lines()
        .filter(|line| *line != "#" && !line.starts_with("# "))
        .map(|line| format!("{}\n", line.strip_prefix('#').unwrap_or(line)))
        .collect()
}

#[test]
fn shell_scripts_are_clean() {
    if !has("shellcheck", "--version") {
        return;
    }
    let mut scripts = files("packaging", ".sh");
    scripts.extend(files("packaging/debian", "inst"));
    scripts.extend(files("packaging/debian", "rm"));
    scripts.extend(files("tests/packaging", ".sh"));
    scripts.extend(files(".ci", ".sh"));
    let output = Command::new("shellcheck")
        .args(&scripts)
        .output()
        .expect("shellcheck runs");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stdout)
    );
}

/// Stand-ins for Proxmox VE's commands, which answer questions and note what would be changed.
const PROXMOX: &str = r#"#!/bin/sh
echo "${0##*/} $*" >>"$NOTED"
case "${0##*/} $*" in
"pvesh get /cluster/nextid") echo 105 ;;
"pct status 105") exit 2 ;;
"pveum user list"*) echo '[]' ;;
"pveam available"*) echo "system  debian-13-standard_13.1-2_amd64.tar.zst" ;;
"pveam list"*) echo "NAME SIZE" ;;
"pveum user token add"*) echo '{"full-tokenid":"homepulse@pve!monitor","value":"planted-secret"}' ;;
esac
"#;

/// Runs the container script with the stand-ins; what it said, and the commands that it ran.
fn proxmox_lxc(arguments: &[&str]) -> (String, String) {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().expect("a folder");
    let noted = folder.path().join("noted");
    let package = folder.path().join("homepulse.deb");
    std::fs::write(&package, "").expect("a package");
    // Root is asked for, as on a real host; this is none.
    for (name, script) in [
        ("id", "#!/bin/sh\necho 0\n"),
        ("pct", PROXMOX),
        ("pveam", PROXMOX),
        ("pvesh", PROXMOX),
        ("pveum", PROXMOX),
    ] {
        let path = folder.path().join(name);
        std::fs::write(&path, script).expect("a stand-in");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("a mode");
    }
    let output = Command::new("sh")
        .args(["-c", "PATH=$1:$PATH; shift; exec sh \"$@\"", "sh"])
        .arg(folder.path())
        .arg(root().join("packaging/proxmox-lxc.sh"))
        .arg("--package")
        .arg(&package)
        .args(arguments)
        .env("NOTED", &noted)
        .output()
        .expect("the script runs");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let complained = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}{complained}");
    (said + &complained, text(&noted))
}

/// Commands of Proxmox VE that only ask.
fn only_asks(command: &str) -> bool {
    [
        "pvesh get",
        "pct status",
        "pveum user list",
        "pveum user token list",
        "pveam available",
        "pveam list",
    ]
    .iter()
    .any(|question| command.starts_with(question))
}

#[test]
fn a_rehearsal_of_the_container_script_changes_nothing() {
    let (said, ran) = proxmox_lxc(&["--dry-run"]);
    for command in ran.lines() {
        assert!(only_asks(command), "it ran: {command}\n{said}");
    }
    assert!(said.contains("+ pct create 105 local:vztmpl/debian-13-standard_13.1-2_amd64.tar.zst"));
    assert!(said.contains("nothing was changed"), "{said}");
}

#[test]
fn the_container_script_prints_what_it_runs_and_never_the_secret() {
    let (said, ran) = proxmox_lxc(&[]);
    assert!(!said.contains("planted-secret"), "{said}");
    for command in ran.lines().filter(|command| !only_asks(command)) {
        let shown = command.split(" /tmp/").next().unwrap_or_default();
        let is_wait = command.contains("getent hosts") || command.contains("hostname -I");
        let is_secret = command.starts_with("pct push") && command.contains("/etc/homepulse/");
        assert!(
            said.contains(shown) || is_wait || is_secret,
            "it did not say that it runs: {command}\n{said}"
        );
    }
    for undone in [
        "pct destroy 105",
        "pveum user token delete homepulse@pve monitor",
        "pveum user delete homepulse@pve",
    ] {
        assert!(said.contains(undone), "{undone} is missing:\n{said}");
    }
}

#[test]
fn a_reader_that_has_seen_enough_is_no_failure() {
    for command in ["openapi", "man", "completions bash", "check-config"] {
        let script = format!(r#"{{ "$0" {command}; echo "$?" >&2; }} | true"#);
        let output = Command::new("sh")
            .args(["-c", &script, env!("CARGO_BIN_EXE_homepulse")])
            .output()
            .expect("a shell");
        assert_eq!(String::from_utf8_lossy(&output.stderr), "0\n", "{command}");
    }
}
