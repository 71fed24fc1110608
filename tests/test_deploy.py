"""What runs elsewhere: the container's file names what is there, the unit holds, and a wheel has all that Parley reads."""

import configparser
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
STEPS = [line for line in (ROOT / "deploy" / "Containerfile").read_text().splitlines() if re.match("[A-Z]+ ", line)]
PACKAGES = ("insights", "pipelines", "api")


def arguments(instruction: str) -> list[str]:
    return [line.partition(" ")[2] for line in STEPS if line.startswith(f"{instruction} ")]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """The files of a wheel that is built of what the container copies and of nothing else, laid out in a folder."""
    source, built, out = (tmp_path_factory.mktemp(name) for name in ("source", "built", "out"))
    for line in arguments("COPY"):
        for name in line.split()[:-1] if not line.startswith("--") else ():
            whole = ROOT / name
            if whole.is_dir():
                shutil.copytree(whole, source / name, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(whole, source)
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--no-build-isolation",
        "--wheel-dir",
        str(built),
        ".",
    ]
    subprocess.run(command, cwd=source, check=True, capture_output=True)
    (file,) = built.glob("*.whl")
    with zipfile.ZipFile(file) as packed:
        packed.extractall(out)
    return out


def test_the_container_copies_what_is_there_and_runs_as_nobody_in_particular():
    copied = [name for line in arguments("COPY") if not line.startswith("--") for name in line.split()[:-1]]
    assert copied and [name for name in copied if not (ROOT / name).exists()] == []
    assert arguments("USER") == ["parley"] and arguments("STOPSIGNAL") == ["SIGTERM"]
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]
    assert arguments("ENTRYPOINT") == ['["parley"]'] and scripts["parley"] == "api.cli:main"


def test_the_container_installs_what_the_product_needs_and_no_tool_of_its_developers():
    locked = {
        line.partition("==")[0]
        for line in (ROOT / "requirements.runtime.lock").read_text().splitlines()
        if "==" in line
    }
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = {re.split(r"[\[>=<]", one)[0] for one in project["dependencies"]} - {"torch"}
    assert wanted - locked == set()
    assert (
        locked & {"pytest", "ray", "jupyterlab", "ipykernel", "mypy", "ruff", "bandit", "playwright", "mkdocs"} == set()
    )


def test_both_locks_name_the_same_versions():
    def versions(name: str) -> dict[str, str]:
        lines = (ROOT / name).read_text().splitlines()
        return dict(re.match(r"([\w.-]+)==(\S+)", line).groups() for line in lines if "==" in line)

    runtime, all_of_them = versions("requirements.runtime.lock"), versions("requirements.lock")
    assert {name: v for name, v in runtime.items() if all_of_them.get(name) != v} == {}


def test_a_wheel_holds_every_file_that_the_packages_read(wheel):
    def files(root: Path) -> set[str]:
        there = (file for name in PACKAGES for file in (root / name).rglob("*") if file.is_file())
        return {str(file.relative_to(root)) for file in there if file.parent.name != "__pycache__"}

    assert files(ROOT) - files(wheel) == set()


def test_the_command_works_from_a_wheel_far_from_the_checkout(wheel, tmp_path):
    home = {"PARLEY_HOME": str(tmp_path / "home"), "PYTHONPATH": str(wheel), "PATH": os.environ["PATH"]}
    told = subprocess.run(
        [sys.executable, "-c", "import sys, api.cli; sys.argv = ['parley', 'doctor']; print(api.__file__); api.cli.main()"],
        cwd=tmp_path, env=home, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert told.stdout.startswith(str(wheel)), told.stderr
    assert "Traceback" not in told.stderr


def test_the_unit_says_what_it_may_and_gives_a_stop_more_time_than_the_worker_takes():
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str
    unit.read(ROOT / "deploy" / "parley.service")
    service = unit["Service"]
    assert (
        service["ProtectSystem"] == "strict"
        and service["NoNewPrivileges"] == "true"
        and service["StateDirectory"] == "parley"
    )
    assert service["ExecStart"].split()[1:] == ["serve"] and "PARLEY_HOME=/var/lib/parley" in service["Environment"]
    assert int(service["TimeoutStopSec"]) > 2 * 10  # seconds that the worker and the audit log are waited for
