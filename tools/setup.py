"""
Set up everything that Guomen needs in this folder, once.

Run by the Makefile with any Python from 3.11 on; needs nothing but the standard library. Each step
leaves a stamp with a digest of what it was made from, so that a second call does no work twice.
Third-party Python comes from lock files with hashes, assets from ``package-lock.json``. Neither
names an index: whatever index pip or npm are configured for on this machine is used.
"""

from __future__ import annotations

import ast
import ctypes.util
import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
BIN = VENV / "bin"
PYTHON = BIN / "python"
STAMPS = VENV / ".stamps"
LOCKS = {"run": ROOT / "requirements.lock", "all": ROOT / "requirements-dev.lock"}
# The booster of targeting needs the OpenMP library of the system; the rest is for the browser.
APT_PACKAGES = ("chromium", "fonts-noto-cjk", "libgomp1")
# Without Java the tests on Spark are skipped, and nothing else.
WELCOME_PACKAGES = ("default-jre-headless",)
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
TRIES = 3


class SetupError(Exception):
    """The set-up cannot go on; the sentence says what to do."""


def main() -> None:
    """Set up what running Guomen needs, or what all work on the code needs."""
    scope = sys.argv[1] if len(sys.argv) > 1 else "all"
    if scope not in LOCKS:
        raise SetupError(f"Say what to set up: {' or '.join(LOCKS)}.")
    with Path(__file__).open() as file:
        # Two calls at a time would install into each other's feet: the second one waits.
        fcntl.flock(file, fcntl.LOCK_EX)
        make_venv()
        install_packages(scope)
        step("project", [ROOT / "pyproject.toml"], install_project)
        step("assets", [ROOT / "package.json", ROOT / "package-lock.json"], install_assets)
        catalogues = sorted((ROOT / "src").rglob("*.po"))
        step("translations", [Path(__file__), *catalogues], lambda: translate(catalogues))
        kernels = sorted((ROOT / "src" / "guomen" / "core").rglob("*.py"))
        step("kernels", [LOCKS[scope], *kernels], warm_kernels)
        if scope == "all":
            step("browser", [LOCKS["all"]], provide_browser)


def step(name: str, inputs: Iterable[Path], work: Callable[[], None]) -> None:
    """Do a piece of work unless it was done from the same inputs."""
    digest = hashlib.sha256()
    for path in inputs:
        digest.update(path.read_bytes())
    stamp = STAMPS / name
    if stamp.is_file() and stamp.read_text() == digest.hexdigest() and present(name):
        return
    began = time.monotonic()
    say(f"{name} …")
    work()
    STAMPS.mkdir(parents=True, exist_ok=True)
    stamp.write_text(digest.hexdigest())
    say(f"{name} done in {time.monotonic() - began:.1f} s")


def present(name: str) -> bool:
    """Tell whether what a step made is still there, for those made outside the environment."""
    if name == "assets":
        return (ROOT / "node_modules" / "htmx.org").is_dir()
    if name == "translations":
        catalogues = (ROOT / "src").rglob("*.po")
        return all(catalogue.with_suffix(".mo").is_file() for catalogue in catalogues)
    return True


def say(sentence: str) -> None:
    """Tell on the error stream what goes on, so that the output stays that of the command."""
    print(f"setup: {sentence}", file=sys.stderr, flush=True)


# Python ------------------------------------------------------------------------------------------


def make_venv() -> None:
    """Create the virtual environment, anew when its interpreter has gone or is too old."""
    test = "import sys, pip; sys.exit(sys.version_info < (3, 11))"
    if PYTHON.exists() and subprocess.run([PYTHON, "-c", test], check=False).returncode == 0:
        return
    say(f"virtual environment of Python {sys.version.split()[0]} …")
    venv.create(VENV, with_pip=True, clear=True, symlinks=True)


def install_packages(scope: str) -> None:
    """Install the locked packages; those of all work contain those of running."""
    digest_of_all = hashlib.sha256(LOCKS["all"].read_bytes()).hexdigest()
    stamp = STAMPS / "packages-all"
    if scope == "run" and stamp.is_file() and stamp.read_text() == digest_of_all:
        return
    step(f"packages-{scope}", [LOCKS[scope]], lambda: install_lock(LOCKS[scope]))


def install_lock(lock: Path) -> None:
    """Install a lock file with uv, or with pip where uv cannot."""
    try:
        bootstrap_uv(lock)
        uv("install", "--require-hashes", "-r", str(lock))
    except subprocess.CalledProcessError:
        say("uv could not install the packages; trying pip, which takes longer …")
        pip("install", "--require-hashes", "-r", str(lock))


def bootstrap_uv(lock: Path) -> None:
    """Install the locked uv with pip."""
    pinned = re.search(r"^uv==(\S+)[^\n]*(?:\n    [^\n]*)*", lock.read_text(), re.MULTILINE)
    if pinned is None:
        raise SetupError(f"{lock.name} has no line for uv: run `make lock`.")
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write(pinned.group(0) + "\n")
        file.flush()
        pip("install", "--require-hashes", "-r", file.name)


def install_project() -> None:
    """Install Guomen itself as a link to its sources."""
    arguments = ("install", "--no-deps", "--no-build-isolation", "-e", str(ROOT))
    try:
        uv(*arguments)
    except (subprocess.CalledProcessError, FileNotFoundError):
        pip(*arguments)


def pip(*arguments: str) -> None:
    """Run pip of the environment."""
    command = [PYTHON, "-m", "pip", "--quiet", "--disable-pip-version-check", *arguments]
    run(command, env=os.environ | {"PIP_ROOT_USER_ACTION": "ignore"})


def uv(*arguments: str) -> None:
    """Run uv for the environment, with the index that pip is configured for."""
    command = [BIN / "uv", "pip", *arguments, "--quiet", "--python", PYTHON]
    run(command, env=uv_environment(pip_settings()))


