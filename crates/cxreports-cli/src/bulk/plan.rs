//! The lines of a file, and what each of them asks for.

use std::{
    collections::HashMap,
    ffi::OsStr,
    fmt::Write as _,
    fs::{self, File},
    io::{self, BufRead as _, BufReader, Seek as _},
    path::{Component, Path, PathBuf},
};

use cxreports::{model::DocumentFormat, safe_file_name};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, value::RawValue};
use sha2::{Digest as _, Sha256};

use crate::{
    export,
    failure::Failure,
    input::{LARGEST_FILE, too_large},
};

/// What one line asks for.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Line {
    pub(super) report: Name,
    format: Option<String>,
    pub(super) template: Option<String>,
    pub(super) theme: Option<String>,
    pub(super) language: Option<String>,
    pub(super) timezone: Option<String>,
    output: Option<String>,
    pub(super) params: Option<Box<RawValue>>,
    pub(super) data: Option<Box<RawValue>>,
    /// A JSON file with the data, relative to the file of the lines.
    #[serde(rename = "dataFile", skip_serializing_if = "Option::is_none")]
    data_file: Option<PathBuf>,
}

/// An id or a code.
#[derive(Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum Name {
    Id(i32),
    Code(String),
}

impl Line {
    /// The file that the line names, and the format of its export.
    fn target(&self, default: Option<&DocumentFormat>) -> Result<Target, String> {
        let output = self.output.as_deref().map(safe).transpose()?;
        let asked = self.format.as_deref().map(export::format).transpose()?;
        let format = export::format_for(output.as_deref(), asked, false)?;
        let names_pdf = output.as_deref().and_then(Path::extension).is_some_and(|one| one.eq_ignore_ascii_case("pdf"));
        let is_default = format.is_none() && !names_pdf;
        let format = if is_default { default.cloned() } else { format };
        Ok(Target { output, format, is_default })
    }
}

/// What a line is exported as.
pub(super) struct Target {
    /// The file, below the folder.
    pub(super) output: Option<PathBuf>,
    pub(super) format: Option<DocumentFormat>,
    /// Whether the line leaves the format to the default.
    is_default: bool,
}

/// A line that can be exported.
pub(super) struct Work {
    pub(super) number: u64,
    /// What it is recognised by in the journal: its content, and how many lines before it are equal.
    pub(super) key: String,
    pub(super) line: Line,
    pub(super) target: Target,
    pub(super) data: Option<DataFile>,
}

/// The data of a line in a file of its own, as it was when the line was read.
pub(super) struct DataFile {
    path: PathBuf,
    hash: [u8; 32],
}

impl DataFile {
    fn new(path: PathBuf) -> Result<Self, String> {
        let hash = || {
            let mut hasher = Sha256::new();
            let metadata = path.metadata()?;
            if !metadata.is_file() {
                return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file"));
            }
            if metadata.len() > LARGEST_FILE {
                return Err(too_large());
            }
            io::copy(&mut File::open(&path)?, &mut hasher)?;
            Ok(hasher.finalize().into())
        };
        let hash = hash().map_err(|error: io::Error| format!("{}: {error}", path.display()))?;
        Ok(Self { path, hash })
    }

    /// The data; it is what the line is recognised by, so it must not have changed meanwhile.
    pub(super) async fn read(&self) -> Result<Box<RawValue>, Failure> {
        let text = tokio::fs::read_to_string(&self.path).await.map_err(Failure::file(&self.path))?;
        let hash: [u8; 32] = Sha256::digest(&text).into();
        let bad = |problem: &str| Failure::Usage(format!("{}: {problem}", self.path.display()));
        if hash != self.hash {
            return Err(bad("the file has been changed while it was read; run the same command again"));
        }
        RawValue::from_string(text).map_err(|error| bad(&format!("not valid JSON: {error}")))
    }
}

/// A line, or its number and what is wrong with it.
pub(super) type Planned = Result<Work, (u64, String)>;

