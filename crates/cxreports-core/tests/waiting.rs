//! How late the end of an export is noticed, and how many looks that takes, in a simulation with a clock of its own.
//!
//! `cargo test -p cxreports-core --test waiting -- --nocapture` prints the table.

use std::time::Duration;

use cxreports_core::poll::{Clock, Durations, Look, Next, PollPolicy, PollState};

/// The time that a look takes, there and back.
const ROUND_TRIP: Duration = Duration::from_millis(2);
/// Lag that no one notices.
const FORGIVEN: f64 = 0.03;

struct Rng(u64);

impl Rng {
    /// From 0 up to 1 (xorshift64*).
    fn next(&mut self) -> f64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let bits = self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 11;
        bits as f64 / (1_u64 << 53) as f64
    }
}

struct Waited {
    lag: f64,
    looks: u32,
}

/// Waits for an export that takes `render`, and learns from it.
fn wait(render: Duration, learned: &mut Durations, rng: &mut Rng) -> Waited {
    let policy = PollPolicy::default();
    let mut state = PollState::new(learned.expected());
    let clock = |elapsed: Duration| Clock { elapsed, remaining: Duration::from_secs(900).saturating_sub(elapsed) };
    let mut now = state.first(&policy, clock(Duration::ZERO), rng.next());
    let (mut looks, mut pending) = (0, None);
    loop {
        let sent = now;
        now += ROUND_TRIP;
        looks += 1;
        let ready = sent + ROUND_TRIP / 2 >= render;
        match state.after(&policy, if ready { Look::Settled } else { Look::Pending }, clock(now), rng.next()) {
            Next::LookAfter(pause) => now += pause,
            Next::Stop => {
                learned.record(pending, now);
                return Waited { lag: (now - render).as_secs_f64(), looks };
            }
            other => panic!("{other:?}"),
        }
        pending = Some(sent);
    }
}

/// Mean of the lag in percent of the time of rendering, what is forgiven taken off, and of the looks.
fn mean(times: impl Iterator<Item = Duration>, learned: &mut Durations, rng: &mut Rng) -> (f64, f64) {
    let (mut lag, mut looks, mut count) = (0.0, 0.0, 0.0);
    for render in times {
        let waited = wait(render, learned, rng);
        lag += 100.0 * (waited.lag - FORGIVEN).max(0.0) / render.as_secs_f64();
        looks += f64::from(waited.looks);
        count += 1.0;
    }
    (lag / count, looks / count)
}

#[test]
fn the_end_is_noticed_soon_with_few_looks() {
    let mut rng = Rng(20_260_304);
    println!("{:<44} {:>8} {:>8}", "an export of", "lag", "looks");
    let row = |name: &str, (lag, looks): (f64, f64), most: (f64, f64)| {
        println!("{name:<44} {lag:>6.1} % {looks:>8.1}");
        assert!(lag <= most.0 && looks <= most.1, "{name}: {lag:.1} % and {looks:.1} looks, at most {most:?}");
    };
    let seconds = Duration::from_secs_f64;
    let around = |time: f64, rng: &mut Rng| seconds(time * (0.5 + rng.next()));
    for time in [0.1, 0.5, 2.0, 8.0, 30.0] {
        let (mut lag, mut looks) = (0.0, 0.0);
        for _ in 0..500 {
            let one = mean(std::iter::once(around(time, &mut rng)), &mut Durations::default(), &mut rng);
            (lag, looks) = (lag + one.0 / 500.0, looks + one.1 / 500.0);
        }
        row(&format!("{time} s, the first of its report"), (lag, looks), (10.0, 31.0));
    }
    for time in [0.1, 0.5, 2.0, 8.0] {
        let (mut lag, mut looks, mut most) = (0.0, 0.0, 0);
        for _ in 0..500 {
            let render = around(time, &mut rng);
            let mut learned = Durations::default();
            wait(render, &mut learned, &mut rng);
            let second = wait(render, &mut learned, &mut rng);
            lag += 100.0 * (second.lag - FORGIVEN).max(0.0) / render.as_secs_f64() / 500.0;
            looks += f64::from(second.looks) / 500.0;
            most = most.max(second.looks);
        }
        row(&format!("{time} s, the second of its report"), (lag, looks), (5.0, 3.0));
        assert!(most <= 4, "{most} looks at {time} s");
    }
    let learned = |name: &str, time: &mut dyn FnMut(usize, &mut Rng) -> f64, most| {
        let mut rng = Rng(7);
        let times: Vec<_> = (0..400).map(|at| seconds(time(at, &mut rng))).collect();
        row(name, mean(times.into_iter(), &mut Durations::default(), &mut rng), most);
    };
    learned("1 s, always", &mut |_, _| 1.0, (5.0, 3.0));
    learned("nothing: ready at once, always", &mut |_, _| 0.001, (1.0, 1.1));
    learned("1 s with 3 % of noise", &mut |_, rng| 0.985 + 0.03 * rng.next(), (5.0, 4.0));
    learned("0.5 to 1.5 s, uniform", &mut |_, rng| 0.5 + rng.next(), (10.0, 8.0));
    learned("0.4 s and more, heavy tail", &mut |_, rng| 0.4 / (1.0 - rng.next()).sqrt(), (10.0, 8.0));
    learned("1 s to 5 s, slower each time", &mut |at, _| 1.0 + 0.01 * at as f64, (5.0, 5.0));
    learned("8 s, then 2 s", &mut |at, _| if at < 200 { 8.0 } else { 2.0 }, (10.0, 4.0));
}
