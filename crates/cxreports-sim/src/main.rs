//! The simulator as a program.

use std::{
    error::Error,
    fs,
    io::{self, Write as _},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};

use clap::{
    Args, Parser,
    builder::{PossibleValuesParser, TypedValueParser as _},
    value_parser,
};
use cxreports_sim::{
    Builder, Edition, ErrorStyle, FaultRule, Instance, Login, ProxyLimits, SessionCookie, Timeouts, seed::Seed,
};
use serde::{Deserialize, de::IgnoredAny};
use serde_json::value::RawValue;

// Lines of at most 80 characters, so that commands are not wrapped.
const EXAMPLES: &str = "\
Examples:
  Start an instance, and send requests:
    cxreports-sim --token my-token --listen 127.0.0.1:8080
    curl -H 'Authorization: Bearer my-token' \\
      http://127.0.0.1:8080/api/v1/workspaces
    curl -H 'Authorization: Bearer my-token' -OJ \\
      http://127.0.0.1:8080/api/v1/ws/finance/reports/invoice/pdf

  Act on status requests, but respond to half of them only:
    cxreports-sim --token my-token --fault drop-after@get-export-status:0.5

  Simulate an old release behind IIS and a proxy with narrow limits:
    cxreports-sim --token my-token --edition 2024.9 --login redirect \\
      --require-length --proxy-body 1048576

  Serve your own data: workspaces with reportTypes, reports, templates, themes
  and jobs, whose members have the names of the API's responses:
    cxreports-sim --token my-token --seed data.json

  Test a client, whose requests have to match the Swagger document:
    cxreports-sim --token my-token --strict";

/// Simulates a CxReports instance for tests: an HTTP server that behaves like an ASP.NET application.
///
/// Its sample data has the workspaces finance (id 1) and logistics (id 2). The Swagger page is at /swagger/index.html.
#[derive(Parser)]
#[command(version, after_help = EXAMPLES)]
struct Arguments {
    /// IP address and port to listen on; port 0 takes a free one
    #[arg(long, default_value = "127.0.0.1:0", value_name = "ADDRESS:PORT", value_parser = address)]
    listen: SocketAddr,
    /// Edition of the API to serve: 2024.9 or 2026.5
    #[arg(long, default_value = "2026.5")]
    edition: Edition,
    /// Personal Access Token to accept, of your choice
    #[arg(long, env = "CXREPORTS_SIM_TOKEN", hide_env_values = true)]
    token: String,
    /// Accept only requests that the Swagger document describes, to test a client
    #[cfg(feature = "validate")]
    #[arg(long)]
    strict: bool,
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    writing: Writing,
    #[command(flatten)]
    limits: Limits,
    #[command(flatten)]
    times: Times,
    #[command(flatten)]
    faults: Faults,
}

/// What is served, and where.
#[derive(Args)]
#[command(next_help_heading = "Content and paths")]
struct Place {
    /// JSON file with the data of the instance, instead of the sample data
    #[arg(long, value_name = "FILE")]
    seed: Option<PathBuf>,
    /// Swagger document to serve instead of the edition's; the operations do not change
    #[arg(long, value_name = "FILE")]
    document: Option<PathBuf>,
    /// Do not serve the Swagger page and document
    #[arg(long)]
    no_swagger: bool,
    /// Prefix of all paths, as behind a reverse proxy: /reports
    #[arg(long, default_value = "", value_name = "PATH", hide_default_value = true)]
    base_path: String,
    /// Path of the API below the base path; defaults to /api/v1
    #[arg(long, default_value = "", value_name = "PATH", hide_default_value = true)]
    api_root: String,
    /// Minimum size of files, in bytes; shorter ones are padded
    #[arg(long, default_value_t = 0, value_name = "BYTES")]
    pad_files_to: u64,
}

/// How releases and their configurations differ.
#[derive(Args)]
#[command(next_help_heading = "Differences between releases")]
struct Writing {
    /// Format of errors: ProblemDetails, {"error": "..."} or no body; defaults to that of the edition
    #[arg(long, value_name = "STYLE", value_parser = PossibleValuesParser::new(["problem", "error", "empty"]).map(|style| errors(&style)))]
    errors: Option<ErrorStyle>,
    /// Response to a request without a valid token: 401, the login page, or a redirect to it
    #[arg(long, value_name = "RESPONSE", default_value = "status", value_parser = PossibleValuesParser::new(["status", "page", "redirect"]).map(|login| self::login(&login)))]
    login: Login,
    /// Attributes of the session cookie: SameSite=Lax, or SameSite=None; Secure; Partitioned for frames on other sites
    #[arg(long, value_name = "ATTRIBUTES", default_value = "same-site", value_parser = PossibleValuesParser::new(["same-site", "cross-site"]).map(|cookie| session_cookie(&cookie)))]
    session_cookie: SessionCookie,
    /// Write the members of responses in Pascal case
    #[arg(long)]
    pascal_members: bool,
    /// Write the numbers of responses as text
    #[arg(long)]
    numbers_as_text: bool,
    /// Write the enumerations of responses as integers
    #[arg(long)]
    numeric_enums: bool,
}

