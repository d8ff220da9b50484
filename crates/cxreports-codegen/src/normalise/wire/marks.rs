//! The extensions that the passes leave in a document.

/// Extension with the media type or the name that is sent or received.
pub(crate) const WIRE: &str = "x-wire";
/// Extension of a parameter: its [`Writing`](super::Writing).
pub(crate) const WRITING: &str = "x-wire-as";
/// Extension of a component schema that is a form (`multipart` or `urlencoded`), and of the body that takes it (the component's name).
pub(crate) const FORM: &str = "x-wire-form";
/// Extension of a form's member that is a file.
pub(crate) const FILE: &str = "x-wire-file";
/// Extension of a component schema that is a choice between objects.
pub(crate) const UNION: &str = "x-wire-union";
