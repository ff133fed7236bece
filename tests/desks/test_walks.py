"""
Three consignments on their whole way, in a real browser, by everybody whose turn it is.

An import and an export from declaration to certificate, an import to its destruction. Whatever a
person does is done on a page; every page on the way is looked at on a phone and at a desk.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import BrowserType, Page, expect
from pytest_django.fixtures import Settings
from pytest_django.live_server_helper import LiveServer
from tests.desks import people
from tests.desks.officer.cut_proxy import CutProxy, cut_proxy
from tests.desks.walking import PATIENCE, Check, Visitor, Walk
from tests.journeys import builders
from tests.journeys.laboratory import bench

from guomen.desks.components import clock
from guomen.rulebooks.inspection import Skill
from guomen.supervision.agencies.models import Officer, Role
from guomen.supervision.dispositions import custody
from guomen.supervision.inspections.models import Qualification
from guomen.supervision.samples.models import Accreditation, Control

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

ZH, EN = "zh-hans", "en"
DOCUMENTS = ("contract", "invoice", "packing_list")
SEAL = "CIQ-8801"


RESULTS_AND_KEPT = {
    "results-approved": "/desk/bench/?state=approved",
    "samples-retained": "/desk/samples/?where=over",
}
MESSAGES_AND_WORK = {
    "messages": "/desk/messages/",
    "messages-received": "/desk/messages/received/",
    "message-take-in": "/desk/messages/take-in/",
    "jobs": "/desk/jobs/",
}


@dataclass(frozen=True)
class House:
    """The small bureau, who works in it, and its two doors: http, and https for phones."""

    walk: Walk
    door: CutProxy
    officers: dict[str, Officer]
    here: dict[str, Visitor] = field(default_factory=dict)

    def officer(self, name: str, language: str) -> Visitor:
        """Return an officer at a desk; who has signed in once stays there."""
        if name not in self.here:
            self.here[name] = self.walk.person(self.officers[name], language)
        return self.here[name].speaking(language)

    def phone(self, name: str, language: str) -> Visitor:
        """Return an officer with a phone; offline work needs https."""
        if name not in self.here:
            at = {"url": self.door.url, "width": 390}
            self.here[name] = self.walk.person(self.officers[name], language, **at)
        return self.here[name].speaking(language)

    def trader(self, number: str, language: str) -> Visitor:
        return self.walk.person(people.trader(number), language)


_STAFF: dict[str, tuple[str, tuple[Role, ...]]] = {
    "head": (builders.BUREAU, (Role.BRANCH_HEAD,)),
    "examiner": ("ZHJZ", (Role.DOCUMENT_EXAMINER,)),
    "inspector": (builders.BUREAU, (Role.INSPECTOR,)),
    "loader": ("ZHGB", (Role.LOADING_SUPERVISOR, Role.PORT_CHECKER)),
    "sampler": (builders.BUREAU, (Role.SAMPLER,)),
    "analyst": (bench.LAB, (Role.ANALYST,)),
    "approver": (bench.LAB, (Role.APPROVER,)),
    "signer": (builders.BUREAU, (Role.CERTIFICATE_OFFICER,)),
    "director": (builders.BUREAU, (Role.DIRECTOR,)),
}


def staff() -> dict[str, Officer]:
    """Engage the officers; inspectors hold every skill."""
    found = {n: people.officer(n, *roles, agency=place) for n, (place, roles) in _STAFF.items()}
    dated: dict[str, Any] = {"begins": builders.FOUNDED, "recorded_at": builders.RECORDED}
    Qualification.objects.bulk_create(
        Qualification(officer=found[name].key, skill=skill.value, **dated)
        for name in ("inspector", "loader")
        for skill in Skill
    )
    return found


@pytest.fixture
def house(
    live_server: LiveServer,
    tmp_path: Path,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    browser_type: BrowserType,
    browser_type_launch_args: dict[str, Any],
    axe: Check,
) -> Iterator[House]:
    builders.custody_in(tmp_path, settings)
    settings.GUOMEN_VAR = tmp_path / "var"
    settings.GUOMEN_CERTIFICATE_KEYS = tmp_path / "certificate-keys"
    monkeypatch.setattr(clock, "now", lambda: builders.NOW)
    builders.build()
    laboratory = bench.found()
    Accreditation.objects.create(
        laboratory=laboratory,
        method=bench.UNACCREDITED,
        certificate="L0000",
        begins=builders.FOUNDED,
        recorded_at=builders.RECORDED,
    )
    custody.begin_key(at=builders.NOW, by="OFC-K", demonstration=True)
    # A worker runs only under a certificate that the browser takes: here it takes any.
    launch = {**browser_type_launch_args}
    launch["args"] = [*launch["args"], "--ignore-certificate-errors"]
    target = urlsplit(live_server.url)
    browser = browser_type.launch(**launch)
    with cut_proxy(tmp_path / "tls", (str(target.hostname), int(target.port or 0))) as door:
        walk = Walk(browser=browser, url=live_server.url, axe=axe)
        yield House(walk=walk, door=door, officers=staff())
        walk.close()
    browser.close()
    assert not walk.complaints, "pages complained:\n" + "\n".join(walk.complaints)


def test_three_consignments_are_walked_from_declaration_to_the_end(house: House) -> None:
    an_import(house)
    an_export(house)
    a_destruction(house)


# -- from declaration to ruling -------------------------------------------------------------------
def lodge(trader: Visitor, row: dict[str, Any], look: str = "") -> str:
    """Lodge one line on the page; return the reference of its declaration."""
    trader.go("/enterprise/new/")
    if look:
        trader.look(look)
    head = ("direction", "declaration", "port", "transport", "transit_via")
    page = trader.page
    trader.fill(**{name: row[name] for name in head if name in row})
    page.locator("form.paper details summary").first.click()
    for name in ("goods", "hs_code", "quantity", "unit", "units_in_lot", "value_cny", "origin",
                 "destination", "consignor", "site", "lot", "container", "seal"):  # fmt: skip
        if row.get(name):
            trader.fill(**{f"line__0__{name}": str(row[name])})
    for paper in row["documents"].split(";"):
        page.locator(f'[name="line-0-documents"][value="{paper}"]').check()
    page.locator('form.paper [name="do"][value="lodge"]').last.click()
    page.wait_for_url("**/enterprise/consignments/DEC-**")
    return page.url.rstrip("/").rsplit("/", 1)[-1]


def draw_inspectors(house: House, language: str, look: str = "") -> None:
    """Have the head draw an inspector for every order that waits."""
    head = house.officer("head", language)
    head.go("/desk/orders/")
    if look:
        head.look(f"{look}-orders")
    head.page.locator('form[action$="/desk/orders/draw/"] button').click()
    head.page.wait_for_load_state("domcontentloaded")
    if look:
        head.page.locator("[data-row] a").first.click()
        head.page.wait_for_load_state("domcontentloaded")
        head.look(f"{look}-order")
        head.go("/desk/orders/plan/")
        head.look(f"{look}-plan-of-day")


# -- at the goods ---------------------------------------------------------------------------------
SAVED = re.compile("Everything is stored at the bureau|全部记录已存入局里|已存")


def kept(page: Page) -> None:
    """Wait until the phone has the page for work without a network."""
    expect(page.locator("html")).to_have_attribute("data-kept", "yes", timeout=PATIENCE)


def saved(page: Page) -> None:
    expect(page.locator("#phone-state")).to_have_class(re.compile("is-saved"), timeout=PATIENCE)


def open_order(one: Visitor, kind: str, look: str = "") -> None:
    """Open the order of the day whose card says so."""
    one.go("/desk/my-day/")
    kept(one.page)
    if look:
        one.look(f"{look}-my-day")
    one.page.locator("ol.day a", has_text=re.compile(kind)).first.click()
    one.page.wait_for_url("**/desk/my-day/WO-**")
    kept(one.page)
    saved(one.page)


def answer_everything(page: Page, numbers: dict[str, str], fails: tuple[str, ...] = ()) -> None:
    """Answer every item of the checklist: in order, but for what is named."""
    for item in page.locator("[data-item]").all():
        code = item.get_attribute("data-item") or ""
        if item.get_attribute("data-asks") == "yes_no":
            said = "fail" if code in fails else "conform"
            item.locator(f".pick-{said}").click()
        else:
            item.locator('[name^="value-"]').fill(numbers.get(code, "0"))
            item.locator('[name^="value-"]').blur()


def complete(one: Visitor) -> None:
    one.page.locator("#complete button").click()
    one.page.locator(".badge-large").first.wait_for()


# -- an import ------------------------------------------------------------------------------------
MEAT = "冷冻牛腩"


def an_import(house: House) -> None:
    """Frozen beef lacks a paper, is sampled, tested by a file and by hand, and certified."""
    importer = house.trader(builders.IMPORTER, ZH)
    row = builders.meat(
        "IMP-1", goods=MEAT, documents=builders.PAPERS, lot="L-1", container="MSKU1234565"
    )
    declaration = lodge(importer, row, look="enterprise-lodge")
    importer.reads("暂停办理")
    examine_papers(house, declaration)
    draw_inspectors(house, ZH, look="import")
    inspect_without_network(house)
    sampler = house.officer("sampler", ZH)
    sample = take_sample(sampler, SEAL, look=True)
    measure_sample(house.officer("analyst", ZH), sample, SEAL, look=True)
    approve_results(house.officer("approver", ZH), look=True)
    importer.go(f"/enterprise/consignments/{declaration}/")
    importer.reads("已放行")
    importer.look("enterprise-consignment")
    number = certify(house.officer("signer", ZH), f"{declaration}/1", "entry", look=True)
    scan(house, importer, number, ZH)


def examine_papers(house: House, declaration: str) -> None:
    """The examiner has the paper by post, and says so."""
    examiner = house.officer("examiner", ZH)
    examiner.go(f"/desk/declarations/{declaration}/")
    examiner.look("declaration-held")
    examiner.page.locator('.line-actions a[href$="/amend/"]').click()
    examiner.page.locator('[name="documents"][value="official_certificate"]').check()
    examiner.send("main form")
    examiner.reads("查验并抽样")
    examiner.look("declaration-ruled")


def inspect_without_network(house: House) -> None:
    """The network goes before the first answer, and comes back after the last."""
    inspector = house.phone("inspector", ZH)
    open_order(inspector, MEAT, look="import")
    inspector.look("my-order")
    page = inspector.page
    house.door.shut = True
    page.context.set_offline(True)
    answer_everything(page, {"I-QUANTITY": "20000", "P-TEMPERATURE": "-18", "P-UNITS": "249"})
    page.locator("#complete button").click()
    expect(page.locator("#phone-state")).to_have_class(re.compile("is-waiting"))
    house.door.shut = False
    page.context.set_offline(False)
    page.locator(".badge-large").first.wait_for()
    inspector.look("my-order-done")


def take_sample(sampler: Visitor, seal: str, *, look: bool = False) -> str:
    """Draw the units, seal the sample, give it to the courier; return its reference."""
    sampler.go("/desk/samples/")
    if look:
        sampler.look("samples-due")
    sampler.page.locator("[data-row] a").first.click()
    sampler.page.locator("[name=seal]").wait_for()
    if look:
        sampler.look("sample-take")
    sampler.fill(seal=seal, witness="货主代表")
    sampler.send("main form")
    sampler.page.wait_for_url("**/desk/samples/SMP-**")
    sampler.page.locator('a[href$="/hand-over/"]').click()
    sampler.page.locator("[name=taker]").wait_for()
    if look:
        sampler.look("sample-hand-over")
    sampler.fill(taker="冷链车 粤C-10086")
    sampler.send("main form")
    return sampler.page.url.rstrip("/").rsplit("/", 1)[-1]


def measure_sample(
    analyst: Visitor, sample: str, seal: str, *, bad: str = "", look: bool = False
) -> None:
    """Receive a sample and measure its tests, the first one by the file of an instrument."""
    analyst.go("/desk/bench/")
    if look:
        analyst.look("bench-arrivals")
    analyst.page.get_by_role("link", name=sample).first.click()
    analyst.page.locator("[name=seal]").wait_for()
    if look:
        analyst.look("sample-receive")
    analyst.fill(seal=seal)
    analyst.send("main form")
    analyst.page.wait_for_url(f"**/desk/samples/{sample}/")
    analyst.go("/desk/bench/")
    methods = [a.get_attribute("href") or "" for a in analyst.page.locator(".lab-methods a").all()]
    assert methods
    for place, method in enumerate(methods):
        analyst.go(f"/desk/bench/{method}")
        if look and place == 0:
            analyst.look("bench-method")
        analyst.send('form[action$="/desk/bench/runs/"]')
        analyst.page.locator("[data-sheet]").wait_for()
        result = "0.9" if bad and bad in method else "ND"
        measured = by_file if look and place == 0 else by_hand
        measured(analyst, sample, result)
    if look:
        analyst.go("/desk/bench/controls/")
        analyst.page.locator("#control-chart canvas").wait_for()
        analyst.look("bench-controls")


PASTE = """text => {
  const data = new DataTransfer();
  data.setData("text", text);
  document.activeElement.dispatchEvent(
    new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true}));
}"""


def by_hand(analyst: Visitor, sample: str, result: str) -> None:
    """Paste a column into the worksheet, controls first."""
    page = analyst.page
    names = page.evaluate("[...document.querySelectorAll('[data-cell]')].map(e => e.name)")
    controls = [int(n.removeprefix("control-")) for n in names if n.startswith("control-")]
    column = [*map(str, map(near_mean, controls)), *[result] * (len(names) - len(controls))]
    page.locator("[data-cell]").first.focus()
    page.evaluate(PASTE, "\n".join(column))
    assert page.locator("[data-cell]").last.input_value() == result
    analyst.send("[data-sheet]")
    expect(page.locator('[name^="control-"]')).to_have_count(0)


def near_mean(pk: int) -> Any:
    """Return what an instrument that is in order shows of a control material."""
    control = Control.objects.get(pk=pk)
    return control.mean + control.deviation / 4 * (1 if control.level % 2 else -1)


def by_file(analyst: Visitor, sample: str, result: str) -> None:
    """Import a file: first one with a fault, then the right one."""
    analyst.look("run")
    fields = analyst.page.locator('[name^="control-"]').all()
    pks = [int((f.get_attribute("name") or "").removeprefix("control-")) for f in fields]
    names = {pk: Control.objects.get(pk=pk).name for pk in pks}
    rows = ["sample,result", *(f"{names[pk]},{near_mean(pk)}" for pk in pks)]
    analyst.page.locator('a[href$="/import/"]').click()
    analyst.page.locator("[name=file]").wait_for()
    analyst.look("run-import")
    for last, name in (("SMP-0000-000000-0,1", "faults"), (f"{sample},{result}", "preview")):
        text = "\n".join([*rows, last])
        analyst.page.locator("[name=file]").set_input_files(
            {"name": "icp.csv", "mimeType": "text/csv", "buffer": text.encode()}
        )
        analyst.send("form[enctype]")
        analyst.look(f"run-import-{name}", posted=True)
    analyst.page.locator("[name=enter]").click()
    analyst.page.wait_for_url(re.compile(r"/runs/[A-Z0-9-]+/$"))
    analyst.look("run-passed")


def approve_results(approver: Visitor, *, look: bool = False) -> None:
    """Approve everything that waits, as the second person."""
    approver.go("/desk/bench/approvals/")
    if look:
        approver.look("approvals")
        approver.go("/desk/bench/scope/")
        approver.look("bench-scope")
        approver.go("/desk/bench/approvals/")
    approver.page.locator("[data-all]").first.check()
    approver.page.locator('[name="answer"][value="approve"]').click()
    approver.page.locator(".empty").wait_for()
    if look:
        for name, address in RESULTS_AND_KEPT.items():
            approver.go(address)
            approver.look(name)


# -- papers ---------------------------------------------------------------------------------------
def certify(signer: Visitor, line: str, kind: str, *, look: bool = False) -> str:
    """Draft and sign a certificate; return its number."""
    if look:
        signer.go("/desk/certificates/new/")
        signer.look("certificate-first-step")
    signer.go(f"/desk/certificates/new/?line={line}")
    if look:
        signer.look("certificate-draft")
    signer.page.locator(f'[name="kind"][value="{kind}"]').check()
    signer.fill(consignee="珠海冷链有限公司")
    signer.send("main form")
    signer.page.wait_for_url("**/desk/certificates/CRT-**")
    signer.send('form[action$="/issue/"]')
    signer.page.locator('a[href$="/pdf/zh/"]').wait_for()
    if look:
        signer.look("certificate")
    number = signer.page.locator("main .mono", has_text="CRT-").first.inner_text()
    if look:
        signer.go("/desk/certificates/")
        signer.look("certificates")
        tell_customs(signer, line)
    return number


def tell_customs(signer: Visitor, line: str) -> None:
    """Sign the clearance of a line; the pages of messages and of long work are looked at."""
    signer.go(f"/desk/messages/send/?line={line}")
    signer.look("message-send")
    signer.fill(to="customs")
    signer.send("main form")
    signer.page.wait_for_url("**/desk/messages/MSG-**")
    signer.look("message")
    for name, address in MESSAGES_AND_WORK.items():
        signer.go(address)
        signer.look(name)


def scan(house: House, owner: Visitor, number: str, language: str) -> None:
    """The owner prints the paper; somebody scans its square with a phone."""
    owner.go(f"/enterprise/certificates/{number}/")
    owner.look("enterprise-certificate")
    with owner.page.expect_download() as printed:
        owner.page.locator('a[href$="/pdf/zh/"]').click()
    content = Path(printed.value.path()).read_bytes()
    assert content.startswith(b"%PDF-")
    address = owner.page.locator('a[href*="/verify/?c="]').get_attribute("href") or ""
    anybody = house.walk.visitor(language, width=390)
    anybody.go(urlsplit(address)._replace(scheme="", netloc="").geturl())
    anybody.reads(number)
    anybody.look("verify")


# -- an export ------------------------------------------------------------------------------------
CABBAGE = "菜心"


def an_export(house: House) -> None:
    """Vegetables to Macao: inspected, loaded under supervision, checked at the port, certified."""
    grower = house.trader(builders.GROWER, EN)
    declaration = lodge(grower, builders.vegetables("EXP-1", lot="L-7", container="粤ZA1234港"))
    grower.reads("inspection")
    draw_inspectors(house, EN)
    inspector = house.phone("inspector", EN)
    open_order(inspector, CABBAGE)
    answer_everything(inspector.page, {"I-QUANTITY": "1200", "P-UNITS": "151"})
    complete(inspector)
    load_and_check(house)
    sample = take_sample(house.officer("sampler", EN), "CIQ-9901")
    measure_sample(house.officer("analyst", EN), sample, "CIQ-9901")
    approve_results(house.officer("approver", EN))
    number = certify(house.officer("signer", EN), f"{declaration}/1", "phytosanitary")
    scan(house, grower, number, EN)


def load_and_check(house: House) -> None:
    """The lot is loaded and sealed; at the port of exit the same seal arrives."""
    loader = house.phone("loader", EN)
    open_order(loader, "Loading", look="loading")
    answer_everything(loader.page, {})
    loader.fill(lot__name="L-7", lot__quantity="1200", lot__vehicle="粤ZA1234港", lot__seal=SEAL)
    loader.page.locator('[data-adds="lot"] [data-add]').click()
    saved(loader.page)
    loader.look("loading")
    complete(loader)
    open_order(loader, "[Pp]ort")
    loader.look("port-check")
    answer_everything(loader.page, {})
    complete(loader)
    loader.look("port-check-done")


# -- to destruction -------------------------------------------------------------------------------
WINE = "霉变葡萄酒"


def a_destruction(house: House) -> None:
    """Wine is found spoiled, its owner has it destroyed, and a second person sees the proof."""
    vintner = house.trader(builders.VINTNER, EN)
    lodge(vintner, builders.wine("IMP-2", goods=WINE, lot="L-9"))
    draw_inspectors(house, ZH)
    inspector = house.phone("inspector", ZH)
    open_order(inspector, WINE)
    answer_everything(
        inspector.page, {"I-QUANTITY": "900", "P-UNITS": "20"}, fails=("P-CONDITION",)
    )
    complete(inspector)
    vintner.go("/enterprise/failed/")
    vintner.look("enterprise-failed")
    vintner.page.locator("[data-row] a").first.click()
    vintner.page.locator("[name=choose-kind]").wait_for()
    vintner.look("enterprise-case")
    vintner.fill(choose__kind="destroy")
    vintner.send('form[action$="/choose/"]')
    destroyed(house)
    vintner.page.reload()
    vintner.reads(re.compile("closed", re.IGNORECASE))


def destroyed(house: House) -> None:
    """One officer orders it and has it carried out, another records the proof."""
    director = house.officer("director", ZH)
    head = house.officer("head", ZH)
    head.go("/desk/failed/")
    head.look("failed")
    head.page.locator("[data-row] a").first.click()
    for move in ("order", "carry_out"):
        head.send(f'form[action$="/{move}/"]')
    head.look("failed-case")
    director.go(urlsplit(head.page.url).path)
    director.look("failed-proof")
    director.fill(**{"proof__1__number": "DES-2012-7"})
    director.send('form[action$="/prove/"]')
    director.look("failed-closed")
