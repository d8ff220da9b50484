//! Steps as they happen: one line that moves on a terminal, plain lines elsewhere.

use std::{
    io::{self, IsTerminal as _, Write},
    time::{Duration, Instant},
};

use cxreports_codegen::{fetch::Repeated, pipeline::Stage};
use indicatif::{ProgressBar, ProgressStyle};

/// Tells what a verb is doing.
pub(crate) struct Progress<'a> {
    out: &'a mut dyn Write,
    bar: Option<ProgressBar>,
    since: Instant,
    /// Each step with its beginning.
    steps: Vec<(String, Instant)>,
}

impl<'a> Progress<'a> {
    pub(crate) fn new(out: &'a mut dyn Write) -> Self {
        let bar = io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::new_spinner();
            bar.set_style(ProgressStyle::with_template("{spinner} {msg}").expect("a fixed template"));
            bar.enable_steady_tick(Duration::from_millis(100));
            bar
        });
        Self { out, bar, since: Instant::now(), steps: Vec::new() }
    }

    /// Begins a step. The line of a terminal moves on; elsewhere each step is a line.
    pub(crate) fn step(&mut self, text: impl Into<String>) {
        let text = text.into();
        match &self.bar {
            Some(bar) => bar.set_message(text.clone()),
            None => {
                let _ = writeln!(self.out, "  {text}");
                let _ = self.out.flush();
            }
        }
        self.steps.push((text, Instant::now()));
    }

    pub(crate) fn stage(&mut self, pin: &str, stage: Stage) {
        let what = match stage {
            Stage::Convert => "convert",
            Stage::Overlay => "overlay",
            Stage::Match => "match",
            Stage::Normalise => "normalise",
            Stage::Generate => "generate",
            // Parts of it that only the timings tell apart.
            Stage::Edit => return self.part("edit", pin),
            Stage::Print => return self.part("print", pin),
            _ => "work on",
        };
        self.step(format!("{what} {pin}").trim_end());
    }

    fn part(&mut self, what: &str, pin: &str) {
        self.steps.push((format!("{what} {pin}").trim_end().to_owned(), Instant::now()));
    }

    /// How long each step took, in lines that stay.
    pub(crate) fn timings(&mut self) -> io::Result<()> {
        let ends = self.steps.iter().skip(1).map(|(_, begin)| *begin).chain([Instant::now()]).collect::<Vec<_>>();
        let steps = std::mem::take(&mut self.steps);
        for ((step, begin), end) in steps.iter().zip(ends) {
            self.line(&format!("  {:8.3} s  {step}", (end - *begin).as_secs_f64()))?;
        }
        self.line(&format!("  {:8.3} s  in all", self.since.elapsed().as_secs_f64()))
    }

    /// A line that stays.
    pub(crate) fn line(&mut self, text: &str) -> io::Result<()> {
        match &self.bar {
            Some(bar) => bar.suspend(|| writeln!(self.out, "{text}")),
            None => writeln!(self.out, "{text}"),
        }
    }

    /// Says what the text of a document has more than once: whoever reads it sees the last one alone.
    pub(crate) fn repeated(&mut self, document: &str, repeated: &[Repeated]) -> io::Result<()> {
        /// Whoever sees these looks for the others.
        const SHOWN: usize = 5;
        for one in repeated.iter().take(SHOWN) {
            self.line(&format!("warning: {document}: {one} is written again; only the last one counts"))?;
        }
        match repeated.len().saturating_sub(SHOWN) {
            0 => Ok(()),
            more => self.line(&format!("warning: {document}: and {more} more members that are written again")),
        }
    }

    /// Ends the steps; what it took is told where somebody watches.
    pub(crate) fn finish(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
            let _ = writeln!(self.out, "  done in {:.1} s", self.since.elapsed().as_secs_f32());
        }
    }
}
