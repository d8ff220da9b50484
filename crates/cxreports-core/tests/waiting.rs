//! How late the end of an export is noticed, and how many looks that takes, in a simulation with a clock of its own.
//!
//! `cargo test -p cxreports-core --test waiting -- --nocapture` prints the table.

use std::time::Duration;

use cxreports_core::poll::{Clock, Durations, Look, Next, PollPolicy, PollState};

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

/// A server that needs a time for each status response, and judges the status in the middle of it.
#[derive(Clone, Copy)]
struct Server {
    response: Duration,
}

const FAST: Server = Server { response: Duration::from_millis(2) };

/// What one export, or the mean of several, came to.
#[derive(Clone, Copy, Default)]
struct Waited {
    /// In seconds, beyond the time that a response takes.
    late: f64,
    /// In percent of the time of rendering, without what is forgiven.
    lag: f64,
    looks: f64,
    /// The looks of a loop that looks once a second.
    loop_looks: f64,
}

/// Waits for an export that takes `render`, and learns from it.
fn wait(server: Server, render: Duration, learned: &mut Durations, rng: &mut Rng) -> Waited {
    let policy = PollPolicy::default();
    let mut state = PollState::new(learned.expected());
    let clock = |elapsed: Duration| Clock { elapsed, remaining: Duration::from_secs(3_600).saturating_sub(elapsed) };
    let mut sent = state.first(&policy, clock(Duration::ZERO), rng.next());
    let (mut looks, mut pending) = (0.0, None);
    loop {
        looks += 1.0;
        let is_ready = sent + server.response / 2 >= render;
        let now = sent + server.response;
        let look = if is_ready { Look::Settled } else { Look::Pending { retry_after: None } };
        let pause = match state.after(&policy, look, clock(now), rng.next()) {
            Next::LookAfter(pause) => pause,
            Next::Stop => {
                learned.record(pending, sent);
                let late = sent.saturating_sub(render).as_secs_f64();
                let lag = 100.0 * (late - FORGIVEN).max(0.0) / render.as_secs_f64();
                return Waited { late, lag, looks, loop_looks: render.as_secs_f64().ceil() };
            }
            other => panic!("{other:?}"),
        };
        pending = Some(sent);
        sent = now + pause;
    }
}

fn mean(all: &[Waited]) -> Waited {
    let count = all.len() as f64;
    let of = |value: fn(&Waited) -> f64| all.iter().map(value).sum::<f64>() / count;
    Waited { late: of(|w| w.late), lag: of(|w| w.lag), looks: of(|w| w.looks), loop_looks: of(|w| w.loop_looks) }
}

fn print(name: &str, waited: Waited) {
    let Waited { late, lag, looks, loop_looks } = waited;
    println!("{name:<52} {lag:>7.1} % {late:>7.3} s {looks:>7.1} {loop_looks:>7.1}");
}

/// Prints a row; its lag and looks must not be more than `most`.
fn row(name: &str, all: &[Waited], most: (f64, f64)) {
    let waited = mean(all);
    print(name, waited);
    let Waited { lag, looks, .. } = waited;
    assert!(lag <= most.0 && looks <= most.1, "{name}: {lag:.1} % and {looks:.1} looks, at most {most:?}");
}

fn header() {
    println!("{:<52} {:>9} {:>9} {:>7} {:>7}", "an export of", "lag", "late by", "looks", "a loop");
}

fn seconds(time: f64) -> Duration {
    Duration::from_secs_f64(time)
}

/// From half of a time up to one and a half.
fn around(time: f64, rng: &mut Rng) -> Duration {
    seconds(time * (0.5 + rng.next()))
}

/// How long the exports of a report take, by their number.
type Times<'a> = &'a mut dyn FnMut(usize, &mut Rng) -> f64;

/// The exports of a report, one after the other.
fn learned(server: Server, count: usize, time: Times<'_>) -> Vec<Waited> {
    let (mut rng, mut learned) = (Rng(7), Durations::default());
    let one = |at| wait(server, seconds(time(at, &mut rng)), &mut learned, &mut rng);
    (0..count).map(one).collect()
}

#[test]
fn the_first_export_is_noticed_within_a_tenth_of_its_time_with_fewer_looks_than_a_loop() {
    header();
    let mut rng = Rng(20_260_304);
    for time in [0.1, 0.5, 2.0, 8.0, 30.0] {
        let one = |_| wait(FAST, around(time, &mut rng), &mut Durations::default(), &mut rng);
        let all: Vec<_> = (0..500).map(one).collect();
        let loop_looks = if time < 30.0 { f64::INFINITY } else { mean(&all).loop_looks };
        row(&format!("{time} s, the first of its report"), &all, (10.0, 30_f64.min(loop_looks)));
    }
}

