//! The canary: a planted token is looked for in what every verb that takes one prints and writes, whatever the server says.

use std::{
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
};

use super::{command, files, workspace};

const TOKEN: &str = "planted-token-2e7a";
const DOCUMENT: &str = include_str!("../../../crates/cxreports-sim/documents/2026.5.json");

/// A server that wants the token for its document, and repeats it in everything else that it says. Ends with the process.
fn server() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || listener.incoming().flatten().for_each(|stream| respond(stream).unwrap_or_default()));
    url
}

fn respond(mut stream: TcpStream) -> std::io::Result<()> {
    let mut request = vec![0; 16 << 10];
    let read = stream.read(&mut request)?;
    let request = String::from_utf8_lossy(&request[..read]).into_owned();
    let path = request.split(' ').nth(1).unwrap_or_default();
    let echo =
        format!("{{\"title\":\"Bearer {TOKEN}\",\"error\":\"{TOKEN}\",\"errors\":{{\"{TOKEN}\":[\"{TOKEN}\"]}}}}");
    let page = format!("<html><title>swagger {TOKEN}</title><script>url: \"{TOKEN}.json\"</script></html>");
    let described = DOCUMENT.replacen("\"title\": \"", &format!("\"title\": \"{TOKEN} "), 1);
    let (head, body) = match path {
        "/swagger/v1/swagger.json" if request.contains(TOKEN) => {
            ("200 OK\r\ncontent-type: application/json".to_owned(), DOCUMENT)
        }
        "/page/swagger/index.html" => ("200 OK\r\ncontent-type: text/html".to_owned(), &*page),
        "/text" => ("200 OK\r\ncontent-type: application/json".to_owned(), TOKEN),
        "/moved" => (format!("302 Found\r\nlocation: /{TOKEN}"), ""),
        "/described" => ("200 OK\r\ncontent-type: application/json".to_owned(), &*described),
        "/redirect" => (format!("302 Found\r\nlocation: http://{TOKEN}@127.0.0.1:9/{TOKEN}?{TOKEN}"), ""),
        "/unauthorized" => (format!("401 Unauthorized\r\nwww-authenticate: Bearer {TOKEN}"), &*echo),
        _ => ("500 Internal Server Error\r\ncontent-type: application/json".to_owned(), &*echo),
    };
    write!(stream, "HTTP/1.1 {head}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}", body.len())
}

#[test]
fn no_verb_shows_the_token() {
    let (folder, url) = (workspace(), server());
    let at = folder.path().to_str().unwrap();
    let crate_folder = folder.path().join("crate");
    let run = |expected: Option<bool>, line: &str| {
        let line = line.replace("URL", &url).replace("FOLDER", crate_folder.to_str().unwrap());
        let arguments: Vec<_> = ["--workspace", at].into_iter().chain(line.split(' ')).collect();
        let output = command(&arguments).env("CX_TOKEN", TOKEN).env("RUST_BACKTRACE", "1").output().unwrap();
        let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert!(!text.contains(TOKEN), "{line}: {text}");
        assert!(expected.is_none_or(|expected| output.status.success() == expected), "{line}: {text}");
        for (path, content) in files(folder.path()) {
            assert!(!String::from_utf8_lossy(&content).contains(TOKEN), "{line}: it is in {}", path.display());
        }
    };
    for place in ["text", "redirect", "moved", "unauthorized", "error", "page/swagger/index.html"] {
        run(Some(false), &format!("regen acme --spec-url URL/{place} --token-env CX_TOKEN"));
        run(Some(false), &format!("generate --input URL/{place} --token-env CX_TOKEN --output FOLDER --crate-name c"));
    }
    run(Some(false), "regen acme --url URL --token-env NO_SUCH_VARIABLE");
    run(Some(true), "regen beta --spec-url URL/described --token-env CX_TOKEN");
    run(Some(true), "regen acme --url URL --token-env CX_TOKEN");
    run(Some(true), "drift acme");
    for verb in ["drift acme --observe", "drift acme --format json", "drift --all --format markdown", "upgrade acme"] {
        run(None, verb);
    }
    run(None, "changelog acme");
}
