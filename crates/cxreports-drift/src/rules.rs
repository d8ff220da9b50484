//! The rules of comparison: what each change is called, and how bad it is in which direction.
//!
//! They follow the direction of the contract: what a server demands less of, and answers more narrowly, breaks nobody; the
//! reverse breaks.

use serde::{Deserialize, Serialize};

/// How bad a change is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Nobody is broken by it.
    Info,
    /// It may break somebody, or will.
    Warning,
    /// It breaks those who rely on what was.
    Breaking,
}

impl Severity {
    /// As it is written everywhere.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Breaking => "breaking",
        }
    }
}

/// Which way the data goes that a change is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// From us to the server.
    Request,
    /// From the server to us.
    Response,
}

impl Direction {
    /// As it is written everywhere.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Response => "response",
        }
    }
}

macro_rules! rules {
    ($($(#[$meta:meta])* $rule:ident = $id:literal $request:ident $(/ $response:ident)? : $what:literal,)*) => {
        /// A rule. Its id is stable: acceptances name it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Rule { $(#[doc = $what] $rule,)* }

        impl Rule {
            /// Every rule.
            pub const ALL: &'static [Self] = &[$(Self::$rule,)*];

            /// Its id.
            #[must_use]
            pub fn id(self) -> &'static str {
                match self { $(Self::$rule => $id,)* }
            }

            /// What it means, in a few words.
            #[must_use]
            pub fn what(self) -> &'static str {
                match self { $(Self::$rule => $what,)* }
            }

            /// How bad it is, unless the workspace says otherwise.
            #[must_use]
            pub fn severity(self, direction: Option<Direction>) -> Severity {
                match self {
                    $(Self::$rule => rules!(@severity direction, $request $(, $response)?),)*
                }
            }
        }
    };
    (@severity $direction:ident, $both:ident) => { Severity::$both };
    (@severity $direction:ident, $request:ident, $response:ident) => {
        match $direction {
            Some(Direction::Response) => Severity::$response,
            _ => Severity::$request,
        }
    };
}