/// The lines of a file with their numbers, or what is wrong with them.
type Lines = Box<dyn Iterator<Item = (u64, Result<Line, String>)> + Send>;

/// What all lines of a file have in common.
pub(super) struct Source<'a> {
    /// The file of the lines.
    pub(super) file: &'a Path,
    /// The folder for the exports.
    pub(super) folder: &'a Path,
    /// The format of lines that do not say theirs.
    pub(super) format: Option<&'a DocumentFormat>,
}

/// The lines of a file, one at a time.
pub(super) struct Plan<'a> {
    lines: Lines,
    source: &'a Source<'a>,
    seen: HashMap<String, u32>,
}

impl<'a> Plan<'a> {
    pub(super) fn read(source: &'a Source<'a>) -> Result<Self, Failure> {
        Ok(Self { lines: lines(source.file)?, source, seen: HashMap::new() })
    }

    fn work(&mut self, number: u64, line: Line) -> Result<Work, String> {
        let Source { file, folder, format } = self.source;
        let target = line.target(*format)?;
        let data = match &line.data_file {
            Some(_) if line.data.is_some() => {
                return Err("the line has both data and dataFile; it can have one".to_owned());
            }
            Some(path) => Some(DataFile::new(file.parent().unwrap_or(Path::new("")).join(path))?),
            None => None,
        };
        let mut content = serde_json::to_vec(&(folder, &line)).map_err(|error| error.to_string())?;
        if let (true, Some(format)) = (target.is_default, &target.format) {
            content.extend(format.to_string().bytes());
        }
        content.extend(data.iter().flat_map(|data| data.hash));
        let hash = Sha256::digest(&content)[..16].iter().fold(String::new(), |mut hash, byte| {
            let _ = write!(hash, "{byte:02x}");
            hash
        });
        let before = self.seen.entry(hash.clone()).or_default();
        *before += 1;
        let key = format!("{hash}-{before}");
        Ok(Work { number, key, line, target, data })
    }
}

impl Iterator for Plan<'_> {
    type Item = Planned;

    fn next(&mut self) -> Option<Planned> {
        let (number, line) = self.lines.next()?;
        Some(line.and_then(|line| self.work(number, line)).map_err(|problem| (number, problem)))
    }
}

/// The files that lines name, each with the number of its line.
pub(super) type Outputs = HashMap<PathBuf, u64>;

/// The files that the lines name. Two lines that write the same file are refused, before anything is sent.
pub(super) fn check(file: &Path) -> Result<Outputs, Failure> {
    let mut outputs = Outputs::new();
    for (number, line) in lines(file)? {
        let Ok(Target { output: Some(output), .. }) = line.and_then(|line| line.target(None)) else { continue };
        if let Some(first) = outputs.insert(folded(&output), number) {
            return Err(Failure::Usage(format!(
                "lines {first} and {number} both write {}; give each its own output",
                output.display()
            )));
        }
    }
    Ok(outputs)
}

/// A path as the file system compares it with others.
pub(super) fn folded(path: &Path) -> PathBuf {
    if cfg!(any(windows, target_os = "macos")) { path.to_string_lossy().to_lowercase().into() } else { path.to_owned() }
}

/// The lines of a file. They are read more than once, so a pipe would be empty the second time.
fn lines(path: &Path) -> Result<Lines, Failure> {
    if !fs::metadata(path).map_err(Failure::file(path))?.is_file() {
        let shown = path.display();
        return Err(Failure::Usage(format!("{shown} is not a regular file; save the lines to one")));
    }
    let file = File::open(path).map_err(Failure::file(path))?;
    if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("csv")) {
        return csv_lines(path, file);
    }
    let read = |(line, number): (io::Result<String>, u64)| {
        let text = match line {
            Ok(text) => text,
            Err(error) => return Some((number, Err(error.to_string()))),
        };
        let text = if number == 1 { text.trim_start_matches('\u{feff}') } else { &*text };
        let is_blank = text.trim().is_empty();
        (!is_blank).then(|| (number, serde_json::from_str(text).map_err(|error| problem(&error))))
    };
    // What is not UTF-8 is one bad line; a file that cannot be read further has no next line.
    let mut has_ended = false;
    let lines = BufReader::new(file).lines().take_while(move |line| {
        let is_last = has_ended;
        has_ended = line.as_ref().is_err_and(|error| error.kind() != io::ErrorKind::InvalidData);
        !is_last
    });
    Ok(Box::new(lines.zip(1..).filter_map(read)))
}

