//! Title and text of a message as a kind writes them, no longer than it takes.

use super::context::Context;
use super::template::{self, Format, TemplateError};
use crate::notify::catalogue::{Kind, Limits};
use crate::notify::render::shorten;

/// The usual title.
const TITLE: &str =
    "{{ word }}: {{ name }} – {{ topic }}{% if more %} and {{ more }} more{% endif %}";

/// The usual text, in every format.
const BODY: &str = "{{ sentence }}

{% for fact in facts %}{{ fact.label }}: {{ fact.value }}
{% endfor %}{% if more %}
And {{ more }} more:
{% for other in others %}• {{ other }}
{% endfor %}{% endif %}";

/// The usual short text.
const SHORT: &str = "{{ sentence }}{% if more %}\nAnd {{ more }} more.{% endif %}";

/// The links, where the text has to carry them.
const LINKS: &str = "{% for link in links %}
{{ link.label }}: {{ link.value | link }}{% endfor %}";

/// Alerts of a digest that are listed when the whole list is too long.
const FEW: usize = 10;

/// A message in a kind's words, escaped for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::notify) struct Words {
    pub(in crate::notify) title: String,
    pub(in crate::notify) text: String,
    /// Both as plain text, for services that want that beside it.
    pub(in crate::notify) plain_title: String,
    /// See `plain_title`.
    pub(in crate::notify) plain: String,
}

/// Puts a message into words that are short enough. `title` and `body` are somebody's own
/// templates.
pub(in crate::notify) fn words(
    context: &Context,
    kind: &Kind,
    title: Option<&str>,
    body: Option<&str>,
    short: bool,
) -> Result<Words, TemplateError> {
    let text = &kind.text;
    let limits = &kind.limits;
    let title = title.or(text.title.as_deref()).unwrap_or(TITLE);
    let brief = text.short.as_deref().unwrap_or(SHORT);
    let body = body.or(text.body.as_deref()).unwrap_or(BODY);
    let source = if short { brief } else { body };
    let fitter = |format| Fitter {
        format,
        limits,
        links: !text.links_apart,
    };
    Ok(Words {
        title: fit_title(context, text.title_format, title, limits)?,
        text: fitter(text.format).fit(context, source, brief)?,
        plain_title: fit_title(context, Format::Plain, title, limits)?,
        plain: fitter(Format::Plain).fit(context, source, brief)?,
    })
}

/// How much of a limit a text takes.
fn measure(text: &str, limits: &Limits) -> usize {
    if limits.bytes {
        text.len()
    } else {
        text.encode_utf16().count()
    }
}

fn fit_title(
    context: &Context,
    format: Format,
    source: &str,
    limits: &Limits,
) -> Result<String, TemplateError> {
    let mut context = context.clone();
    for length in [usize::MAX, 60, 30, 15] {
        context.card.name = shorten(&context.card.name, length);
        context.card.topic = shorten(&context.card.topic, length);
        let title = template::render(format, source, &context)?;
        let title = title.split_whitespace().collect::<Vec<_>>().join(" ");
        if measure(&title, limits) <= limits.title {
            return Ok(title);
        }
    }
    // What somebody's own template makes cannot be cut anywhere.
    let title = cut(&context.card.word_and_name(), limits.title / 8, limits);
    Ok(format.escape(&title).into_owned())
}

struct Fitter<'a> {
    format: Format,
    limits: &'a Limits,
    links: bool,
}

impl Fitter<'_> {
    /// The text by `body`, or with less in it, or by `brief`, whatever fits first. The links are
    /// never what is left out.
    fn fit(&self, context: &Context, body: &str, brief: &str) -> Result<String, TemplateError> {
        let links = match self.links {
            true => template::render(self.format, LINKS, context)?,
            false => String::new(),
        };
        let links = match measure(&links, self.limits) > self.limits.text / 2 {
            true => String::new(),
            false => links,
        };
        let room = self.limits.text - measure(&links, self.limits);
        let mut context = context.clone();
        for (source, listed) in [(body, usize::MAX), (body, FEW), (body, 0), (brief, 0)] {
            context.card.list_at_most(listed);
            let text = self.render(&context, source)?;
            if measure(&text, self.limits) <= room {
                return Ok(format!("{text}{links}"));
            }
        }
        // Escaping makes texts longer, so that a few steps may be needed.
        let mut length = context.card.sentence.chars().count();
        while length > 20 {
            length = length * 3 / 4;
            context.card.sentence = shorten(&context.card.sentence, length);
            let text = self.render(&context, brief)?;
            if measure(&text, self.limits) <= room {
                return Ok(format!("{text}{links}"));
            }
        }
        // Only a template of somebody's own is that long: what it makes cannot be cut anywhere.
        let sentence = cut(&context.card.sentence, room / 8, self.limits);
        Ok(format!("{}{links}", self.format.escape(&sentence)))
    }

    fn render(&self, context: &Context, source: &str) -> Result<String, TemplateError> {
        let text = template::render(self.format, source, context)?;
        let mut text = text.trim().to_owned();
        // Whatever somebody's own words are, the code that proves the channel is among them.
        if let Some(proof) = context.proof() {
            let proof = self.format.escape(proof);
            if !text.contains(&*proof) {
                text = format!("{text}\n{proof}");
            }
        }
        Ok(text)
    }
}

/// A text cut between characters, marked where it was cut, so that it keeps to the limit.
fn cut(text: &str, limit: usize, limits: &Limits) -> String {
    if measure(text, limits) <= limit {
        return text.to_owned();
    }
    let mut kept = String::new();
    let room = limit.saturating_sub(measure("…", limits));
    let mut taken = 0;
    for c in text.chars() {
        let more = if limits.bytes {
            c.len_utf8()
        } else {
            c.len_utf16()
        };
        if taken + more > room {
            break;
        }
        taken += more;
        kept.push(c);
    }
    kept.push('…');
    kept
}
