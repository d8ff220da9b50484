//! The table of a pin, and its client: written as text, so that a field is a line.

use std::fmt::Write as _;

use cxreports_core::{Absent, BoundField, Encoding, Extra, WireValue};

use super::{manifest, target::Target};
use crate::{
    contract::{Contract, Matched},
    files::sha256,
    normalise::Normalised,
    since::Since,
};

/// `src/pin.rs`.
pub(super) fn table(target: Target<'_>, normalised: &Normalised) -> String {
    let (Target::Pin { name, edition, deployments, since, .. }, Some(contract)) = (target, &normalised.contract) else {
        return String::new();
    };
    let mut operations: Vec<&Matched> = contract.operations.iter().collect();
    operations.sort_by_key(|matched| matched.spec.name);
    let client = manifest::pin_type(name);
    let mut text = format!(
        "//! What this crate was generated from, and its client.\n\n\
         #[allow(unused_imports)]\n\
         use std::borrow::Cow::Borrowed;\n\n\
         #[allow(unused_imports)]\n\
         use cxreports_pin::core::{{\n    Absent::*, Binding, BoundField as Field, Encoding::*, Extra, Location::*, Pin, PinnedOperation, WireValue,\n}};\n\n\
         /// What this crate was generated from.\n\
         pub static PIN: Pin = Pin {{\n    name: {name:?},\n    edition: {edition:?},\n    deployments: &{deployments:?},\n    document_sha256: {:?},\n\
         \x20   server: {:?},\n    prefix: {:?},\n    operations: &[\n",
        sha256(normalised.text().as_bytes()),
        contract.server,
        contract.prefix,
    );
    for matched in &operations {
        operation(&mut text, matched, since);
    }
    let _ = writeln!(text, "    ],\n    newer: &{:?},\n}};", newer(contract, since));
    let _ = write!(
        text,
        "\n/// The client of this pin.\npub type Api = {client};\n\n\
         cxreports_pin::pin! {{\n    /// The client of this pin: it has what its instance has, and no more. It has the pin's name so that the compiler\n\
         \x20   /// says which pin it is that lacks something.\n    {client}: crate::client::Client = PIN {{\n"
    );
    for matched in &operations {
        let _ = writeln!(text, "        {}", matched.spec.rust);
    }
    text.push_str("    }\n}\n");
    text
}

fn operation(text: &mut String, matched: &Matched, since: &Since) {
    let (name, binding) = (matched.spec.name, &matched.binding);
    let later: Vec<_> = since.later(name).filter(|(field, _)| binding.names().any(|name| name == *field)).collect();
    let _ = writeln!(
        text,
        "        PinnedOperation {{\n            name: {name:?},\n            since: {:?},\n            later: &{later:?},",
        since.operation(name).unwrap_or_default()
    );
    let _ = writeln!(
        text,
        "            binding: Binding::new(\n                {:?},\n                {:?},",
        binding.path, binding.media_type
    );
    let fields: Vec<String> =
        binding.fields.iter().map(|one| format!("\n                    {},", field(one))).collect();
    let end = if fields.is_empty() { "" } else { "\n                " };
    let _ = writeln!(text, "                {},", list(&format!("{}{end}", fields.concat())));
    let extras: Vec<String> = binding.extras.iter().map(extra).collect();
    let unknown: Vec<String> = binding.unknown.iter().map(|name| format!("Borrowed({name:?})")).collect();
    let _ = writeln!(
        text,
        "                {},\n                {},\n            ),\n        }},",
        list(&extras.join(", ")),
        list(&unknown.join(", "))
    );
}

/// A list of items that have destructors, as a static can hold them.
fn list(items: &str) -> String {
    if items.is_empty() { "&[]".to_owned() } else { format!("const {{ &[{items}] }}") }
}

fn field(field: &BoundField) -> String {
    let BoundField { field, location, name, encoding, absent } = field;
    let encoding = match encoding {
        Encoding::Native | Encoding::Text | Encoding::Integer => format!("{encoding:?}"),
        Encoding::Values(values) => {
            let value = |(known, own): &(_, WireValue)| match own {
                WireValue::Integer(number) => format!("(Borrowed({known:?}), WireValue::Integer({number}))"),
                WireValue::String(text) => format!("(Borrowed({known:?}), WireValue::String(Borrowed({text:?})))"),
            };
            format!("Values(Borrowed({}))", list(&values.iter().map(value).collect::<Vec<_>>().join(", ")))
        }
    };
    let absent = match absent {
        Absent::Default(json) => format!("Default(Borrowed({json:?}))"),
        other => format!("{other:?}"),
    };
    format!("Field::new({field:?}, {location:?}, {name:?}, {encoding}, {absent})")
}

fn extra(extra: &Extra) -> String {
    format!("Extra::new({:?}, {:?}, {:?})", extra.location, extra.name, extra.value)
}

/// The fields of the pin's operations that only newer pins have.
fn newer<'a>(contract: &'a Contract, since: &'a Since) -> Vec<(&'a str, &'a str, &'a str)> {
    let lacking = |matched: &'a Matched| {
        let has = |field: &str| matched.binding.names().any(|name| name == field);
        let later = since.later(matched.spec.name).filter(move |(field, _)| !has(field));
        later.map(|(field, pin)| (matched.spec.name, field, pin))
    };
    contract.operations.iter().flat_map(lacking).collect()
}
