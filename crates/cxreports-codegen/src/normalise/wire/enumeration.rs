use std::collections::BTreeSet;

use serde_json::Value;

use crate::ident;

/// An enumeration.
#[derive(Debug, Clone)]
pub struct Enumeration {
    /// Its component.
    pub name: String,
    /// The document's description.
    pub description: Option<String>,
    /// Its variants, in the document's order.
    pub variants: Vec<Variant>,
}

/// A listed value.
#[derive(Debug, Clone)]
pub struct Variant {
    /// The variant of the Rust type.
    pub rust: String,
    /// The string or integer that is sent.
    pub value: Value,
}

impl Enumeration {
    pub(super) fn read(name: &str, schema: &Value) -> Option<Self> {
        let values = schema.get("enum")?.as_array()?;
        let labels =
            ["x-enum-varnames", "x-enumNames", "x-enumVarnames"].iter().find_map(|key| schema.get(key)?.as_array());
        let mut taken: BTreeSet<String> = BTreeSet::from(["Unknown".to_owned()]);
        let variants = values.iter().enumerate().map(|(index, value)| {
            let label = labels.filter(|labels| labels.len() == values.len()).and_then(|labels| labels[index].as_str());
            let wanted = match (label, value) {
                (Some(label), _) => ident::pascal(label),
                (None, Value::String(text)) if text.is_empty() => "Empty".to_owned(),
                (None, Value::String(text)) => ident::pascal(text),
                (None, value) => format!("Value{}", value.to_string().replace('-', "Minus")),
            };
            let stem = if wanted == "Unknown" { "UnknownValue".to_owned() } else { wanted };
            let rust = ident::free(&stem, "", |rust| taken.contains(rust));
            taken.insert(rust.clone());
            Variant { rust, value: value.clone() }
        });
        let variants = variants.collect();
        Some(Self { name: name.to_owned(), description: schema["description"].as_str().map(str::to_owned), variants })
    }
}
