//! How a report is exported: the settings that `export` and a line of `bulk` share.

use std::path::Path;

use cxreports::{ExportRequest, Probed, model::DocumentFormat};
use serde_json::value::RawValue;

/// The settings of one export.
#[derive(Default)]
pub(crate) struct ExportSettings {
    pub(crate) format: Option<DocumentFormat>,
    pub(crate) params: Option<Box<RawValue>>,
    pub(crate) data: Option<Box<RawValue>>,
    pub(crate) temporary_data: Option<i32>,
    pub(crate) template: Option<String>,
    pub(crate) theme: Option<String>,
    pub(crate) language: Option<String>,
    pub(crate) timezone: Option<String>,
    pub(crate) exclude_pages: Vec<i32>,
    pub(crate) attachments: bool,
}

impl ExportSettings {
    pub(crate) fn apply(self, mut request: ExportRequest<Probed>) -> ExportRequest<Probed> {
        if let Some(params) = &self.params {
            request = request.params(params);
        }
        if let Some(data) = self.data {
            request = request.data(data);
        }
        if let Some(id) = self.temporary_data {
            request = request.temporary_data(id);
        }
        if let Some(format) = self.format {
            request = request.format(format);
        }
        if let Some(template) = self.template {
            request = request.template(template);
        }
        if let Some(theme) = self.theme {
            request = request.theme(theme);
        }
        if let Some(language) = self.language {
            request = request.language(language);
        }
        if let Some(timezone) = self.timezone {
            request = request.timezone(timezone);
        }
        request = request.exclude_pages(self.exclude_pages);
        if self.attachments { request.attachments() } else { request }
    }
}

/// A format by its name.
pub(crate) fn format(name: &str) -> Result<DocumentFormat, String> {
    use DocumentFormat::{Docx, Html, Pdf, Pptx, Xlsx};
    let known = [Pdf, Docx, Xlsx, Pptx, Html];
    let found = known.into_iter().find(|format| format.to_string().eq_ignore_ascii_case(name));
    found.ok_or_else(|| format!("unknown format {name:?}; the formats are pdf, docx, xlsx, pptx and html"))
}

/// The format that the extension of a file names.
pub(super) fn format_of(file: &Path) -> Result<DocumentFormat, String> {
    let extension = extension(file);
    if extension == "htm" { Ok(DocumentFormat::Html) } else { format(&extension) }
}

fn extension(file: &Path) -> String {
    file.extension().unwrap_or_default().to_string_lossy().to_lowercase()
}

/// The format of an export: the one that was asked for, or the one of its file's extension; the two must not differ.
pub(crate) fn format_for(
    file: Option<&Path>,
    asked: Option<DocumentFormat>,
    attachments: bool,
) -> Result<Option<DocumentFormat>, String> {
    let extension = file.map(extension).unwrap_or_default();
    match &*extension {
        "doc" | "xls" | "ppt" => {
            return Err(format!("no report is exported as .{extension}; name the output .{extension}x"));
        }
        "zip" if !attachments => {
            return Err("the output is named .zip, but a report is a ZIP file only with its attachments".to_owned());
        }
        _ => {}
    }
    let named = file.and_then(|file| format_of(file).ok());
    match (&named, &asked) {
        (Some(_), _) if attachments => Err(format!(
            "the report and its attachments are a ZIP file, but the output is named .{extension}; name it .zip"
        )),
        (Some(named), Some(asked)) if named != asked => {
            Err(format!("the format is {asked}, but the output is named .{extension}; make them the same"))
        }
        // PDF is the default of every instance; older ones have no parameter for the format.
        _ => Ok(asked.or(named.filter(|named| *named != DocumentFormat::Pdf))),
    }
}
