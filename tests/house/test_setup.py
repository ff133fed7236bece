"""The set-up keeps its promises where that can be seen without doing it all again."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from tools import checks, setup

ROOT = Path(__file__).resolve().parents[2]


def test_lock_files_name_no_index_and_no_path_of_a_machine() -> None:
    assert list(checks.scan([*checks.LOCK_FILES])) == []


def test_every_locked_package_has_a_hash() -> None:
    for name in ("requirements.lock", "requirements-dev.lock"):
        lines = (ROOT / name).read_text().splitlines()
        packages = [line for line in lines if line and not line.startswith((" ", "#"))]
        assert packages
        assert all("==" in line and line.endswith("\\") for line in packages), name


def test_both_lock_files_agree_on_every_version() -> None:
    of_demo, of_all = (
        {line for line in (ROOT / name).read_text().splitlines() if "==" in line}
        for name in ("requirements.lock", "requirements-dev.lock")
    )
    assert of_demo <= of_all


def test_the_scan_sees_a_host_in_a_lock_file_and_a_path_of_a_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checks, "ROOT", tmp_path)
    (tmp_path / "package-lock.json").write_text('{\n"resolved": "https:' + '//registry.example"}')
    (tmp_path / "note.md").write_text("see /ho" + "me/someone/plan.txt, or src/home/view.py\n")
    found = list(checks.scan(["package-lock.json", "note.md"]))
    assert [line.split(": ")[0] for line in found] == ["package-lock.json:2", "note.md:1"]


def test_uv_is_told_the_index_that_pip_is_configured_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("UV_DEFAULT_INDEX", raising=False)
    monkeypatch.delenv("UV_INDEX", raising=False)
    told = setup.uv_environment(
        {"index-url": "http:" + "//mirror/simple", "extra-index-url": "\nfile:/a\nfile:/b"}
    )
    assert told["UV_DEFAULT_INDEX"].endswith("//mirror/simple")
    assert told["UV_INDEX"] == "file:/a file:/b"


def test_what_uv_was_told_already_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UV_DEFAULT_INDEX", "mine")
    assert setup.uv_environment({"index-url": "theirs"})["UV_DEFAULT_INDEX"] == "mine"


def test_a_step_is_done_once_for_the_same_inputs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(setup, "STAMPS", tmp_path / "stamps")
    source, done = tmp_path / "lock", []
    for content in ("a", "a", "b", "b"):
        source.write_text(content)
        setup.step("packages", [source], lambda: done.append(source.read_text()))
    assert done == ["a", "b"]


def test_a_step_that_failed_is_done_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(setup, "STAMPS", tmp_path / "stamps")
    tries: list[int] = []

    def fail() -> None:
        tries.append(1)
        raise setup.SetupError("no")

    for _ in range(2):
        with pytest.raises(setup.SetupError):
            setup.step("packages", [], fail)
    assert len(tries) == 2


def test_every_target_of_the_makefile_explains_itself() -> None:
    said = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True)
    for target in ("setup", "demo", "test", "check", "bench", "help"):
        assert f"make {target} " in said.stdout


def test_without_the_right_to_install_the_set_up_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(setup.shutil, "which", lambda name: f"/bin/{name}")
    monkeypatch.setattr(setup, "has", lambda package: False)
    monkeypatch.setattr(setup, "apt_get", lambda: None)
    with pytest.raises(setup.SetupError, match="apt-get install chromium fonts-noto-cjk"):
        setup.provide_browser()


def test_only_what_is_missing_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[list[str]] = []
    monkeypatch.setattr(setup.shutil, "which", lambda name: f"/bin/{name}")
    monkeypatch.setattr(setup, "has", lambda package: package != "fonts-noto-cjk")
    monkeypatch.setattr(setup, "apt_get", lambda: ["apt-get"])
    monkeypatch.setattr(setup, "run", lambda command, **_: ran.append(command))
    setup.provide_browser()
    assert [command[-1] for command in ran] == ["fonts-noto-cjk"]
