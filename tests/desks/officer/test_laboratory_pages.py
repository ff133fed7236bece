"""The pages of samplers, analysts and approvers: who opens them, what they say, what they do."""

from __future__ import annotations

import io
from collections.abc import Iterable
from datetime import timedelta
from typing import Any, cast

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from tests.desks import people, walk
from tests.journeys import builders
from tests.journeys.laboratory import bench

from guomen.desks.officer import laboratory as mounted
from guomen.desks.officer.permissions import MOVES, Move
from guomen.journeys import laboratory
from guomen.supervision.agencies.models import Agency, Role
from guomen.supervision.samples.models import Run, Sample, TestOrder, TestResult

pytestmark = pytest.mark.usefixtures("bureau")
LAB, BRANCH = bench.LAB, "ZHGB"
PAGES = (
    "samples",
    "bench",
    "approvals",
    "bench-controls",
    "bench-scope",
    "sample",
    "sample-label",
    "run",
    "run-import",
)


@pytest.fixture
def lab(bureau: builders.Register) -> Agency:
    return bench.found()


def received() -> Sample:
    _, sample = bench.delivered()
    return sample


def on_bench(sample: Sample, hazard: str = "lead") -> Run:
    test = sample.tests.get(hazard=hazard)
    made = laboratory.open_run(test.method, [test.pk], how=bench.how(bench.ANALYST, minutes=80))
    return Run.objects.get(reference=made)


def addresses(sample: Sample, run: Run) -> dict[str, tuple[str, Move]]:
    """Return every address of the laboratory and the move that opens it."""
    one, test = [sample.reference], run.tests.get().pk
    return {
        "samples": (reverse("officer:samples"), Move.SEE),
        "sample": (reverse("officer:sample", args=one), Move.SEE),
        "sample-label": (reverse("officer:sample-label", args=one), Move.SEE),
        "take-sample": (
            reverse("officer:take-sample", args=[sample.line.declaration.reference, 1]),
            Move.SAMPLE,
        ),
        "hand-over": (reverse("officer:sample-step", args=[*one, "hand-over"]), Move.SAMPLE),
        "receive": (reverse("officer:sample-step", args=[*one, "receive"]), Move.BENCH),
        "dispose": (reverse("officer:sample-step", args=[*one, "dispose"]), Move.BENCH),
        "correct-result": (reverse("officer:correct-result", args=[*one, test]), Move.BENCH),
        "bench": (reverse("officer:bench"), Move.SEE),
        "run": (reverse("officer:run", args=[run.reference]), Move.SEE),
        "run-import": (reverse("officer:run-import", args=[run.reference]), Move.BENCH),
        "approvals": (reverse("officer:approvals"), Move.SEE),
        "bench-controls": (reverse("officer:bench-controls"), Move.SEE),
        "bench-scope": (reverse("officer:bench-scope"), Move.SEE),
        "bench-export": (reverse("officer:bench-export"), Move.EXPORT),
        "samples-export": (reverse("officer:samples-export"), Move.EXPORT),
    }


def posts(sample: Sample, run: Run) -> dict[str, tuple[str, frozenset[Move]]]:
    one, test = [sample.reference], run.tests.get().pk
    return {
        "open-run": (reverse("officer:open-run"), frozenset({Move.BENCH})),
        "void-run": (reverse("officer:void-run", args=[run.reference]), frozenset({Move.BENCH})),
        "decide-results": (reverse("officer:decide-results"), frozenset({Move.APPROVE_RESULTS})),
        "counter-analysis": (
            reverse("officer:counter-analysis", args=[*one, test]),
            frozenset({Move.SAMPLE, Move.BENCH}),
        ),
        # Whoever reads a run may send to its address, and is told apart there.
        "run": (reverse("officer:run", args=[run.reference]), frozenset({Move.SEE})),
    }


NAMES_NOTHING = {
    "samples",
    "bench",
    "approvals",
    "bench-controls",
    "bench-scope",
    "bench-export",
    "samples-export",
}


def test_the_walk_names_every_address(lab: Agency) -> None:
    sample = received()
    run = on_bench(sample)
    walked = set(addresses(sample, run)) | set(posts(sample, run)) | {"sample-step"}
    steps = {"hand-over", "receive", "dispose"}
    assert walked - steps == {pattern.name for pattern in mounted.pages}


