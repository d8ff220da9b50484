//! Other people's programs against the simulator: the official Python client, readers of the documents, and schemathesis.
//!
//! They run when `INTEROP_PYTHON` names a Python that has `tests/interop/requirements.txt` installed.

use std::{path::Path, process::Command, time::Duration};

use cxreports_sim::{Edition, Instance};
use serde_json::{Value, json};

const TOKEN: &str = "a-planted-token";

fn python() -> Option<String> {
    let python = std::env::var("INTEROP_PYTHON").ok();
    if python.is_none() {
        println!("SKIPPED: INTEROP_PYTHON names no Python with tests/interop/requirements.txt installed");
        assert!(std::env::var_os("NO_SKIPS").is_none(), "NO_SKIPS asks for this test");
    }
    python
}

async fn run(mut command: Command) -> String {
    command.current_dir(env!("CARGO_TARGET_TMPDIR"));
    let output = tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said}\n{}", String::from_utf8_lossy(&output.stderr));
    said
}

fn interop(file: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("interop").join(file)
}

#[tokio::test]
async fn the_official_python_client_runs_its_whole_surface() {
    let Some(python) = python() else { return };
    for edition in Edition::ALL {
        let time = Duration::from_millis(100);
        let builder = Instance::builder(edition).token(TOKEN).base_path("/reports").export_time(time);
        let instance = builder.start().await.unwrap();
        let mut command = Command::new(&python);
        command.arg(interop("client.py")).args([&instance.url(), TOKEN, edition.label()]);
        assert!(run(command).await.contains("every call of the client did what it says"));
    }
}

#[tokio::test]
async fn schemathesis_finds_no_5xx_and_no_undocumented_response() {
    // By default, an instance accepts more than its document says; a strict one does not.
    schemathesis(false, "positive_data_acceptance,negative_data_rejection").await;
}

#[tokio::test]
async fn schemathesis_finds_nothing_that_a_strict_instance_should_refuse() {
    schemathesis(true, "positive_data_acceptance").await;
}

/// The edition's document, and what ASP.NET responds with beyond it: problems under a media type of their own, 415.
fn documented(edition: Edition) -> Value {
    let mut document: Value = serde_json::from_str(edition.document()).unwrap();
    let operations = document["paths"].as_object_mut().unwrap().values_mut();
    for operation in operations.flat_map(|item| item.as_object_mut().unwrap().values_mut()) {
        if operation["requestBody"].is_object() {
            operation["responses"]["415"] = operation["responses"]["400"].clone();
        }
        for (status, response) in operation["responses"].as_object_mut().unwrap() {
            if status == "401" {
                response["content"] = json!({});
            } else if status.starts_with('4') {
                let schema = response["content"]["application/json"]["schema"].clone();
                response["content"]["application/problem+json"] = json!({ "schema": schema });
            }
        }
    }
    document
}

async fn schemathesis(strict: bool, without: &str) {
    let Some(python) = python() else { return };
    for edition in Edition::ALL {
        let builder = Instance::builder(edition).token(TOKEN).strict(strict).written_as(documented(edition));
        let instance = builder.start().await.unwrap();
        if edition == Edition::V2026_5 {
            prepare(&instance.url()).await;
        }
        let mut command = Command::new(&python);
        command.args(["-m", "schemathesis.cli", "--config-file"]).arg(interop("schemathesis.toml"));
        command.args(["run", &format!("{}/swagger/v1/swagger.json", instance.url())]);
        command.args([
            "-H",
            &format!("Authorization: Bearer {TOKEN}"),
            "--max-examples",
            "30",
            "--seed",
            "1",
            "--no-color",
        ]);
        // The document says less than the instance asks: text that is no JSON, an offset below nought.
        command.args(["--exclude-checks", without]);
        let said = run(command).await;
        println!("{edition}: {}", said.lines().last().unwrap_or_default());
    }
}

/// What the ids of `schemathesis.toml` name: a run and a file.
async fn prepare(url: &str) {
    let http = reqwest::Client::new();
    for (path, body) in [("jobs/7/runs", "{}"), ("reports/42/export", "{}")] {
        let request = http.post(format!("{url}/api/v1/ws/finance/{path}")).bearer_auth(TOKEN);
        let request = request.header("Content-Type", "application/json").body(body);
        assert!(request.send().await.unwrap().status().is_success());
    }
}
