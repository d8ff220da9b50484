//! Times as .NET reads and writes them.

use std::time::SystemTime;

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};

/// A time in JSON: as few digits of a second as it needs, and seven at most.
pub(crate) fn written(time: SystemTime) -> String {
    let text = DateTime::<Utc>::from(time).format("%Y-%m-%dT%H:%M:%S%.9f").to_string();
    // A .NET tick is 100 nanoseconds.
    let text = &text[..text.len() - 2];
    format!("{}Z", text.trim_end_matches('0').trim_end_matches('.'))
}

/// A time in JSON: ISO 8601 in its extended form, of which the zone, the seconds or the whole time of day may be left out.
/// Without a zone, it is taken for UTC.
pub(crate) fn from_json(text: &str) -> Option<DateTime<Utc>> {
    // The zone is `Z` or `+01:00`; ISO 8601 in .NET knows no lower case.
    if text.contains(|c: char| c.is_ascii_lowercase()) {
        return None;
    }
    let zoned = ["%Y-%m-%dT%H:%M:%S%.f%:z", "%Y-%m-%dT%H:%M%:z"];
    let local = ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%dT%H:%M"];
    if text.contains('T') {
        let text = text.strip_suffix('Z').map_or_else(|| text.to_owned(), |time| format!("{time}+00:00"));
        let with_zone = zoned.iter().find_map(|format| DateTime::parse_from_str(&text, format).ok());
        let without = || local.iter().find_map(|format| NaiveDateTime::parse_from_str(&text, format).ok());
        return with_zone.map(|time| time.to_utc()).or_else(|| without().map(|time| time.and_utc()));
    }
    // chrono takes one digit where there should be two.
    let date = (text.len() == 10).then(|| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()).flatten()?;
    Some(date.and_time(chrono::NaiveTime::MIN).and_utc())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_second_has_at_most_seven_digits() {
        let at = |nanoseconds| SystemTime::UNIX_EPOCH + Duration::from_nanos(nanoseconds);
        for (time, text) in [
            (at(0), "1970-01-01T00:00:00Z"),
            (at(500_000_000), "1970-01-01T00:00:00.5Z"),
            (at(123_456_789), "1970-01-01T00:00:00.1234567Z"),
            (at(99), "1970-01-01T00:00:00Z"),
            (at(10_000_000_000), "1970-01-01T00:00:10Z"),
        ] {
            assert_eq!(written(time), text);
        }
    }

    #[test]
    fn parts_of_a_time_may_be_left_out() {
        let time = |text| from_json(text).map(|time| time.to_rfc3339());
        for (text, expected) in [
            ("2026-03-04", Some("2026-03-04T00:00:00+00:00")),
            ("2026-03-04T13:30", Some("2026-03-04T13:30:00+00:00")),
            ("2026-03-04T13:30Z", Some("2026-03-04T13:30:00+00:00")),
            ("2026-03-04T13:30:15", Some("2026-03-04T13:30:15+00:00")),
            ("2026-03-04T13:30:15.5+01:00", Some("2026-03-04T12:30:15.500+00:00")),
            ("2026-03-04T13:30:15.1234567Z", Some("2026-03-04T13:30:15.123456700+00:00")),
            ("2026-03-04 13:30:15Z", None),
            ("2026-3-4", None),
            ("04.03.2026", None),
            ("soon", None),
        ] {
            assert_eq!(time(text).as_deref(), expected, "{text}");
        }
    }
}