def pip_settings() -> dict[str, str]:
    """Return what pip's files and variables say, under the names of pip's options."""
    listed = subprocess.run(
        [PYTHON, "-m", "pip", "config", "list"], capture_output=True, text=True, check=False
    ).stdout
    found: dict[str, dict[str, str]] = {}
    for line in listed.splitlines():
        name, _, value = line.partition("=")
        section, _, option = name.partition(".")
        if value:
            found.setdefault(section, {})[option] = ast.literal_eval(value)
    return {
        option: value
        for section in ("global", "install", ":env:")
        for option, value in found.get(section, {}).items()
    }


def uv_environment(settings: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that tell uv what pip was told; those already set stand."""
    certificates = settings.get("cert", "")
    wanted = {
        "UV_DEFAULT_INDEX": settings.get("index-url", ""),
        "UV_INDEX": " ".join(settings.get("extra-index-url", "").split()),
        "UV_FIND_LINKS": ",".join(settings.get("find-links", "").split()),
        "UV_INSECURE_HOST": " ".join(settings.get("trusted-host", "").split()),
        # Hashes decide what is right, so every index may be asked for every package.
        "UV_INDEX_STRATEGY": "unsafe-best-match",
        "SSL_CERT_FILE": certificates if Path(certificates).is_file() else "",
        "UV_SYSTEM_CERTS": "1",
        "UV_NO_PROGRESS": "1",
    }
    kept = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    return {name: value for name, value in wanted.items() if value} | kept


# Assets, translations ----------------------------------------------------------------------------


def install_assets() -> None:
    """Install the npm packages of the pages with the Node.js of the environment."""
    environment = os.environ | {
        "PATH": f"{BIN}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        # Behind an inspecting proxy the machine's own certificates are the right ones.
        "NODE_USE_SYSTEM_CA": "1",
    }
    run([BIN / "npm", "ci", "--loglevel=error"], env=environment)


def translate(catalogues: Iterable[Path]) -> None:
    """Compile the message catalogues."""
    program = (
        "import sys, polib\n"
        "for name in sys.argv[1:]:\n"
        "    polib.pofile(name, check_for_duplicates=True).save_as_mofile(name[:-3] + '.mo')\n"
    )
    run([PYTHON, "-c", program, *catalogues], env=os.environ)


def warm_kernels() -> None:
    """Compile the loops of the core, so that nobody's first lot waits for it."""
    run([PYTHON, "-c", "from guomen.core.sampling import search; search.warm()"], env=os.environ)


# The browser of the tests ------------------------------------------------------------------------


def provide_browser() -> None:
    """Install a browser and Chinese fonts for the tests, or say what is to be installed."""
    if shutil.which("apt-get") is None:
        run([PYTHON, "-m", "playwright", "install", "chromium"], env=os.environ)
        return
    missing = [name for name in APT_PACKAGES if not has(name)]
    welcome = [name for name in WELCOME_PACKAGES if not has(name)]
    apt = apt_get() if missing or welcome else None
    if missing and apt is None:
        raise SetupError(
            "The browser tests and targeting need packages that only root may install. "
            f"Run: sudo apt-get install {' '.join(missing)}\nThen run the same command again."
        )
    if missing and apt:
        install_debian(apt, missing)
    if welcome and apt:
        try:
            install_debian(apt, welcome)
        except subprocess.CalledProcessError:
            say(f"could not install {' '.join(welcome)}; going on without")


def install_debian(apt: Sequence[str], packages: Sequence[str]) -> None:
    """
    Install Debian packages, with a fresh list of them where the old one does not do.

    :raises subprocess.CalledProcessError: if they cannot be had
    """
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    install = [*apt, "install", "-y", "-qq", "--no-install-recommends", *packages]
    try:
        run(install, env=environment, quiet=True, tries=1)
    except subprocess.CalledProcessError:
        # Most often the list of packages is missing or old.
        run([*apt, "update", "-qq"], env=environment, quiet=True)
        run(install, env=environment, quiet=True)


def has(package: str) -> bool:
    """Tell whether a package, or another that does its work, is there."""
    if package == "chromium":
        return any(shutil.which(name) for name in BROWSERS)
    if package in WELCOME_PACKAGES:
        return shutil.which("java") is not None
    if package == "libgomp1":
        return ctypes.util.find_library("gomp") is not None
    return any(Path("/usr/share/fonts").rglob("*CJK*"))


def apt_get() -> list[str] | None:
    """Return the command that installs Debian packages, if we may."""
    if os.geteuid() == 0:
        return ["apt-get"]
    sudo = shutil.which("sudo")
    if sudo and subprocess.run([sudo, "-n", "true"], capture_output=True, check=False).returncode:
        return None
    return [sudo, "-n", "apt-get"] if sudo else None


def run(
    command: Sequence[object], *, env: Mapping[str, str], quiet: bool = False, tries: int = TRIES
) -> None:
    """
    Run a command in the project's folder; networks fail now and then, so try again.

    :raises subprocess.CalledProcessError: if the last try fails too
    """
    words = [str(word) for word in command]
    for left in reversed(range(tries)):
        output = sys.stderr if not quiet else subprocess.DEVNULL
        done = subprocess.run(words, cwd=ROOT, env=env, stdout=output, check=False)
        if done.returncode == 0:
            return
        if left:
            time.sleep(2)
    raise subprocess.CalledProcessError(done.returncode, words)


if __name__ == "__main__":
    try:
        main()
    except SetupError as error:
        sys.exit(f"setup: {error}")
    except subprocess.CalledProcessError as error:
        said = " ".join(error.cmd)
        sys.exit(f"setup: this failed, see above for the reason: {said}")
