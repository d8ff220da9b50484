//! Names, types, bodies and responses.

use serde_json::{Map, Value, json};

use super::{
    Kind, Way,
    change::{is_file, models, objects, operations, pascal},
};

pub(super) const WAYS: &[Way] = &[
    Way { name: "pascal-query", cause: "[FromQuery] models", kind: Kind::Names, apply: pascal_query },
    Way {
        name: "pascal-members",
        cause: "PropertyNamingPolicy = null",
        kind: Kind::Names,
        apply: |document| {
            pascal_query(document);
            models(document, |_, schema| pascal_members(schema));
        },
    },
    Way {
        name: "no-formats",
        cause: "integers without a format",
        kind: Kind::Integers,
        apply: |document| each_integer(document, |schema| _ = schema.remove("format")),
    },
    Way {
        name: "long",
        cause: "ids of the type long",
        kind: Kind::Integers,
        apply: |document| {
            each_integer(document, |schema| _ = schema.insert("format".into(), "int64".into()));
        },
    },
    Way {
        name: "text-ids",
        cause: "ids written as text, JsonNumberHandling.WriteAsString",
        kind: Kind::Integers,
        apply: |document| {
            each_integer(document, |schema| {
                schema.insert("type".into(), "string".into());
                schema.remove("format");
            });
        },
    },
    Way {
        name: "integer-names",
        cause: "NSwag, x-enumNames",
        kind: Kind::Enumerations,
        apply: |document| numbered(document, |schema, names| _ = schema.insert("x-enumNames".into(), names.into())),
    },
    Way {
        name: "integer-varnames",
        cause: "Unchase, x-enum-varnames",
        kind: Kind::Enumerations,
        apply: |document| numbered(document, |schema, names| _ = schema.insert("x-enum-varnames".into(), names.into())),
    },
    Way {
        name: "integer-ms-enum",
        cause: "AutoRest, x-ms-enum",
        kind: Kind::Enumerations,
        apply: |document| {
            numbered(document, |schema, names| {
                let values: Vec<Value> =
                    names.iter().enumerate().map(|(value, name)| json!({ "value": value, "name": name })).collect();
                schema.insert("x-ms-enum".into(), json!({ "name": "E", "values": values }));
            });
        },
    },
    Way {
        name: "integers",
        cause: "Swashbuckle without JsonStringEnumConverter",
        kind: Kind::Enumerations,
        apply: |document| numbered(document, |_, _| {}),
    },
    Way {
        name: "pascal-values",
        cause: "JsonStringEnumConverter without a naming policy",
        kind: Kind::Enumerations,
        apply: |document| {
            each_enumeration(document, |schema, names| _ = schema.insert("enum".into(), names.into()));
        },
    },
    Way {
        name: "free-text",
        cause: "enumerations as strings by a schema filter",
        kind: Kind::Enumerations,
        apply: |document| {
            each_enumeration(document, |schema, _| _ = schema.remove("enum"));
        },
    },
    Way { name: "inline", cause: "UseInlineDefinitionsForEnums", kind: Kind::Enumerations, apply: inline },
    Way {
        name: "all-of-one",
        cause: "UseAllOfToExtendReferenceSchemas",
        kind: Kind::Nullable,
        apply: |document| wrap(document, |one| json!({ "allOf": [one], "nullable": true })),
    },
    Way {
        name: "one-of-one",
        cause: "NSwag, nullable references",
        kind: Kind::Nullable,
        apply: |document| wrap(document, |one| json!({ "nullable": true, "oneOf": [one] })),
    },
    Way {
        name: "any-of-one",
        cause: "nullable references by anyOf",
        kind: Kind::Nullable,
        apply: |document| wrap(document, |one| json!({ "anyOf": [one], "nullable": true })),
    },
    Way {
        name: "any-empty",
        cause: "object, dynamic",
        kind: Kind::AnyJson,
        apply: |document| any(document, &json!({})),
    },
    Way {
        name: "any-object",
        cause: "object as type object",
        kind: Kind::AnyJson,
        apply: |document| any(document, &json!({ "type": "object" })),
    },
    Way {
        name: "any-dictionary",
        cause: "Dictionary<string, object>",
        kind: Kind::AnyJson,
        apply: |document| any(document, &json!({ "type": "object", "additionalProperties": {} })),
    },
    Way {
        name: "any-element",
        cause: "JsonElement",
        kind: Kind::AnyJson,
        apply: |document| {
            document["components"]["schemas"]["JsonElement"] = json!({});
            any(document, &json!({ "$ref": "#/components/schemas/JsonElement" }));
        },
    },
    Way {
        name: "any-node",
        cause: "JsonNode",
        kind: Kind::AnyJson,
        apply: |document| {
            let node = json!({ "$ref": "#/components/schemas/JsonNode" });
            document["components"]["schemas"]["JsonNode"] = json!({ "type": "object", "properties": { "options": { "type": "object" }, "parent": node, "root": node } });
            any(document, &node);
        },
    },
    Way {
        name: "any-token",
        cause: "JToken of Newtonsoft.Json",
        kind: Kind::AnyJson,
        apply: |document| {
            let token = json!({ "$ref": "#/components/schemas/JToken" });
            document["components"]["schemas"]["JToken"] = json!({ "type": "array", "items": token });
            any(document, &token);
        },
    },
    Way {
        name: "no-responses",
        cause: "IActionResult without ProducesResponseType",
        kind: Kind::Responses,
        apply: |document| {
            operations(document, |_, _, operation| operation["responses"] = json!({ "200": { "description": "OK" } }));
        },
    },
    Way { name: "created", cause: "CreatedAtAction", kind: Kind::Responses, apply: |document| status(document, "201") },
    Way { name: "accepted", cause: "Accepted()", kind: Kind::Responses, apply: |document| status(document, "202") },
    Way {
        name: "text-plain",
        cause: "formatters in another order",
        kind: Kind::Responses,
        apply: |document| only_media(document, "text/plain"),
    },
    Way {
        name: "charset",
        cause: "[Produces(\"application/json; charset=utf-8\")]",
        kind: Kind::Responses,
        apply: |document| only_media(document, "application/json; charset=utf-8"),
    },
    Way {
        name: "file-pdf",
        cause: "[Produces(\"application/pdf\")]",
        kind: Kind::Files,
        apply: |document| file(document, &["application/pdf"], &json!({ "type": "string", "format": "binary" })),
    },
    Way {
        name: "file-formats",
        cause: "a media type for each format",
        kind: Kind::Files,
        apply: |document| {
            file(
                document,
                &[
                    "application/pdf",
                    "application/zip",
                    "text/html",
                    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
                ],
                &json!({ "type": "string", "format": "binary" }),
            );
        },
    },
    Way {
        name: "file-bytes",
        cause: "byte[]",
        kind: Kind::Files,
        apply: |document| {
            file(document, &["text/plain", "application/json"], &json!({ "type": "string", "format": "byte" }))
        },
    },
    Way {
        name: "file-stream",
        cause: "ActionResult<Stream>",
        kind: Kind::Files,
        apply: |document| {
            document["components"]["schemas"]["Stream"] = json!({ "type": "object", "properties": { "canRead": { "type": "boolean", "readOnly": true }, "length": { "type": "integer", "format": "int64" } } });
            file(document, &["application/json"], &json!({ "$ref": "#/components/schemas/Stream" }));
        },
    },
    Way {
        name: "file-result",
        cause: "ActionResult<FileContentResult>",
        kind: Kind::Files,
        apply: |document| {
            document["components"]["schemas"]["FileContentResult"] = json!({ "type": "object", "properties": { "contentType": { "type": "string" }, "fileContents": { "type": "string", "format": "byte" } } });
            file(document, &["text/json"], &json!({ "$ref": "#/components/schemas/FileContentResult" }));
        },
    },
    Way {
        name: "required-members",
        cause: "[Required] on every member",
        kind: Kind::Bodies,
        apply: |document| require(document, true),
    },
    Way {
        name: "required-values",
        cause: "SupportNonNullableReferenceTypes and required members",
        kind: Kind::Bodies,
        apply: |document| require(document, false),
    },
    Way {
        name: "star-json",
        cause: "application/*+json only",
        kind: Kind::Bodies,
        apply: |document| body_media(document, "application/*+json"),
    },
    Way {
        name: "patch-json",
        cause: "Newtonsoft's formatters",
        kind: Kind::Bodies,
        apply: |document| body_media(document, "application/json-patch+json"),
    },
    Way {
        name: "no-body-schema",
        cause: "[FromBody] JsonElement",
        kind: Kind::Bodies,
        apply: |document| {
            operations(document, |_, _, operation| {
                let content =
                    operation.get_mut("requestBody").and_then(|body| body.get_mut("content")?.as_object_mut());
                for media in content.into_iter().flat_map(Map::values_mut) {
                    media["schema"] = json!({});
                }
                drop_null(operation);
            });
        },
    },
    Way {
        name: "body-component",
        cause: "request bodies as components",
        kind: Kind::Bodies,
        apply: |document| {
            let mut bodies = Map::new();
            operations(document, |_, _, operation| {
                drop_null(operation);
                if let Some(body) = operation.get_mut("requestBody") {
                    let name = format!("Body{}", bodies.len());
                    bodies.insert(name.clone(), body.take());
                    *body = json!({ "$ref": format!("#/components/requestBodies/{name}") });
                }
            });
            document["components"]["requestBodies"] = bodies.into();
        },
    },
    Way {
        name: "full-names",
        cause: "CustomSchemaIds(type => type.FullName)",
        kind: Kind::Schemas,
        apply: |document| rename(document, |name| format!("CxReports.Api.Models.{name}")),
    },
    Way {
        name: "encoded-references",
        cause: "generic names, percent-encoded references",
        kind: Kind::Schemas,
        apply: |document| {
            rename(document, |name| format!("Envelope`1[[{name}]]"));
            objects(document, &mut |object| {
                if let Some(Value::String(reference)) = object.get_mut("$ref") {
                    *reference = reference.replace('`', "%60").replace('[', "%5B").replace(']', "%5D");
                }
            });
        },
    },
    Way {
        name: "inheritance",
        cause: "UseAllOfForInheritance",
        kind: Kind::Schemas,
        apply: |document| {
            document["components"]["schemas"]["Entity"] = json!({ "type": "object", "properties": { "id": { "type": "integer", "format": "int32" } }, "additionalProperties": false });
            for name in ["Report", "Workspace", "Job", "ReportType"] {
                let schema = &mut document["components"]["schemas"][name];
                let Some(own) = schema["properties"].as_object_mut() else { continue };
                let Some(id) = own.remove("id") else { continue };
                let own = schema.take();
                document["components"]["schemas"]["Entity"]["properties"]["id"] = id;
                document["components"]["schemas"][name] =
                    json!({ "allOf": [{ "$ref": "#/components/schemas/Entity" }, own] });
            }
        },
    },
    Way {
        name: "nothing-nullable",
        cause: "nullable reference types switched off",
        kind: Kind::Schemas,
        apply: |document| objects(document, &mut |object| _ = object.remove("nullable")),
    },
];

