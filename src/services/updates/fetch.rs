//! Fetching lists and archives: bounded, and following a few redirects, as forges keep archives
//! elsewhere.

use std::time::Duration;

use url::Url;

use super::error::UpdateError;
use super::release::{Asset, Release};
use super::signature::{Keys, sha256};
use super::source::Source;
use crate::http::{Client, HttpError, Limits, Trust};

/// The most bytes an archive may have.
const MOST: usize = 128 << 20;

/// The most bytes of everything else: lists, sums and signatures.
const MOST_TEXT: usize = 8 << 20;

/// Redirects that are followed.
const HOPS: usize = 4;

/// Fetches releases.
#[derive(Clone)]
pub struct Fetch {
    archives: Client,
    texts: Client,
}

impl Fetch {
    /// With connections of its own.
    ///
    /// # Errors
    /// When the system's certificates cannot be used.
    pub fn new() -> Result<Self, HttpError> {
        let client = |body: usize| {
            let limits = Limits {
                connect: Duration::from_secs(10),
                total: Duration::from_secs(600),
                body,
            };
            Client::new(&Trust::System, limits)
        };
        Ok(Self {
            archives: client(MOST)?,
            texts: client(MOST_TEXT)?,
        })
    }

    /// The releases that `source` lists.
    ///
    /// # Errors
    /// When they cannot be fetched or read.
    pub async fn releases(&self, source: &Source) -> Result<Vec<Release>, UpdateError> {
        let limit = Duration::from_secs(20);
        let body = get(&self.texts, source.url().as_str(), limit).await?;
        source.read(&body)
    }

    /// An archive whose check sum and signature are right.
    ///
    /// # Errors
    /// When it cannot be fetched, was changed, or is not signed by one of `keys`.
    pub(super) async fn archive(
        &self,
        release: &Release,
        asset: &Asset,
        keys: &Keys,
    ) -> Result<Vec<u8>, UpdateError> {
        let name = &asset.name;
        let short = Duration::from_secs(30);
        let expected = match (&asset.sha256, &asset.sums_url) {
            (Some(sum), _) => Some(sum.clone()),
            (None, Some(url)) => listed_sum(&get(&self.texts, url, short).await?, name),
            (None, None) => None,
        };
        let expected = expected.ok_or_else(|| UpdateError::NoChecksum { name: name.clone() })?;
        // Without one there is no need to fetch the rest.
        let unsigned = || UpdateError::Signature { name: name.clone() };
        let url = asset.signature_url.as_ref().ok_or_else(unsigned)?;
        let signature = match get(&self.texts, url, short).await {
            Ok(bytes) => String::from_utf8(bytes).map_err(|_| unsigned())?,
            Err(UpdateError::Status { status: 404, .. }) => return Err(unsigned()),
            Err(error) => return Err(error),
        };
        let bytes = get(&self.archives, &asset.url, Duration::from_secs(600)).await?;
        if sha256(&bytes) != expected {
            return Err(UpdateError::Checksum { name: name.clone() });
        }
        keys.verify(&release.version, name, &bytes, &signature)?;
        Ok(bytes)
    }
}

async fn get(client: &Client, address: &str, total: Duration) -> Result<Vec<u8>, UpdateError> {
    let list = |problem: &str| UpdateError::List {
        url: address.to_owned(),
        problem: problem.to_owned(),
    };
    let mut url: Url = address.parse().map_err(|_| list("it is no address"))?;
    for _ in 0..=HOPS {
        let answer = client.get(url.clone(), &[], Some(total)).await;
        let answer = answer.map_err(|source| UpdateError::Fetch {
            url: url.to_string(),
            source,
        })?;
        let location = answer.headers.get("location");
        match (answer.status, location.and_then(|it| it.to_str().ok())) {
            (200..=299, _) => return Ok(answer.body.to_vec()),
            (301 | 302 | 303 | 307 | 308, Some(location)) => {
                let next = url.join(location).map_err(|_| list("it leads nowhere"))?;
                if url.scheme() == "https" && next.scheme() != "https" {
                    return Err(list("it leads to a page without encryption"));
                }
                url = next;
            }
            (status, _) => {
                return Err(UpdateError::Status {
                    url: url.to_string(),
                    status,
                });
            }
        }
    }
    Err(list("it leads on and on"))
}

/// The sum of `name` in the output of `sha256sum`.
fn listed_sum(list: &[u8], name: &str) -> Option<String> {
    let text = std::str::from_utf8(list).ok()?;
    text.lines().find_map(|line| {
        let (sum, file) = line.split_once(char::is_whitespace)?;
        let file = file.trim().trim_start_matches('*').trim_start_matches("./");
        (file == name && sum.len() == 64).then(|| sum.to_ascii_lowercase())
    })
}

#[cfg(test)]
mod tests {
    use super::listed_sum;

    #[test]
    fn a_sum_is_found_by_the_whole_name() {
        let sum = "a".repeat(64);
        let list = format!("{sum}  ./x.tar.gz\n{}  y.tar.gz.sig\n", "b".repeat(64));
        assert_eq!(listed_sum(list.as_bytes(), "x.tar.gz"), Some(sum));
        assert_eq!(listed_sum(list.as_bytes(), "y.tar.gz"), None);
        assert_eq!(listed_sum(b"\xff", "x.tar.gz"), None);
    }
}
