//! How this program was installed, and so by what it is updated.

use std::path::{Path, PathBuf};

use super::layout::Layout;

/// How this program was installed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InstallKind {
    /// In folders of its own, which an update changes.
    Managed(Layout),
    /// By Debian's package manager.
    Debian,
    /// As an image of a container.
    Image,
    /// By hand.
    Manual,
}

impl InstallKind {
    /// Looks where `program` lies; `root` is `/` but in tests.
    #[must_use]
    pub fn detect(program: &Path, root: &Path) -> Self {
        if let Some(layout) = Layout::around(program) {
            return Self::Managed(layout);
        }
        let is_image = [".dockerenv", "run/.containerenv"]
            .iter()
            .any(|name| root.join(name).exists());
        if is_image || program == Path::new("/homepulse") {
            return Self::Image;
        }
        let is_package = program == Path::new("/usr/bin/homepulse")
            && root.join("var/lib/dpkg/info/homepulse.list").exists();
        if is_package {
            return Self::Debian;
        }
        Self::Manual
    }

    /// Of the program that runs.
    #[must_use]
    pub fn of_process() -> Self {
        let program = std::env::current_exe().unwrap_or_else(|_| PathBuf::new());
        Self::detect(&program, Path::new("/"))
    }

    /// As one word, as it stands in APIs.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Managed(_) => "managed",
            Self::Debian => "debian",
            Self::Image => "image",
            Self::Manual => "manual",
        }
    }

    /// The command that updates it to `version`.
    #[must_use]
    pub fn command(&self, version: &str) -> String {
        match self {
            Self::Managed(_) => "homepulse update apply".to_owned(),
            Self::Debian => format!("apt-get install ./homepulse_{version}-1_amd64.deb"),
            Self::Image => "pull or build the newer image, then: docker compose up -d".to_owned(),
            Self::Manual => {
                format!("unpack the archive of {version} and run its install.sh as root")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_the_program_lies_says_how_it_was_installed() {
        let root = tempfile::tempdir().expect("a directory");
        let root = root.path();
        let detect = |program: &str| InstallKind::detect(Path::new(program), root).word();
        assert_eq!(detect("/usr/bin/homepulse"), "manual");
        std::fs::create_dir_all(root.join("var/lib/dpkg/info")).expect("folders");
        std::fs::write(root.join("var/lib/dpkg/info/homepulse.list"), "").expect("a file");
        assert_eq!(detect("/usr/bin/homepulse"), "debian");
        assert_eq!(detect("/home/ada/homepulse"), "manual");
        assert_eq!(detect("/homepulse"), "image");
        let release = root.join("opt/releases/0.1.0");
        std::fs::create_dir_all(&release).expect("folders");
        std::fs::write(release.join("homepulse"), "").expect("a program");
        let program = release.join("homepulse");
        assert_eq!(InstallKind::detect(&program, root).word(), "manual");
        std::os::unix::fs::symlink("releases/0.1.0", root.join("opt/current")).expect("a link");
        assert_eq!(InstallKind::detect(&program, root).word(), "managed");
        std::fs::write(root.join(".dockerenv"), "").expect("a file");
        assert_eq!(detect("/usr/bin/homepulse"), "image");
    }
}
