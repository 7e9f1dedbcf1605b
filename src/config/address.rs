//! The address at which people reach us.

use super::environment::Environment;

/// The address of our root: `http` or `https`, a host, and nothing behind the path.
pub(super) fn public_url(
    given: Option<String>,
    environment: &Environment,
    problems: &mut Vec<String>,
) -> Option<String> {
    let given = environment
        .get("HOMEPULSE_PUBLIC_URL")
        .map(str::to_owned)
        .or(given)?;
    let is_good = url::Url::parse(&given).is_ok_and(|url| {
        matches!(url.scheme(), "http" | "https")
            && url.has_host()
            && url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none()
    });
    if !is_good {
        problems.push(format!(
            "public_url: '{given}' is not the address of a page, such as https://pulse.example.org/"
        ));
    }
    Some(given)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_address_of_a_page_will_do() {
        for (given, is_good) in [
            ("https://pulse.example.org/", true),
            ("http://192.0.2.1:7655/homepulse", true),
            ("pulse.example.org", false),
            ("ftp://pulse.example.org/", false),
            ("https://ada:secret@pulse.example.org/", false),
            ("https://pulse.example.org/?a=b", false),
        ] {
            let mut problems = Vec::new();
            public_url(Some(given.into()), &Environment::default(), &mut problems);
            assert_eq!(problems.is_empty(), is_good, "{given}: {problems:?}");
        }
    }
}