fn drop_null(operation: &mut Value) {
    operation.as_object_mut().unwrap().retain(|_, value| !value.is_null());
}

fn pascal_query(document: &mut Value) {
    operations(document, |_, _, operation| {
        for parameter in operation["parameters"].as_array_mut().into_iter().flatten() {
            if parameter["in"] == "query" {
                parameter["name"] = pascal(parameter["name"].as_str().unwrap()).into();
            }
        }
        drop_null(operation);
    });
}

fn pascal_members(schema: &mut Value) {
    let members = std::mem::take(schema["properties"].as_object_mut().unwrap());
    schema["properties"] =
        members.into_iter().map(|(name, schema)| (pascal(&name), schema)).collect::<Map<_, _>>().into();
    for name in schema.get_mut("required").and_then(Value::as_array_mut).into_iter().flatten() {
        *name = pascal(name.as_str().unwrap()).into();
    }
}

fn each_integer(document: &mut Value, change: impl Fn(&mut Map<String, Value>)) {
    objects(document, &mut |object| {
        if object.get("type").is_some_and(|kind| kind == "integer") && !object.contains_key("enum") {
            change(object);
        }
    });
}

/// The names that .NET has for the values of an enumeration.
fn each_enumeration(document: &mut Value, change: impl Fn(&mut Map<String, Value>, Vec<String>)) {
    objects(document, &mut |object| {
        let Some(values) = object.get("enum").and_then(Value::as_array) else { return };
        let name = |value: &Value| value.as_str().map(|text| text.split('-').map(pascal).collect::<String>());
        if let Some(names) = values.iter().map(name).collect::<Option<Vec<_>>>() {
            change(object, names);
        }
    });
}

