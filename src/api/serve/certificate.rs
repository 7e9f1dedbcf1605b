//! The server's own certificate, read again when its files change: whoever renews it need not know
//! that we exist.

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use tokio_util::sync::CancellationToken;

/// How often the files are looked at.
const INTERVAL: Duration = Duration::from_secs(30);

/// Where the certificate is, in PEM.
#[derive(Clone, Debug)]
pub struct TlsFiles {
    /// The certificate, followed by those between it and the authority.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
}

/// Why a certificate cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    /// A file cannot be read, or holds something else.
    #[error("read {path}: {reason}")]
    File {
        /// Which file.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The two do not belong together, or are of a sort that nobody uses.
    #[error("use the certificate and its key: {0}")]
    Pair(#[from] rustls::Error),
}

type Changed = [Option<SystemTime>; 2];

/// The certificate in use.
#[derive(Debug)]
pub(super) struct Certificate {
    files: TlsFiles,
    current: RwLock<(Arc<CertifiedKey>, Changed)>,
}

/// Whether these files hold a certificate and its key.
///
/// # Errors
/// When they cannot be used.
pub fn check_certificate(certificate: &Path, key: &Path) -> Result<(), CertificateError> {
    read(&TlsFiles {
        certificate: certificate.to_owned(),
        key: key.to_owned(),
    })
    .map(drop)
}

impl Certificate {
    /// Reads it.
    ///
    /// # Errors
    /// When it cannot be used.
    pub(super) fn open(files: TlsFiles) -> Result<Arc<Self>, CertificateError> {
        // Before reading: a change while reading is a change.
        let changed = changed(&files);
        let current = RwLock::new((Arc::new(read(&files)?), changed));
        Ok(Arc::new(Self { files, current }))
    }

    /// How connections are set up with it.
    ///
    /// # Errors
    /// When the library and its primitives disagree.
    pub(super) fn server_config(
        self: &Arc<Self>,
    ) -> Result<rustls::ServerConfig, CertificateError> {
        let provider = Arc::new(ring::default_provider());
        let builder = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?;
        let resolver: Arc<dyn ResolvesServerCert> = Arc::clone(self) as _;
        Ok(builder.with_no_client_auth().with_cert_resolver(resolver))
    }

    /// Keeps it fresh until `stop`.
    pub(super) async fn watch(self: Arc<Self>, stop: CancellationToken) {
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(INTERVAL) => {}
            }
            let this = Arc::clone(&self);
            let _ = tokio::task::spawn_blocking(move || this.refresh()).await;
        }
    }

    /// Reads the files again if they changed. What cannot be used is told, and the one in use stays.
    pub(super) fn refresh(&self) {
        let changed = changed(&self.files);
        if self.current().1 == changed {
            return;
        }
        let next = match read(&self.files) {
            Ok(next) => {
                tracing::info!("the server's certificate was renewed");
                Arc::new(next)
            }
            Err(error) => {
                tracing::error!("the renewed certificate is not used: {error}");
                Arc::clone(&self.current().0)
            }
        };
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        *current = (next, changed);
    }

    fn current(&self) -> std::sync::RwLockReadGuard<'_, (Arc<CertifiedKey>, Changed)> {
        self.current.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ResolvesServerCert for Certificate {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.current().0))
    }
}

/// When each file was written last.
fn changed(files: &TlsFiles) -> Changed {
    [&files.certificate, &files.key].map(|path| std::fs::metadata(path).ok()?.modified().ok())
}

fn read(files: &TlsFiles) -> Result<CertifiedKey, CertificateError> {
    let problem = |path: &PathBuf, reason: String| CertificateError::File {
        path: path.display().to_string(),
        reason,
    };
    let chain = CertificateDer::pem_file_iter(&files.certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| problem(&files.certificate, error.to_string()))?;
    if chain.is_empty() {
        return Err(problem(
            &files.certificate,
            "it holds no certificate".into(),
        ));
    }
    let key = PrivateKeyDer::from_pem_file(&files.key)
        .map_err(|error| problem(&files.key, error.to_string()))?;
    Ok(CertifiedKey::from_der(
        chain,
        key,
        &ring::default_provider(),
    )?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(files: &TlsFiles) -> Vec<u8> {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        std::fs::write(&files.certificate, made.cert.pem()).unwrap();
        std::fs::write(&files.key, made.signing_key.serialize_pem()).unwrap();
        made.cert.der().to_vec()
    }

    /// File systems may keep times too coarsely to tell two writes in a row.
    fn write_later(files: &TlsFiles, later: Duration, bytes: Option<&[u8]>) -> Vec<u8> {
        let der = match bytes {
            Some(bytes) => {
                std::fs::write(&files.certificate, bytes).unwrap();
                Vec::new()
            }
            None => write(files),
        };
        let file = std::fs::File::options()
            .write(true)
            .open(&files.certificate)
            .unwrap();
        let at = file.metadata().unwrap().modified().unwrap() + later;
        file.set_modified(at).unwrap();
        der
    }

    #[test]
    fn a_renewed_certificate_is_taken_over_and_a_broken_one_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let files = TlsFiles {
            certificate: folder.path().join("cert.pem"),
            key: folder.path().join("key.pem"),
        };
        let presented = |certificate: &Certificate| certificate.current().0.cert[0].to_vec();
        let first = write(&files);
        let certificate = Certificate::open(files.clone()).unwrap();
        assert_eq!(presented(&certificate), first);
        let second = write_later(&files, Duration::from_secs(10), None);
        assert_ne!(first, second);
        certificate.refresh();
        assert_eq!(presented(&certificate), second);
        write_later(&files, Duration::from_secs(20), Some(b"half a"));
        certificate.refresh();
        assert_eq!(
            presented(&certificate),
            second,
            "it goes on with the good one"
        );
        let third = write_later(&files, Duration::from_secs(30), None);
        certificate.refresh();
        assert_eq!(presented(&certificate), third);
    }

    #[test]
    fn a_key_of_another_certificate_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let files = TlsFiles {
            certificate: folder.path().join("cert.pem"),
            key: folder.path().join("key.pem"),
        };
        write(&files);
        let other = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        std::fs::write(&files.key, other.signing_key.serialize_pem()).unwrap();
        assert!(Certificate::open(files).is_err());
    }
}
