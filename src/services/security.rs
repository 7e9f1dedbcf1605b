//! How the product is exposed: where it listens, whom it believes and how people come in, as the
//! configuration that it started with says.

use std::sync::Arc;

/// How the product is exposed.
#[derive(Clone, Debug)]
pub struct Security {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    file: Option<String>,
    settings: Vec<Exposure>,
}

/// One setting; never a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exposure {
    /// Its key in the configuration file.
    pub key: &'static str,
    /// What it is; empty where it is a list of nothing.
    pub values: Vec<String>,
    /// Who has set it, such as `environment HOMEPULSE_LISTEN`; `default` where nobody has.
    pub origin: String,
}

impl Security {
    /// As configured by `file` and otherwise.
    #[must_use]
    pub fn new(file: Option<String>, settings: Vec<Exposure>) -> Self {
        Self {
            inner: Arc::new(Inner { file, settings }),
        }
    }

    /// The configuration file; `None` where none was read.
    #[must_use]
    pub fn file(&self) -> Option<&str> {
        self.inner.file.as_deref()
    }

    /// Every setting that matters.
    #[must_use]
    pub fn settings(&self) -> &[Exposure] {
        &self.inner.settings
    }
}
