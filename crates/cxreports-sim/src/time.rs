//! Times as .NET reads and writes them.

use std::time::Duration;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

/// The last time that .NET knows (`DateTime.MaxValue`).
const LAST: DateTime<Utc> = {
    let date = NaiveDate::from_ymd_opt(9999, 12, 31).expect("a date");
    date.and_hms_nano_opt(23, 59, 59, 999_999_900).expect("a time").and_utc()
};

/// The time so much later, and not after the last one.
pub(crate) fn later(time: DateTime<Utc>, by: Duration) -> DateTime<Utc> {
    let later = TimeDelta::from_std(by).ok().and_then(|by| time.checked_add_signed(by));
    later.map_or(LAST, |later| later.min(LAST))
}

/// A time in JSON: as few digits of a second as it needs, and seven at most.
pub(crate) fn written(time: DateTime<Utc>) -> String {
    let text = time.format("%Y-%m-%dT%H:%M:%S%.9f").to_string();
    // A .NET tick is 100 nanoseconds.
    let text = &text[..text.len() - 2];
    format!("{}Z", text.trim_end_matches('0').trim_end_matches('.'))
}

/// A time in JSON, as System.Text.Json reads it: ISO 8601 in its extended form, of which the zone, the seconds or the whole
/// time of day may be left out. Without a zone, it is taken for UTC.
pub(crate) fn from_json(text: &str) -> Option<DateTime<Utc>> {
    // .NET reads a date alone at its exact length only.
    let (date, rest) = (text.get(..10)?, &text[10..]);
    let [year, month, day] = numbers(date, [4, 2, 2], '-')?;
    let date = NaiveDate::from_ymd_opt(i32::try_from(year).ok().filter(|year| *year > 0)?, month, day)?;
    if rest.is_empty() {
        return Some(date.and_hms_opt(0, 0, 0)?.and_utc());
    }
    let rest = rest.strip_prefix('T')?;
    let [hour, minute] = numbers(rest.get(..5)?, [2, 2], ':')?;
    let mut rest = &rest[5..];
    let (mut second, mut nanoseconds) = (0, 0);
    if let Some(after) = rest.strip_prefix(':') {
        [second] = numbers(after.get(..2)?, [2], ':')?;
        rest = &after[2..];
        if let Some(fraction) = rest.strip_prefix('.') {
            let digits = fraction.bytes().take_while(u8::is_ascii_digit).count();
            // The seventh digit is the last that counts, and the sixteenth the last that is read.
            let counted = &fraction[..digits.min(7)];
            nanoseconds = format!("{counted:0<7}").parse::<u32>().ok().filter(|_| (1..=16).contains(&digits))? * 100;
            rest = &fraction[digits..];
        }
    }
    let time = date.and_hms_nano_opt(hour, minute, second, nanoseconds)?.and_utc();
    let utc = time.checked_sub_signed(TimeDelta::seconds(offset(rest)?))?;
    (utc <= LAST && utc >= NaiveDate::from_ymd_opt(1, 1, 1)?.and_hms_opt(0, 0, 0)?.and_utc()).then_some(utc)
}

/// The offset of a zone, in seconds: `Z`, `+01`, `-01:30`, or nothing; 14 hours at most.
fn offset(zone: &str) -> Option<i64> {
    if matches!(zone, "" | "Z") {
        return Some(0);
    }
    let sign = if zone.starts_with('-') { -1 } else { 1 };
    let digits = zone.strip_prefix(['+', '-'])?;
    let [hours, minutes] = match digits.len() {
        2 => [numbers(digits, [2], ':')?[0], 0],
        _ => numbers(digits, [2, 2], ':')?,
    };
    (minutes < 60 && hours * 60 + minutes <= 14 * 60).then(|| sign * i64::from(hours * 3_600 + minutes * 60))
}

/// Numbers of exactly so many digits, between separators.
fn numbers<const N: usize>(text: &str, digits: [usize; N], separator: char) -> Option<[u32; N]> {
    let mut parts = text.split(separator);
    let mut numbers = [0; N];
    for (number, digits) in numbers.iter_mut().zip(digits) {
        let part = parts.next().filter(|part| part.len() == digits && part.bytes().all(|c| c.is_ascii_digit()))?;
        *number = part.parse().ok()?;
    }
    parts.next().is_none().then_some(numbers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_has_at_most_seven_digits() {
        for (nanoseconds, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (500_000_000, "1970-01-01T00:00:00.5Z"),
            (123_456_789, "1970-01-01T00:00:00.1234567Z"),
            (99, "1970-01-01T00:00:00Z"),
            (10_000_000_000, "1970-01-01T00:00:10Z"),
        ] {
            assert_eq!(written(DateTime::from_timestamp_nanos(nanoseconds)), text);
        }
    }

    #[test]
    fn no_time_is_after_the_last() {
        for by in [Duration::MAX, Duration::from_secs(u64::MAX / 1_000), Duration::from_secs(300_000_000_000)] {
            assert_eq!(written(later(DateTime::UNIX_EPOCH, by)), "9999-12-31T23:59:59.9999999Z");
        }
    }

    #[test]
    fn times_are_read_as_by_system_text_json() {
        let time = |text| from_json(text).map(written);
        for (text, expected) in [
            ("2026-03-04", "2026-03-04T00:00:00Z"),
            ("2026-03-04T13:30", "2026-03-04T13:30:00Z"),
            ("2026-03-04T13:30Z", "2026-03-04T13:30:00Z"),
            ("2026-03-04T13:30:15", "2026-03-04T13:30:15Z"),
            ("2026-03-04T13:30+01", "2026-03-04T12:30:00Z"),
            ("2026-03-04T13:30:15-01:30", "2026-03-04T15:00:15Z"),
            ("2026-03-04T13:30:15.5+01:00", "2026-03-04T12:30:15.5Z"),
            ("2026-03-04T13:30:15.1234567899999999Z", "2026-03-04T13:30:15.1234567Z"),
            ("0001-01-01T00:00:00", "0001-01-01T00:00:00Z"),
            ("9999-12-31T23:59:59.9999999", "9999-12-31T23:59:59.9999999Z"),
        ] {
            assert_eq!(time(text).as_deref(), Some(expected), "{text}");
        }
        for text in [
            "",
            "soon",
            "2026-3-4",
            "04.03.2026",
            "2026-02-30",
            "0000-01-01",
            "12026-03-04",
            "+026-03-04",
            "2026-03-04 13:30:15Z",
            "2026-03-04t13:30:15Z",
            "2026-03-04T13:30:15z",
            "2026-03-04T",
            "2026-03-04T13",
            "2026-03-04T13Z",
            "2026-03-04T3:30",
            "2026-03-04T13:3",
            "2026-03-04T24:00",
            "2026-03-04T23:59:60Z",
            "2026-03-04T13:30:15.",
            "2026-03-04T13:30:15.Z",
            "2026-03-04T13:30:15,5Z",
            "2026-03-04T13:30:15.12345678901234567Z",
            "2026-03-04T13:30:15+0100",
            "2026-03-04T13:30:15+1",
            "2026-03-04T13:30:15+01:",
            "2026-03-04T13:30:15+14:01",
            "2026-03-04T13:30:15+01:60",
            "2026-03-04T13:30:15+99:00",
            "2026-03-04Z",
            " 2026-03-04",
            "2026-03-04T13:30:15Z ",
            "0001-01-01T00:00:00+01:00",
            "9999-12-31T23:59:59-01:00",
            "٢٠٢٦-03-04",
        ] {
            assert_eq!(time(text), None, "{text}");
        }
    }
}
