//! Steps as they happen: one line that moves on a terminal, plain lines elsewhere.

use std::{
    io::{self, IsTerminal as _, Write},
    time::{Duration, Instant},
};

use cxreports_codegen::pipeline::Stage;
use indicatif::{ProgressBar, ProgressStyle};

/// Tells what a verb is doing.
pub(crate) struct Progress<'a> {
    out: &'a mut dyn Write,
    bar: Option<ProgressBar>,
    since: Instant,
    step: Option<String>,
}

impl<'a> Progress<'a> {
    pub(crate) fn new(out: &'a mut dyn Write) -> Self {
        let bar = io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::new_spinner();
            bar.set_style(ProgressStyle::with_template("{spinner} {msg}").expect("a fixed template"));
            bar.enable_steady_tick(Duration::from_millis(100));
            bar
        });
        Self { out, bar, since: Instant::now(), step: None }
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
        self.step = Some(text);
    }

    pub(crate) fn stage(&mut self, pin: &str, stage: Stage) {
        let what = match stage {
            Stage::Convert => "convert",
            Stage::Overlay => "overlay",
            Stage::Match => "match",
            Stage::Normalise => "normalise",
            Stage::Generate => "generate",
        };
        self.step(format!("{what} {pin}").trim_end());
    }

    /// A line that stays.
    pub(crate) fn line(&mut self, text: &str) -> io::Result<()> {
        match &self.bar {
            Some(bar) => bar.suspend(|| writeln!(self.out, "{text}")),
            None => writeln!(self.out, "{text}"),
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
