"""Checking a certificate: on the page, in the browser, without the page, and by its file."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from playwright.sync_api import Page
from pytest_django.fixtures import Settings
from pytest_django.live_server_helper import LiveServer
from tests.journeys import builders
from tests.journeys.test_certification import ROLES, issued, officer, pen

from guomen.core.text import Text
from guomen.desks.components import clock
from guomen.desks.components.certificates import paper
from guomen.journeys import certification
from guomen.journeys.certification import checking
from guomen.supervision.dispositions.models import Certificate, CertificateCopy

__all__ = ["pen"]
SCRIPT = Path(__file__).parents[3] / "src/guomen/desks/public/static/public/verify_certificate.py"


@pytest.fixture
def bureau(tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    builders.custody_in(tmp_path, settings)
    monkeypatch.setattr(clock, "now", lambda: builders.NOW + builders.DAY)
    builders.build()


def altered(code: str) -> str:
    text = checking.papers.read(code)
    bent = text.text.replace('"o":"', '"o":"X')
    assert bent != text.text
    return checking.papers.code(
        checking.papers.Signed(sort=text.sort, text=bent, signature=text.signature, key=text.key)
    )


def printed(row: Certificate, language: str = "en") -> bytes:
    code = checking.code_of(row)
    return paper.render(
        paper.Paper(
            said=checking.signed_of(row).value(),
            key=row.key_id,
            demonstration=True,
            address=f"https://example.test/verify/?c={code}",
            short_address="example.test/verify/",
            agency=Text(zh="珠海", en="Zhuhai"),
            officer=Text(zh="官", en="Officer"),
            issued_at=datetime(2012, 5, 24, tzinfo=UTC),
        ),
        language,
    )


@pytest.mark.django_db
@pytest.mark.usefixtures("bureau", "pen")
def test_the_page_says_what_each_certificate_is_worth(client: Client) -> None:
    row = issued()
    client.cookies["django_language"] = "en"

    def page(code: str) -> str:
        answer = client.get("/verify/", {"c": code})
        assert answer.status_code in (200, 422)
        return answer.content.decode()

    code = checking.code_of(row)
    genuine = page(code)
    assert "Genuine and in force" in genuine
    assert row.number in genuine
    assert "Altered" in page(altered(code))
    certification.propose_revocation(row.number, reason="?", how=officer("OFC-A"))
    certification.decide_revocation(row.number, revoke=True, how=officer("OFC-B"))
    assert "Genuine, but revoked" in page(code)
    assert "cannot be read" in page("abc.def.<script>alert(1)</script>")
    assert "<script>alert" not in page("abc.def.<script>alert(1)</script>")
    # The whole address may be pasted, as a camera shows it.
    assert "Genuine, but revoked" in page(f"https://guomen.example/verify/?c={code}")


@pytest.mark.django_db
@pytest.mark.usefixtures("bureau", "pen")
def test_a_file_is_ours_only_byte_for_byte(client: Client) -> None:
    client.cookies["django_language"] = "en"
    row = issued()
    content = printed(row)
    assert content == printed(row)
    assert content.startswith(b"%PDF-")
    assert b"pdfaid:part" in content
    CertificateCopy.objects.create(
        certificate=row,
        language="en",
        sha256=checking.hashlib.sha256(content).hexdigest(),
        at=builders.NOW,
    )

    def send(given: bytes) -> str:
        file = SimpleUploadedFile("c.pdf", given, content_type="application/pdf")
        return client.post("/verify/", {"file": file}).content.decode()

    assert "Genuine and in force" in send(content)
    place = content.rindex(b"stream") - 40
    bent = content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]
    assert "not one that we gave out" in send(bent)


@pytest.mark.django_db
@pytest.mark.usefixtures("bureau", "pen")
def test_the_script_needs_nothing_from_us(client: Client, tmp_path: Path) -> None:
    row, gone = issued(), issued()
    certification.propose_revocation(gone.number, reason="?", how=officer("OFC-A"))
    certification.decide_revocation(gone.number, revoke=True, how=officer("OFC-B"))
    keys, ended = tmp_path / "keys.json", tmp_path / "revocations.json"
    keys.write_bytes(client.get("/verify/keys.json").content)
    ended.write_bytes(client.get("/verify/revocations.json").content)

    def run(code: str, *more: str) -> tuple[int, str]:
        made = subprocess.run(
            [sys.executable, "-S", str(SCRIPT), code, "--keys", str(keys), *more],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        return made.returncode, made.stdout + made.stderr

    code = checking.code_of(row)
    status, said = run(code)
    assert (status, "GENUINE as signed on 2012-05-24; current status unknown" in said) == (0, True)
    assert run(altered(code))[0] == 1
    old = checking.code_of(Certificate.objects.get(pk=gone.pk))
    assert run(old)[0] == 0
    assert "REVOKED" in run(old, "--revocations", str(ended))[1]
    forged = json.loads(ended.read_text())
    forged["text"] = forged["text"].replace(gone.number, row.number)
    ended.write_text(json.dumps(forged))
    assert run(code, "--revocations", str(ended))[0] == 0
    assert "not signed" in run(code, "--revocations", str(ended))[1]


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("bureau", "pen")
def test_a_browser_checks_by_itself_and_the_page_has_no_barrier(
    page: Page,
    live_server: LiveServer,
    axe: Callable[[Page], None],
    at_both_widths: Callable[[Page, str], None],
) -> None:
    row = issued()
    code = checking.code_of(row)
    answer = page.locator("[data-offline-answer]")

    def open_as(given: str, language: str) -> None:
        cookie = {"name": "django_language", "value": language, "url": live_server.url}
        page.context.add_cookies([cookie])  # type: ignore[list-item]
        page.goto(f"{live_server.url}/verify/?c={given}")
        answer.locator(".notice").first.wait_for()

    open_as(code, "en")
    if "cannot check signatures" in answer.inner_text():
        pytest.skip("this browser has no Ed25519; the page says so")
    assert "Genuine as signed" in answer.inner_text()
    at_both_widths(page, "verify-en")
    axe(page)
    # Without a connection the browser still tells what is altered.
    page.context.set_offline(True)
    page.fill("#offline-code", altered(code))
    page.click("[data-offline-form] [type=submit]")
    answer.locator(".tone-seal").wait_for()
    assert "Altered" in answer.inner_text()
    page.context.set_offline(False)
    open_as(code, "zh-hans")
    at_both_widths(page, "verify-zh")
    axe(page)
    assert ROLES
