//! Findings, written for people and for programs. Text of documents and servers is escaped in `escape` alone, and by the libraries
//! that write HTML and XML.

mod comparison;
mod escape;
mod github;
mod html;
mod json;
mod junit;
mod lines;
mod markdown;
mod sarif;
mod text;

use std::str::FromStr;

pub use comparison::{BaseFile, Comparison};
pub use escape::{markdown_block, markdown_code, markdown_text};

use crate::rules::Severity;

/// How findings are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// For a terminal, with colours.
    Text,
    /// `{"verdict": …, "accepted": …, "findings": […]}`.
    Json,
    /// For a pull request or a job's summary.
    Markdown,
    /// Annotations of GitHub's workflows.
    Github,
    /// For CI systems that read test results.
    Junit,
    /// For services that collect results of analyses.
    Sarif,
    /// One page that needs nothing else.
    Html,
}

impl Format {
    /// Every format, with its name.
    pub const ALL: [(&'static str, Self); 7] = [
        ("text", Self::Text),
        ("json", Self::Json),
        ("markdown", Self::Markdown),
        ("github", Self::Github),
        ("junit", Self::Junit),
        ("sarif", Self::Sarif),
        ("html", Self::Html),
    ];
}

impl FromStr for Format {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|(known, _)| *known == name);
        found.map(|(_, format)| format).ok_or_else(|| {
            let names: Vec<_> = Self::ALL.iter().map(|(name, _)| *name).collect();
            format!("the formats are {}", names.join(", "))
        })
    }
}

/// How to write.
#[derive(Debug, Clone, Copy)]
pub struct Style {
    /// Columns of the terminal, for [`Format::Text`].
    pub width: usize,
    /// The least severity that is a failure, for [`Format::Junit`] and [`Format::Github`].
    pub fail_on: Severity,
    /// Whether changes that break nobody are listed, for [`Format::Text`]; otherwise they are counted by their rules.
    pub infos: bool,
}

/// Writes comparisons in a format.
#[must_use]
pub fn render(format: Format, comparisons: &[Comparison], style: Style) -> String {
    match format {
        Format::Text => text::write(comparisons, style.width, style.infos),
        Format::Json => json::write(comparisons),
        Format::Markdown => markdown::write(comparisons),
        Format::Github => github::write(comparisons, style.fail_on),
        Format::Junit => junit::write(comparisons, style.fail_on),
        Format::Sarif => sarif::write(comparisons),
        Format::Html => html::write(comparisons),
    }
}