/// What is refused on the way.
#[derive(Args)]
#[command(next_help_heading = "Limits and time-outs")]
struct Limits {
    /// Largest body of a request, in bytes (413)
    #[arg(long, default_value_t = 30_000_000, value_name = "BYTES")]
    body_limit: u64,
    /// Milliseconds after which an idle connection is closed
    #[arg(long, default_value_t = 130_000, value_name = "MS", value_parser = value_parser!(u64).range(1..))]
    keep_alive_timeout: u64,
    /// Milliseconds that the head of a request may take (408)
    #[arg(long, default_value_t = 30_000, value_name = "MS", value_parser = value_parser!(u64).range(1..))]
    headers_timeout: u64,
    /// Milliseconds for which a client may send a body, or read a response, at less than 240 bytes a second (408)
    #[arg(long, default_value_t = 5_000, value_name = "MS")]
    body_grace: u64,
    /// Refuse a POST with neither Content-Length nor chunks, as IIS does (411)
    #[arg(long)]
    require_length: bool,
    /// Longest request line that a reverse proxy forwards, in bytes (414)
    #[arg(long, value_name = "BYTES")]
    proxy_request_line: Option<usize>,
    /// Largest body that a reverse proxy forwards, in bytes (413)
    #[arg(long, value_name = "BYTES")]
    proxy_body: Option<u64>,
    /// Milliseconds that a reverse proxy waits for a response (504)
    #[arg(long, value_name = "MS")]
    proxy_timeout: Option<u64>,
}

/// How long things take and last.
#[derive(Args)]
#[command(next_help_heading = "Durations")]
struct Times {
    /// Milliseconds by which every response is delayed
    #[arg(long, default_value_t = 0, value_name = "MS")]
    latency: u64,
    /// Milliseconds that an export takes, or an entry of a job
    #[arg(long, default_value_t = 0, value_name = "MS")]
    export_ms: u64,
    /// Seconds for which a nonce is valid
    #[arg(long, default_value_t = 300, value_name = "SECONDS")]
    nonce_lifetime: u64,
    /// Seconds for which the session that a nonce is exchanged for is valid
    #[arg(long, default_value_t = 1_209_600, value_name = "SECONDS")]
    session_lifetime: u64,
    /// Seconds for which a finished export can be downloaded
    #[arg(long, default_value_t = 3_600, value_name = "SECONDS")]
    file_lifetime: u64,
    /// Seconds for which temporary data without an expiryDate is kept
    #[arg(long, default_value_t = 86_400, value_name = "SECONDS")]
    data_lifetime: u64,
}

/// What goes wrong.
#[derive(Args)]
#[command(next_help_heading = "Faults")]
struct Faults {
    /// Fault of requests: FAULT, FAULT@ENDPOINT or FAULT@ENDPOINT:PROBABILITY; may be given several times
    ///
    /// Without ENDPOINT, all requests fail; without PROBABILITY, always. FAULT is drop-before, drop-after, truncate, stall, silence, 429-after-SECONDS, a status from 400 to 599, malformed-json,
    /// wrong-length or short. ENDPOINT is preview, or the name of an operation, such as start-export. PROBABILITY is a number
    /// from 0 to 1.
    #[arg(long = "fault", value_name = "FAULT")]
    faults: Vec<FaultRule>,
    /// Seed of the probabilities: the same seed and requests give the same faults
    #[arg(long, default_value_t = 0, value_name = "NUMBER")]
    fault_seed: u64,
}

fn address(text: &str) -> Result<SocketAddr, &'static str> {
    text.parse().map_err(|_| "not an IP address and a port; write it like 127.0.0.1:8080")
}

fn errors(style: &str) -> ErrorStyle {
    match style {
        "error" => ErrorStyle::Error,
        "empty" => ErrorStyle::Empty,
        _ => ErrorStyle::Problem,
    }
}

fn login(login: &str) -> Login {
    match login {
        "page" => Login::Page,
        "redirect" => Login::Redirect,
        _ => Login::Status,
    }
}

fn session_cookie(cookie: &str) -> SessionCookie {
    if cookie == "cross-site" { SessionCookie::CrossSite } else { SessionCookie::SameSite }
}

