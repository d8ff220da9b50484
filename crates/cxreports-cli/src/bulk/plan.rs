//! What the lines of a file ask for.

use std::{
    collections::HashMap,
    fmt::Write as _,
    fs::File,
    io::{self, BufRead as _, BufReader},
    path::{Component, Path, PathBuf},
};

use cxreports::model::DocumentFormat;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, value::RawValue};
use sha2::{Digest as _, Sha256};

use crate::{export, failure::Failure};

/// What one line asks for.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Line {
    pub(super) report: Name,
    format: Option<String>,
    pub(super) template: Option<String>,
    pub(super) theme: Option<String>,
    pub(super) lang: Option<String>,
    pub(super) timezone: Option<String>,
    output: Option<String>,
    pub(super) params: Option<Box<RawValue>>,
    pub(super) data: Option<Box<RawValue>>,
}

impl Line {
    /// The file that it names, and the format that goes with it.
    fn target(&self) -> Result<Target, String> {
        let output = self.output.as_deref().map(safe).transpose()?;
        let format = self.format.as_deref().map(export::format).transpose()?;
        let format = export::format_of(output.as_deref(), format, false)?;
        Ok(Target { output, format })
    }
}

/// What a line is exported as.
pub(super) struct Target {
    /// The file, below the folder.
    pub(super) output: Option<PathBuf>,
    pub(super) format: Option<DocumentFormat>,
}

/// An id or a code.
#[derive(Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum Name {
    Id(i32),
    Code(String),
}

/// A line that can be exported.
pub(super) struct Work {
    pub(super) number: u64,
    /// What it is known by in the journal: its content, and how many lines before it have the same.
    pub(super) key: String,
    pub(super) line: Line,
    pub(super) target: Target,
}

/// What is read of a line, or why it is none.
pub(super) type Planned = Result<Work, (u64, String)>;

/// The lines of a file with their numbers, or why they are none.
type Lines = Box<dyn Iterator<Item = (u64, Result<Line, String>)> + Send>;

/// The lines of a file, one at a time.
pub(super) struct Plan<'a> {
    lines: Lines,
    folder: &'a Path,
    seen: HashMap<String, u32>,
}

impl<'a> Plan<'a> {
    pub(super) fn read(file: &Path, folder: &'a Path) -> Result<Self, Failure> {
        Ok(Self { lines: lines(file)?, folder, seen: HashMap::new() })
    }
}

/// Finds two lines that write the same file, before anything is sent.
pub(super) fn check(file: &Path) -> Result<(), Failure> {
    let mut outputs: HashMap<PathBuf, u64> = HashMap::new();
    for (number, line) in lines(file)? {
        let Ok(Target { output: Some(output), .. }) = line.and_then(|line| line.target()) else { continue };
        let folded = if cfg!(any(windows, target_os = "macos")) {
            PathBuf::from(output.to_string_lossy().to_lowercase())
        } else {
            output.clone()
        };
        if let Some(first) = outputs.insert(folded, number) {
            return Err(Failure::Usage(format!(
                "lines {first} and {number} both write {}; give each an output of its own",
                output.display()
            )));
        }
    }
    Ok(())
}

impl Iterator for Plan<'_> {
    type Item = Planned;

    fn next(&mut self) -> Option<Planned> {
        let (number, line) = self.lines.next()?;
        Some(
            line.and_then(|line| {
                let content = serde_json::to_vec(&(self.folder, &line)).map_err(|error| error.to_string())?;
                let hash = Sha256::digest(&content)[..16].iter().fold(String::new(), |mut hash, byte| {
                    let _ = write!(hash, "{byte:02x}");
                    hash
                });
                let before = self.seen.entry(hash.clone()).or_default();
                *before += 1;
                let key = format!("{hash}-{before}");
                let target = line.target()?;
                Ok(Work { number, key, line, target })
            })
            .map_err(|why| (number, why)),
        )
    }
}

fn lines(path: &Path) -> Result<Lines, Failure> {
    let file = File::open(path).map_err(Failure::file(path))?;
    if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("csv")) {
        let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(file);
        let bad = |error: csv::Error| Failure::Usage(format!("{}: {error}", path.display()));
        let head = reader.headers().map_err(bad)?.clone();
        return Ok(Box::new(reader.into_records().zip(1..).map(move |(record, number)| {
            (number, record.map_err(|error| error.to_string()).and_then(|record| from_csv(&head, &record)))
        })));
    }
    let lines = BufReader::new(file).lines().zip(1..);
    let read = |line: io::Result<String>| match line {
        Ok(text) if text.trim().is_empty() => None,
        Ok(text) => Some(serde_json::from_str(&text).map_err(|error| error.to_string())),
        Err(error) => Some(Err(error.to_string())),
    };
    Ok(Box::new(lines.filter_map(move |(line, number)| Some((number, read(line)?)))))
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
    serde_json::from_str(&Value::from(members).to_string()).map_err(|error| error.to_string())
}

/// A file below the folder, and not elsewhere.
pub(super) fn safe(name: &str) -> Result<PathBuf, String> {
    let path = PathBuf::from(name);
    let plain = path.components().all(|part| matches!(part, Component::Normal(_)));
    if plain && path.file_name().is_some() && !name.ends_with(['/', '\\']) {
        return Ok(path.components().collect());
    }
    Err(format!("{name:?} is no file name below the folder"))
}
