//! Passes, and the document that they work on.

use serde_json::{Map, Value};

use super::report::Refusal;
use crate::document::{Endpoint, for_each_operation};

/// A named fix of documents.
#[derive(Debug, Clone, Copy)]
pub struct Pass {
    /// Its name in reports.
    pub name: &'static str,
    /// Why documents need it.
    pub why: &'static str,
    pub(super) run: fn(&mut Context),
}

impl Pass {
    /// Runs this pass alone.
    #[must_use]
    pub fn apply(&self, document: Value) -> (Value, Vec<Refusal>) {
        let mut context = Context { document, refused: Vec::new() };
        (self.run)(&mut context);
        (context.document, context.refused)
    }
}

/// A document while passes work on it.
#[derive(Debug)]
pub(super) struct Context {
    pub(super) document: Value,
    pub(super) refused: Vec<Refusal>,
}

impl Context {
    /// Takes an operation out, by name and with the reason.
    pub(super) fn refuse(&mut self, endpoint: &Endpoint, reason: impl Into<String>) {
        if let Some(item) = self.document["paths"][&endpoint.path].as_object_mut() {
            item.remove(&endpoint.method);
        }
        self.refused.push(Refusal {
            operation: endpoint.to_string(),
            pointer: endpoint.pointer(),
            reason: reason.into(),
        });
    }

    /// Runs a check or a change on every operation; those for which it gives a reason are refused.
    pub(super) fn each_operation(
        &mut self,
        mut run: impl FnMut(&Endpoint, &mut Map<String, Value>) -> Result<(), String>,
    ) {
        let mut refused = Vec::new();
        for_each_operation(&mut self.document, |endpoint, operation| {
            if let Err(reason) = run(endpoint, operation) {
                refused.push((endpoint.clone(), reason));
            }
        });
        for (endpoint, reason) in refused {
            self.refuse(&endpoint, reason);
        }
    }
}