fn csv_lines(path: &Path, file: File) -> Result<Lines, Failure> {
    let mut file = BufReader::new(file);
    let mut first = Vec::new();
    file.read_until(b'\n', &mut first).and_then(|_| file.rewind()).map_err(Failure::file(path))?;
    // Spreadsheets write semicolons where the comma is the decimal separator.
    let separators = [b',', b';', b'\t'];
    let count = |separator: &u8| first.iter().filter(|byte| *byte == separator).count();
    let delimiter = separators.into_iter().rev().max_by_key(count).unwrap_or(b',');
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).delimiter(delimiter).from_reader(file);
    let bad = |error: csv::Error| Failure::Usage(format!("{}: {error}", path.display()));
    let head = reader.headers().map_err(bad)?.clone();
    if !head.iter().any(|name| name == "report") {
        return Err(Failure::Usage(format!("{}: the header has no column `report`", path.display())));
    }
    for (number, name) in head.iter().enumerate() {
        if !name.is_empty() && head.iter().take(number).any(|before| before == name) {
            return Err(Failure::Usage(format!("{}: the header has the column {name:?} twice", path.display())));
        }
    }
    // A cell may have line breaks in it: the number is that of the line on which the row begins.
    let mut last = 1;
    Ok(Box::new(reader.into_records().map(move |record| {
        let position = record.as_ref().map_or_else(csv::Error::position, csv::StringRecord::position);
        last = position.map_or(last + 1, csv::Position::line);
        (last, record.map_err(|error| error.to_string()).and_then(|record| from_csv(&head, &record)))
    })))
}

fn from_csv(head: &csv::StringRecord, record: &csv::StringRecord) -> Result<Line, String> {
    let (mut members, mut params) = (Map::new(), Map::new());
    for (name, value) in head.iter().zip(record).filter(|(_, value)| !value.is_empty()) {
        match name.strip_prefix("param.") {
            Some(name) => params.insert(name.to_owned(), value.into()),
            None => members.insert(name.to_owned(), value.into()),
        };
    }
    if !params.is_empty() {
        members.insert("params".to_owned(), params.into());
    }
    serde_json::from_str(&Value::from(members).to_string()).map_err(|error| problem(&error))
}

/// What is wrong with a line, without the place in it: its line is always the first one.
fn problem(error: &serde_json::Error) -> String {
    let (text, place) = (error.to_string(), format!(" at line {} column {}", error.line(), error.column()));
    text.strip_suffix(&place).map(str::to_owned).unwrap_or(text)
}

/// Whether Windows saves a file under this name, and not under another one or nowhere.
fn is_kept_by_windows(part: &str) -> bool {
    let visible = part.trim_start_matches('.');
    safe_file_name(visible).is_some_and(|safe| safe == visible)
}

/// A file below the folder, and not elsewhere.
pub(super) fn safe(name: &str) -> Result<PathBuf, String> {
    let path = PathBuf::from(name);
    // Windows reads some names as devices, as streams of other files, or without their last dots.
    let is_kept = |part: &OsStr| !cfg!(windows) || part.to_str().is_some_and(is_kept_by_windows);
    let is_plain = path.components().all(|part| matches!(part, Component::Normal(part) if is_kept(part)));
    let is_plain = is_plain && !name.contains(char::is_control);
    if is_plain && path.file_name().is_some() && !name.ends_with(['/', '\\']) {
        return Ok(path.components().collect());
    }
    Err(format!("{name:?} is not the name of a file below the folder"))
}
