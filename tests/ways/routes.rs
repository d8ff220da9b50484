//! Routes, versions and places.

use serde_json::{Value, json};

use super::{
    Kind, Way,
    change::{add_parameter, operations, pascal, paths},
};

pub(super) const WAYS: &[Way] = &[
    Way {
        name: "named-parameters",
        cause: "actions name their route parameters",
        kind: Kind::Parameters,
        apply: named,
    },
    Way { name: "one-name", cause: "actions call every parameter id", kind: Kind::Parameters, apply: one_name },
    Way { name: "constraints", cause: "route constraints, ASP.NET Core", kind: Kind::Parameters, apply: constraints },
    Way { name: "shared", cause: "parameters of path items", kind: Kind::Parameters, apply: shared },
    Way { name: "referenced", cause: "parameters as components", kind: Kind::Parameters, apply: referenced },
    Way {
        name: "pascal-routes",
        cause: "[controller] without LowercaseUrls",
        kind: Kind::Segments,
        apply: |document| {
            paths(document, |path| {
                path.split('/')
                    .map(|part| if part.is_empty() || part.starts_with('{') { part.to_owned() } else { pascal(part) })
                    .collect::<Vec<_>>()
                    .join("/")
            });
        },
    },
    Way {
        name: "upper-routes",
        cause: "attribute routes",
        kind: Kind::Segments,
        apply: |document| {
            paths(document, |path| {
                path.split('/')
                    .map(|part| if part.starts_with('{') { part.to_owned() } else { part.to_uppercase() })
                    .collect::<Vec<_>>()
                    .join("/")
            });
        },
    },
    Way {
        name: "trailing-slash",
        cause: "RouteOptions.AppendTrailingSlash",
        kind: Kind::Segments,
        apply: |document| {
            paths(document, |path| format!("{path}/"));
        },
    },
    Way {
        name: "version-segment",
        cause: "Asp.Versioning, UrlSegmentApiVersionReader",
        kind: Kind::Version,
        apply: |document| {
            version_segment(document, "v{version}", json!({ "type": "string" }));
        },
    },
    Way {
        name: "version-segment-default",
        cause: "Asp.Versioning with a default value filter",
        kind: Kind::Version,
        apply: |document| {
            version_segment(document, "v{version}", json!({ "type": "string", "default": "1" }));
        },
    },
    Way {
        name: "version-segment-constraint",
        cause: "{version:apiVersion} kept by the explorer",
        kind: Kind::Version,
        apply: |document| {
            version_segment(document, "v{version:apiVersion}", json!({ "type": "string", "default": "1.0" }));
        },
    },
    Way {
        name: "version-query",
        cause: "Asp.Versioning, QueryStringApiVersionReader",
        kind: Kind::Version,
        apply: |document| {
            add_parameter(
                document,
                &json!({ "name": "api-version", "in": "query", "required": true, "schema": { "type": "string", "default": "1.0" } }),
            );
        },
    },
    Way {
        name: "version-header",
        cause: "Asp.Versioning, HeaderApiVersionReader",
        kind: Kind::Version,
        apply: |document| {
            add_parameter(
                document,
                &json!({ "name": "x-api-version", "in": "header", "required": true, "schema": { "type": "string" } }),
            );
        },
    },
    Way {
        name: "tenant-header",
        cause: "an operation filter",
        kind: Kind::Extras,
        apply: |document| {
            add_parameter(
                document,
                &json!({ "name": "X-Tenant", "in": "header", "required": true, "schema": { "type": "string" } }),
            );
        },
    },
    Way {
        name: "optional-header",
        cause: "an operation filter",
        kind: Kind::Extras,
        apply: |document| {
            add_parameter(
                document,
                &json!({ "name": "X-Correlation-Id", "in": "header", "schema": { "type": "string" } }),
            );
        },
    },
    Way {
        name: "required-cookie",
        cause: "an operation filter",
        kind: Kind::Extras,
        apply: |document| {
            add_parameter(
                document,
                &json!({ "name": "tenant", "in": "cookie", "required": true, "schema": { "type": "string" } }),
            );
        },
    },
    Way {
        name: "authorization-header",
        cause: "[FromHeader] Authorization",
        kind: Kind::Extras,
        apply: |document| {
            add_parameter(
                document,
                &json!({ "name": "Authorization", "in": "header", "required": true, "schema": { "type": "string" } }),
            );
        },
    },
    Way { name: "administration", cause: "500 more endpoints", kind: Kind::Others, apply: administration },
    Way {
        name: "operation-ids",
        cause: "CustomOperationIds, NSwag",
        kind: Kind::Others,
        apply: |document| {
            let mut number = 0;
            operations(document, |_, method, operation| {
                number += 1;
                operation["operationId"] = format!("Reports_{method}{number}").into();
            });
        },
    },
    Way {
        name: "prefixed-paths",
        cause: "UsePathBase, a reverse proxy",
        kind: Kind::Place,
        apply: |document| {
            paths(document, |path| format!("/reporting{path}"));
        },
    },
    Way {
        name: "server-prefix",
        cause: "AddServer(\"/reporting\")",
        kind: Kind::Place,
        apply: |document| {
            document["servers"] = json!([{ "url": "/reporting" }]);
        },
    },
    Way {
        name: "server-url",
        cause: "PreSerializeFilters",
        kind: Kind::Place,
        apply: |document| {
            document["servers"] = json!([{ "url": "https://reports.internal:8443/reporting/" }]);
        },
    },
    Way {
        name: "server-variable",
        cause: "server variables",
        kind: Kind::Place,
        apply: |document| {
            document["servers"] = json!([{ "url": "https://{host}/{base}", "variables": { "host": { "default": "reports" }, "base": { "default": "reporting" } } }]);
        },
    },
    Way {
        name: "server-has-root",
        cause: "the API's root in servers",
        kind: Kind::Place,
        apply: |document| {
            let root = |path: &str| path.split('/').take(3).collect::<Vec<_>>().join("/");
            let first = document["paths"].as_object().unwrap().keys().next().unwrap().clone();
            if first.contains("{version") {
                return;
            }
            document["servers"] = json!([{ "url": root(&first) }]);
            paths(document, |path| path[root(path).len()..].to_owned());
        },
    },
];