rules! {
    // Endpoints.
    OperationRemoved = "operation-removed" Breaking: "an operation is gone",
    OperationAdded = "operation-added" Info: "an operation is new",
    OperationDeprecated = "operation-deprecated" Warning: "an operation is deprecated",
    OperationNotDeprecated = "operation-not-deprecated" Info: "an operation is no longer deprecated",
    OperationIdChanged = "operation-id-changed" Info: "an operation's id is another one",
    PathParameterRenamed = "path-parameter-renamed" Info: "a path parameter has another name",
    ParameterAddedRequired = "parameter-added-required" Breaking: "a required parameter is new",
    ParameterAddedOptional = "parameter-added-optional" Info: "an optional parameter is new",
    ParameterRemoved = "parameter-removed" Breaking: "a parameter is gone",
    ParameterMoved = "parameter-moved" Breaking: "a parameter is sent elsewhere: in the path, the query, a header or a cookie",
    ParameterNowRequired = "parameter-now-required" Breaking: "a parameter must be there now",
    ParameterNowOptional = "parameter-now-optional" Info: "a parameter may be left out now",
    ParameterStyleChanged = "parameter-style-changed" Breaking: "a parameter is written in another style",
    ParameterExplodeChanged = "parameter-explode-changed" Breaking: "a parameter's values are joined, or no longer joined",
    ParameterContentChanged = "parameter-content-changed" Breaking: "a parameter is described by a media type instead of a schema, or the reverse",
    ParameterDeprecated = "parameter-deprecated" Warning: "a parameter is deprecated",
    BodyAddedRequired = "body-added-required" Breaking: "a body must be sent now",
    BodyAddedOptional = "body-added-optional" Info: "a body may be sent now",
    BodyRemoved = "body-removed" Breaking: "a body is no longer taken",
    BodyNowRequired = "body-now-required" Breaking: "the body must be there now",
    BodyNowOptional = "body-now-optional" Info: "the body may be left out now",
    MediaTypeRemoved = "media-type-removed" Breaking: "a media type is no longer taken or sent",
    MediaTypeAliasRemoved = "media-type-alias-removed" Warning: "one of several names of JSON is no longer taken or sent",
    MediaTypeAdded = "media-type-added" Info: "a media type is taken or sent in addition",
    EncodingChanged = "encoding-changed" Breaking: "a part of the body is encoded in another way",
    SuccessRemoved = "success-removed" Breaking: "a status of success is no longer answered",
    SuccessAdded = "success-added" Warning: "a status of success is answered in addition",
    FailureRemoved = "failure-removed" Info: "a status of failure is no longer listed",
    FailureAdded = "failure-added" Info: "a status of failure is listed in addition",
    ContentRemoved = "content-removed" Breaking: "an answer has no content any more",
    ContentAdded = "content-added" Info: "an answer has content now",
    HeaderRemoved = "header-removed" Breaking: "a header is no longer answered",
    HeaderAdded = "header-added" Info: "a header is answered in addition",
    HeaderNowOptional = "header-now-optional" Breaking: "a header is not always answered any more",
    HeaderNowRequired = "header-now-required" Info: "a header is always answered now",
    SecurityAdded = "security-added" Breaking: "credentials are needed that were not",
    SecurityRelaxed = "security-relaxed" Info: "fewer or other credentials are enough now",
    ScopeAdded = "scope-added" Breaking: "the credentials need another scope",
    SecuritySchemeChanged = "security-scheme-changed" Breaking: "credentials are sent in another way",
    BasePathChanged = "base-path-changed" Breaking: "the paths begin elsewhere",
    VersionChanged = "version-changed" Info: "the document states another version",

    // Schemas.
    TypeChanged = "type-changed" Breaking: "a value is of another type",
    TypeNarrowed = "type-narrowed" Breaking / Info: "a value is of a narrower type",
    TypeWidened = "type-widened" Info / Breaking: "a value is of a wider type",
    FormatChanged = "format-changed" Breaking: "a value is in another format",
    FormatNarrowed = "format-narrowed" Breaking / Info: "a value is in a narrower format",
    FormatWidened = "format-widened" Info / Breaking: "a value is in a wider format",
    NullRefused = "null-refused" Breaking / Info: "null is no longer possible",
    NullAllowed = "null-allowed" Info / Breaking: "null is possible now",
    EnumAdded = "enum-added" Breaking / Info: "the values are listed now, and no others are possible",
    EnumRemoved = "enum-removed" Info / Warning: "the values are no longer listed",
    EnumValueRemoved = "enum-value-removed" Breaking / Info: "a listed value is gone",
    EnumValueAdded = "enum-value-added" Info / Warning: "a listed value is new",
    EnumReplaced = "enum-replaced" Breaking: "none of the listed values is left",
    PropertyAddedRequired = "property-added-required" Breaking / Info: "a required property is new",
    PropertyAddedOptional = "property-added-optional" Info: "an optional property is new",
    PropertyRemoved = "property-removed" Breaking: "a property is gone",
    PropertyNowRequired = "property-now-required" Breaking / Info: "a property must be there now",
    PropertyNowOptional = "property-now-optional" Info / Breaking: "a property may be missing now",
    PropertyNowReadOnly = "property-now-read-only" Breaking / Info: "a property can only be read now",
    PropertyNotReadOnly = "property-not-read-only" Info: "a property can be written now",
    PropertyNowWriteOnly = "property-now-write-only" Info / Breaking: "a property can only be written now",
    PropertyNotWriteOnly = "property-not-write-only" Info: "a property can be read now",
    PropertyDeprecated = "property-deprecated" Warning: "a property is deprecated",
    AdditionalPropertiesRefused = "additional-properties-refused" Breaking / Info: "other properties are no longer possible",
    AdditionalPropertiesAllowed = "additional-properties-allowed" Info: "other properties are possible now",
    DefaultChanged = "default-changed" Warning / Info: "what a missing value means is another one",
    OptionRemoved = "option-removed" Breaking / Info: "one of several shapes is gone",
    OptionAdded = "option-added" Info / Breaking: "one of several shapes is new",
    NotChanged = "not-changed" Breaking: "what a value must not be is another thing",
    NotRemoved = "not-removed" Info / Breaking: "values that were excluded are possible now",
    DiscriminatorAdded = "discriminator-added" Breaking / Info: "a property tells shapes apart now",
    DiscriminatorChanged = "discriminator-changed" Breaking: "the property that tells shapes apart is another one",
    MappingRemoved = "mapping-removed" Breaking / Info: "a name of a shape is gone",
    MappingChanged = "mapping-changed" Breaking: "a name of a shape means another shape",
    MappingAdded = "mapping-added" Info / Warning: "a name of a shape is new",
    MaxLengthNarrowed = "max-length-narrowed" Breaking / Info: "text must be shorter",
    MaxLengthWidened = "max-length-widened" Info / Breaking: "text may be longer",
    MinLengthNarrowed = "min-length-narrowed" Breaking / Info: "text must be longer",
    MinLengthWidened = "min-length-widened" Info / Breaking: "text may be shorter",
    MaximumNarrowed = "maximum-narrowed" Breaking / Info: "numbers must be smaller",
    MaximumWidened = "maximum-widened" Info / Breaking: "numbers may be larger",
    MinimumNarrowed = "minimum-narrowed" Breaking / Info: "numbers must be larger",
    MinimumWidened = "minimum-widened" Info / Breaking: "numbers may be smaller",
    MultipleOfNarrowed = "multiple-of-narrowed" Breaking / Info: "fewer numbers are possible, by what they must be a multiple of",
    MultipleOfWidened = "multiple-of-widened" Info / Breaking: "more numbers are possible, by what they must be a multiple of",
    MultipleOfChanged = "multiple-of-changed" Breaking: "numbers must be multiples of something else",
    MaxItemsNarrowed = "max-items-narrowed" Breaking / Info: "lists must be shorter",
    MaxItemsWidened = "max-items-widened" Info / Breaking: "lists may be longer",
    MinItemsNarrowed = "min-items-narrowed" Breaking / Info: "lists must be longer",
    MinItemsWidened = "min-items-widened" Info / Breaking: "lists may be shorter",
    UniqueItemsNarrowed = "unique-items-narrowed" Breaking / Info: "items must all be different",
    UniqueItemsWidened = "unique-items-widened" Info / Breaking: "items may be equal",
    MaxPropertiesNarrowed = "max-properties-narrowed" Breaking / Info: "objects must have fewer properties",
    MaxPropertiesWidened = "max-properties-widened" Info / Breaking: "objects may have more properties",
    MinPropertiesNarrowed = "min-properties-narrowed" Breaking / Info: "objects must have more properties",
    MinPropertiesWidened = "min-properties-widened" Info / Breaking: "objects may have fewer properties",
    PatternAdded = "pattern-added" Breaking / Info: "text must match a pattern",
    PatternRemoved = "pattern-removed" Info / Breaking: "text need not match a pattern any more",
    PatternChanged = "pattern-changed" Breaking: "text must match another pattern",

    // What real answers show.
    ObservedNeeded = "observed-needed" Breaking: "what our code cannot do without is missing",
    ObservedType = "observed-type" Breaking: "a value is not of the type that the document says",
    ObservedMissing = "observed-missing" Warning: "a property that the document requires is missing",
    ObservedNull = "observed-null" Warning: "a value is null, which the document does not allow",
    ObservedValue = "observed-value" Warning: "a value is none of those that the document lists",
    ObservedUnknown = "observed-unknown" Info: "the document does not know this property",

    // The list of what is accepted.
    AllowUnused = "allow-unused" Warning: "an acceptance matches nothing",
    AllowExpired = "allow-expired" Warning: "an acceptance has expired",
}

impl Rule {
    /// The rule with this id.
    #[must_use]
    pub fn of(id: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|rule| rule.id() == id)
    }

    /// Whether it is about an operation as such, and not about a field.
    #[must_use]
    pub fn is_about_endpoints(self) -> bool {
        self <= Self::VersionChanged
    }
}

impl Serialize for Rule {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.id())
    }
}
