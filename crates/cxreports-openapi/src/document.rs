//! Reading and walking an OpenAPI document that is still a plain JSON value.

use serde_json::{Map, Value};

pub use crate::{
    reference::{
        ReferenceError, escape, follow, pointer, reference, referenced, resolve, schema_name, target, unescape,
    },
    template::{Piece, pieces},
};

/// The methods that an OpenAPI path item can have, in the order in which operations are listed.
pub const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

/// The method that OpenAPI 3.2 adds to them.
const QUERY: &str = "query";

/// The keywords of a schema under which there is one schema.
const ONE_SCHEMA: [&str; 3] = ["items", "additionalProperties", "not"];
/// The keywords of a schema under which there is a list of schemas.
const SCHEMA_LIST: [&str; 3] = ["allOf", "oneOf", "anyOf"];

/// An operation's method and path.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Endpoint {
    /// The path template.
    pub path: String,
    /// The method, in lower case; one that OpenAPI has no word for, as the document writes it.
    pub method: String,
}

impl Endpoint {
    /// The JSON pointer of the operation.
    #[must_use]
    pub fn pointer(&self) -> String {
        let item = format!("/paths/{}", escape(&self.path));
        let method = escape(&self.method);
        if self.has_word() { format!("{item}/{method}") } else { format!("{item}/additionalOperations/{method}") }
    }

    /// Whether a path item has a member for the method.
    fn has_word(&self) -> bool {
        self.method == QUERY || METHODS.contains(&self.method.as_str())
    }
}

impl std::fmt::Display for Endpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.has_word() {
            write!(f, "{} {}", self.method.to_ascii_uppercase(), self.path)
        } else {
            write!(f, "{} {}", self.method, self.path)
        }
    }
}

/// Every operation of a document, by path and method.
#[must_use]
pub fn endpoints(document: &Value) -> Vec<Endpoint> {
    let paths = document["paths"].as_object();
    paths
        .into_iter()
        .flatten()
        .flat_map(|(path, item)| {
            METHODS
                .iter()
                .filter(|method| item.get(**method).is_some_and(Value::is_object))
                .map(|method| Endpoint { path: path.clone(), method: (*method).to_owned() })
        })
        .collect()
}

/// The operations of OpenAPI 3.2 that no HTTP client here can send: by method `QUERY`, or by one of the server's own.
#[must_use]
pub fn uncallable(document: &Value) -> Vec<Endpoint> {
    let mut found = Vec::new();
    for (path, item) in document["paths"].as_object().into_iter().flatten() {
        let mut add = |method: &str, operation: &Value| {
            if operation.is_object() {
                found.push(Endpoint { path: path.clone(), method: method.to_owned() });
            }
        };
        item.get(QUERY).into_iter().for_each(|operation| add(QUERY, operation));
        let additional = item.get("additionalOperations").and_then(Value::as_object).into_iter().flatten();
        additional.for_each(|(method, operation)| add(method, operation));
    }
    found
}

/// The operation at an endpoint; null where there is none.
#[must_use]
pub fn operation<'a>(document: &'a Value, endpoint: &Endpoint) -> &'a Value {
    document.pointer(&endpoint.pointer()).unwrap_or(&Value::Null)
}

/// Calls `visit` with every operation.
pub fn for_each_operation(document: &mut Value, mut visit: impl FnMut(&Endpoint, &mut Map<String, Value>)) {
    for endpoint in endpoints(document) {
        if let Some(operation) = document["paths"][&endpoint.path][&endpoint.method].as_object_mut() {
            visit(&endpoint, operation);
        }
    }
}

/// Calls `visit` with every schema of the document, a schema before the ones inside it.
pub fn for_each_schema(document: &mut Value, visit: &mut dyn FnMut(&mut Value)) {
    if let Some(schemas) = document.pointer_mut("/components/schemas").and_then(Value::as_object_mut) {
        schemas.values_mut().for_each(|schema| in_schema(schema, visit));
    }
    for_each_operation(document, |_, operation| {
        for_each_operation_schema(operation, &mut |schema| in_schema(schema, visit))
    });
}

/// Calls `visit` with the schema of every parameter, body and response of an operation.
pub fn for_each_operation_schema(operation: &mut Map<String, Value>, visit: &mut dyn FnMut(&mut Value)) {
    for parameter in operation.get_mut("parameters").and_then(Value::as_array_mut).into_iter().flatten() {
        if let Some(schema) = parameter.get_mut("schema") {
            visit(schema);
        }
    }
    let bodies = operation.get_mut("requestBody").into_iter();
    for_each_media_schema(bodies, visit);
    let responses = operation.get_mut("responses").and_then(Value::as_object_mut).into_iter().flat_map(Map::values_mut);
    for_each_media_schema(responses, visit);
}

