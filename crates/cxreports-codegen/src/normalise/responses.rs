//! What an operation responses.

use serde_json::{Map, Value, json};

use super::{
    media::{Encoding, essence, is_binary},
    pass::{Context, Pass},
    wire::WIRE,
};

pub(super) const ERROR_RESPONSES: Pass = Pass {
    name: "error-responses",
    why: "errors come as `ProblemDetails`, as `{\"error\": …}`, as HTML or as nothing, whatever the document says: every one is handed over as its status and bytes, so that its message is not lost",
    run: |context| {
        context.each_operation(|_, operation| {
            let mut responses = match operation.remove("responses") {
                Some(Value::Object(responses)) => responses,
                _ => Map::new(),
            };
            responses.retain(|status, response| !status.starts_with("x-") && response.is_object());
            let explicit = responses.keys().any(|status| status.starts_with('2'));
            let default = responses.remove("default");
            responses.retain(|status, _| status.starts_with('2') && status_code(status));
            if let Some(default) = default.filter(|_| !explicit) {
                responses.insert("2XX".into(), default);
            }
            if responses.is_empty() {
                responses.insert("2XX".into(), json!({ "description": "" }));
            }
            for errors in ["4XX", "5XX"] {
                responses.insert(errors.into(), json!({ "description": "", "content": bytes(&[]) }));
            }
            for response in responses.values_mut() {
                if !response["description"].is_string() {
                    response["description"] = "".into();
                }
            }
            operation.insert("responses".into(), responses.into());
            Ok(())
        });
    },
};

pub(super) const RESPONSE_MEDIA_TYPES: Pass = Pass {
    name: "response-media-types",
    why: "ASP.NET lists several media types for one response; progenitor reads JSON, or hands over the bytes",
    run: |context| {
        successes(context, |_, response| {
            let Some(content) = response.get_mut("content").and_then(Value::as_object_mut) else {
                response.remove("content");
                return;
            };
            if content.values().any(|media| media.get(WIRE).is_some()) {
                return;
            }
            let content = std::mem::take(content);
            let json_type = content
                .iter()
                .filter(|(name, media)| Encoding::of(name) == Encoding::Json && !is_binary(&media["schema"]))
                .min_by_key(|(name, _)| (essence(name) != "application/json", name.contains('*')));
            let chosen = match json_type {
                Some((name, media)) => {
                    let schema = media.get("schema").filter(|schema| schema.is_object()).cloned();
                    let mut media = json!({ "schema": schema.unwrap_or_else(|| json!({})) });
                    let name = essence(name);
                    if name != "application/json" && !name.contains('*') {
                        media[WIRE] = name.into();
                    }
                    json!({ "application/json": media })
                }
                None if content.is_empty() => {
                    response.remove("content");
                    return;
                }
                None => bytes(&content.keys().map(|name| essence(name)).collect::<Vec<_>>()),
            };
            response.insert("content".into(), chosen);
        });
    },
};

pub(super) const FILE_RESPONSES: Pass = Pass {
    name: "file-responses",
    why: "a response that the document does not describe may still have bytes (file results, `IActionResult`); they would be lost, so they are handed over",
    run: |context| {
        successes(context, |status, response| {
            if !response.contains_key("content") && !matches!(status, "204" | "205") {
                response.insert("content".into(), bytes(&[]));
            }
        });
    },
};

pub(super) const SUCCESS_RESPONSES: Pass = Pass {
    name: "success-responses",
    why: "progenitor reads one kind of success: where all are of one kind it holds for every 2xx, since ASP.NET responses 201 where the document has 200; where they differ, the bytes are handed over",
    run: |context| {
        context.each_operation(|endpoint, operation| {
            let Some(responses) = operation.get_mut("responses").and_then(Value::as_object_mut) else { return Ok(()) };
            if endpoint.method == "head" {
                for (_, response) in responses.iter_mut().filter(|(status, _)| status.starts_with('2')) {
                    response.as_object_mut().into_iter().for_each(|response| drop(response.remove("content")));
                }
            }
            let statuses: Vec<String> = responses.keys().filter(|status| status.starts_with('2')).cloned().collect();
            let kinds: Vec<_> = statuses.iter().map(|status| responses[status].get("content").cloned()).collect();
            let mut different = kinds.clone();
            different.dedup();
            let mut chosen = responses[&statuses[0]].clone();
            if different.len() > 1 {
                chosen["content"] = bytes(&[]);
                let shapes: Vec<_> =
                    statuses.iter().zip(&kinds).map(|(status, kind)| json!({ status: shape(kind.as_ref()) })).collect();
                chosen[WIRE] = shapes.into();
            }
            responses.retain(|status, _| !status.starts_with('2'));
            let only_empty = kinds == [None] && statuses != ["2XX"];
            let status = if only_empty { statuses[0].clone() } else { "2XX".to_owned() };
            responses.insert(status, chosen);
            Ok(())
        });
    },
};

/// The content of a response whose bytes are handed over; `types` are the media types that the server named.
fn bytes(types: &[String]) -> Value {
    let mut media = json!({ "schema": { "type": "string", "format": "binary" } });
    if !types.is_empty() && types != ["application/octet-stream"] {
        media[WIRE] = types.into();
    }
    json!({ "application/octet-stream": media })
}

/// What a response carries, in a word.
fn shape(content: Option<&Value>) -> Value {
    match content {
        None => "nothing".into(),
        Some(content) => content.pointer("/application~1json/schema").cloned().unwrap_or_else(|| "bytes".into()),
    }
}

fn status_code(status: &str) -> bool {
    status.eq_ignore_ascii_case("2xx") || status.parse::<u16>().is_ok_and(|code| (200..300).contains(&code))
}

fn successes(context: &mut Context, mut visit: impl FnMut(&str, &mut Map<String, Value>)) {
    context.each_operation(|_, operation| {
        for (status, response) in operation.get_mut("responses").and_then(Value::as_object_mut).into_iter().flatten() {
            if let Some(response) = response.as_object_mut().filter(|_| status.starts_with('2')) {
                visit(status, response);
            }
        }
        Ok(())
    });
}