fn builder(arguments: Arguments) -> Result<Builder, String> {
    let Arguments { place, writing, limits, times, faults, .. } = arguments;
    let builder = Instance::builder(arguments.edition)
        .listen(arguments.listen)
        .token(arguments.token)
        .base_path(place.base_path)
        .api_root(place.api_root)
        .swagger(!place.no_swagger)
        .pad_files_to(place.pad_files_to)
        .login(writing.login)
        .session_cookie(writing.session_cookie)
        .pascal_members(writing.pascal_members)
        .numbers_as_text(writing.numbers_as_text)
        .numeric_enums(writing.numeric_enums)
        .body_limit(limits.body_limit)
        .require_length(limits.require_length)
        .proxy(ProxyLimits {
            request_line: limits.proxy_request_line,
            body: limits.proxy_body,
            timeout: limits.proxy_timeout.map(Duration::from_millis),
        })
        .timeouts(Timeouts {
            keep_alive: Duration::from_millis(limits.keep_alive_timeout),
            headers: Duration::from_millis(limits.headers_timeout),
            body_grace: Duration::from_millis(limits.body_grace),
        })
        .latency(Duration::from_millis(times.latency))
        .export_time(Duration::from_millis(times.export_ms))
        .nonce_lifetime(Duration::from_secs(times.nonce_lifetime))
        .session_lifetime(Duration::from_secs(times.session_lifetime))
        .file_lifetime(Duration::from_secs(times.file_lifetime))
        .data_lifetime(Duration::from_secs(times.data_lifetime))
        .faults(faults.fault_seed, faults.faults);
    #[cfg(feature = "validate")]
    let builder = builder.strict(arguments.strict);
    let builder = match writing.errors {
        Some(style) => builder.errors(style),
        None => builder,
    };
    let builder = match place.seed {
        Some(file) => builder.seed(read(&file, Seed::from_json)?),
        None => builder,
    };
    Ok(match place.document {
        Some(file) => builder.written_as_text(read(&file, document)?),
        None => builder,
    })
}

/// The text of a document, which is served as it is.
fn document(json: &[u8]) -> Result<String, Box<dyn Error>> {
    #[derive(Deserialize)]
    struct Document {
        swagger: Option<IgnoredAny>,
        openapi: Option<IgnoredAny>,
    }
    let text: &RawValue = serde_json::from_slice(json)?;
    match serde_json::from_str(text.get()) {
        Ok(Document { swagger: None, openapi: None }) | Err(_) => {
            Err("not a Swagger document: it has neither a member swagger nor a member openapi".into())
        }
        Ok(_) => Ok(text.get().to_owned()),
    }
}

fn read<T, E: Into<Box<dyn Error>>>(path: &Path, parse: impl Fn(&[u8]) -> Result<T, E>) -> Result<T, String> {
    let bytes = fs::read(path).map_err(|error| format!("cannot read {}: {error}", path.display()))?;
    parse(&utf_8(bytes)).map_err(|error| format!("{}: {}", path.display(), chain(&*error.into())))
}

/// The text of a file without a byte order mark, and in UTF-8, which some programs of Windows do not write.
fn utf_8(bytes: Vec<u8>) -> Vec<u8> {
    let utf_16 = |unit: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = bytes[2..].chunks_exact(2).map(|pair| unit([pair[0], pair[1]])).collect();
        String::from_utf16_lossy(&units).into_bytes()
    };
    match bytes[..] {
        [0xff, 0xfe, ..] => utf_16(u16::from_le_bytes),
        [0xfe, 0xff, ..] => utf_16(u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, ..] => bytes[3..].to_vec(),
        _ => bytes,
    }
}

/// What is wrong, and why.
fn chain(error: &dyn Error) -> String {
    match error.source() {
        Some(source) => format!("{error}: {}", chain(source)),
        None => error.to_string(),
    }
}

async fn run(arguments: Arguments) -> Result<(), String> {
    let instance = builder(arguments)?.start().await.map_err(|error| chain(&error))?;
    // Signals are waited for from here on: whoever reads the line may send one at once.
    let end = end().map_err(|error| format!("cannot wait for signals: {error}"))?;
    writeln!(io::stdout(), "listening on {}", instance.url())
        .map_err(|error| format!("cannot write to standard output: {error}"))?;
    tokio::select! {
        () = instance.serve_forever() => {}
        () = end => {}
    }
    Ok(())
}

/// What ends the program in order: Ctrl+C, or the signal by which containers are stopped.
#[cfg(unix)]
fn end() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// What ends the program in order.
#[cfg(not(unix))]
fn end() -> io::Result<impl Future<Output = ()>> {
    Ok(async { drop(tokio::signal::ctrl_c().await) })
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