/// Calls `visit` with the schema of every media type of the given bodies or responses.
pub fn for_each_media_schema<'a>(carriers: impl Iterator<Item = &'a mut Value>, visit: &mut dyn FnMut(&mut Value)) {
    for carrier in carriers {
        let content = carrier.get_mut("content").and_then(Value::as_object_mut);
        for schema in content.into_iter().flat_map(Map::values_mut).filter_map(|media| media.get_mut("schema")) {
            visit(schema);
        }
    }
}

/// Calls `visit` with a schema and every schema inside it.
pub fn in_schema(schema: &mut Value, visit: &mut dyn FnMut(&mut Value)) {
    visit(schema);
    for_each_child(schema, &mut |child| in_schema(child, visit));
}

/// Calls `visit` with the schemas directly inside a schema.
pub fn for_each_child(schema: &mut Value, visit: &mut dyn FnMut(&mut Value)) {
    let Some(schema) = schema.as_object_mut() else { return };
    if let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) {
        properties.values_mut().for_each(&mut *visit);
    }
    for keyword in ONE_SCHEMA {
        if let Some(child) = schema.get_mut(keyword).filter(|child| child.is_object()) {
            visit(child);
        }
    }
    for keyword in SCHEMA_LIST {
        schema.get_mut(keyword).and_then(Value::as_array_mut).into_iter().flatten().for_each(&mut *visit);
    }
}

/// The component schemas that a value refers to, with those that they refer to in turn.
#[must_use]
pub fn closure(document: &Value, roots: &[&Value]) -> std::collections::BTreeSet<String> {
    let mut seen = std::collections::BTreeSet::new();
    let mut open: Vec<&Value> = roots.to_vec();
    while let Some(value) = open.pop() {
        match value {
            Value::Array(values) => open.extend(values),
            Value::Object(map) => {
                if let Some(name) = referenced(value)
                    && !seen.contains(&name)
                {
                    open.extend(document.pointer(&format!("/components/schemas/{}", escape(&name))));
                    seen.insert(name);
                }
                open.extend(map.values());
            }
            _ => {}
        }
    }
    seen
}

/// The component schemas that refer to themselves, directly or through others.
#[must_use]
pub fn recursive(document: &Value) -> std::collections::BTreeSet<String> {
    let none = Map::new();
    let schemas = document["components"]["schemas"].as_object().unwrap_or(&none);
    let mut graph = Graph { numbers: Default::default(), edges: Vec::new() };
    for (name, schema) in schemas {
        let mut targets = Vec::new();
        references(schema, &mut |target| targets.push(graph.number(&target)));
        let own = graph.number(name);
        graph.edges[own] = targets;
    }
    let circles = graph.circles();
    graph.numbers.into_iter().filter(|(_, number)| circles[*number]).map(|(name, _)| name).collect()
}

/// Calls `visit` with the component schemas that a value refers to.
fn references(value: &Value, visit: &mut dyn FnMut(String)) {
    match value {
        Value::Array(values) => values.iter().for_each(|value| references(value, visit)),
        Value::Object(map) => {
            referenced(value).into_iter().for_each(&mut *visit);
            map.values().for_each(|value| references(value, visit));
        }
        _ => {}
    }
}

/// Which schema refers to which.
struct Graph {
    numbers: std::collections::BTreeMap<String, usize>,
    edges: Vec<Vec<usize>>,
}

impl Graph {
    fn number(&mut self, name: &str) -> usize {
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        self.numbers.insert(name.to_owned(), self.edges.len());
        self.edges.push(Vec::new());
        self.edges.len() - 1
    }

    /// Which nodes are on a circle: those of a strongly connected component of several, or with an edge to themselves
    /// (Tarjan's algorithm, without recursion).
    fn circles(&self) -> Vec<bool> {
        const NEW: usize = usize::MAX;
        let count = self.edges.len();
        let (mut index, mut low, mut is_open) = (vec![NEW; count], vec![0; count], vec![false; count]);
        let (mut open, mut circles, mut next) = (Vec::new(), vec![false; count], 0);
        for root in 0..count {
            let mut path = if index[root] == NEW { vec![(root, 0)] } else { Vec::new() };
            while let Some((node, edge)) = path.pop() {
                if edge == 0 {
                    (index[node], low[node], is_open[node]) = (next, next, true);
                    next += 1;
                    open.push(node);
                }
                if let Some(target) = self.edges[node].get(edge).copied() {
                    path.push((node, edge + 1));
                    if index[target] == NEW {
                        path.push((target, 0));
                    } else if is_open[target] {
                        low[node] = low[node].min(index[target]);
                    }
                    circles[node] |= target == node;
                    continue;
                }
                if let Some((parent, _)) = path.last() {
                    low[*parent] = low[*parent].min(low[node]);
                }
                if low[node] == index[node] {
                    let from = open.iter().rposition(|one| *one == node).unwrap_or_default();
                    let component = open.split_off(from);
                    for one in &component {
                        is_open[*one] = false;
                        circles[*one] |= component.len() > 1;
                    }
                }
            }
        }
        circles
    }
}
