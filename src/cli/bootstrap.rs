//! Where the installation is that a command is about.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;

use crate::config::{Config, Environment, Flags};

/// What is needed to open the database and listen. Flags win over the environment
/// (`HOMEPULSE_LISTEN`, …), which wins over the file.
#[derive(Args, Clone)]
pub(super) struct Bootstrap {
    /// Configuration file, TOML or JSON; commands that look after an installation find
    /// /etc/homepulse/config.toml by themselves, `serve` and `demo` read none unless told
    #[arg(long, value_name = "FILE", help_heading = "Installation")]
    pub(super) config: Option<PathBuf>,
    /// Directory of the database and the key, such as /var/lib/homepulse
    /// [default: ~/.local/state/homepulse, or what systemd gives the service]
    #[arg(long, value_name = "DIR", help_heading = "Installation")]
    pub(super) data_dir: Option<PathBuf>,
    /// Address to listen on, such as 0.0.0.0:7655 or unix:/run/homepulse/web.sock; may be given
    /// more than once [default: 127.0.0.1:7655]
    #[arg(long, value_name = "ADDRESS", help_heading = "Installation")]
    pub(super) listen: Vec<String>,
    /// Path under which a reverse proxy serves us, such as /homepulse/ [default: /]
    #[arg(long, value_name = "PATH", help_heading = "Installation")]
    pub(super) base_path: Option<String>,
}

/// Where packages put the configuration file.
const INSTALLED_CONFIG: &str = "/etc/homepulse/config.toml";

/// Where packages put the state.
const INSTALLED_STATE: &str = "/var/lib/homepulse";

impl Bootstrap {
    /// For commands that look after an installation: what was not said is that of the service on
    /// this machine, where there is one.
    pub(super) fn installed(mut self) -> Self {
        let environment = Environment::of_process();
        if self.config.is_none() && environment.get("HOMEPULSE_CONFIG").is_none() {
            let path = PathBuf::from(INSTALLED_CONFIG);
            self.config = std::fs::File::open(&path).is_ok().then_some(path);
        }
        if self.data_dir.is_none()
            && environment.get("HOMEPULSE_DATA_DIR").is_none()
            && environment.get("STATE_DIRECTORY").is_none()
            && PathBuf::from(INSTALLED_STATE).join("homepulse.db").exists()
            && !self.names_data_dir()
        {
            self.data_dir = Some(PathBuf::from(INSTALLED_STATE));
        }
        self
    }

    /// Whether the configuration file says where the state is.
    fn names_data_dir(&self) -> bool {
        let text = self.config.as_ref().map(std::fs::read_to_string);
        text.and_then(Result::ok).is_some_and(|text| {
            text.lines().any(|line| {
                // In JSON a name stands in quotes.
                line.trim_start_matches([' ', '\t', '{', '"'])
                    .starts_with("data_dir")
            })
        })
    }

    fn flags(&self) -> Flags {
        Flags {
            config: self.config.clone(),
            listen: self.listen.clone(),
            data_dir: self.data_dir.clone(),
            base_path: self.base_path.clone(),
        }
    }

    /// The configuration of an installation that has a database.
    pub(super) fn with_database(self) -> anyhow::Result<Config> {
        let config = self.installed().load()?;
        anyhow::ensure!(
            config.database().is_file(),
            "there is no database in {}; start the server once, or name its directory with \
             --data-dir",
            config.data_dir.display()
        );
        Ok(config)
    }

    pub(super) fn load(&self) -> anyhow::Result<Config> {
        let environment = Environment::of_process();
        Config::load(&self.flags(), &environment).context("read the configuration")
    }
}
