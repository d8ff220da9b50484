//! The rules of comparison: what each change is called, and how bad it is in which direction.
//!
//! They follow the direction of the data: a server that demands less, or responds more narrowly, breaks nobody; the reverse
//! breaks.

use serde::{Deserialize, Serialize};

/// How bad a change is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// It breaks nobody.
    Info,
    /// It may break somebody, now or later.
    Warning,
    /// It breaks whoever relies on what was there.
    Breaking,
}

impl Severity {
    /// Its name, as reports and the list of acceptances write it.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Breaking => "breaking",
        }
    }
}

/// Which way the data of a change goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// From the client to the server.
    Request,
    /// From the server to the client.
    Response,
}

impl Direction {
    /// Its name, as reports and the list of acceptances write it.
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

            /// How bad it is; `spec/drift-allow.toml` may set another severity.
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
    // Operations.
    OperationRemoved = "operation-removed" Breaking: "operation removed",
    OperationAdded = "operation-added" Info: "operation added",
    OperationDeprecated = "operation-deprecated" Warning: "operation deprecated",
    OperationNotDeprecated = "operation-not-deprecated" Info: "operation no longer deprecated",
    OperationIdChanged = "operation-id-changed" Info: "operation id changed",
    PathParameterRenamed = "path-parameter-renamed" Info: "path parameter renamed",
    ParameterAddedRequired = "parameter-added-required" Breaking: "required parameter added",
    ParameterAddedOptional = "parameter-added-optional" Info: "optional parameter added",
    ParameterRemoved = "parameter-removed" Breaking: "parameter removed",
    ParameterMoved = "parameter-moved" Breaking: "parameter moved to another place in the request",
    ParameterNowRequired = "parameter-now-required" Breaking: "parameter became required",
    ParameterNowOptional = "parameter-now-optional" Info: "parameter became optional",
    ParameterStyleChanged = "parameter-style-changed" Breaking: "style of the value changed",
    ParameterExplodeChanged = "parameter-explode-changed" Breaking: "values of a list are joined, or no longer joined (explode)",
    ParameterContentChanged = "parameter-content-changed" Breaking: "described by a media type instead of a schema, or the reverse",
    ParameterReservedChanged = "parameter-reserved-changed" Warning: "reserved characters sent as they are, or no longer (allowReserved)",
    EmptyValueRefused = "empty-value-refused" Warning: "empty value no longer allowed (allowEmptyValue)",
    EmptyValueAllowed = "empty-value-allowed" Info: "empty value allowed (allowEmptyValue)",
    ParameterDeprecated = "parameter-deprecated" Warning: "parameter deprecated",
    BodyAddedRequired = "body-added-required" Breaking: "required request body added",
    BodyAddedOptional = "body-added-optional" Info: "optional request body added",
    BodyRemoved = "body-removed" Breaking: "request body removed",
    BodyNowRequired = "body-now-required" Breaking: "request body became required",
    BodyNowOptional = "body-now-optional" Info: "request body became optional",
    MediaTypeRemoved = "media-type-removed" Breaking: "media type removed",
    MediaTypeAliasRemoved = "media-type-alias-removed" Warning: "one of several names of JSON removed",
    MediaTypeAdded = "media-type-added" Info: "media type added",
    MediaTypeNarrowed = "media-type-narrowed" Breaking / Info: "media type narrowed",
    MediaTypeWidened = "media-type-widened" Info / Breaking: "media type widened",
    EncodingChanged = "encoding-changed" Breaking: "encoding of a form's parts changed",
    SuccessRemoved = "success-removed" Breaking: "success status removed",
    SuccessAdded = "success-added" Warning: "success status added",
    FailureRemoved = "failure-removed" Info: "error status removed",
    FailureAdded = "failure-added" Info: "error status added",
    ContentRemoved = "content-removed" Breaking: "content removed",
    ContentAdded = "content-added" Info: "content added",
    HeaderRemoved = "header-removed" Breaking: "header removed",
    HeaderAdded = "header-added" Info: "header added",
    HeaderNowOptional = "header-now-optional" Breaking: "header became optional",
    HeaderNowRequired = "header-now-required" Info: "header became required",
    HeaderDeprecated = "header-deprecated" Warning: "header deprecated",
    SecurityAdded = "security-added" Breaking: "more credentials required",
    SecurityRelaxed = "security-relaxed" Info: "fewer or other credentials accepted",
    ScopeAdded = "scope-added" Breaking: "another scope required",
    SecuritySchemeChanged = "security-scheme-changed" Breaking: "security scheme changed",
    SecuritySchemeRestated = "security-scheme-restated" Warning: "same header, described as another kind of credentials",
    SecuritySchemeExtended = "security-scheme-extended" Info: "security scheme offers more",
    SecuritySchemeReduced = "security-scheme-reduced" Breaking: "security scheme offers less",
    SecuritySchemeDeprecated = "security-scheme-deprecated" Warning: "security scheme deprecated",
    ScopeWithdrawn = "scope-withdrawn" Warning: "scope no longer offered",
    BasePathChanged = "base-path-changed" Breaking: "base path changed",
    VersionChanged = "version-changed" Info: "version of the document changed",