fn numbered(document: &mut Value, name: impl Fn(&mut Map<String, Value>, Vec<String>)) {
    each_enumeration(document, |schema, names| {
        schema.insert("type".into(), "integer".into());
        schema.insert("format".into(), "int32".into());
        schema.insert("enum".into(), (0..names.len()).collect::<Vec<_>>().into());
        name(schema, names);
    });
}

fn inline(document: &mut Value) {
    let schemas = document["components"]["schemas"].clone();
    objects(document, &mut |object| {
        let name =
            object.get("$ref").and_then(Value::as_str).and_then(|name| name.strip_prefix("#/components/schemas/"));
        if let Some(target) = name.map(|name| &schemas[name]).filter(|target| target["enum"].is_array()) {
            *object = target.as_object().unwrap().clone();
        }
    });
}

/// Wraps the references of members.
fn wrap(document: &mut Value, wrapped: impl Fn(Value) -> Value) {
    models(document, |_, schema| {
        for member in schema["properties"].as_object_mut().unwrap().values_mut() {
            if member.get("$ref").is_some() {
                *member = wrapped(member.take());
            }
        }
    });
}

fn any(document: &mut Value, schema: &Value) {
    models(document, |_, model| {
        for (name, member) in model["properties"].as_object_mut().unwrap() {
            if ["params", "data", "content"].iter().any(|known| name.eq_ignore_ascii_case(known)) {
                *member = schema.clone();
            }
        }
    });
}

