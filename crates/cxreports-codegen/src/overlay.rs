//! What real documents leave out, as an OpenAPI Overlay 1.0 document.

use std::path::Path;

use roas_overlay::{
    apply::{Apply as _, Operation},
    v1_0,
    validation::Validate as _,
};
use serde_json::Value;

use crate::files::{ReadError, read_if_there};

/// An overlay that has been read.
#[derive(Debug, Clone)]
pub struct Overlay {
    path: String,
    overlay: v1_0::Overlay,
}

/// What an action did to a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// Its JSONPath.
    pub target: String,
    /// Why it is there.
    pub why: String,
    /// Whether it removes.
    pub removes: bool,
    /// The number of places that it matched; 0 means that this document does not need it.
    pub matched: usize,
}

impl Overlay {
    /// Reads an overlay.
    ///
    /// # Errors
    ///
    /// [`ReadError`] names the file and what is wrong in it.
    pub fn read(path: &Path) -> Result<Self, ReadError> {
        let text = std::fs::read_to_string(path).map_err(ReadError::io(path))?;
        Self::parse(&text, &path.display().to_string())
    }

    /// Reads an overlay; `None` when it is not there.
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read).
    pub fn read_if_there(path: &Path) -> Result<Option<Self>, ReadError> {
        let text = read_if_there(path).map_err(ReadError::io(path))?;
        text.map(|text| Self::parse(&text, &path.display().to_string())).transpose()
    }

    /// Reads an overlay from YAML or JSON text.
    ///
    /// # Errors
    ///
    /// [`ReadError`] names the file and what is wrong in it.
    pub fn parse(text: &str, path: &str) -> Result<Self, ReadError> {
        let invalid = |reason: String| ReadError::invalid(Path::new(path), reason);
        let not_an_overlay = |reason: String| invalid(format!("not an OpenAPI Overlay 1.0 document: {reason}"));
        let overlay: v1_0::Overlay =
            serde_yaml_ng::from_str(text).map_err(|error| not_an_overlay(error.to_string()))?;
        overlay.validate(Default::default()).map_err(|error| not_an_overlay(error.to_string()))?;
        match overlay
            .actions
            .iter()
            .position(|action| action.description.as_ref().is_none_or(|why| why.trim().is_empty()))
        {
            Some(index) => {
                Err(invalid(format!("actions[{index}] has no `description`; say why the document needs it")))
            }
            None => Ok(Self { path: path.to_owned(), overlay }),
        }
    }

    /// Applies it; on an error the document is left as it was.
    ///
    /// # Errors
    ///
    /// [`ReadError::Invalid`] names the file and the action that cannot be applied.
    pub fn apply(&self, document: &mut Value) -> Result<Vec<Applied>, ReadError> {
        let report = self
            .overlay
            .apply(document, Default::default())
            .map_err(|error| ReadError::invalid(Path::new(&self.path), error))?;
        let outcomes = report.actions.into_iter().zip(&self.overlay.actions);
        Ok(outcomes
            .map(|(outcome, action)| Applied {
                target: outcome.target,
                why: action.description.as_deref().unwrap_or_default().trim().to_owned(),
                removes: matches!(outcome.operation, Operation::Remove),
                matched: outcome.matched,
            })
            .collect())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const OVERLAY: &str = "
overlay: 1.0.0
info: { title: t, version: '1' }
actions:
  - target: $.paths['/a'].get.responses['200']
    description: it is a file
    update: { content: { application/octet-stream: {} } }
  - target: $.paths['/b']
    description: it is not ours
    remove: true
";

    #[test]
    fn actions_say_how_many_places_they_met() {
        let overlay = Overlay::parse(OVERLAY, "overlay.yaml").unwrap();
        let mut document = json!({ "paths": { "/a": { "get": { "responses": { "200": {} } } } } });
        let applied = overlay.apply(&mut document).unwrap();
        assert_eq!(
            applied.iter().map(|action| (action.matched, action.removes)).collect::<Vec<_>>(),
            [(1, false), (0, true)]
        );
        assert!(document.pointer("/paths/~1a/get/responses/200/content/application~1octet-stream").is_some());
    }

    #[test]
    fn an_action_needs_a_reason() {
        let error =
            Overlay::parse(&OVERLAY.replace("    description: it is a file\n", ""), "overlay.yaml").unwrap_err();
        assert_eq!(error.to_string(), "overlay.yaml: actions[0] has no `description`; say why the document needs it");
    }
}
