//! Where releases are listed: a manifest of our own form, or the list of a forge.

use semver::Version;
use serde::Deserialize;
use url::Url;

use super::error::UpdateError;
use super::release::{Asset, Release, asset_name};

/// Releases that are looked at, of a longer list the first.
const MOST: usize = 100;

/// Characters of notes that are kept.
const MOST_NOTES: usize = 8000;

/// A list of releases.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// `manifest.json` on any web server.
    Manifest(Url),
    /// GitHub's list, or that of Gitea or Forgejo, whose form is the same.
    Forge(Url),
}

impl Source {
    /// Reads a setting: an address that ends in `.json`, `github:owner/repo`,
    /// `github:https://host/owner/repo` or `gitea:https://host/owner/repo`.
    ///
    /// # Errors
    /// When it is none of these.
    pub fn parse(text: &str) -> Result<Self, UpdateError> {
        let wrong = || UpdateError::Source {
            given: text.chars().take(200).collect(),
        };
        if let Some(rest) = text.strip_prefix("github:") {
            return match host_and_path(rest) {
                Some((host, path)) => forge(&format!("{host}/api/v3/repos/{path}/releases")),
                None => forge(&format!("https://api.github.com/repos/{rest}/releases")),
            }
            .filter(|_| is_repository(rest))
            .ok_or_else(wrong);
        }
        if let Some(rest) = text.strip_prefix("gitea:") {
            let (host, path) = host_and_path(rest).ok_or_else(wrong)?;
            return forge(&format!("{host}/api/v1/repos/{path}/releases")).ok_or_else(wrong);
        }
        let url: Url = text.parse().map_err(|_| wrong())?;
        let is_good = matches!(url.scheme(), "http" | "https") && url.path().ends_with(".json");
        is_good.then_some(Self::Manifest(url)).ok_or_else(wrong)
    }

    /// Where the list is.
    #[must_use]
    pub const fn url(&self) -> &Url {
        match self {
            Self::Manifest(url) | Self::Forge(url) => url,
        }
    }

    /// Reads the list.
    ///
    /// # Errors
    /// When it is not what this kind of list looks like.
    pub fn read(&self, body: &[u8]) -> Result<Vec<Release>, UpdateError> {
        let wrong = |error: serde_json::Error| UpdateError::List {
            url: self.url().to_string(),
            problem: error.to_string(),
        };
        match self {
            Self::Manifest(url) => {
                let manifest: Manifest = serde_json::from_slice(body).map_err(wrong)?;
                if manifest.schema != 1 {
                    return Err(UpdateError::List {
                        url: url.to_string(),
                        problem: format!("its schema is {}, and 1 is known", manifest.schema),
                    });
                }
                let listed = manifest.releases.into_iter().take(MOST);
                Ok(listed.filter_map(|it| it.release(url)).collect())
            }
            Self::Forge(_) => {
                let listed: Vec<ForgeRelease> = serde_json::from_slice(body).map_err(wrong)?;
                let listed = listed.into_iter().take(MOST);
                Ok(listed.filter_map(ForgeRelease::release).collect())
            }
        }
    }
}

fn forge(text: &str) -> Option<Source> {
    let mut url: Url = text.parse().ok()?;
    url.set_query(Some("per_page=30&limit=30"));
    Some(Source::Forge(url))
}

/// `https://host` and `owner/repo`.
fn host_and_path(text: &str) -> Option<(String, String)> {
    let url: Url = text.parse().ok()?;
    let is_http = matches!(url.scheme(), "http" | "https");
    let path = url.path().trim_matches('/').to_owned();
    let host = url.origin().ascii_serialization();
    (is_http && path.matches('/').count() == 1).then_some((host, path))
}

fn is_repository(text: &str) -> bool {
    host_and_path(text).is_some()
        || text.split('/').count() == 2
            && text.split('/').all(|part| {
                !part.is_empty() && !part.starts_with('.') && part.bytes().all(is_plain)
            })
}

fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"._-".contains(&byte)
}

#[derive(Deserialize)]
struct Manifest {
    schema: u32,
    releases: Vec<ManifestRelease>,
}

#[derive(Deserialize)]
struct ManifestRelease {
    version: String,
    date: Option<String>,
    notes: Option<String>,
    notes_url: Option<String>,
    #[serde(default)]
    prerelease: bool,
    #[serde(default)]
    assets: Vec<ManifestAsset>,
}

#[derive(Deserialize)]
struct ManifestAsset {
    name: String,
    url: Option<String>,
    digest: Option<String>,
    signature_url: Option<String>,
}

impl ManifestRelease {
    fn release(self, base: &Url) -> Option<Release> {
        let version = version(&self.version)?;
        let name = asset_name(&version);
        let join = |text: &str| base.join(text).ok().map(|url| url.to_string());
        let asset = self.assets.into_iter().find(|it| it.name == name);
        let asset = asset.and_then(|it| {
            let url = join(it.url.as_deref().unwrap_or(&it.name))?;
            let signature = it.signature_url.as_deref().and_then(join);
            Some(Asset {
                signature_url: Some(signature.unwrap_or_else(|| format!("{url}.sig"))),
                url,
                sha256: it.digest.as_deref().and_then(digest),
                sums_url: None,
                name: it.name,
            })
        });
        Some(Release {
            version,
            is_prerelease: self.prerelease,
            date: self.date,
            notes: self.notes.map(shorten),
            page: self
                .notes_url
                .as_deref()
                .and_then(join)
                .filter(|page| is_page(page)),
            asset,
        })
    }
}

