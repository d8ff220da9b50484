//! What a command sends to the instance beside its own work: once all of probing, and at most one request after that.

#[path = "place/mod.rs"]
mod place;

use std::{
    fs,
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
    os::unix::fs::PermissionsExt as _,
    path::PathBuf,
    process::{Command, Output},
    sync::{Arc, Mutex},
    thread,
};

use cxreports::core::op;
use cxreports_sim::{Edition, Endpoint};
use place::Place;
use serde_json::Value;

/// A proxy before the instance that keeps the first line of each request, and adds an ETag to the Swagger document.
struct Recorder {
    url: String,
    requests: Arc<Mutex<Vec<String>>>,
}

const ETAG: &str = "\"one\"";

impl Recorder {
    fn before(place: &Place) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let upstream = place.instance.url().trim_start_matches("http://").to_owned();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&requests);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (upstream, seen) = (upstream.clone(), Arc::clone(&seen));
                thread::spawn(move || exchange(stream.unwrap(), &upstream, &seen));
            }
        });
        Self { url, requests }
    }

    fn taken(&self) -> Vec<String> {
        std::mem::take(&mut self.requests.lock().unwrap())
    }
}

/// Answers one request, and closes the connection.
fn exchange(mut client: TcpStream, upstream: &str, seen: &Mutex<Vec<String>>) {
    let mut request = Vec::new();
    let mut piece = [0; 4096];
    let head = loop {
        let read = client.read(&mut piece).unwrap_or(0);
        if read == 0 {
            return;
        }
        request.extend(&piece[..read]);
        if let Some(end) = request.windows(4).position(|window| window == b"\r\n\r\n") {
            break end;
        }
    };
    let text = String::from_utf8_lossy(&request[..head]).into_owned();
    let line = text.lines().next().unwrap().trim_end_matches(" HTTP/1.1").to_owned();
    let is_document = line.ends_with("swagger.json");
    let is_known = is_document && text.contains(&format!("if-none-match: {ETAG}"));
    seen.lock().unwrap().push(if is_known { format!("{line}, if changed") } else { line });
    if is_known {
        let _ = client.write_all(b"HTTP/1.1 304 Not Modified\r\nconnection: close\r\n\r\n");
        return;
    }
    let length = text.lines().find_map(|line| line.strip_prefix("content-length: ")).map_or(0, |n| n.parse().unwrap());
    while request.len() < head + 4 + length {
        let read = client.read(&mut piece).unwrap();
        request.extend(&piece[..read]);
    }
    let mut server = TcpStream::connect(upstream).unwrap();
    server.write_all(&request[..head]).unwrap();
    server.write_all(b"\r\nconnection: close\r\n\r\n").unwrap();
    server.write_all(&request[head + 4..]).unwrap();
    let mut response = Vec::new();
    let _ = server.read_to_end(&mut response);
    if is_document && response.starts_with(b"HTTP/1.1 200 OK\r\n") {
        response.splice(17..17, format!("etag: {ETAG}\r\n").into_bytes());
    }
    let _ = client.write_all(&response);
}

impl Place {
    fn through(&self, recorder: &Recorder, arguments: &[&str]) -> Command {
        let mut command = self.command();
        command.env("CX_REPORTS_URL", &recorder.url).args(arguments);
        command
    }

    fn themes(&self, recorder: &Recorder) -> Output {
        self.through(recorder, &["themes", "list"]).output().unwrap()
    }

    fn cache_folder(&self) -> PathBuf {
        let folder = if cfg!(target_os = "macos") { "Library/Caches" } else { ".cache" };
        self.path().join(folder).join("cxreports")
    }

    fn cache_file(&self) -> PathBuf {
        let mut files: Vec<_> = fs::read_dir(self.cache_folder()).unwrap().map(|file| file.unwrap().path()).collect();
        assert_eq!(files.len(), 1, "{files:?}");
        files.remove(0)
    }
}

const DOCUMENT: &str = "GET /swagger/v1/swagger.json";
const THEMES: &str = "GET /api/v1/ws/finance/themes";

#[test]
fn a_command_after_the_first_sends_one_request_beside_its_work_at_most() {
    let place = Place::of(Edition::V2026_5, |instance| instance);
    let recorder = Recorder::before(&place);
    assert!(place.themes(&recorder).status.success());
    assert_eq!(recorder.taken(), [DOCUMENT, THEMES]);
    assert!(place.themes(&recorder).status.success());
    assert_eq!(recorder.taken(), [THEMES]);
    let file = place.cache_file();
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(!fs::read_to_string(&file).unwrap().contains(place::TOKEN));

    // An old result is asked for with its ETag, and is young again after that.
    let mut old: Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
    old["time"] = 1_700_000_000.into();
    place.put(&file.to_string_lossy(), &old.to_string());
    assert!(place.themes(&recorder).status.success());
    assert_eq!(recorder.taken(), [&format!("{DOCUMENT}, if changed"), THEMES]);
    assert!(place.themes(&recorder).status.success());
    assert_eq!(recorder.taken(), [THEMES]);

    assert!(place.through(&recorder, &["themes", "list", "--no-cache"]).status().unwrap().success());
    assert_eq!(recorder.taken(), [DOCUMENT, THEMES]);
}