@pytest.mark.slow
@walk.drawn_once()
def test_each_role_opens_what_the_table_says_at_home_and_nothing_abroad(lab: Agency) -> None:
    sample = received()
    run = on_bench(sample)
    walked, posted = addresses(sample, run), posts(sample, run)
    for role in walk.ROLES:
        home = people.signed_in(people.officer(f"home.{role}", role))
        abroad = people.signed_in(people.officer(f"abroad.{role}", role, agency="ZHJZ"))
        for name, (address, move) in walked.items():
            allowed = move in MOVES[role]
            assert home.get(address).status_code == (200 if allowed else 403), (role, name)
            if name not in NAMES_NOTHING:
                assert abroad.get(address).status_code == (404 if allowed else 403), (role, name)
        sent = {"test": run.tests.get().pk, "answer": "approve"}
        for name, (address, moves) in posted.items():
            expected = 404 if moves & MOVES[role] else 403
            assert abroad.post(address, sent).status_code == expected, (role, name)


def test_a_branch_sees_its_samples_and_a_laboratory_those_that_come_to_it(lab: Agency) -> None:
    sample = received()
    address = reverse("officer:sample", args=[sample.reference])
    for agency, status in ((BRANCH, 200), (LAB, 200), (builders.BUREAU, 200), ("ZHJZ", 404)):
        client = people.signed_in(people.officer(f"at.{agency}", Role.ANALYST, agency=agency))
        assert client.get(address).status_code == status, agency
        listed = client.get(reverse("officer:samples"), {"where": "laboratory"}).content.decode()
        assert (sample.reference in listed) is (status == 200), agency
        # A branch reads the verdicts of its samples, and never the bench of the laboratory.
        on_list = client.get(reverse("officer:bench")).content.decode()
        assert (sample.reference in on_list) is (agency in (LAB, builders.BUREAU)), agency


def test_traders_and_strangers_see_nothing(lab: Agency) -> None:
    sample = received()
    run = on_bench(sample)
    trader = people.signed_in(people.trader(builders.GROWER))
    for address, _ in addresses(sample, run).values():
        assert trader.get(address).status_code == 403
        assert Client().get(address)["Location"].startswith("/sign-in/")


def test_the_whole_way_by_pages(lab: Agency) -> None:  # noqa: PLR0915 - one way, told in order
    (line,) = builders.lodged(builders.vegetables())
    sampler = people.officer("s", Role.SAMPLER, agency=BRANCH)
    analyst = people.officer("a", Role.ANALYST, agency=LAB)
    approver = people.officer("p", Role.APPROVER, agency=LAB)
    at_branch, at_bench, at_end = map(people.signed_in, (sampler, analyst, approver))
    due = at_branch.get(reverse("officer:samples")).content.decode()
    assert line.reference in due
    take = reverse("officer:take-sample", args=[line.declaration.reference, 1])
    assert at_branch.post(take, {"seal": ""}).status_code == 422
    made = at_branch.post(take, {"seal": "S-77"}, follow=True)
    sample = Sample.objects.get(portion="test")
    assert sample.reference in made.content.decode()
    step = reverse("officer:sample-step", args=[sample.reference, "hand-over"])
    given = {"taker": "courier", "seal": "S-77", "condition": "good", "temperature": "3.5"}
    assert at_branch.post(step, given).status_code == 302
    receive = reverse("officer:sample-step", args=[sample.reference, "receive"])
    assert at_bench.post(receive, {"seal": "S-77", "condition": "good"}).status_code == 302
    lead = sample.tests.get(hazard="lead")
    opened = at_bench.post(reverse("officer:open-run"), {"method": lead.method, "test": lead.pk})
    run = Run.objects.get()
    assert opened["Location"] == reverse("officer:run", args=[run.reference])
    values = {f"control-{key}": f"{value:.6f}" for key, value in bench.in_control(run).items()}
    wrong = at_bench.post(opened["Location"], values | {f"raw-{lead.pk}": "about 3"})
    assert wrong.status_code == 422
    assert TestResult.objects.count() == 0
    assert run.values.count() == 0
    at_bench.post(opened["Location"], values | {f"raw-{lead.pk}": "0.9"})
    queue = at_end.get(reverse("officer:approvals")).content.decode()
    assert sample.reference in queue
    assert "Does not conform" in queue
    decide = reverse("officer:decide-results")
    own = people.officer("both", Role.ANALYST, Role.APPROVER, agency=LAB)
    TestResult.objects.update(analyst=own.key)
    said = people.signed_in(own).post(decide, {"test": lead.pk, "answer": "approve"}, follow=True)
    assert "somebody else must approve it" in said.content.decode()
    at_end.post(decide, {"test": lead.pk, "answer": "approve"})
    lead.refresh_from_db()
    assert lead.state == "approved"
    page = at_branch.get(reverse("officer:sample", args=[sample.reference])).content.decode()
    assert "Does not conform" in page
    assert "≤ 0.3 mg/kg" in page


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_every_page_speaks_both_languages_and_prints_a_label(lab: Agency, language: str) -> None:
    sample = received()
    run = on_bench(sample)
    laboratory.enter(
        run.reference,
        controls=bench.in_control(run),
        results={run.tests.get().pk: laboratory.Entry(raw="0.01")},
        how=bench.how(bench.ANALYST, minutes=90),
    )
    client = people.signed_in(people.officer("u", Role.ANALYST, Role.APPROVER), language)
    walked = addresses(sample, run)
    for name in PAGES:
        answer = client.get(walked[name][0])
        assert answer.status_code == 200, name
        if name == "sample-label":
            assert answer.content.startswith(b"%PDF-")
        else:
            chinese = "实验室" in answer.content.decode()
            assert chinese is (language == "zh-hans"), name


