//! The header `Host`.

/// Whether a value is one that Kestrel takes: a name or an address, and a port.
pub(super) fn is_valid(host: &str) -> bool {
    if let Some(address) = host.strip_prefix('[') {
        let Some((address, port)) = address.split_once(']') else { return false };
        let is_address = address.bytes().all(|c| c.is_ascii_hexdigit() || matches!(c, b':' | b'.'));
        return address.len() >= 3 && is_address && (port.is_empty() || is_port(port));
    }
    let end = host.find(':').unwrap_or(host.len());
    let (name, port) = host.split_at(end);
    // Empty values are allowed, ports alone are not.
    name.bytes().all(is_host_character) && (port.is_empty() || (!name.is_empty() && is_port(port)))
}

fn is_port(text: &str) -> bool {
    text.strip_prefix(':').is_some_and(|port| !port.is_empty() && port.bytes().all(|c| c.is_ascii_digit()))
}

/// What a registered name consists of (RFC 3986, 3.2.2).
fn is_host_character(c: u8) -> bool {
    c.is_ascii_alphanumeric() || b"-._~%!$&'()*+,;=".contains(&c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_names_or_addresses_with_ports() {
        for host in ["", "sim", "sim:80", "127.0.0.1:8080", "[::1]", "[::1]:80", "a_b.example"] {
            assert!(is_valid(host), "{host}");
        }
        for host in [":80", "sim:", "sim:x", "a b", "a/b", "a@b", "[::1", "[]", "[x::1]", "[::1]80", "a:1:2", "é"] {
            assert!(!is_valid(host), "{host}");
        }
    }
}