/// The route parameters by the names that a rule gives them, in paths and declarations.
fn rename(document: &mut Value, name_of: impl Fn(&str, usize) -> String) {
    let old = document["paths"].as_object().unwrap().clone();
    let mut new = serde_json::Map::new();
    for (path, mut item) in old {
        let mut parts: Vec<String> = path.split('/').map(str::to_owned).collect();
        for (place, part) in parts.iter_mut().filter(|part| part.starts_with('{')).enumerate() {
            let own = part.trim_matches(['{', '}']).to_owned();
            let name = name_of(&own, place);
            for method in super::change::METHODS {
                let parameters =
                    item.get_mut(method).and_then(|operation| operation.get_mut("parameters")?.as_array_mut());
                for parameter in parameters.into_iter().flatten() {
                    if parameter["in"] == "path" && parameter["name"] == own.as_str() {
                        parameter["name"] = name.clone().into();
                    }
                }
            }
            *part = format!("{{{name}}}");
        }
        new.insert(parts.join("/"), item);
    }
    document["paths"] = new.into();
}

fn named(document: &mut Value) {
    rename(document, |own, _| match own {
        "workspaceId" => "ws".to_owned(),
        "reportIdOrTypeCode" => "report_ref".to_owned(),
        "tempFileId" => "FileID".to_owned(),
        other => format!("{other}Param"),
    });
}

fn one_name(document: &mut Value) {
    rename(document, |_, place| if place == 0 { "id".to_owned() } else { format!("id{place}") });
}

fn constraints(document: &mut Value) {
    paths(document, |path| {
        path.replace("{tempFileId}", "{tempFileId:int}")
            .replace("{jobRunId}", "{jobRunId:int:min(1)}")
            .replace("{workspaceId}", "{workspaceId:required}")
    });
}

fn shared(document: &mut Value) {
    for item in document["paths"].as_object_mut().unwrap().values_mut() {
        let mut taken = Vec::new();
        for method in super::change::METHODS {
            let Some(parameters) =
                item.get_mut(method).and_then(|operation| operation.get_mut("parameters")?.as_array_mut())
            else {
                continue;
            };
            taken = parameters.iter().filter(|one| one["in"] == "path").cloned().collect();
            parameters.retain(|one| one["in"] != "path");
        }
        item["parameters"] = taken.into();
    }
}

fn referenced(document: &mut Value) {
    let mut components = serde_json::Map::new();
    operations(document, |_, _, operation| {
        for parameter in operation["parameters"].as_array_mut().into_iter().flatten() {
            let name = format!("{}_{}", parameter["in"].as_str().unwrap(), parameter["name"].as_str().unwrap());
            components.insert(name.clone(), parameter.clone());
            *parameter = json!({ "$ref": format!("#/components/parameters/{name}") });
        }
    });
    document["components"]["parameters"] = components.into();
}

fn version_segment(document: &mut Value, segment: &str, schema: Value) {
    paths(document, |path| {
        path.split('/')
            .map(|part| if part.eq_ignore_ascii_case("v1") { segment } else { part })
            .collect::<Vec<_>>()
            .join("/")
    });
    add_parameter(document, &json!({ "name": "version", "in": "path", "required": true, "schema": schema }));
}

fn administration(document: &mut Value) {
    for number in 0..125 {
        for tail in ["reports", "workspaces", "jobs/{id}/runs", "templates/{id}"] {
            let id = json!([{ "name": "id", "in": "path", "required": true, "schema": { "type": "integer" } }]);
            let parameters = if tail.contains('{') { id } else { json!([]) };
            let operation = json!({ "parameters": parameters, "responses": { "200": { "description": "OK" } } });
            document["paths"][format!("/api/admin/area{number}/{tail}")] = json!({ "get": operation });
        }
    }
}
