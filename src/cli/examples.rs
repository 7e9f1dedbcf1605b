//! What stands below the help of commands: lines to copy, and what the exit code says.

/// Below `homepulse --help`.
pub(super) const ALL: &str = "\
Examples:
  homepulse demo                       see it on a simulated home lab
  homepulse serve                      watch yours; set it up at http://127.0.0.1:7655/
  homepulse doctor                     what is wrong with this installation
  homepulse top                        the lab in this terminal

Exit codes: 0 done; 1 not done, or not well; 2 the command line makes no sense; 3 doctor: something
deserves a look; 4 update check: nothing newer; 78 the configuration makes no sense.";

pub(super) const SERVE: &str = "\
Examples:
  homepulse serve
  homepulse serve --config /etc/homepulse/config.toml
  homepulse serve --data-dir ./state --listen 127.0.0.1:7656

Until there is an account or a token only this machine is let in. Ctrl-C ends it in order.";

pub(super) const DEMO: &str = "\
Examples:
  homepulse demo
  homepulse demo --listen 127.0.0.1:7656 --nodes 5 --guests 100
  homepulse demo --scenario node-lost --speed 10";

pub(super) const SETUP: &str = "\
Examples:
  homepulse setup
  homepulse setup --user ada";

pub(super) const DOCTOR: &str = "\
Examples:
  homepulse doctor
  homepulse doctor --json";

pub(super) const HEALTH: &str = "\
Examples:
  homepulse health
  homepulse health --address 127.0.0.1:7656";

pub(super) const TARGET_ADD: &str = "\
Examples:
  homepulse target add lab https://192.0.2.10:8006 --token-id homepulse@pve!monitor --secret-file lab.token --fingerprint AA:BB
  homepulse target add vault https://192.0.2.20:8007 --kind pbs --token-id homepulse@pbs!monitor --secret-file vault.token

Without --fingerprint or --ca-file, public authorities are believed; what a host shows is said when
it is not. Other kinds (docker, game, pterodactyl, crafty, amp, peon) are added in the UI or by the API.";

pub(super) const ALERT_SILENCE: &str = "\
Examples:
  homepulse alert silence --node pve1 --for 2h --note \"new memory\"
  homepulse alert silence --resource web1 --rule threshold
  homepulse alert silence --everything --for 30m";

pub(super) const TOKEN_CREATE: &str = "\
Examples:
  homepulse token create grafana --scope fleet:read --network 192.0.2.0/24 --expires-in 365
  homepulse token create scripts --role operator";

pub(super) const USER_ADD: &str = "\
Examples:
  homepulse user add bob --role operator";

pub(super) const BACKUP_RESTORE: &str = "\
Examples:
  systemctl stop homepulse
  homepulse backup restore latest
  systemctl start homepulse";

pub(super) const EXPORT: &str = "\
Examples:
  homepulse export --passphrase-file passphrase --output homepulse.export";

pub(super) const IMPORT: &str = "\
Examples:
  homepulse import homepulse.export --passphrase-file passphrase --preview
  homepulse import homepulse.export --passphrase-file passphrase";

pub(super) const COMPLETIONS: &str = "\
Examples:
  homepulse completions bash > /etc/bash_completion.d/homepulse
  homepulse completions fish > ~/.config/fish/completions/homepulse.fish";

#[cfg(test)]
mod tests {
    use clap::{Command, CommandFactory as _};

    use crate::cli::Cli;

    fn examples(command: &Command, found: &mut Vec<String>) {
        let text = command.get_after_help().map(ToString::to_string);
        let lines = text.unwrap_or_default();
        let lines = lines.lines().map(str::trim);
        found.extend(
            lines
                .filter(|line| line.starts_with("homepulse "))
                .map(str::to_owned),
        );
        for inner in command.get_subcommands() {
            examples(inner, found);
        }
    }

    #[test]
    fn every_example_is_understood() {
        let mut found = Vec::new();
        examples(&Cli::command(), &mut found);
        assert!(found.len() > 20, "{found:?}");
        for example in found {
            // What stands behind two blanks explains; what stands behind `>` is the shell's.
            let line = example.split("  ").next().unwrap_or_default();
            let line = line.split(" > ").next().unwrap_or_default();
            let mut words = Vec::new();
            for (index, part) in line.split('"').enumerate() {
                if index % 2 == 1 {
                    words.push(part.to_owned());
                } else {
                    words.extend(part.split_whitespace().map(str::to_owned));
                }
            }
            if let Err(error) = Cli::command().try_get_matches_from(words) {
                panic!("{example}: {error}");
            }
        }
    }

    #[test]
    fn every_option_says_what_it_is_for() {
        fn check(command: &Command) {
            for argument in command.get_arguments() {
                assert!(
                    argument.get_help().is_some(),
                    "{} {}",
                    command.get_name(),
                    argument.get_id()
                );
            }
            assert!(command.get_about().is_some(), "{}", command.get_name());
            command.get_subcommands().for_each(check);
        }
        check(&Cli::command());
    }
}