#[test]
fn an_instance_without_a_document_is_probed_once_too() {
    let place = Place::of(Edition::V2024_9, |instance| instance.swagger(false));
    let recorder = Recorder::before(&place);
    let types = ["types", "list"];
    assert!(place.through(&recorder, &types).status().unwrap().success());
    assert!(recorder.taken().len() > 18);
    assert!(place.through(&recorder, &types).status().unwrap().success());
    assert_eq!(recorder.taken(), ["GET /api/v1/ws/finance/report-types"]);
    // What it lacks is refused without asking, but not before it was made sure of.
    assert!(!place.themes(&recorder).status.success());
    let sent = recorder.taken();
    assert!(sent.len() > 18 && !sent.iter().any(|line| line == THEMES), "{sent:?}");
}

#[test]
fn a_cache_file_that_is_broken_or_foreign_is_replaced() {
    let place = Place::of(Edition::V2026_5, |instance| instance);
    let recorder = Recorder::before(&place);
    assert!(place.themes(&recorder).status.success());
    let file = place.cache_file();
    let good = fs::read_to_string(&file).unwrap();
    let foreign = good.replace(&recorder.url, "http://127.0.0.1:9");
    let elsewhere = good.replace("\"/api/v1/ws/{workspaceId}/themes\"", "\"@127.0.0.1:9/themes\"");
    assert!(foreign != good && elsewhere != good);
    for content in ["", "{", "[]", "\u{0}", &good[..good.len() / 2], &foreign, &elsewhere] {
        place.put(&file.to_string_lossy(), content);
        recorder.taken();
        assert!(place.themes(&recorder).status.success(), "{content}");
        assert_eq!(recorder.taken(), [DOCUMENT, THEMES], "{content}");
        assert!(place.themes(&recorder).status.success(), "{content}");
        assert_eq!(recorder.taken(), [THEMES], "{content}");
    }
    // Others may have written it.
    fs::set_permissions(&file, fs::Permissions::from_mode(0o666)).unwrap();
    assert!(place.themes(&recorder).status.success());
    assert_eq!(recorder.taken(), [DOCUMENT, THEMES]);
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    // Somebody else has written it; only root can show that.
    match std::os::unix::fs::chown(&file, Some(4_242), None) {
        Ok(()) => {
            assert!(place.themes(&recorder).status.success());
            assert_eq!(recorder.taken(), [DOCUMENT, THEMES]);
        }
        Err(error) => eprintln!("the owner of a file cannot be changed: {error}"),
    }
    // Reading a pipe would not end.
    fs::remove_file(&file).unwrap();
    assert!(Command::new("mkfifo").arg(&file).status().unwrap().success());
    assert!(place.themes(&recorder).status.success());
    // No place for a cache is no failure.
    fs::remove_dir_all(place.cache_folder()).unwrap();
    place.put(&place.cache_folder().to_string_lossy(), "a file");
    assert!(place.themes(&recorder).status.success());
    assert_eq!(recorder.taken().iter().filter(|line| *line == THEMES).count(), 2);
}

#[test]
fn an_instance_that_has_changed_is_probed_again() {
    let document = |edition: Edition| serde_json::from_str::<Value>(edition.document()).unwrap();
    let place = Place::of(Edition::V2026_5, |instance| instance.document(document(Edition::V2024_9)));
    assert!(!place.command().args(["themes", "list"]).status().unwrap().success());
    place.instance.set_document(document(Edition::V2026_5));
    assert!(place.command().args(["themes", "list"]).status().unwrap().success());

    // It has been replaced by an older one: a run is not started twice to find that out.
    place.instance.set_document(document(Edition::V2024_9));
    let output = place.command().args(["run", "monthly-invoices", "--wait"]).output().unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && text.contains("start_job_run: the instance has no POST"), "{text}");
    assert_eq!(place.instance.requests(Endpoint::of::<op::StartJobRun>()), 0);
    let output = place.command().args(["export", "42", "-o", "a.pdf"]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn what_an_instance_shows_without_a_valid_token_is_not_kept() {
    let place = Place::of(Edition::V2026_5, |instance| instance);
    let output = place.command().args(["themes", "list"]).env("CX_REPORTS_PAT", "not-it").output().unwrap();
    assert_eq!(output.status.code(), Some(3));
    assert!(!place.cache_folder().exists());
}