#[derive(Deserialize)]
struct ForgeRelease {
    tag_name: String,
    #[serde(default)]
    draft: bool,
    #[serde(default)]
    prerelease: bool,
    body: Option<String>,
    published_at: Option<String>,
    html_url: Option<String>,
    #[serde(default)]
    assets: Vec<ForgeAsset>,
}

#[derive(Deserialize)]
struct ForgeAsset {
    name: String,
    browser_download_url: String,
    digest: Option<String>,
}

impl ForgeRelease {
    fn release(self) -> Option<Release> {
        if self.draft {
            return None;
        }
        let version = version(&self.tag_name)?;
        let name = asset_name(&version);
        let url_of = |name: &str| {
            let found = self.assets.iter().find(|it| it.name == name)?;
            Some(found.browser_download_url.clone())
        };
        let digest = self.assets.iter().find(|it| it.name == name);
        let asset = url_of(&name).map(|url| Asset {
            url,
            sha256: digest.and_then(|it| digest_of(it.digest.as_deref())),
            sums_url: url_of("SHA256SUMS"),
            signature_url: url_of(&format!("{name}.sig")),
            name: name.clone(),
        });
        Some(Release {
            version,
            is_prerelease: self.prerelease,
            date: self.published_at,
            notes: self.body.map(shorten),
            page: self.html_url.filter(|page| is_page(page)),
            asset,
        })
    }
}

/// Whether an address leads to a page, and not into a script that the list brings along.
fn is_page(text: &str) -> bool {
    let url: Option<Url> = text.parse().ok();
    url.is_some_and(|url| matches!(url.scheme(), "http" | "https"))
}

/// `1.2.3` or `v1.2.3`.
fn version(text: &str) -> Option<Version> {
    Version::parse(text.strip_prefix('v').unwrap_or(text)).ok()
}

fn digest_of(text: Option<&str>) -> Option<String> {
    text.and_then(digest)
}

/// `sha256:` and 64 hexadecimal digits.
fn digest(text: &str) -> Option<String> {
    let digits = text.strip_prefix("sha256:").unwrap_or(text);
    let is_good = digits.len() == 64 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_good.then(|| digits.to_ascii_lowercase())
}

fn shorten(text: String) -> String {
    text.chars().take(MOST_NOTES).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_a_manifest_or_a_repository() {
        for (text, url) in [
            (
                "https://example.org/homepulse/manifest.json",
                "https://example.org/homepulse/manifest.json",
            ),
            (
                "github:owner/repo",
                "https://api.github.com/repos/owner/repo/releases?per_page=30&limit=30",
            ),
            (
                "github:https://git.example.org/owner/repo",
                "https://git.example.org/api/v3/repos/owner/repo/releases?per_page=30&limit=30",
            ),
            (
                "gitea:https://git.example.org/owner/repo",
                "https://git.example.org/api/v1/repos/owner/repo/releases?per_page=30&limit=30",
            ),
        ] {
            assert_eq!(Source::parse(text).expect("a source").url().as_str(), url);
        }
        for text in [
            "",
            "example.org",
            "https://example.org/",
            "ftp://example.org/manifest.json",
            "github:owner",
            "github:a/b/c",
            "github:../x",
            "gitea:owner/repo",
            "file:///manifest.json",
        ] {
            Source::parse(text).expect_err(text);
        }
    }

    #[test]
    fn the_list_of_a_forge_is_read_with_its_check_sums_and_signatures() {
        let name = asset_name(&Version::new(1, 2, 3));
        let body = serde_json::json!([
            { "tag_name": "nightly", "assets": [] },
            { "tag_name": "v9.9.9", "draft": true, "assets": [] },
            {
                "tag_name": "v1.2.3", "prerelease": true, "body": "new", "published_at": "2026-11-22",
                "html_url": "https://example.org/r", "assets": [
                    { "name": name, "browser_download_url": "https://example.org/a",
                      "digest": format!("sha256:{}", "AB".repeat(32)) },
                    { "name": format!("{name}.sig"), "browser_download_url": "https://example.org/s" },
                    { "name": "SHA256SUMS", "browser_download_url": "https://example.org/sums" },
                ]
            }
        ]);
        let source = Source::parse("github:owner/repo").expect("a source");
        let found = source.read(body.to_string().as_bytes()).expect("a list");
        assert_eq!(found.len(), 1);
        assert!(found[0].is_prerelease);
        let asset = found[0].asset.as_ref().expect("an archive");
        assert_eq!(asset.sha256.as_deref(), Some(&*"ab".repeat(32)));
        assert_eq!(
            asset.signature_url.as_deref(),
            Some("https://example.org/s")
        );
        assert_eq!(asset.sums_url.as_deref(), Some("https://example.org/sums"));
        source.read(b"{}").expect_err("no list");
    }

    #[test]
    fn what_a_list_calls_a_page_is_one() {
        let forge = Source::parse("github:owner/repo").expect("a source");
        let manifest = Source::parse("https://example.org/manifest.json").expect("a source");
        for (address, is_shown) in [
            ("https://example.org/r", true),
            ("javascript:alert(1)", false),
            ("data:text/html,<script>alert(1)</script>", false),
        ] {
            let of_forge = serde_json::json!([{ "tag_name": "v1.2.3", "html_url": address }]);
            let of_manifest = serde_json::json!({
                "schema": 1, "releases": [{ "version": "1.2.3", "notes_url": address }],
            });
            for (source, list) in [(&forge, of_forge), (&manifest, of_manifest)] {
                let found = source.read(list.to_string().as_bytes()).expect("a list");
                assert_eq!(found[0].page.is_some(), is_shown, "{address}");
            }
        }
    }
}
