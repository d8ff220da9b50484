//! How long a comparison takes and how much memory: `cargo run --release -p cxreports-drift --example large [KIB] [EVERY]`, with
//! documents of KIB (600) in which every EVERYth (7th) schema and operation differs. Linux tells the memory.

use std::{collections::BTreeMap, fs, time::Instant};

use cxreports_drift::{
    Allowed, Document, Options, Severity, compare,
    render::{Comparison, Format, Style, render},
};
use serde_json::{Map, Value, json};

/// A document of about `kib` KiB: schemas that refer to each other, and operations that take and return them in three media types.
fn document(kib: usize, every: Option<usize>) -> String {
    let (mut schemas, mut paths) = (Map::new(), Map::new());
    let is_other = |index: usize| every.is_some_and(|every| index.is_multiple_of(every));
    let mut size = 0;
    for index in 0.. {
        if size > kib * 1024 {
            break;
        }
        let kind = if is_other(index) { "boolean" } else { "string" };
        let reference = |index: usize| json!({ "$ref": format!("#/components/schemas/Model{index}") });
        let schema = json!({ "type": "object", "additionalProperties": false, "properties": {
            "id": { "type": "integer", "format": "int32" },
            "name": { "type": kind, "nullable": true },
            "kind": { "type": "string", "enum": if is_other(index) { json!(["a", "b", "c"]) } else { json!(["a", "b"]) } },
            "parent": reference(index / 2),
            "children": { "type": "array", "nullable": true, "items": reference(index) },
            "previous": reference(index.saturating_sub(1))
        } });
        let media = json!({ "schema": reference(index) });
        let content = json!({ "application/json": media, "text/json": media, "text/plain": media });
        let operation = json!({
            "tags": [format!("Model{index}")],
            "parameters": [
                { "in": "path", "name": "id", "required": true, "schema": { "type": "integer", "format": "int32" } },
                { "in": "query", "name": "q", "schema": { "type": kind } }
            ],
            "requestBody": { "content": content },
            "responses": { "200": { "description": "OK", "content": content } }
        });
        // As it is printed, with the indentation of the place that it gets.
        size += format!("{schema:#}\n{operation:#}").lines().map(|line| line.len() + 7).sum::<usize>();
        schemas.insert(format!("Model{index}"), schema);
        paths.insert(format!("/api/models{index}/{{id}}"), json!({ "post": operation }));
    }
    format!(
        "{:#}",
        json!({ "openapi": "3.0.4", "info": { "version": "v1" }, "paths": paths, "components": { "schemas": schemas } })
    )
}

fn memory(what: &str) -> String {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(what)).unwrap_or("unknown");
    line.trim_start_matches(':').trim().to_owned()
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1).filter_map(|text| text.parse().ok());
    let (kib, every) = (arguments.next().unwrap_or(600), arguments.next().unwrap_or(7));
    if let Some(path) = std::env::var_os("WRITE_TO") {
        let folder = std::path::PathBuf::from(path);
        #[allow(clippy::disallowed_methods, reason = "a folder of the caller")]
        for (name, every) in [("base.json", None), ("revision.json", Some(every))] {
            fs::write(folder.join(name), document(kib, every))?;
        }
        return Ok(());
    }
    let (base, revision) = (document(kib, None), document(kib, Some(every)));
    println!("{} and {} KiB; {} resident before", base.len() / 1024, revision.len() / 1024, memory("VmRSS"));
    let start = Instant::now();
    let read = |text: String| -> Result<Document, Box<dyn std::error::Error>> {
        Ok(Document::read(serde_json::from_str::<Value>(&text)?)?)
    };
    let (base, revision) = (read(base)?, read(revision)?);
    let parsed = start.elapsed();
    let findings = compare(&base, &revision, &BTreeMap::new(), Options::default());
    let compared = start.elapsed();
    let uses: usize = findings.iter().map(|finding| finding.uses().count()).sum();
    let count = findings.len();
    let comparison = Comparison { allowed: Allowed { findings, accepted: 0 }, ..Comparison::default() };
    let style = Style { width: 100, fail_on: Severity::Breaking, infos: false };
    let text = render(Format::Text, &[comparison], style);
    println!(
        "read {parsed:?}, compared after {compared:?}, written after {:?}: {count} findings, {uses} uses, {} lines; peak {}",
        start.elapsed(),
        text.lines().count(),
        memory("VmHWM")
    );
    Ok(())
}
