//! What a command prints: tables or JSON on standard output, progress on standard error.

use std::{
    cell::RefCell,
    io::{self, Write},
    time::Duration,
};

use cxreports::{CallError, Ticket};

use comfy_table::{ContentArrangement, Table, presets};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

use crate::{
    failure::{Failure, Kind},
    terminal::{escaped, print_error_line, printable, shows_bars, table_width},
};

/// Where output goes, and in which form.
pub(crate) struct Output {
    pub(crate) json: bool,
    quiet: bool,
    out: anstream::AutoStream<io::Stdout>,
    has_printed: bool,
    unfinished: RefCell<Unfinished>,
}

/// What a command that ends now leaves behind.
#[derive(Default)]
struct Unfinished {
    /// What goes on, and how to continue with it.
    message: Option<String>,
    /// The ticket of what was started.
    ticket: Option<Ticket>,
}

/// A failure as `--json` prints it. The ticket is where `status` and `download` look for it.
#[derive(Serialize)]
struct Failed<'a> {
    error: Described<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ticket: Option<Ticket>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Described<'a> {
    kind: Kind,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    http_status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<&'a str>,
}

/// A column of a table: its head, and its cell in the row of an item.
pub(crate) type Column<T> = (&'static str, fn(&T) -> String);

impl Output {
    pub(crate) fn new(json: bool, quiet: bool) -> Self {
        Self { json, quiet, out: anstream::stdout(), has_printed: false, unfinished: RefCell::default() }
    }

    /// Sets what is said if the command is interrupted from now on.
    pub(crate) fn if_interrupted(&self, message: impl Into<String>) {
        self.unfinished.borrow_mut().message = Some(message.into());
    }

    /// Keeps the ticket of what was started, for a command that ends before it has printed it.
    pub(crate) fn has_started(&self, ticket: Ticket) {
        self.unfinished.borrow_mut().ticket = Some(ticket);
    }

    /// Prints a failure to standard error; with `--json` also to standard output, unless something was printed there.
    pub(crate) fn failure(&mut self, failure: &Failure) {
        let Unfinished { message, ticket } =
            if failure.leaves_work() { self.unfinished.take() } else { Unfinished::default() };
        let next = message.or_else(|| failure.hint());
        if matches!(failure, Failure::Interrupted) {
            let next = next.as_ref().map(|next| format!("; {}", printable(next))).unwrap_or_default();
            print_error_line(&format!("{failure}{next}"));
        } else {
            let (red, bold) = (anstyle::AnsiColor::Red.on_default().bold(), anstyle::Style::new().bold());
            print_error_line(&format!("{red}error{red:#}: {}", failure.text()));
            if let Some(next) = &next {
                print_error_line(&format!("{bold}next{bold:#}: {}", printable(next)));
            }
        }
        if self.json && !self.has_printed {
            let call = failure.call();
            let error = Described {
                kind: failure.kind(),
                message: failure.line(),
                next,
                http_status: call.and_then(|call| Some(call.status()?.as_u16())),
                request_id: call.and_then(CallError::request_id),
            };
            // That it cannot be printed was the failure, or it has no other place to go.
            let _ = self.value(&Failed { error, ticket });
        }
    }

    /// A table for people, or the items as JSON.
    pub(crate) fn list<T: Serialize>(&mut self, items: &[T], columns: &[Column<T>]) -> Result<(), Failure> {
        if self.json {
            return self.value(&items);
        }
        if items.is_empty() {
            return self.line("none");
        }
        let heads: Vec<_> = columns.iter().map(|(head, _)| *head).collect();
        let rows = items.iter().map(|item| columns.iter().map(|(_, cell)| cell(item)).collect());
        self.table(&heads, rows.collect())
    }

    /// A table for people.
    pub(crate) fn table(&mut self, heads: &[&str], rows: Vec<Vec<String>>) -> Result<(), Failure> {
        let bold = anstyle::Style::new().bold();
        let mut table = Table::new();
        table.load_preset(presets::NOTHING).set_header(heads.iter().map(|head| head.to_uppercase()));
        if let Some(width) = table_width() {
            table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
        }
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

    /// JSON, for programs.
    pub(crate) fn value(&mut self, value: &impl Serialize) -> Result<(), Failure> {
        let text = serde_json::to_string_pretty(value).map_err(|error| Failure::Print(error.into()))?;
        self.print(&(escaped(&text) + "\n"))
    }

    /// Prints. That nobody reads it is no reason to leave the work undone.
    fn print(&mut self, text: &str) -> Result<(), Failure> {
        self.has_printed = true;
        match self.out.write_all(text.as_bytes()).and_then(|()| self.out.flush()) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Failure::Print(error)),
            _ => Ok(()),
        }
    }

    /// A line for people, or JSON for programs.
    pub(crate) fn say(&mut self, text: &str, value: &impl Serialize) -> Result<(), Failure> {
        if self.json { self.value(value) } else { self.line(text) }
    }

    pub(crate) fn line(&mut self, text: &str) -> Result<(), Failure> {
        self.print(&(printable(text) + "\n"))
    }

    /// A line of our own with styles in it.
    pub(crate) fn styled(&mut self, text: &str) -> Result<(), Failure> {
        self.print(&format!("{text}\n"))
    }

    /// Bytes as they are, for files on standard output.
    pub(crate) fn bytes(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        let mut out = io::stdout().lock();
        out.write_all(bytes).and_then(|()| out.flush()).map_err(Failure::Print)
    }

    /// A line on standard error for people, such as the next command.
    pub(crate) fn note(&self, text: &str) {
        if !self.quiet {
            print_error_line(&printable(text));
        }
    }

    /// Whether progress is shown as bars.
    pub(crate) fn has_bars(&self) -> bool {
        !self.quiet && shows_bars()
    }

    /// A line of progress, where there are no bars.
    pub(crate) fn step(&self, text: &str) {
        if !self.has_bars() {
            self.note(text);
        }
    }

    /// A progress bar of this template, hidden where there are no bars.
    pub(crate) fn bar(&self, template: &str) -> ProgressBar {
        if !self.has_bars() {
            return ProgressBar::hidden();
        }
        let bar = ProgressBar::no_length();
        bar.set_style(ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()));
        bar
    }

    /// A spinner, or a line where there are no bars.
    pub(crate) fn spinner(&self, text: &str) -> ProgressBar {
        self.step(text);
        let bar = self.bar("{spinner} {msg} {elapsed}").with_message(text.to_owned());
        if self.has_bars() {
            bar.enable_steady_tick(Duration::from_millis(100));
        }
        bar
    }
}
