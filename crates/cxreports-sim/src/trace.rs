//! The `traceId` of errors (W3C Trace Context, as `System.Diagnostics.Activity` reads and writes it).

/// The id of a request: in the trace of its `traceparent` if that is valid, else in one of its own.
pub(crate) fn id(traceparent: Option<&str>) -> String {
    let own = format!("{:032x}", fastrand::u128(1..));
    let (trace, flags) = traceparent.and_then(parent).unwrap_or((&own, "00"));
    format!("00-{trace}-{:016x}-{flags}", fastrand::u64(1..))
}

/// The trace and the flags of a `traceparent`, which has no letters in upper case and no id of zeros.
fn parent(header: &str) -> Option<(&str, &str)> {
    let mut parts = header.split('-');
    let mut part = |length: usize| {
        let is_lower_hex = |c: u8| matches!(c, b'0'..=b'9' | b'a'..=b'f');
        parts.next().filter(|part| part.len() == length && part.bytes().all(is_lower_hex))
    };
    let (version, trace, span, flags) = (part(2)?, part(32)?, part(16)?, part(2)?);
    let is_id = |id: &str| id.bytes().any(|c| c != b'0');
    (parts.next().is_none() && version != "ff" && is_id(trace) && is_id(span)).then_some((trace, flags))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_trace_of_a_valid_parent_goes_on() {
        let (trace, span) = ("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331");
        for flags in ["00", "01", "ff"] {
            let id = id(Some(&format!("00-{trace}-{span}-{flags}")));
            assert!(id.starts_with(&format!("00-{trace}-")) && id.ends_with(&format!("-{flags}")), "{id}");
            assert!(!id.contains(span) && parent(&id).is_some(), "{id}");
        }
        for wrong in [
            "",
            "x",
            &format!("ff-{trace}-{span}-01"),
            &format!("00-{trace}-{span}"),
            &format!("00-{trace}-{span}-01-x"),
            &format!("00-{}-{span}-01", trace.to_uppercase()),
            &format!("00-{}-{span}-01", "0".repeat(32)),
            &format!("00-{trace}-{}-01", "0".repeat(16)),
            &format!("00-{trace}é-{span}-01"),
        ] {
            let id = id(Some(wrong));
            assert!(parent(&id).is_some_and(|(own, flags)| own != trace && flags == "00"), "{wrong}: {id}");
        }
    }
}
