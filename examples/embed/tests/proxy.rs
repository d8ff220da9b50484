//! The page and the instance on two sites, behind nginx with the configuration that the README shows, in a browser that blocks
//! third-party cookies.

mod common;

use std::{fs, net::SocketAddr, path::Path, process::Command, time::Duration};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use common::{Browser, Process, free_port, picture, serve};
use cxreports::Client;
use cxreports_sim::{Edition, Endpoint, Instance, op};
use embed::{App, router};
use rcgen::{CertifiedKey, PublicKeyData as _, generate_simple_self_signed};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

const APP: &str = "app.example.com";
const REPORTS: &str = "reports.example.net";
const TOKEN: &str = "planted-token-77aa";

/// The configuration in the README.
fn documented() -> String {
    let readme = include_str!("../README.md");
    let (_, rest) = readme.split_once("```nginx\n").expect("the README has a configuration");
    rest.split_once("```").unwrap().0.to_owned()
}

/// nginx in a folder of its own.
struct Proxy {
    folder: TempDir,
    address: SocketAddr,
    certificates: Vec<CertifiedKey<rcgen::KeyPair>>,
    process: Option<Process>,
}

impl Proxy {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let certificates = [("app", APP), ("reports", REPORTS)].map(|(file, name)| {
            let certificate = generate_simple_self_signed([name.to_owned()]).unwrap();
            write(&folder.path().join(format!("{file}.pem")), &certificate.cert.pem());
            write(&folder.path().join(format!("{file}.key")), &certificate.signing_key.serialize_pem());
            certificate
        });
        let address = ([127, 0, 0, 1], free_port()).into();
        Self { folder, address, certificates: certificates.into(), process: None }
    }

    /// Serves the sites; `false` if there is no nginx. The instance behind it forbids all frames, as many do.
    async fn start(&mut self, sites: &str, app: SocketAddr, instance: SocketAddr) -> bool {
        let (address, strict) = (self.address, free_port());
        assert_eq!(sites.matches("listen 443 ssl;").count(), 2, "the README has two servers");
        let sites = sites.replace("listen 443 ssl;", &format!("listen {address} ssl;"));
        let configuration = format!(
            "daemon off; master_process off; pid nginx.pid; error_log error.log;
            events {{ }}
            http {{
                access_log off;
                client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi;
                uwsgi_temp_path uwsgi; scgi_temp_path scgi;
                upstream app {{ server {app}; }}
                upstream cxreports {{ server 127.0.0.1:{strict}; }}
                server {{
                    listen 127.0.0.1:{strict};
                    location / {{ proxy_pass http://{instance}; add_header X-Frame-Options DENY always;
                        add_header Content-Security-Policy \"frame-ancestors 'none'\" always; }}
                }}
                {sites}
            }}"
        );
        let (folder, file) = (self.folder.path(), self.folder.path().join("nginx.conf"));
        write(&file, &configuration);
        self.process = None;
        let mut command = Command::new("nginx");
        self.process = Process::start(command.arg("-p").arg(folder).arg("-c").arg(&file), "nginx-light");
        if self.process.is_none() {
            return false;
        }
        for _ in 0..100 {
            if tokio::net::TcpStream::connect(address).await.is_ok() {
                return true;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("nginx does not answer: {}", fs::read_to_string(folder.join("error.log")).unwrap_or_default());
    }

    /// What makes Chromium take these sites for the real ones, and know no others.
    fn arguments(&self) -> [String; 2] {
        let keys = self
            .certificates
            .iter()
            .map(|certificate| STANDARD.encode(Sha256::digest(certificate.signing_key.subject_public_key_info())));
        let rules =
            format!("MAP {APP}:443 {0}, MAP {REPORTS}:443 {0}, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", self.address);
        [
            format!("--host-resolver-rules={rules}"),
            format!("--ignore-certificate-errors-spki-list={}", keys.collect::<Vec<_>>().join(",")),
        ]
    }

    /// An HTTP client that finds the sites and trusts them.
    fn http(&self) -> reqwest::Client {
        let builder = reqwest::Client::builder().no_proxy().resolve(APP, self.address).resolve(REPORTS, self.address);
        let certificates = self.certificates.iter();
        let certificates = certificates.map(|own| reqwest::Certificate::from_der(own.cert.der()).unwrap());
        builder.tls_certs_only(certificates).build().unwrap()
    }
}

#[allow(clippy::disallowed_methods, reason = "files of a test")]
fn write(path: &Path, text: &str) {
    fs::write(path, text).unwrap();
}

/// The whole set-up, the instance below a path of its own.
async fn set_up(sites: &str) -> Option<(Proxy, Browser, Instance)> {
    let mut proxy = Proxy::new();
    let instance = Instance::builder(Edition::V2026_5).token(TOKEN).base_path("/cx").start().await.unwrap();
    let client = Client::builder(&format!("https://{REPORTS}/cx")).token(TOKEN).workspace("finance").http(proxy.http());
    let app = serve(router(App::new(client.build().unwrap())).unwrap()).await;
    let host = instance.url().trim_start_matches("http://").trim_end_matches("/cx").parse().unwrap();
    if !proxy.start(sites, app, host).await {
        return None;
    }
    // Third-party cookies are blocked, as in private windows, and in other browsers everywhere.
    let blocked = json!({ "profile.cookie_controls_mode": 1, "profile.block_third_party_cookies": true });
    let browser = Browser::open(&proxy.arguments(), blocked).await?;
    Some((proxy, browser, instance))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_session_lasts_inside_the_frame_of_another_site() {
    let Some((proxy, browser, instance)) = set_up(&documented()).await else { return };
    browser.page.goto(&format!("https://{APP}/")).await.unwrap();
    browser.state("shown").await;
    browser.frame_text("Terms").await;
    assert_eq!(instance.requests(Endpoint::of::<op::CreateNonce>()), 1);
    picture(&browser, "embed-two-sites.png").await;

    // The nonce has been used, so only the cookie can open the frame again.
    browser.load_frame_again().await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    browser.frame_text("Terms").await;
    assert_eq!(instance.requests(Endpoint::PREVIEW), 2);

    // Print and export pass the proxy, too.
    browser.run("window.print = () => { window.printed = true }").await;
    browser.click("#print").await;
    browser.frame_text("Terms").await;
    let printed = "return new Promise(done => setTimeout(() => done(window.printed === true), 200))";
    assert_eq!(browser.run(printed).await, json!(true));

    // The session belongs to frames of this page: elsewhere the same address opens nothing.
    browser.page.enter_parent_frame().await.unwrap();
    let address = browser.run("return document.querySelector('iframe').src").await;
    browser.page.goto(address.as_str().unwrap()).await.unwrap();
    let source = browser.page.source().await.unwrap();
    assert!(!source.contains("Terms"), "{source}");

    // A page of a third site may not frame the instance.
    let headers = proxy.http().get(address.as_str().unwrap()).send().await.unwrap().headers().clone();
    assert_eq!(headers["content-security-policy"], format!("frame-ancestors https://{APP}"));
    assert!(!headers.contains_key("x-frame-options"));
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_line_of_the_configuration_is_needed() {
    let lost = ["proxy_cookie_path ", "proxy_cookie_flags "];
    for line in lost.iter().chain(&["proxy_hide_header Content-Security-Policy"]) {
        let documented = documented();
        let less: String =
            documented.lines().filter(|text| !text.contains(line)).map(|text| format!("{text}\n")).collect();
        assert!(less.len() < documented.len(), "the configuration has {line}");
        let Some((_proxy, browser, instance)) = set_up(&less).await else { return };
        browser.page.goto(&format!("https://{APP}/")).await.unwrap();
        if lost.contains(line) {
            browser.frame_text("Terms").await;
            browser.load_frame_again().await;
            browser.frame_is_refused("Terms").await;
        } else {
            browser.state("shown").await;
            browser.frame_is_refused("Terms").await;
        }
        assert_eq!(instance.requests(Endpoint::of::<op::CreateNonce>()), 1);
        browser.close().await;
    }
}