#[test]
fn the_same_again_takes_three_looks() {
    header();
    let mut rng = Rng(20_260_304);
    for time in [0.1, 0.5, 2.0, 8.0] {
        let second = |_| {
            let (render, mut learned) = (around(time, &mut rng), Durations::default());
            wait(FAST, render, &mut learned, &mut rng);
            wait(FAST, render, &mut learned, &mut rng)
        };
        let all: Vec<_> = (0..500).map(second).collect();
        row(&format!("{time} s, the second of its report"), &all, (5.0, 3.0));
        let most = all.iter().map(|waited| waited.looks).fold(0.0, f64::max);
        assert!(most <= 4.0, "{most} looks at {time} s");
    }
    row("1 s, always", &learned(FAST, 400, &mut |_, _| 1.0)[1..], (5.0, 3.0));
    row("8 s, always", &learned(FAST, 400, &mut |_, _| 8.0)[1..], (5.0, 3.0));
    // Beyond that, a look every ten seconds notices an export that fails early.
    row("60 s, always", &learned(FAST, 400, &mut |_, _| 60.0)[1..], (5.0, 8.0));
    row("nothing: ready at once, always", &learned(FAST, 400, &mut |_, _| 0.001), (1.0, 1.1));
}

#[test]
fn what_varies_is_noticed_soon() {
    header();
    row("1 s with 3 % of noise", &learned(FAST, 400, &mut |_, rng| 0.985 + 0.03 * rng.next()), (5.0, 4.0));
    row("0.5 to 1.5 s, uniform", &learned(FAST, 400, &mut |_, rng| 0.5 + rng.next()), (10.0, 8.0));
    row("15 to 45 s, uniform", &learned(FAST, 400, &mut |_, rng| 15.0 + 30.0 * rng.next()), (10.0, 12.0));
    row("0.4 s and more, heavy tail", &learned(FAST, 400, &mut |_, rng| 0.4 / (1.0 - rng.next()).sqrt()), (10.0, 8.0));
    row("1 s to 5 s, slower each time", &learned(FAST, 400, &mut |at, _| 1.0 + 0.01 * at as f64), (5.0, 5.0));
    row("5 s to 1 s, faster each time", &learned(FAST, 400, &mut |at, _| 5.0 - 0.01 * at as f64), (5.0, 5.0));
    row("8 s, then 2 s", &learned(FAST, 400, &mut |at, _| if at < 200 { 8.0 } else { 2.0 }), (10.0, 4.0));
    row("2 s, then 20 s", &learned(FAST, 400, &mut |at, _| if at < 200 { 2.0 } else { 20.0 }), (10.0, 6.0));
    let faster = learned(FAST, 60, &mut |at, _| if at < 20 { 20.0 } else { 2.0 });
    assert!(
        mean(&faster[20..21]).late <= 10.0,
        "what has become ten times faster is noticed after the longest interval"
    );
    row("20 s, then 2 s: from the second on", &faster[21..], (10.0, 6.0));
}

#[test]
fn what_comes_from_a_cache_now_and_then_is_noticed_soon() {
    header();
    for (share, most) in [(0.1, 10.0), (0.5, 20.0), (0.9, 10.0)] {
        let mut cached = Vec::new();
        let all = learned(FAST, 400, &mut |_, rng| {
            cached.push(rng.next() < share);
            if cached.last() == Some(&true) { 0.05 } else { 20.0 }
        });
        // The first few show that there is a cache.
        let of = |is_cached| {
            let all = all.iter().zip(&cached).filter(|(_, cached)| **cached == is_cached).map(|(waited, _)| *waited);
            all.skip(if is_cached { 5 } else { 1 }).collect::<Vec<_>>()
        };
        print(&format!("0.05 s for {:.0} %, else 20 s", share * 100.0), mean(&all));
        row("    those of 20 s", &of(false), (10.0, 30.0));
        let fast = of(true);
        print("    those of 0.05 s", mean(&fast));
        let mut late: Vec<_> = fast.iter().map(|waited| waited.late).collect();
        late.sort_by(f64::total_cmp);
        let typical = late[late.len() / 2];
        assert!(typical <= FORGIVEN, "a cached one is noticed {typical} s late");
        let looks = mean(&all).looks;
        assert!(looks <= most, "{looks} looks on average");
    }
}

#[test]
fn a_server_that_is_slow_to_respond_is_not_taken_for_one_that_is_slow_to_render() {
    header();
    for millis in [300, 2_000] {
        let server = Server { response: Duration::from_millis(millis) };
        let named = |name: &str| format!("{name}, a response takes {millis} ms");
        row(&named("8 s, always"), &learned(server, 100, &mut |_, _| 8.0)[1..], (5.0, 3.0));
        row(&named("5 to 15 s, uniform"), &learned(server, 400, &mut |_, rng| 5.0 + 10.0 * rng.next()), (10.0, 10.0));
        let faster = learned(server, 400, &mut |at, _| 20.0 - 0.04 * at as f64);
        row(&named("20 s to 4 s, faster each time"), &faster, (10.0, 4.0));
        let short = learned(server, 100, &mut |_, _| 0.001);
        let (late, looks) = (mean(&short[1..]).late, mean(&short[1..]).looks);
        print(&named("ready at once"), mean(&short[1..]));
        assert!(late <= FORGIVEN && looks <= 1.0, "{late} s, {looks} looks");
    }
}
