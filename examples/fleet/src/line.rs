//! A line: what is to be exported.

use std::io::BufRead;

use cxreports::model::DocumentFormat;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::result::Result;

/// One export.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Line {
    /// The report, by id or code.
    pub(crate) report: String,
    /// The format of the file.
    #[serde(default)]
    pub(crate) format: Format,
    /// Its parameters.
    #[serde(default)]
    pub(crate) params: Value,
}

#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Format {
    #[default]
    Pdf,
    Docx,
    Xlsx,
    Pptx,
}

impl Format {
    pub(crate) fn document(self) -> DocumentFormat {
        match self {
            Self::Pdf => DocumentFormat::Pdf,
            Self::Docx => DocumentFormat::Docx,
            Self::Xlsx => DocumentFormat::Xlsx,
            Self::Pptx => DocumentFormat::Pptx,
        }
    }

    fn extension(self) -> &'static str {
        match self {
            Self::Pdf => "pdf",
            Self::Docx => "docx",
            Self::Xlsx => "xlsx",
            Self::Pptx => "pptx",
        }
    }
}

impl Line {
    /// The line as JSON: the same for the same line, however it was written.
    pub(crate) fn canonical(&self) -> Result<String> {
        // Value sorts the members of its objects.
        Ok(serde_json::to_value(self)?.to_string())
    }

    /// What the line is known by.
    pub(crate) fn key(&self) -> Result<String> {
        let digest = Sha256::digest(self.canonical()?);
        Ok(digest.iter().take(12).map(|byte| format!("{byte:02x}")).collect())
    }

    /// The name of its file. The key makes it unique.
    pub(crate) fn file(&self) -> Result<String> {
        Ok(format!("{}.{}", self.key()?, self.format.extension()))
    }
}

/// Reads JSON Lines.
pub(crate) fn read(input: impl BufRead) -> Result<Vec<Line>> {
    let mut lines = Vec::new();
    for (number, text) in (1..).zip(input.lines()) {
        let text = text?;
        if !text.trim().is_empty() {
            lines.push(
                serde_json::from_str(&text).map_err(|error| format!("line {number}: {error}; nothing was added"))?,
            );
        }
    }
    Ok(lines)
}
