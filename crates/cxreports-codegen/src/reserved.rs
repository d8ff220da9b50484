//! Names that generated code reserves, by the module in which a document's names would collide with them.

/// The component schema that stands for any JSON value.
pub const ANY_JSON: &str = "AnyJson";

/// Methods of the generated client, or of a trait that it uses.
pub(crate) const METHODS: [&str; 9] =
    ["api_version", "baseurl", "client", "exec", "inner", "new", "new_with_client", "post", "pre"];

/// Names that the module of builders uses itself.
pub(crate) const BUILDERS: [&str; 17] = [
    "ByteStream",
    "Client",
    "ClientHooks",
    "ClientInfo",
    "Default",
    "Err",
    "Error",
    "None",
    "Ok",
    "OperationInfo",
    "Option",
    "RequestBuilderExt",
    "ResponseValue",
    "Result",
    "Some",
    "String",
    "Vec",
];

/// Names that the module of types uses itself.
pub(crate) const TYPES: [&str; 25] = [
    ANY_JSON,
    "Box",
    "Clone",
    "Debug",
    "Default",
    "Deserialize",
    "Deserializer",
    "Err",
    "File",
    "From",
    "FromStr",
    "Into",
    "None",
    "Ok",
    "Option",
    "Raw",
    "Result",
    "Serialize",
    "Serializer",
    "Some",
    "String",
    "ToString",
    "TryInto",
    "Value",
    "Vec",
];

/// Methods of a builder, and variables of its `send`.
pub(crate) const ARGUMENTS: [&str; 7] = ["body", "body_map", "header_map", "info", "new", "send", "stream"];