fn status(document: &mut Value, status: &str) {
    operations(document, |_, _, operation| {
        let responses = operation["responses"].as_object_mut().unwrap();
        let success = responses.keys().find(|status| status.starts_with('2')).cloned().unwrap();
        let response = responses.remove(&success).unwrap();
        responses.insert(status.to_owned(), response);
    });
}

fn only_media(document: &mut Value, media_type: &str) {
    operations(document, |_, _, operation| {
        for response in operation["responses"].as_object_mut().unwrap().values_mut() {
            if let Some(content) = response.get_mut("content").and_then(Value::as_object_mut) {
                let Some(media) = content.values().next().cloned() else { continue };
                *content = Map::from_iter([(media_type.to_owned(), media)]);
            }
        }
    });
}

fn file(document: &mut Value, media_types: &[&str], schema: &Value) {
    operations(document, |path, _, operation| {
        if is_file(path.trim_end_matches('/')) {
            let content: Map<String, Value> =
                media_types.iter().map(|kind| ((*kind).to_owned(), json!({ "schema": schema }))).collect();
            let responses = operation["responses"].as_object_mut().unwrap();
            for (_, response) in responses.iter_mut().filter(|(status, _)| status.starts_with('2')) {
                response["content"] = content.clone().into();
            }
        }
    });
}

fn require(document: &mut Value, nullable: bool) {
    models(document, |name, schema| {
        let is_request = ["Request", "TemporaryDataCreate"].iter().any(|end| name.ends_with(end));
        if !is_request {
            return;
        }
        let names: Vec<String> = schema["properties"].as_object().unwrap().keys().cloned().collect();
        let members = schema["properties"].as_object_mut().unwrap();
        let kept: Vec<String> = names
            .into_iter()
            .filter(|name| {
                nullable
                    || ["params", "format", "includeAttachments", "excludePages", "content"]
                        .iter()
                        .any(|known| name.eq_ignore_ascii_case(known))
            })
            .collect();
        for name in &kept {
            let member = members[name].as_object_mut().unwrap();
            if member.contains_key("$ref") && nullable {
                members[name] = json!({ "allOf": [members[name]], "nullable": true });
            } else if nullable {
                member.insert("nullable".into(), true.into());
            } else {
                member.remove("nullable");
            }
        }
        schema["required"] = kept.into();
    });
}

fn body_media(document: &mut Value, media_type: &str) {
    operations(document, |_, _, operation| {
        drop_null(operation);
        if let Some(content) =
            operation.get_mut("requestBody").and_then(|body| body.get_mut("content")?.as_object_mut())
        {
            let media = content.values().next().cloned().unwrap();
            *content = Map::from_iter([(media_type.to_owned(), media)]);
        }
    });
}

fn rename(document: &mut Value, name_of: impl Fn(&str) -> String) {
    let schemas = std::mem::take(document["components"]["schemas"].as_object_mut().unwrap());
    document["components"]["schemas"] =
        schemas.into_iter().map(|(name, schema)| (name_of(&name), schema)).collect::<Map<_, _>>().into();
    objects(document, &mut |object| {
        if let Some(Value::String(reference)) = object.get_mut("$ref")
            && let Some(name) = reference.strip_prefix("#/components/schemas/")
        {
            *reference = format!("#/components/schemas/{}", name_of(name));
        }
    });
}
