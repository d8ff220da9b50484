//! Reports of documents that are written to break reports: every format keeps text of documents as text.

use std::collections::BTreeMap;

use cxreports_drift::{
    Allowed, Document, Options, Severity, compare,
    render::{BaseFile, Comparison, Format, Style, markdown_block, markdown_code, render},
};
use serde_json::{Value, json};

/// Text that breaks out of code, tables, tags, lines and workflow commands, mentions people and acts on terminals.
const HOSTILE: [&str; 12] = [
    "`` ` ```",
    "a|b\\|c",
    "<script>alert(1)</script>",
    "</code></pre></details><h1>x",
    "@everyone #1 GH-2",
    "[x](https://evil.example) ![y](z)",
    "line\n\n::error::injected\r\n# heading",
    "##[error]x",
    "\u{1b}[31mred\u{7}",
    "\u{202e}txet",
    "100%,a:b",
    "]]>&quot;\u{fffe}",
];

fn documents() -> (Value, Value) {
    let schema = |kind: &str| json!({ "schema": { "type": kind } });
    let mut sides = [serde_json::Map::new(), serde_json::Map::new()];
    let mut schemas = [serde_json::Map::new(), serde_json::Map::new()];
    for (index, text) in HOSTILE.iter().enumerate() {
        for (side, kind) in ["string", "boolean"].into_iter().enumerate() {
            let name = format!("S{index}{text}");
            let reference =
                format!("#/components/schemas/{}", name.replace('~', "~0").replace('/', "~1").replace('%', "%25"));
            let content = json!({ "application/json": { "schema": { "$ref": reference } } });
            let values = if side == 0 { json!(["a"]) } else { json!([text]) };
            sides[side].insert(
                format!("/{index}{text}"),
                json!({ "get": {
                    "operationId": format!("{side}{text}"),
                    "parameters": [{ "in": "query", "name": text, "schema": { "type": "string", "enum": values } }],
                    "responses": {
                        "200": { "content": content, "headers": { (*text): schema(kind) } },
                        (*text): { "content": { (*text): schema(kind) } }
                    }
                } }),
            );
            schemas[side].insert(name, json!({ "type": "object", "properties": { (*text): { "type": kind }, "p": { "type": "string", "default": if side == 0 { "" } else { text } } } }));
        }
    }
    let [before, after] = sides;
    let [old, new] = schemas;
    let document = |paths, schemas, version: &str| json!({ "openapi": "3.0.4", "info": { "version": version }, "paths": paths, "components": { "schemas": schemas } });
    (document(before, old, "v1"), document(after, new, HOSTILE[6]))
}

fn comparison(base: &Value, revision: &Value) -> Comparison {
    let read = |document: &Value| Document::read(document.clone()).unwrap();
    let findings = compare(&read(base), &read(revision), &BTreeMap::new(), Options::default());
    Comparison {
        deployment: Some("acme".to_owned()),
        base: "pin acme".to_owned(),
        revision: format!("https://x.example/{}", HOSTILE[6]),
        allowed: Allowed { findings, accepted: 0 },
        file: Some(BaseFile { path: "spec/acme/swagger.json".to_owned(), text: format!("{base:#}") }),
        coverage: vec!["17 of 18 operations".to_owned(), format!("no x: {}", HOSTILE[6])],
    }
}

fn hostile(format: Format) -> String {
    let (base, revision) = documents();
    let comparison = comparison(&base, &revision);
    assert!(comparison.allowed.findings.len() > 2 * HOSTILE.len());
    render(format, &[comparison], Style { width: 60, fail_on: Severity::Warning, infos: true })
}

/// What CommonMark (6.1) reads as code is taken out: a run of backquotes up to the next run of the same length.
fn without_code(text: &str) -> String {
    let (mut rest, mut out) = (text, String::new());
    while let Some(start) = rest.find('`') {
        out.push_str(&rest[..start]);
        let run = rest[start..].chars().take_while(|c| *c == '`').count();
        let mut end = start + run;
        loop {
            let Some(found) = rest[end..].find('`') else { panic!("code without an end: {}", &rest[start..]) };
            let closing = rest[end + found..].chars().take_while(|c| *c == '`').count();
            end += found + closing;
            if closing == run {
                break;
            }
        }
        rest = &rest[end..];
    }
    out.push_str(rest);
    out
}

#[test]
fn markdown_keeps_text_of_documents_in_code() {
    let text = hostile(Format::Markdown);
    let rows: Vec<&str> = text.lines().filter(|line| line.starts_with("| ")).collect();
    for row in &rows {
        // GitHub Flavored Markdown, 4.10: cells end at pipes that are not escaped, also in code.
        let cells = row.replace("\\|", "").matches('|').count();
        assert_eq!(cells, 8, "{row}");
    }
    for line in text.lines() {
        let plain = without_code(line);
        for forbidden in ["<script", "<h1", "@everyone", "evil.example", "GH-2", "#1", "\u{1b}", "\u{202e}", "injected"]
        {
            assert!(!plain.contains(forbidden), "{forbidden} in {plain}");
        }
        assert!(!line.starts_with("::") && !line.starts_with("# "), "{line}");
    }
    assert!(!text.contains(['\u{1b}', '\u{7}', '\u{202e}', '\r']));
    assert_eq!(markdown_code("a"), "`a`");
    assert_eq!(markdown_code("`a`` b"), "``` `a`` b ```");
    assert_eq!(markdown_block("x\n```\ny\u{1b}\n"), "````text\nx\n```\ny\n````\n");
}

