//! What a command prints: tables or JSON on standard output, progress on standard error.

use std::{
    io::{self, IsTerminal as _, Write},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use comfy_table::{ContentArrangement, Table, presets};
use cxreports::core::is_printable;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::Value;

use crate::failure::Failure;

/// Where output goes, and how.
pub(crate) struct Output {
    pub(crate) json: bool,
    quiet: bool,
    out: anstream::AutoStream<io::Stdout>,
    goes_on: GoesOn,
}

/// What an interrupted command leaves behind, for its last words.
#[derive(Debug, Clone, Default)]
pub(crate) struct GoesOn(Arc<Mutex<Option<String>>>);

impl GoesOn {
    pub(crate) fn text(&self) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Output {
    pub(crate) fn new(json: bool, quiet: bool, goes_on: GoesOn) -> Self {
        Self { json, quiet, out: anstream::stdout(), goes_on }
    }

    /// What to say when the command is interrupted from now on.
    pub(crate) fn goes_on(&self, text: impl Into<String>) {
        *self.goes_on.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(text.into());
    }

    /// A table for people, or the same as JSON.
    pub(crate) fn table(&mut self, head: &[&str], rows: Vec<Vec<String>>, json: Value) -> Result<(), Failure> {
        if self.json {
            return self.value(&json);
        }
        if rows.is_empty() {
            return self.line("there are none");
        }
        let bold = anstyle::Style::new().bold();
        let mut table = Table::new();
        table.load_preset(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic).set_width(width());
        table.set_header(head.iter().map(|head| head.to_uppercase()));
        table.add_rows(rows.into_iter().map(|row| row.into_iter().map(|cell| printable(&cell.replace('\n', " ")))));
        let mut text = String::new();
        for (index, line) in table.lines().enumerate() {
            let line = line.trim_end();
            match index {
                0 => text.push_str(&format!("{bold}{}{bold:#}\n", line.trim_start())),
                _ => text.push_str(&format!("{}\n", line.strip_prefix(' ').unwrap_or(line))),
            }
        }
        self.print(&text)
    }

    pub(crate) fn value(&mut self, json: &Value) -> Result<(), Failure> {
        self.print(&format!("{json:#}\n"))
    }

    /// Prints; whoever has closed our output does not want to read it, which is no reason to leave the work undone.
    fn print(&mut self, text: &str) -> Result<(), Failure> {
        match self.out.write_all(text.as_bytes()).and_then(|()| self.out.flush()) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Failure::Print(error)),
            _ => Ok(()),
        }
    }

    /// A line for people, or something else for programs.
    pub(crate) fn say(&mut self, text: &str, json: &Value) -> Result<(), Failure> {
        if self.json { self.value(json) } else { self.line(text) }
    }

    pub(crate) fn line(&mut self, text: &str) -> Result<(), Failure> {
        self.print(&(printable(text) + "\n"))
    }

    /// A line of ours with colours in it.
    pub(crate) fn styled(&mut self, text: &str) -> Result<(), Failure> {
        self.print(&format!("{text}\n"))
    }

    /// Bytes as they are, for files on standard output.
    pub(crate) fn bytes(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        let mut out = io::stdout().lock();
        out.write_all(bytes).and_then(|()| out.flush()).map_err(Failure::Print)
    }

    /// Whether progress is a bar: on a terminal; lines elsewhere, or nothing.
    pub(crate) fn has_bars(&self) -> bool {
        !self.quiet && io::stderr().is_terminal()
    }

    /// A line of progress, where there are no bars.
    pub(crate) fn step(&self, text: &str) {
        if !self.quiet && !io::stderr().is_terminal() {
            say_aside(text);
        }
    }

    /// A spinner, or a line where there is no terminal.
    pub(crate) fn spinner(&self, text: &str) -> ProgressBar {
        self.step(text);
        if !self.has_bars() {
            return ProgressBar::hidden();
        }
        let bar = ProgressBar::new_spinner().with_message(text.to_owned());
        bar.set_style(
            ProgressStyle::with_template("{spinner} {msg} {elapsed}")
                .unwrap_or_else(|_| ProgressStyle::default_spinner()),
        );
        bar.enable_steady_tick(Duration::from_millis(100));
        bar
    }

    /// A bar for bytes.
    pub(crate) fn download_bar(&self) -> ProgressBar {
        if !self.has_bars() {
            return ProgressBar::hidden();
        }
        let template = "{spinner} {bytes}/{total_bytes} {wide_bar} {bytes_per_sec}";
        let bar = ProgressBar::no_length();
        bar.set_style(ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()));
        bar
    }
}

/// Prints a line on standard error, if anybody reads it.
pub(crate) fn say_aside(text: &str) {
    let _ = writeln!(anstream::stderr(), "{text}");
}

/// Text without what a terminal acts on, but for the ends of its lines.
pub(crate) fn printable(text: &str) -> String {
    text.chars().filter(|c| *c == '\n' || is_printable(*c)).collect()
}

fn width() -> u16 {
    let terminal = io::stdout().is_terminal().then(terminal_size::terminal_size).flatten();
    terminal.map_or(80, |(width, _)| width.0)
}
