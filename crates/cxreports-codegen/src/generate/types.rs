//! `src/types.rs`: the types of a document, and their builders.

use super::{
    edits::Types,
    text::{fill, print, text},
};

/// The module, with the types of `modules`, which are templates of ours.
pub(super) fn module(types: Types, modules: &[&str]) -> String {
    let mut source = "//! Types of parameters, bodies and responses.\n\n".to_owned();
    for module in modules {
        source.push_str(&format!("pub use crate::{module}::*;\n"));
    }
    let objects = types.objects;
    if objects.iter().any(|object| object.is_shared) {
        source.push_str("use crate::support::members::object;\n\n");
    }
    source.push_str(&print(types.items));
    for object in objects.iter().filter(|object| object.is_shared) {
        let members = object.members.iter().map(|member| format!("{:?} {},", member.wire, member.name));
        source.push_str(&format!("object! {{ {} {{\n{}}} }}\n", object.name, fill(members, 4)));
    }
    source.push_str("/// Builders of the types.\npub mod builder {\n");
    if !objects.is_empty() {
        source.push_str("    use crate::support::builder;\n\n");
    }
    for object in &objects {
        let required = object.members.iter().any(|member| member.required);
        let members = object.members.iter().map(|member| {
            let is_required = if member.required { "required" } else { "optional" };
            let mark = if required { format!("{is_required} ") } else { String::new() };
            format!("{mark}{}: {},", member.name, text(&member.kind))
        });
        source.push_str(&format!("    builder! {{ {} {{\n{}    }} }}\n", object.name, fill(members, 8)));
    }
    source.push_str("}\n");
    source
}