    // Schemas.
    TypeChanged = "type-changed" Breaking: "type changed",
    TypeNarrowed = "type-narrowed" Breaking / Info: "type narrowed",
    TypeWidened = "type-widened" Info / Breaking: "type widened",
    Wrapped = "wrapped" Breaking: "put into an object, as its property",
    Unwrapped = "unwrapped" Breaking: "taken out of the object whose property it was",
    FormatChanged = "format-changed" Breaking: "format changed",
    FormatNarrowed = "format-narrowed" Breaking / Info: "format narrowed",
    FormatWidened = "format-widened" Info / Breaking: "format widened",
    FormatNoteChanged = "format-note-changed" Info: "format changed that only annotates values",
    NullRefused = "null-refused" Breaking / Info: "null no longer allowed",
    NullAllowed = "null-allowed" Info / Breaking: "null allowed",
    EnumAdded = "enum-added" Breaking / Info: "restricted to listed values",
    EnumRemoved = "enum-removed" Info / Warning: "no longer restricted to listed values",
    EnumValueRemoved = "enum-value-removed" Breaking / Info: "listed value removed",
    EnumValueAdded = "enum-value-added" Info / Warning: "listed value added",
    EnumReplaced = "enum-replaced" Breaking: "every listed value replaced",
    EnumNameMoved = "enum-name-moved" Breaking: "listed value has the name that another one had",
    EnumNameChanged = "enum-name-changed" Warning: "name of a listed value changed",
    NameCaseChanged = "name-case-changed" Breaking: "name spelled in another case",
    PropertyAddedRequired = "property-added-required" Breaking / Info: "required property added",
    PropertyAddedOptional = "property-added-optional" Info: "optional property added",
    PropertyRemoved = "property-removed" Breaking: "property removed",
    PropertyNowRequired = "property-now-required" Breaking / Info: "property became required",
    PropertyNowOptional = "property-now-optional" Info / Breaking: "property became optional",
    PropertyNowReadOnly = "property-now-read-only" Breaking / Info: "property became read-only",
    PropertyNotReadOnly = "property-not-read-only" Info: "property no longer read-only",
    PropertyNowWriteOnly = "property-now-write-only" Info / Breaking: "property became write-only",
    PropertyNotWriteOnly = "property-not-write-only" Info: "property no longer write-only",
    PropertyDeprecated = "property-deprecated" Warning: "property deprecated",
    AdditionalPropertiesRefused = "additional-properties-refused" Breaking / Info: "additional properties no longer allowed",
    AdditionalPropertiesAllowed = "additional-properties-allowed" Info: "additional properties allowed",
    DefaultChanged = "default-changed" Warning / Info: "default changed",
    OptionRemoved = "option-removed" Breaking / Info: "alternative removed",
    OptionAdded = "option-added" Info / Breaking: "alternative added",
    NotChanged = "not-changed" Breaking: "excluded values changed",
    NotRemoved = "not-removed" Info / Breaking: "excluded values allowed",
    DiscriminatorAdded = "discriminator-added" Breaking / Info: "discriminator added",
    DiscriminatorChanged = "discriminator-changed" Breaking: "discriminator changed",
    MappingRemoved = "mapping-removed" Breaking / Info: "discriminator value removed",
    MappingChanged = "mapping-changed" Breaking: "discriminator value stands for another schema",
    MappingValueChanged = "mapping-value-changed" Breaking: "discriminator value changed",
    MappingAdded = "mapping-added" Info / Warning: "discriminator value added",
    MaxLengthNarrowed = "max-length-narrowed" Breaking / Info: "maximum length lowered",
    MaxLengthWidened = "max-length-widened" Info / Breaking: "maximum length raised",
    MinLengthNarrowed = "min-length-narrowed" Breaking / Info: "minimum length raised",
    MinLengthWidened = "min-length-widened" Info / Breaking: "minimum length lowered",
    MaximumNarrowed = "maximum-narrowed" Breaking / Info: "maximum lowered",
    MaximumWidened = "maximum-widened" Info / Breaking: "maximum raised",
    MinimumNarrowed = "minimum-narrowed" Breaking / Info: "minimum raised",
    MinimumWidened = "minimum-widened" Info / Breaking: "minimum lowered",
    MultipleOfNarrowed = "multiple-of-narrowed" Breaking / Info: "step between numbers narrowed (multipleOf)",
    MultipleOfWidened = "multiple-of-widened" Info / Breaking: "step between numbers widened (multipleOf)",
    MultipleOfChanged = "multiple-of-changed" Breaking: "step between numbers changed (multipleOf)",
    MaxItemsNarrowed = "max-items-narrowed" Breaking / Info: "maximum number of items lowered",
    MaxItemsWidened = "max-items-widened" Info / Breaking: "maximum number of items raised",
    MinItemsNarrowed = "min-items-narrowed" Breaking / Info: "minimum number of items raised",
    MinItemsWidened = "min-items-widened" Info / Breaking: "minimum number of items lowered",
    UniqueItemsNarrowed = "unique-items-narrowed" Breaking / Info: "items must be unique",
    UniqueItemsWidened = "unique-items-widened" Info / Breaking: "items may be equal",
    MaxPropertiesNarrowed = "max-properties-narrowed" Breaking / Info: "maximum number of properties lowered",
    MaxPropertiesWidened = "max-properties-widened" Info / Breaking: "maximum number of properties raised",
    MinPropertiesNarrowed = "min-properties-narrowed" Breaking / Info: "minimum number of properties raised",
    MinPropertiesWidened = "min-properties-widened" Info / Breaking: "minimum number of properties lowered",
    PatternAdded = "pattern-added" Breaking / Info: "pattern added",
    PatternRemoved = "pattern-removed" Info / Breaking: "pattern removed",
    PatternChanged = "pattern-changed" Breaking: "pattern changed",
    NotCompared = "not-compared" Warning: "changed, but not compared",
    MemberRepeated = "member-repeated" Warning: "member written more than once, and only the last one counts",

