"""Runs the commands of a session against a simulated instance, and draws it as docs/terminal.svg."""

import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

WIDTH = 100
# Each command, and how many of its lines are shown.
SESSION = [
    ("cxreports reports list", 10),
    ("cxreports export invoice -f xlsx -p customer=7 -o out/", 10),
    ("cargo check --quiet  # an application, with the pin of an instance that is still at 2024.9", 7),
    ("cargo xtask drift --base spec/2026.5/swagger.json --revision spec/2024.9/swagger.json", 15),
]
MANIFEST = """[package]
name = "app"
version = "0.1.0"
edition = "2024"

[dependencies]
cxreports = {{ path = "{root}/crates/cxreports" }}
cxreports-pin-2024-9 = {{ path = "{root}/crates/pins/2024.9" }}

[workspace]
"""
PROGRAM = """async fn themes(cx: cxreports::Client<cxreports_pin_2024_9::Api>) {
    let _ = cx.themes().await;
}

fn main() {}
"""

programs = Path(sys.argv[1]).resolve()
root = Path.cwd()
simulator = subprocess.Popen(
    [programs / "cxreports-sim", "--token", "my-token", "--listen", "127.0.0.1:0"],
    stdout=subprocess.PIPE,
    text=True,
)
try:
    url = next(match.group() for line in simulator.stdout if (match := re.search(r"http://127\.0\.0\.1:\d+", line)))
    console = Console(record=True, width=WIDTH, file=open(os.devnull, "w"), force_terminal=True, color_system="truecolor")
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "Cargo.toml").write_text(MANIFEST.format(root=root))
        Path(folder, "src").mkdir()
        Path(folder, "src/main.rs").write_text(PROGRAM)
        # The versions that this repository is tested with; Cargo removes what is not used.
        shutil.copy("Cargo.lock", folder)
        environment = os.environ | {
            "PATH": f"{programs}:{os.environ['PATH']}",
            "CX_REPORTS_URL": url,
            "CX_REPORTS_PAT": "my-token",
            "CX_REPORTS_WORKSPACE_ID": "finance",
            "XDG_CONFIG_HOME": folder,
            "XDG_CACHE_HOME": folder,
            "CARGO_TARGET_DIR": str(programs.parent),
            "CARGO_TERM_COLOR": "always",
            "CLICOLOR_FORCE": "1",
            "COLUMNS": str(WIDTH),
        }
        for command, shown in SESSION:
            words = shlex.split(command, comments=True)
            place = folder
            if words[:2] == ["cargo", "xtask"]:
                words = [str(programs / "cargo-cxreports"), *words[2:]]
                place = root
            output = subprocess.run(
                words, cwd=place, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
            ).stdout
            lines = output.rstrip().splitlines()
            if len(lines) > shown:
                lines = lines[:shown] + ["\x1b[2m…\x1b[0m"]
            console.print(Text.assemble(("$ ", "bold green"), (command, "bold")))
            console.print(Text.from_ansi("\n".join(lines)), soft_wrap=False)
            console.print()
finally:
    simulator.terminate()

theme = TerminalTheme(
    (24, 26, 31),
    (214, 217, 224),
    [(60, 64, 72), (224, 108, 117), (126, 191, 123), (219, 176, 98), (97, 159, 232), (189, 126, 210), (79, 178, 190), (190, 194, 202)],
    [(110, 116, 128), (236, 130, 138), (148, 208, 145), (232, 195, 126), (127, 181, 243), (207, 154, 224), (106, 200, 211), (230, 233, 240)],
)
drawn = console.export_svg(title="cxreports", theme=theme, unique_id="terminal")
# The picture asks no other server for a font.
drawn = re.sub(r"@font-face \{.*?\}\s*", "", drawn, flags=re.S).replace("Fira Code", "ui-monospace, Menlo, Consolas")
Path("docs/terminal.svg").write_text(drawn)
