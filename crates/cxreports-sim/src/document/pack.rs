use std::io::{Cursor, Write as _};

use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

/// A ZIP of named parts.
pub(super) fn zip<'a>(parts: impl IntoIterator<Item = (String, &'a [u8])>) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    for (name, bytes) in parts {
        zip.start_file(name, options).and_then(|()| Ok(zip.write_all(bytes)?)).expect("a ZIP in memory can be written");
    }
    zip.finish().expect("a ZIP in memory can be written").into_inner()
}
