//! Measures the client beside a peer in the same run, alternating, and prints a Markdown table with ratios:
//! `cargo bench -p cxreports-bench`, or `cargo bench -p cxreports-bench -- calls disk` for some rows; `--quick` does less of each.
//! `BENCH_ONLY=own` or `BENCH_ONLY=peer` runs one side alone, for a profiler.
//!
//! The simulated instance runs in a process of its own, so that what it costs is in neither figure more than in the other.

mod calls;
mod disk;
mod generate;
mod memory;
mod place;
mod waits;

use std::env;

use place::{Place, Row};

/// Measures one row or some.
type Group = fn(&Place) -> Vec<Row>;

fn main() {
    if let Some(instance) = place::Serve::from_env() {
        return instance.run();
    }
    if memory::is_child() {
        return memory::child();
    }
    if generate::is_child() {
        return generate::child();
    }
    if !cfg!(target_os = "linux") {
        eprintln!("the peak of a process's memory is known on Linux only");
        std::process::exit(2);
    }
    // Cargo adds `--bench`.
    let arguments: Vec<String> = env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let quick = arguments.iter().any(|argument| argument == "--quick");
    let wanted: Vec<_> = arguments.iter().filter(|argument| !argument.starts_with('-')).collect();
    let place = Place { quick };
    let groups: [(&str, Group); 6] = [
        ("waits", waits::lag),
        ("exports", waits::throughput),
        ("calls", calls::small),
        ("disk", disk::download),
        ("memory", memory::growth),
        ("generate", generate::large),
    ];
    println!("| work | this client | peer | ratio | goal |\n| --- | --- | --- | --- | --- |");
    for (name, group) in groups {
        if wanted.is_empty() || wanted.iter().any(|wanted| *wanted == name) {
            for row in group(&place) {
                println!("| {} | {} | {} | {} | {} |", row.work, row.own, row.peer, row.ratio, row.goal);
            }
        }
    }
}
