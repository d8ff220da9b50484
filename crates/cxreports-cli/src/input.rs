//! What commands are given: JSON from files, standard input and arguments; work that was started before.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
};

use cxreports::Ticket;
use serde::Deserialize;
use serde_json::value::{RawValue, to_raw_value};

use crate::failure::Failure;

/// The parameters and the data of an export or a run.
#[derive(Debug, Default, clap::Args)]
pub(crate) struct JsonArguments {
    /// Parameter; may be given several times. JSON values (7, true, null) are sent as they are, everything else as text; to
    /// send text that looks like JSON, quote it: -p 'zip="01234"'
    #[arg(long = "param", short, value_name = "KEY=VALUE", value_parser = parameter)]
    parameters: Vec<(String, Box<RawValue>)>,
    /// JSON file with all parameters as an object; --param adds to them
    #[arg(long, value_name = "FILE|-")]
    params: Option<PathBuf>,
    /// JSON file with the data; - reads standard input
    #[arg(long, value_name = "FILE|-")]
    data: Option<PathBuf>,
}

impl JsonArguments {
    /// Reads the parameters and the data, as they are written.
    pub(crate) async fn read(self) -> Result<(Option<Box<RawValue>>, Option<Box<RawValue>>), Failure> {
        let mut params: BTreeMap<String, Box<RawValue>> = BTreeMap::new();
        if let Some(path) = &self.params {
            if self.data.as_ref() == Some(path) && is_stdin(path) {
                return Err(Failure::Usage("--params and --data cannot both read standard input".to_owned()));
            }
            let text = read_json(path).await?;
            params = serde_json::from_str(text.get())
                .map_err(|_| Failure::Usage(format!("{}: the parameters are not a JSON object", path.display())))?;
        }
        let is_given = self.params.is_some() || !self.parameters.is_empty();
        for (number, (key, _)) in self.parameters.iter().enumerate() {
            if self.parameters[..number].iter().any(|(before, _)| before == key) {
                return Err(Failure::Usage(format!("parameter {key:?} is given twice")));
            }
        }
        params.extend(self.parameters);
        let json = |error: serde_json::Error| Failure::Usage(format!("the parameters: {error}"));
        let params = is_given.then(|| to_raw_value(&params)).transpose().map_err(json)?;
        let data = match &self.data {
            Some(path) => Some(read_json(path).await?),
            None => None,
        };
        Ok((params, data))
    }
}

/// A parameter as KEY=VALUE. The value is kept as it is written: a number of 24 digits is sent with its 24 digits.
fn parameter(text: &str) -> Result<(String, Box<RawValue>), String> {
    let (key, value) = text.split_once('=').ok_or("write it like customer=7")?;
    let raw = RawValue::from_string(value.to_owned()).or_else(|_| to_raw_value(value));
    Ok((key.to_owned(), raw.map_err(|error| error.to_string())?))
}

fn is_stdin(path: &Path) -> bool {
    path == Path::new("-")
}

/// The largest file that is read, in bytes: a device may have no end.
pub(crate) const LARGEST_FILE: u64 = 256 << 20;

/// The text of a file, or of standard input for `-`.
pub(crate) async fn read_text(path: &Path) -> Result<String, Failure> {
    if is_stdin(path) {
        let read = tokio::task::spawn_blocking(|| read_whole(io::stdin())).await;
        return read.map_err(io::Error::other).and_then(|text| text).map_err(Failure::file("standard input"));
    }
    read_file(path).await
}

/// The text of a file.
pub(crate) async fn read_file(path: &Path) -> Result<String, Failure> {
    let file = path.to_owned();
    let read = tokio::task::spawn_blocking(move || read_whole(File::open(file)?)).await;
    read.map_err(io::Error::other).and_then(|text| text).map_err(Failure::file(path))
}

fn read_whole(from: impl Read) -> io::Result<String> {
    let mut text = Vec::new();
    from.take(LARGEST_FILE + 1).read_to_end(&mut text)?;
    if text.len() as u64 > LARGEST_FILE {
        return Err(too_large());
    }
    String::from_utf8(text).map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "it is not UTF-8"))
}

pub(crate) fn too_large() -> io::Error {
    io::Error::new(io::ErrorKind::FileTooLarge, format!("it has more than {} MiB", LARGEST_FILE >> 20))
}

/// JSON as it is written in a file or on standard input: checked, but not parsed into a tree.
pub(crate) async fn read_json(path: &Path) -> Result<Box<RawValue>, Failure> {
    let text = read_text(path).await?;
    let shown = if is_stdin(path) { "standard input".to_owned() } else { path.display().to_string() };
    let text = text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text);
    RawValue::from_string(text).map_err(|error| Failure::Usage(format!("{shown}: not valid JSON: {error}")))
}

/// An export or a run that was started before.
pub(crate) enum Started {
    Id(i32),
    Ticket(Box<Ticket>),
}

/// What a command with `--json` has printed of it.
#[derive(Deserialize)]
struct Printed {
    ticket: Box<Ticket>,
}

impl Started {
    /// By an id, by a ticket, or by what a command with `--json` has printed; `-` reads that from standard input.
    pub(crate) async fn read(text: &str) -> Result<Self, Failure> {
        if text == "-" { Self::parse(&read_text(Path::new(text)).await?) } else { Self::parse(text) }
    }

    pub(crate) fn parse(text: &str) -> Result<Self, Failure> {
        let text = text.trim();
        if let Ok(id) = text.parse() {
            return Ok(Self::Id(id));
        }
        if let Ok(Printed { ticket }) = serde_json::from_str(text) {
            return Ok(Self::Ticket(ticket));
        }
        let ticket = serde_json::from_str(text);
        let neither = |error| Failure::Usage(format!("{text:?} is neither an id nor a ticket: {error}"));
        ticket.map(|ticket| Self::Ticket(Box::new(ticket))).map_err(neither)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_sent_as_they_are_written() {
        let table = [
            ("account=123456789012345678901234", "123456789012345678901234"),
            ("amount=12.50", "12.50"),
            ("zip=01234", "\"01234\""),
            ("zip=\"1234\"", "\"1234\""),
            ("on=true", "true"),
            ("name=M\u{fc}ller \"&\" Co", "\"M\u{fc}ller \\\"&\\\" Co\""),
            ("empty=", "\"\""),
        ];
        for (written, sent) in table {
            let (key, value) = parameter(written).unwrap();
            assert_eq!(
                serde_json::to_string(&BTreeMap::from([(&key, value)])).unwrap(),
                format!("{{\"{key}\":{sent}}}")
            );
        }
        assert!(parameter("nothing").is_err());
    }
}
