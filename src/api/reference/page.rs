//! The page itself: a table of contents, every operation by group, every schema by name.

use std::fmt::Write as _;

use serde_json::Value;

use super::example::Asked;
use super::shape;
use crate::api::html::escape;

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// One operation with where it is.
struct Operation<'a> {
    path: &'a str,
    method: &'a str,
    body: &'a Value,
}

impl Operation<'_> {
    fn id(&self) -> &str {
        self.body["operationId"].as_str().unwrap_or_default()
    }

    fn is_of(&self, tag: &str) -> bool {
        let tags = self.body["tags"].as_array();
        tags.is_some_and(|tags| tags.iter().any(|one| one.as_str() == Some(tag)))
    }
}

/// The page that `document` makes.
pub(super) fn page(document: &Value) -> String {
    let operations = operations(document);
    let mut page = String::from(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <title>API of homepulse</title>\
         <link rel=\"stylesheet\" href=\"docs/style.css\"></head><body>",
    );
    // Writing to a String cannot fail.
    let _ = write!(page, "<nav aria-label=\"Groups\"><h2>Groups</h2><ul>");
    for (name, _) in groups(document) {
        let name = escape(name);
        let _ = write!(page, "<li><a href=\"#group-{name}\">{name}</a></li>");
    }
    let about = document["info"]["description"].as_str().unwrap_or_default();
    let _ = write!(
        page,
        "<li><a href=\"#schemas\">schemas</a></li></ul></nav><main><h1>API of homepulse</h1>\
         <p>{}</p><p>Send a token as <code>X-API-Token</code> or <code>Authorization: Bearer</code>. \
         Programs read the same from <a href=\"openapi.json\">openapi.json</a> (OpenAPI 3.1).</p>",
        escape(about)
    );
    for (name, about) in groups(document) {
        let _ = write!(
            page,
            "<section aria-labelledby=\"group-{0}\"><h2 id=\"group-{0}\">{0}</h2><p>{1}</p>",
            escape(name),
            escape(about)
        );
        for operation in operations.iter().filter(|one| one.is_of(name)) {
            write_operation(&mut page, document, operation);
        }
        page.push_str("</section>");
    }
    write_schemas(&mut page, document);
    page.push_str("</main></body></html>");
    page
}

fn groups(document: &Value) -> impl Iterator<Item = (&str, &str)> {
    document["tags"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|tag| {
            let about = tag["description"].as_str().unwrap_or_default();
            Some((tag["name"].as_str()?, about))
        })
}

fn operations(document: &Value) -> Vec<Operation<'_>> {
    let paths = document["paths"].as_object().into_iter().flatten();
    paths
        .flat_map(|(path, item)| {
            METHODS.into_iter().filter_map(move |method| {
                let body = item.get(method)?;
                Some(Operation { path, method, body })
            })
        })
        .collect()
}

fn write_operation(page: &mut String, document: &Value, operation: &Operation<'_>) {
    let method = operation.method.to_uppercase();
    let asked = Asked::of(document, &method, operation.path, operation.body);
    let _ = write!(
        page,
        "<details id=\"{id}\"><summary><span class=\"method {class}\">{method}</span> \
         <code>{path}</code> <span class=\"about\">{about}</span></summary>",
        id = escape(operation.id()),
        class = operation.method,
        path = escape(operation.path),
        about = escape(operation.body["summary"].as_str().unwrap_or_default()),
    );
    if let Some(text) = operation.body["description"].as_str() {
        let _ = write!(page, "<p>{}</p>", escape(text));
    }
    if asked.is_public {
        page.push_str("<p>Anybody may ask this.</p>");
    }
    write_parameters(page, &operation.body["parameters"]);
    let contents = operation.body["requestBody"]["content"].as_object();
    for (kind, content) in contents.into_iter().flatten() {
        let schema = &content["schema"];
        let (_, behind) = shape::target(document, schema);
        let _ = write!(
            page,
            "<h3>Body</h3><p><code>{}</code>: {}</p>",
            escape(kind),
            shape::words(schema)
        );
        write_fields(page, &shape::fields(document, behind));
    }
    page.push_str("<h3>Answers</h3><table>");
    for (status, answer) in operation.body["responses"]
        .as_object()
        .into_iter()
        .flatten()
    {
        let schemas: Vec<String> = answer["content"]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(kind, content)| match content.get("schema") {
                Some(schema) => shape::words(schema),
                None => escape(kind),
            })
            .collect();
        let _ = write!(
            page,
            "<tr><th>{}</th><td>{}</td><td>{}</td></tr>",
            escape(status),
            schemas.join(" or "),
            escape(answer["description"].as_str().unwrap_or_default())
        );
    }
    let _ = write!(
        page,
        "</table><h3>curl</h3><pre tabindex=\"0\">{}</pre><h3>PowerShell</h3>\
         <pre tabindex=\"0\">{}</pre></details>",
        escape(&asked.curl()),
        escape(&asked.powershell())
    );
}

fn write_parameters(page: &mut String, parameters: &Value) {
    let Some(parameters) = parameters.as_array().filter(|list| !list.is_empty()) else {
        return;
    };
    page.push_str("<h3>Parameters</h3><table>");
    for one in parameters {
        let need = if one["required"] == true {
            ""
        } else {
            " <i>optional</i>"
        };
        let _ = write!(
            page,
            "<tr><th><code>{}</code>{need}</th><td>{}, in the {}</td><td>{}</td></tr>",
            escape(one["name"].as_str().unwrap_or_default()),
            shape::words(&one["schema"]),
            escape(one["in"].as_str().unwrap_or_default()),
            escape(one["description"].as_str().unwrap_or_default())
        );
    }
    page.push_str("</table>");
}

fn write_fields(page: &mut String, rows: &str) {
    if !rows.is_empty() {
        let _ = write!(page, "<table>{rows}</table>");
    }
}

fn write_schemas(page: &mut String, document: &Value) {
    page.push_str("<section aria-labelledby=\"schemas\"><h2 id=\"schemas\">schemas</h2>");
    let schemas = document["components"]["schemas"].as_object();
    for (name, schema) in schemas.into_iter().flatten() {
        let name = escape(name);
        let _ = write!(
            page,
            "<article id=\"schema-{name}\"><h3>{name}</h3><p>{}</p>",
            escape(schema["description"].as_str().unwrap_or_default())
        );
        let rows = shape::fields(document, schema);
        if rows.is_empty() {
            let _ = write!(page, "<p>{}</p>", shape::words(schema));
        }
        write_fields(page, &rows);
        page.push_str("</article>");
    }
    page.push_str("</section>");
}
