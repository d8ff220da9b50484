//! What a command prints: tables or JSON on standard output, progress on standard error.

use std::{
    io::{self, IsTerminal as _, Write},
    time::Duration,
};

use comfy_table::{ContentArrangement, Table, presets};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::Value;

/// Where output goes, and how.
pub(crate) struct Output {
    pub(crate) json: bool,
    quiet: bool,
    out: anstream::AutoStream<io::Stdout>,
}

impl Output {
    pub(crate) fn new(json: bool, quiet: bool) -> Self {
        Self { json, quiet, out: anstream::stdout() }
    }

    /// A table for people, or the same as JSON.
    pub(crate) fn table(&mut self, head: &[&str], rows: Vec<Vec<String>>, json: Value) -> io::Result<()> {
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
        table.add_rows(rows);
        for (index, line) in table.lines().enumerate() {
            let line = line.trim_end();
            match index {
                0 => writeln!(self.out, "{bold}{}{bold:#}", line.trim_start())?,
                _ => writeln!(self.out, "{}", line.strip_prefix(' ').unwrap_or(line))?,
            }
        }
        Ok(())
    }

    pub(crate) fn value(&mut self, json: &Value) -> io::Result<()> {
        writeln!(self.out, "{json:#}")
    }

    /// A line for people, or something else for programs.
    pub(crate) fn say(&mut self, text: &str, json: &Value) -> io::Result<()> {
        if self.json { self.value(json) } else { self.line(text) }
    }

    pub(crate) fn line(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.out, "{text}")
    }

    /// Bytes as they are, for files on standard output.
    pub(crate) fn bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut out = io::stdout().lock();
        out.write_all(bytes)?;
        out.flush()
    }

    pub(crate) fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }

    /// Whether progress is a bar: on a terminal; lines elsewhere, or nothing.
    pub(crate) fn has_bars(&self) -> bool {
        !self.quiet && io::stderr().is_terminal()
    }

    /// A line of progress, where there are no bars.
    pub(crate) fn step(&self, text: &str) {
        if !self.quiet && !io::stderr().is_terminal() {
            anstream::eprintln!("{text}");
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

fn width() -> u16 {
    let terminal = io::stdout().is_terminal().then(terminal_size::terminal_size).flatten();
    terminal.map_or(80, |(width, _)| width.0)
}