#[test]
fn github_gets_annotations_for_breaking_findings_and_one_line_of_summary() {
    let text = hostile(Format::Github);
    let lines: Vec<&str> = text.lines().collect();
    let (summary, annotations) = lines.split_last().unwrap();
    assert!(summary.starts_with("drift: acme: ") && !summary.contains("##["), "{summary}");
    assert!(annotations.len() > 5);
    for line in annotations {
        let rest = line.strip_prefix("::error file=spec/acme/swagger.json,line=").unwrap_or_else(|| panic!("{line}"));
        let (place, message) = rest.split_once("::").unwrap();
        let (number, title) = place.split_once(",title=acme%3A ").unwrap();
        assert!(
            number.parse::<usize>().unwrap() >= 1 && title.chars().all(|c| c.is_ascii_lowercase() || c == '-'),
            "{line}"
        );
        assert!(!message.contains(['\u{1b}', '\r']), "{line}");
    }
}

#[test]
fn a_terminal_and_a_log_get_printable_lines_and_no_commands() {
    for infos in [true, false] {
        let (base, revision) = documents();
        let style = Style { width: 40, fail_on: Severity::Warning, infos };
        let text = render(Format::Text, &[comparison(&base, &revision)], style);
        // Our own colours are the only escapes.
        let plain = anstream::adapter::strip_str(&text).to_string();
        for line in plain.lines() {
            assert!(!line.trim_start().starts_with("::") && !line.contains("##["), "{line}");
            assert!(!line.contains(['\u{1b}', '\u{7}', '\u{202e}', '\r']), "{line}");
        }
        assert_eq!(plain.contains("other changes: "), !infos);
    }
}

#[test]
fn html_has_no_tags_but_its_own() {
    let text = hostile(Format::Html);
    for forbidden in ["<script>alert", "<h1>x", "\u{1b}", "\u{202e}"] {
        assert!(!text.contains(forbidden), "{forbidden}");
    }
    for expected in ["id=\"filter\"", "<nav>", "&lt;script&gt;alert(1)&lt;/script&gt;", "data-severity=\"breaking\""] {
        assert!(text.contains(expected), "{expected}");
    }
    assert_eq!(text.matches("<script>").count(), 1);
    assert_eq!(text.matches("<tr ").count(), text.matches("</tr>").count() - text.matches("<thead>").count());
    // Within an operation the worst is first.
    for section in text.split("<section>").skip(1) {
        let severities: Vec<_> =
            section.split("data-severity=\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
        let rank = |severity: &&str| ["breaking", "warning", "info"].iter().position(|known| known == severity);
        assert!(severities.is_sorted_by_key(rank), "{severities:?}");
    }
}

#[test]
fn junit_and_sarif_are_well_formed() {
    let text = hostile(Format::Junit);
    assert!(!text.contains(['\u{1b}', '\u{7}', '\u{fffe}', '\u{202e}']));
    assert!(!text.contains("<script") && text.contains("&lt;script&gt;"));
    let report = quick_junit::Report::deserialize_from_str(&text).unwrap();
    let suite = &report.test_suites[0];
    assert_eq!(suite.tests, suite.test_cases.len());
    assert!(suite.failures > 0 && suite.failures < suite.tests);

    let log: Value = serde_json::from_str(&hostile(Format::Sarif)).unwrap();
    assert_eq!(log["version"], "2.1.0");
    let run = &log["runs"][0];
    let rules: Vec<_> = run["tool"]["driver"]["rules"].as_array().unwrap().iter().map(|rule| &rule["id"]).collect();
    for result in run["results"].as_array().unwrap() {
        assert!(rules.contains(&&result["ruleId"]));
        assert!(["error", "warning", "note"].contains(&result["level"].as_str().unwrap()));
        let place = &result["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], "spec/acme/swagger.json");
        assert!(place["region"]["startLine"].as_u64().unwrap() >= 1);
        let message = result["message"]["text"].as_str().unwrap();
        assert!(!message.contains(['\n', '\u{1b}', '\u{202e}']), "{message}");
    }
}

#[test]
fn a_report_for_a_pull_request_has_a_bound_and_says_how_many_are_left_out() {
    let paths = |kind: &str| -> Value {
        (0..900)
            .map(|index| {
                let schema = json!({ "schema": { "type": kind } });
                let parameter = json!({ "in": "query", "name": format!("p{index}"), "schema": { "type": "string" } });
                let parameters = if kind == "string" { json!([parameter]) } else { json!([]) };
                (format!("/x{index}"), json!({ "get": { "parameters": parameters, "responses": { "200": { "content": { "application/json": schema } } } } }))
            })
            .collect::<serde_json::Map<_, _>>()
            .into()
    };
    let document = |kind: &str| json!({ "openapi": "3.0.4", "info": {}, "paths": paths(kind) });
    let comparison = comparison(&document("string"), &document("boolean"));
    assert_eq!(comparison.allowed.findings.len(), 901);
    let text = render(
        Format::Markdown,
        &[comparison.clone(), comparison],
        Style { width: 0, fail_on: Severity::Breaking, infos: true },
    );
    assert!(text.chars().count() <= 60_000, "{}", text.chars().count());
    let rows = text
        .lines()
        .filter(|line| line.starts_with("| ") && !line.starts_with("| change") && !line.starts_with("| ---"))
        .count();
    let left_out: usize = text.lines().last().unwrap().split(' ').next().unwrap().parse().unwrap();
    assert_eq!(rows + left_out, 2 * 901);
    assert_eq!(text.matches("<details>").count(), text.matches("</details>").count());
}
