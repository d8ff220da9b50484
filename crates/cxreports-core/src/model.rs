//! What the API responds with.
//!
//! Source of every field: the API documentation's section that the model names.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{
    Deserializer, Serialize, Serializer,
    de::{Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor},
    ser::SerializeMap as _,
};

use crate::{
    argument::Argument,
    ids::{FileId, JobId, JobRunId, PageId, ReportId, ReportTypeId, TemplateId, TemporaryDataId, ThemeId, WorkspaceId},
    read::{Key, Lenient, Value, scalars},
    shape::{EnumSpec, Field, Kind, ObjectSpec, Wire, WireObject},
    value::WireValue,
};

macro_rules! model {
    ($(#[$meta:meta])* $name:ident { $($(#[$field_meta:meta])* $wire:literal => $field:ident: $type:ty,)* }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq)]
        pub struct $name { $($(#[$field_meta])* pub $field: $type,)* }

        impl WireObject for $name {
            const SPEC: &'static ObjectSpec = &ObjectSpec {
                rust: stringify!($name),
                fields: &[$(Field {
                    wire: $wire,
                    rust: stringify!($field),
                    kind: <$type as Wire>::KIND,
                    required: <$type as Wire>::REQUIRED,
                    default: None,
                },)*],
            };
        }

        readable!($name { $($field: $type,)* });

        /// With the names of the API documentation.
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let mut members = serializer.serialize_map(None)?;
                $(members.serialize_entry($wire, &self.$field)?;)*
                members.end()
            }
        }
    };
}

/// A member that is there twice is what it was last, as in every JSON reader of .NET.
macro_rules! readable {
    ($name:ident { $($field:ident: $type:ty),* $(,)? }) => {
        impl Lenient for $name {
            const EXPECTED: &'static str = "an object";

            fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
                struct Members;
                impl<'de> Visitor<'de> for Members {
                    type Value = Option<$name>;

                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str("an object")
                    }

                    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
                        let fields = <$name as WireObject>::SPEC.fields;
                        $(let mut $field: Option<$type> = None;)*
                        while let Some(found) = members.next_key_seed(Key(fields))? {
                            let mut place = 0;
                            $(if found == Some(place) {
                                let read = members.next_value_seed(Value::<$type>::new())?;
                                $field = Some(read.ok_or_else(|| A::Error::custom(concat!(
                                    stringify!($name), ".", stringify!($field), " is missing or cannot be read"
                                )))?);
                                continue;
                            }
                            place += 1;)*
                            let _ = place;
                            members.next_value::<IgnoredAny>()?;
                        }
                        Ok(Some($name { $($field: $field.or_else(<$type as Lenient>::absent).ok_or_else(|| {
                            A::Error::custom(concat!(stringify!($name), ".", stringify!($field), " is missing"))
                        })?,)* }))
                    }

                    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
                        while items.next_element::<IgnoredAny>()?.is_some() {}
                        Ok(None)
                    }

                    scalars!(none);
                }
                deserializer.deserialize_any(Members)
            }
        }
    };
}