def sheet_of(client: Client, name: str, **query: str) -> list[tuple[object, ...]]:
    answer = client.get(reverse(f"officer:{name}"), query)
    content = b"".join(cast("Iterable[bytes]", answer))
    found = openpyxl.load_workbook(io.BytesIO(content)).active
    assert found is not None
    return list(found.iter_rows(min_row=2, values_only=True))


def test_what_is_exported_is_what_the_list_shows(lab: Agency) -> None:
    sample = received()
    _, done = bench.delivered(own="A-9", lot="L-9", seal="Q-9")
    bench.measured(done)
    client = people.signed_in(people.officer("x", Role.ANALYST))
    waiting = sample.tests.count() + done.tests.exclude(state="approved").count()
    rows = sheet_of(client, "bench-export")
    assert len(rows) == waiting
    assert len(sheet_of(client, "bench-export", q=sample.reference)) == sample.tests.count()
    assert sheet_of(client, "bench-export", q="no such sample") == []
    one = sheet_of(client, "samples-export", where="laboratory", q=sample.reference)
    assert [row[0] for row in one] == [sample.reference]
    abroad = people.signed_in(people.officer("far", Role.ANALYST, agency="ZHGB"))
    assert sheet_of(abroad, "bench-export") == []
    page = client.get(reverse("officer:bench"), {"state": "approved"})
    assert len(sheet_of(client, "bench-export", state="approved")) == len(page.context["rows"])


def test_samples_that_need_not_be_kept_any_longer_have_a_list(lab: Agency) -> None:
    sample = received()
    client = people.signed_in(people.officer("x", Role.ANALYST))
    address = reverse("officer:samples")
    kept = Sample.objects.filter(line=sample.line).exclude(pk=sample.pk).get(portion="retained")
    Sample.objects.filter(pk=kept.pk).update(state="kept", kept_until=timezone.now())
    assert kept.reference in client.get(address, {"where": "kept"}).content.decode()
    assert kept.reference not in client.get(address, {"where": "over"}).content.decode()
    past = kept.taken_at - timedelta(days=400)
    Sample.objects.filter(pk=kept.pk).update(kept_until=past)
    assert kept.reference in client.get(address, {"where": "over"}).content.decode()


@pytest.mark.parametrize("name", ["samples", "bench", "approvals", "bench-controls", "bench-scope"])
def test_lists_cost_the_same_however_long_they_are(
    lab: Agency, name: str, django_assert_max_num_queries: Any
) -> None:
    client = people.signed_in(people.officer("u", Role.ANALYST, Role.APPROVER, Role.SAMPLER))
    counts = []
    for n in range(2):
        _, sample = bench.delivered(own=f"A-{n}", lot=f"L-{n}", seal=f"Q-{n}")
        bench.measured(sample)
        _, waiting = bench.delivered(own=f"B-{n}", lot=f"M-{n}", seal=f"R-{n}")
        assert waiting.tests.exists()
        query = {"where": "laboratory"} if name == "samples" else {}
        client.get(reverse(f"officer:{name}"), query)
        with django_assert_max_num_queries(30) as context:
            client.get(reverse(f"officer:{name}"), query)
        counts.append(len(context))
    assert counts[0] == counts[1]


CSV = """sample,result,unit,channel
{control_1},{low},mg/kg,A
{control_2},{high},mg/kg,A
{sample},0.02,mg/kg,B
"""


