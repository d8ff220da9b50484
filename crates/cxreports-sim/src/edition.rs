use std::{fmt, str::FromStr, sync::LazyLock};

use serde_json::Value;
use thiserror::Error;

/// A published edition of the API. The labels are this project's own, as it is not known how an
/// instance names its version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edition {
    /// The API of 2024: synchronous PDF export, and little else.
    V2024_9,
    /// The API of 2026.
    V2026_5,
}

/// No edition has this label.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("no edition is called {0:?}; there are 2024.9 and 2026.5")]
pub struct UnknownEdition(String);

impl Edition {
    /// Every edition, oldest first.
    pub const ALL: [Self; 2] = [Self::V2024_9, Self::V2026_5];

    /// The edition's label, for example `2026.5`.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::V2024_9 => "2024.9",
            Self::V2026_5 => "2026.5",
        }
    }

    /// The Swagger document that an instance of this edition serves, as its bytes.
    #[must_use]
    pub fn document(self) -> &'static str {
        match self {
            Self::V2024_9 => include_str!("../documents/2024.9.json"),
            Self::V2026_5 => include_str!("../documents/2026.5.json"),
        }
    }

    /// The document, parsed.
    pub(crate) fn parsed(self) -> &'static Value {
        static PARSED: LazyLock<[Value; 2]> = LazyLock::new(|| {
            Edition::ALL.map(|edition| serde_json::from_str(edition.document()).expect("our own document"))
        });
        &PARSED[self as usize]
    }
}

impl fmt::Display for Edition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.label())
    }
}

impl FromStr for Edition {
    type Err = UnknownEdition;

    fn from_str(label: &str) -> Result<Self, UnknownEdition> {
        Self::ALL.into_iter().find(|edition| edition.label() == label).ok_or_else(|| UnknownEdition(label.to_owned()))
    }
}