macro_rules! values {
    ($(#[$meta:meta])* $name:ident { $($(#[$variant_meta:meta])* $wire:literal => $variant:ident,)* }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash)]
        pub enum $name {
            $($(#[$variant_meta])* $variant,)*
            /// A value that this release does not know, as the server sent it.
            Unknown(WireValue),
        }

        impl $name {
            const SPEC: EnumSpec = EnumSpec {
                rust: stringify!($name),
                variants: &[$((stringify!($variant), $wire),)*],
            };
        }

        impl Wire for $name {
            const KIND: Kind = Kind::Enum(&Self::SPEC);

            fn argument(&self) -> Option<Argument<'_>> {
                Some(match self {
                    $(Self::$variant => Argument::Value($wire),)*
                    Self::Unknown(value) => Argument::Unknown(value),
                })
            }
        }

        impl Lenient for $name {
            const EXPECTED: &'static str = WireValue::EXPECTED;

            fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
                Ok(WireValue::read(deserializer)?.map(Self::from))
            }
        }

        /// Strings are compared without regard to case, and integers are read by their place: which of these forms a
        /// release writes is unsettled.
        impl From<WireValue> for $name {
            fn from(value: WireValue) -> Self {
                let known = [$(Self::$variant,)*];
                let wanted = Self::SPEC.variants.iter().enumerate().position(|(place, (_, wire))| match &value {
                    WireValue::String(text) => wire.eq_ignore_ascii_case(text),
                    WireValue::Integer(number) => usize::try_from(*number) == Ok(place),
                });
                match wanted.and_then(|place| known.into_iter().nth(place)) {
                    Some(known) => known,
                    None => Self::Unknown(value),
                }
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                match self {
                    $(Self::$variant => serializer.serialize_str($wire),)*
                    Self::Unknown(value) => value.serialize(serializer),
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self {
                    $(Self::$variant => f.write_str($wire),)*
                    Self::Unknown(value) => value.fmt(f),
                }
            }
        }
    };
}

model! {
    /// A workspace ("List workspaces").
    Workspace {
        /// Id.
        "id" => id: WorkspaceId,
        /// Name for people.
        "name" => name: String,
        /// What it is for.
        "description" => description: Option<String>,
        /// Code, usable wherever an id is.
        "code" => code: Option<String>,
    }
}

model! {
    /// A report ("List reports").
    Report {
        /// Id.
        "id" => id: ReportId,
        /// Name for people.
        "name" => name: String,
        /// Id of its [`ReportType`].
        "reportTypeId" => report_type_id: ReportTypeId,
        /// Name of its [`ReportType`].
        "reportTypeName" => report_type_name: Option<String>,
        /// Name of the template that it uses.
        "reportTemplateName" => report_template_name: Option<String>,
        /// Address of a picture of it.
        "previewImage" => preview_image: Option<String>,
        /// Name of the theme that it uses.
        "themeName" => theme_name: Option<String>,
        /// Whether it is the default of its type.
        "isDefault" => is_default: bool,
    }
}

model! {
    /// A page of a report ("List report pages").
    ReportPage {
        /// Id, as `excludePages` takes it.
        "id" => id: PageId,
        /// Name for people.
        "name" => name: Option<String>,
        /// What the page is.
        "type" => page_type: ReportPageType,
    }
}

values! {
    /// What a page of a report is.
    ReportPageType {
        /// A page of its own.
        "page" => Page,
        /// A report inside the report.
        "subreport" => Subreport,
        /// A document that is merged in.
        "document-merge" => DocumentMerge,
    }
}

model! {
    /// A report type ("List report types").
    ReportType {
        /// Id.
        "id" => id: ReportTypeId,
        /// Name for people.
        "name" => name: Option<String>,
        /// What it is for.
        "description" => description: Option<String>,
        /// Code, usable wherever an id is.
        "code" => code: Option<String>,
        /// Id of the report that an export by type uses.
        "defaultReportId" => default_report_id: Option<ReportId>,
        /// Name of that report.
        "defaultReportName" => default_report_name: Option<String>,
    }
}

model! {
    /// A template ("List templates").
    ReportTemplate {
        /// Id.
        "id" => id: TemplateId,
        /// Name for people.
        "name" => name: String,
        /// Code, usable wherever an id is.
        "code" => code: Option<String>,
    }
}

model! {
    /// A theme ("List themes").
    Theme {
        /// Id.
        "id" => id: ThemeId,
        /// Name for people.
        "name" => name: String,
        /// Code, usable wherever an id is.
        "code" => code: Option<String>,
    }
}

values! {
    /// The format of an exported document.
    DocumentFormat {
        /// PDF.
        "pdf" => Pdf,
        /// Word.
        "docx" => Docx,
        /// Excel.
        "xlsx" => Xlsx,
        /// PowerPoint.
        "pptx" => Pptx,
        /// HTML.
        "html" => Html,
    }
}

model! {
    /// An export that has been queued ("Start an async export", "Generate a review document").
    StartedExport {
        /// Id of the file to be, for the status and the download.
        "temporaryFileId" => temporary_file_id: FileId,
    }
}

model! {
    /// How far an export is ("Check export status").
    ExportStatus {
        /// Id of the file.
        "id" => id: FileId,
        /// Current state; some releases leave it out.
        "status" => status: Option<ExportState>,
        /// Whether the file can be downloaded.
        "isReady" => is_ready: bool,
        /// Why it failed.
        "errorMessage" => error_message: Option<String>,
        /// When the file is deleted.
        "expiryTime" => expiry_time: Option<DateTime<Utc>>,
        /// File name, once completed.
        "name" => name: Option<String>,
        /// Size in bytes, once completed.
        "contentSize" => content_size: Option<i64>,
        /// Media type, once completed.
        "contentType" => content_type: Option<String>,
    }
}

values! {
    /// State of an export.
    ExportState {
        /// The file is being made.
        "InProgress" => InProgress,
        /// The file is ready.
        "Completed" => Completed,
        /// The file will not come.
        "Failed" => Failed,
    }
}

model! {
    /// Data that has been uploaded ("Upload temporary data").
    TemporaryData {
        /// Id to pass to exports and previews.
        "tempDataId" => temp_data_id: TemporaryDataId,
        /// When it is deleted.
        "expiryDate" => expiry_date: Option<DateTime<Utc>>,
    }
}

model! {
    /// A job ("List jobs").
    Job {
        /// Id.
        "id" => id: JobId,
        /// Name for people.
        "name" => name: Option<String>,
        /// What it is for.
        "description" => description: Option<String>,
        /// Code, usable wherever an id is.
        "code" => code: Option<String>,
        /// Whether its runs must be reviewed before they are delivered.
        "reviewRequired" => review_required: Option<bool>,
        /// Whether it can be run.
        "isActive" => is_active: Option<bool>,
        /// When it last ran.
        "lastRunTime" => last_run_time: Option<DateTime<Utc>>,
    }
}

model! {
    /// A run that has been started ("Start a job run").
    StartedJobRun {
        /// Id of the run.
        "jobRunId" => job_run_id: JobRunId,
    }
}

model! {
    /// How far a run is ("Get job run status").
    JobRunStatus {
        /// Whether every entry has been dealt with.
        "finished" => finished: bool,
        /// How many entries the run has.
        "entries" => entries: i32,
        /// How many of them are in which state.
        "status" => status: JobRunCounts,
    }
}

model! {
    /// The entries of a run by state ("Get job run status").
    JobRunCounts {
        /// Waiting.
        "queued" => queued: i32,
        /// Waiting for review.
        "review" => review: i32,
        /// Done.
        "completed" => completed: i32,
        /// Failed.
        "errors" => errors: i32,
    }
}

/// A single-use nonce for an iframe ("Create a nonce token"). Its `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct Nonce {
    /// The secret itself.
    pub nonce: String,
}

impl WireObject for Nonce {
    const SPEC: &'static ObjectSpec = &ObjectSpec {
        rust: "Nonce",
        fields: &[Field { wire: "nonce", rust: "nonce", kind: Kind::String, required: true, default: None }],
    };
}

readable!(Nonce { nonce: String });

impl fmt::Debug for Nonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Nonce(..)")
    }
}