def _file(sample: Sample, run: Run, text: str = CSV) -> str:
    (low, high) = bench.in_control(run).values()
    return text.format(
        control_1="lead 1", control_2="lead 2", low=low, high=high, sample=sample.reference
    )


def _sent(client: Client, run: Run, content: bytes) -> Any:
    file = SimpleUploadedFile("results.csv", content, content_type="text/csv")
    return client.post(reverse("officer:run-import", args=[run.reference]), {"file": file})


def test_a_file_is_previewed_then_entered_as_a_whole(lab: Agency) -> None:
    sample = received()
    run = on_bench(sample)
    client = people.signed_in(people.officer("a", Role.ANALYST, agency=LAB))
    text = _file(sample, run)
    shown = _sent(client, run, text.encode("gb18030")).content.decode()
    assert "3 rows are ready" in shown
    assert "channel" in shown
    assert TestResult.objects.count() == 0
    address = reverse("officer:run-import", args=[run.reference])
    client.post(address, {"text": text, "source": "results.csv", "enter": "1"})
    result = TestResult.objects.get()
    assert (result.raw, result.source) == ("0.02", "results.csv")
    run.refresh_from_db()
    assert run.state == "passed"


FAULTS = {
    "no such sample": ("sample,result\nSMP-2012-999999-9,0.1\n", "sample"),
    "twice": ("sample,result\n{sample},0.1\n{sample},0.2\n", "twice"),
    "no number": ("sample,result\n{sample},about 3\n", "Not a result"),
    "negative": ("sample,result\n{sample},-0.1\n", "Not a result"),
    "decimal comma": ('sample,result\n{sample},"0,1"\n', "Not a result"),
    "wrong unit": ("sample,result,unit\n{sample},0.1,mg/L\n", "unit"),
    "words for a control": ("sample,result\n{control_1},ND\n", "Not a result"),
    "words for a limit": ("sample,result,lod\n{sample},0.1,low\n", "A number not below zero"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_file_with_one_bad_row_enters_nothing(lab: Agency, fault: str) -> None:
    sample = received()
    run = on_bench(sample)
    client = people.signed_in(people.officer("a", Role.ANALYST, agency=LAB))
    text, says = FAULTS[fault]
    content = _file(sample, run, text + "{control_2},0.06\n")
    shown = _sent(client, run, content.encode()).content.decode()
    assert "1 row cannot be taken" in shown
    assert says in shown
    address = reverse("officer:run-import", args=[run.reference])
    client.post(address, {"text": content, "enter": "1"})
    assert TestResult.objects.count() == 0
    assert run.values.count() == 0


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x89PNG\r\n\x1a\n\x00\x00",
        b"a,b\n1,2\n",
        b"sample,result\n",
        b'sample,result\n"x,1\n',
    ],
)
def test_what_is_no_table_is_refused_with_a_sentence(lab: Agency, content: bytes) -> None:
    sample = received()
    run = on_bench(sample)
    client = people.signed_in(people.officer("a", Role.ANALYST, agency=LAB))
    assert _sent(client, run, content).status_code == 422
    assert TestOrder.objects.filter(state="entered").count() == 0


def test_results_stand_in_the_inbox_of_every_approver_but_who_entered_them(lab: Agency) -> None:
    _, sample = bench.delivered()
    approver = people.officer("approver", Role.APPROVER, agency=builders.BUREAU)
    tests = bench.measured(sample, by=approver.key)
    inbox = reverse("officer:inbox")
    assert people.signed_in(approver).get(inbox).context["lists"] == []
    other = people.signed_in(people.officer("second", Role.APPROVER, agency=builders.BUREAU))
    (waits,) = other.get(inbox).context["lists"]
    assert (waits[0].what, waits[0].count) == ("result", len(tests))
    assert waits[3][0][1] == reverse("officer:sample", args=[sample.reference])


def test_an_owner_is_told_a_verdict_only_once_it_is_approved(lab: Agency) -> None:
    line, sample = bench.delivered()
    tests = bench.measured(sample, {"lead": "0.9"})
    owner = people.signed_in(people.trader(builders.GROWER))
    address = reverse("enterprise:consignment", args=[line.declaration.reference])
    assert "0.9 mg/kg" not in owner.get(address).content.decode()
    laboratory.approve([t.pk for t in tests], how=bench.how(bench.APPROVER, minutes=200))
    told = owner.get(address).content.decode()
    assert "0.9 mg/kg" in told
    assert "≤ 0.3 mg/kg" in told
    assert bench.ANALYST not in told
    assert bench.APPROVER not in told
