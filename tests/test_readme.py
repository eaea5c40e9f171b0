"""The README: its console blocks are run on a real terminal, its tables are those of the code."""

import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest

from kldiv_cli.core.measures import MEASURES
from tests.conftest import alike, unified

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
SAMPLE_DATA = ROOT / "sample_data"
BLOCK = re.compile(r"```console\n(.*?)```", re.DOTALL)
COLUMNS = 100


def commands(block: str) -> list[tuple[str, str]]:
    """Commands of a console block, each with the output that follows it."""
    parts = re.split(r"^\$ (.*)\n", block, flags=re.MULTILINE)
    return list(zip(parts[1::2], parts[2::2], strict=True))


def on_a_terminal(command: str) -> str:
    """What a shell command prints on a terminal of 100 columns without colours."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "COLUMNS": str(COLUMNS), "NO_COLOR": "1", "LC_ALL": "C.UTF-8"}
    master, slave = pty.openpty()
    with subprocess.Popen(
        ["bash", "-c", command], cwd=SAMPLE_DATA, env=environment, stdin=subprocess.DEVNULL, stdout=slave, stderr=slave
    ) as process:
        os.close(slave)
        printed = b""
        try:
            while data := os.read(master, 65536):
                printed += data
        except OSError:
            pass  # the last program on the terminal has left
        process.wait(timeout=60)
    os.close(master)
    return printed.decode().replace("\r\n", "\n")


def test_every_console_block_prints_what_the_readme_says(request: pytest.FixtureRequest) -> None:
    text = README.read_text()
    blocks = BLOCK.findall(text)
    assert len(blocks) >= 8
    found = {}
    for block in blocks:
        ran = [(command, on_a_terminal(command)) for command, _ in commands(block)]
        found[block] = "\n".join(f"$ {command}\n{printed}".rstrip("\n") + "\n" for command, printed in ran)
    if request.config.getoption("--update-golden"):
        README.write_text(BLOCK.sub(lambda match: f"```console\n{found[match[1]]}```", text))
    for block, printed in found.items():
        assert alike(block, printed), "\n".join(unified(block, printed, "README.md"))


def test_the_python_block_gives_the_numbers_of_the_first_example(capsys: pytest.CaptureFixture[str]) -> None:
    (block,) = re.findall(r"```python\n(.*?)```", README.read_text(), re.DOTALL)
    exec(compile(block, "README.md", "exec"), {})
    printed = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert [line[:2] + line[3:] for line in printed] == [
        ["kl", "p:q", "nats"],
        ["kl", "q:p", "nats"],
        ["js", "None", "nats"],
    ]
    numbers = [float(line[2]) for line in printed]
    assert numbers == pytest.approx([0.535156188106685, 0.41227440367438, 0.109566625250049], rel=1e-14)


def measures_table() -> str:
    rows = ["| `-m` | measure | formula | range | symmetric | metric |", "|---|---|---|---|---|---|"]
    for row in MEASURES:
        cells = (f"`{row.key}`", row.title, row.formula, row.range, row.symmetric, row.is_metric)
        shown = ("yes" if cell is True else "" if cell is False else str(cell).replace("|", "\\|") for cell in cells)
        rows.append(f"| {' | '.join(shown)} |")
    return "\n".join(rows) + "\n"


def test_the_table_of_measures_is_that_of_the_code(request: pytest.FixtureRequest) -> None:
    start, end = "<!-- measures -->\n", "<!-- end of measures -->"
    text = README.read_text()
    before, _, rest = text.partition(start)
    inside, _, after = rest.partition(end)
    if request.config.getoption("--update-golden"):
        README.write_text(f"{before}{start}{measures_table()}{end}{after}")
    assert inside == measures_table()


@pytest.mark.parametrize("name", ["<!-- install -->", "<!-- test -->"])
def test_the_two_commands_for_a_fresh_machine_are_one_line_each(name: str) -> None:
    following = README.read_text().partition(name)[2].splitlines()
    command = next(line for line in following if line.strip())
    assert command.startswith("    pip install ")
