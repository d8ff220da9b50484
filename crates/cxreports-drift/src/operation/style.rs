//! How the values of parameters and headers are written.

use cxreports_openapi::{convert::COLLECTION_FORMAT, document::resolve};
use serde_json::Value;

use super::comparison::{Comparison, Places};
use crate::rules::Rule;

/// The styles of a query that differ by what stands between several values.
const SEPARATED: [&str; 3] = ["form", "spaceDelimited", "pipeDelimited"];

/// What the style of a value depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Single,
    List,
    Other,
}

/// How values are written.
struct Written<'a> {
    style: &'a str,
    explode: bool,
    kind: Kind,
}

impl Comparison<'_, '_, '_> {
    /// How several values are written (OpenAPI 3.0, "Style Values" and "Style Examples").
    pub(super) fn style(&mut self, places: &Places<'_>, location: &str, was: &Value, is: &Value) {
        let documents = self.schemas.documents;
        let (before, after) = (written(documents.base, location, was), written(documents.revision, location, is));
        let both = |kind: Kind| before.kind == kind && after.kind == kind;
        let separated = [before.style, after.style].iter().all(|style| SEPARATED.contains(style));
        let has_no_explode = |style: &str| match style {
            "simple" => both(Kind::List),
            "deepObject" => true,
            _ => false,
        };
        if before.style != after.style {
            if !(separated && both(Kind::Single)) {
                let (was, is) = (Some(before.style.into()), Some(after.style.into()));
                self.push(Rule::ParameterStyleChanged, places, was, is);
            }
        } else if before.explode != after.explode && !both(Kind::Single) && !has_no_explode(before.style) {
            let (was, is) = (Some(before.explode.into()), Some(after.explode.into()));
            self.push(Rule::ParameterExplodeChanged, places, was, is);
        }
    }
}

fn written<'a>(document: &'a Value, location: &str, parameter: &'a Value) -> Written<'a> {
    let default = if matches!(location, "query" | "cookie") { "form" } else { "simple" };
    let style = parameter["style"].as_str().unwrap_or(default);
    let explode = parameter["explode"].as_bool().unwrap_or(matches!(style, "form" | "cookie"));
    let schema = &parameter["schema"];
    let kind = match resolve(document, schema, "").map_or(schema, |(schema, _)| schema)["type"].as_str() {
        Some("array") => Kind::List,
        None | Some("object") => Kind::Other,
        Some(_) => Kind::Single,
    };
    // What repeats the name separates nothing.
    let style = if explode && SEPARATED.contains(&style) { "form" } else { style };
    Written { style: parameter[COLLECTION_FORMAT].as_str().unwrap_or(style), explode, kind }
}
