//! What is known of the terminal, and what may be written to it.

use std::{
    env,
    io::{self, IsTerminal as _, Write as _},
};

use cxreports::core::is_printable;

/// Text without the characters that a terminal acts on, except line feeds.
pub(crate) fn printable(text: &str) -> String {
    text.chars().filter(|c| *c == '\n' || is_printable(*c)).collect()
}

/// JSON in which the characters that a terminal acts on are escaped; they can only be inside of strings.
pub(crate) fn escaped(json: &str) -> String {
    let mut escaped = String::with_capacity(json.len());
    for c in json.chars() {
        if c == '\n' || is_printable(c) {
            escaped.push(c);
        } else {
            c.encode_utf16(&mut [0; 2]).iter().for_each(|unit| escaped.push_str(&format!("\\u{unit:04x}")));
        }
    }
    escaped
}

/// Writes a line to standard error. A failure is ignored: there is no other place to report it.
pub(crate) fn print_error_line(text: &str) {
    let _ = writeln!(anstream::stderr(), "{text}");
}

/// The width of tables: `COLUMNS`, or the width of the terminal; unlimited elsewhere, so that lines of a pipe stay whole.
pub(crate) fn table_width() -> Option<u16> {
    let columns = env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok()).filter(|columns| *columns > 0);
    let terminal = || io::stdout().is_terminal().then(terminal_size::terminal_size).flatten();
    columns.or_else(|| terminal().map(|(width, _)| width.0))
}

/// Whether standard error can show a progress bar.
pub(crate) fn shows_bars() -> bool {
    io::stderr().is_terminal() && env::var_os("TERM").is_none_or(|term| term != "dumb")
}
