use std::{
    collections::HashSet,
    io::{Cursor, Write as _},
};

use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

/// The longest name of a part, in characters, without the number that may follow; the format ends at 65,535 bytes.
const MAX_NAME: usize = 1_000;

/// A ZIP of named parts; of several with one name, the second is numbered `(2)`, and so on.
pub(super) fn zip<'a>(parts: impl IntoIterator<Item = (String, &'a [u8])>) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    let mut names = HashSet::new();
    for (name, bytes) in parts {
        let name: String = name.chars().take(MAX_NAME).collect();
        let name = distinct(&name, |name| names.insert(name.to_owned()));
        zip.start_file(name, options).and_then(|()| Ok(zip.write_all(bytes)?)).expect("a ZIP in memory can be written");
    }
    zip.finish().expect("a ZIP in memory can be written").into_inner()
}

/// A name that is taken as it is, or with the first number with which it is.
fn distinct(name: &str, mut is_taken: impl FnMut(&str) -> bool) -> String {
    let (stem, extension) = name.rfind('.').map_or((name, ""), |dot| name.split_at(dot));
    let numbered = (2..).map(|number| format!("{stem} ({number}){extension}"));
    std::iter::once(name.to_owned()).chain(numbered).find(|name| is_taken(name)).unwrap_or_default()
}