    // What real responses show.
    ObservedNeeded = "observed-needed" Breaking: "value missing that our code needs",
    ObservedType = "observed-type" Breaking: "type differs from the documented one",
    ObservedMissing = "observed-missing" Warning: "required property missing",
    ObservedNull = "observed-null" Warning: "undocumented null",
    ObservedValue = "observed-value" Warning: "undocumented value",
    ObservedUnknown = "observed-unknown" Info: "undocumented property",

    // The list of what is accepted.
    AllowUnused = "allow-unused" Warning: "acceptance matches nothing",
    AllowExpired = "allow-expired" Warning: "acceptance has expired",
}

/// What makes changes of one rule the same change, so that they are one finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Grouping {
    /// The place: each is a finding of its own.
    Place,
    /// The name of the parameter, header or property, and what it is.
    Name,
    /// The values before and after, and what has them: a named schema, or else a property, parameter or header by its name. The
    /// same change of many of them is one, too.
    Values,
    /// The rule alone.
    Rule,
}

impl Rule {
    /// The rule with this id.
    #[must_use]
    pub fn of(id: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|rule| rule.id() == id)
    }

    pub(crate) fn grouping(self) -> Grouping {
        match self {
            Self::OperationRemoved
            | Self::OperationAdded
            | Self::SecuritySchemeChanged
            | Self::SecuritySchemeRestated
            | Self::SecuritySchemeExtended
            | Self::SecuritySchemeReduced
            | Self::SecuritySchemeDeprecated
            | Self::ScopeWithdrawn
            | Self::VersionChanged => Grouping::Place,
            Self::ParameterAddedRequired
            | Self::ParameterAddedOptional
            | Self::ParameterRemoved
            | Self::ParameterMoved
            | Self::ParameterDeprecated
            | Self::HeaderRemoved
            | Self::HeaderAdded
            | Self::HeaderDeprecated
            | Self::PropertyAddedRequired
            | Self::PropertyAddedOptional
            | Self::PropertyRemoved
            | Self::PropertyDeprecated
            | Self::Wrapped
            | Self::Unwrapped => Grouping::Name,
            Self::OperationIdChanged
            | Self::OperationDeprecated
            | Self::OperationNotDeprecated
            | Self::NameCaseChanged
            | Self::NotCompared
            | Self::MemberRepeated => Grouping::Rule,
            _ => Grouping::Values,
        }
    }

    /// The rule that stands for all that judge the same change: the type of a value is judged by how the value is carried.
    pub(crate) fn aspect(self) -> Self {
        match self {
            Self::TypeNarrowed | Self::TypeWidened => Self::TypeChanged,
            rule => rule,
        }
    }

    /// Whether something came or went, so that there is one value and not two.
    pub(crate) fn is_presence(self) -> bool {
        let id = self.id();
        let of_keyword = matches!(
            self,
            Self::EnumAdded | Self::EnumRemoved | Self::PatternAdded | Self::PatternRemoved | Self::SecurityAdded
        );
        let of_scheme = matches!(
            self,
            Self::Wrapped
                | Self::Unwrapped
                | Self::SecuritySchemeExtended
                | Self::SecuritySchemeReduced
                | Self::ScopeWithdrawn
                | Self::MemberRepeated
        );
        let observed = id.starts_with("observed-");
        observed
            || of_scheme
            || (!of_keyword
                && ["-added", "-removed", "-added-required", "-added-optional"].iter().any(|end| id.ends_with(end)))
    }
}

impl Serialize for Rule {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.id())
    }
}
