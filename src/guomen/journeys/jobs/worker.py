"""The worker: takes up long work in the order in which it was asked for, and what others left."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.db import DatabaseError, connection

from guomen.core.errors import GuomenError
from guomen.core.text import Text
from guomen.journeys.jobs import regular
from guomen.journeys.jobs.kinds import KINDS
from guomen.journeys.jobs.work import InterruptedWorkError, StoppedError, Work, in_turn
from guomen.supervision.jobs import claims, operations, queries
from guomen.supervision.jobs.lifecycle import OPEN, JobMove, JobState
from guomen.supervision.jobs.models import Job

log = logging.getLogger(__name__)

# Work that so many workers died of is not begun again.
MOST_ATTEMPTS = 5
# Waiting work that one look considers: others may hold the first ones.
_LOOKED_AT = 20
_BROKE = Text(
    zh="处理时发生意外错误，已记入日志；已保存的内容不受影响。请把任务编号告知系统管理员",
    en="something unexpected happened and was logged; what was stored stays. Tell the "
    "administrator the number of this work",
)
_GIVEN_UP = Text(
    zh="处理多次中断，已停止重试；已保存的内容不受影响。请拆分文件后重新发送",
    en="the work was interrupted too often and is not begun again; what was stored stays. Split "
    "the file and send it again",
)


def _never() -> bool:
    return False


def take_one(now: Callable[[], datetime], *, ending: Callable[[], bool] = _never) -> bool:
    """Carry out the next piece of work; tell whether there was one."""
    for key in queries.open_numbers(_LOOKED_AT):
        with claims.claimed(key) as mine:
            job = Job.objects.filter(pk=key).first() if mine else None
            if job is not None and JobState(job.state) in OPEN:
                _carry_out(Work(job=job, now=now, ending=ending))
                return True
    return False


def work_on(
    now: Callable[[], datetime], *, ending: Callable[[], bool], pause: Callable[[float], object]
) -> None:
    """
    Take up work until told to end; ``pause`` waits some seconds, or less where it ends.

    Now and then it looks whether regular work is due.
    """
    looked = -_LOOK
    while not ending():
        try:
            if time.monotonic() - looked >= _LOOK:
                looked = time.monotonic()
                regular.ask(now())
            found = take_one(now, ending=ending)
        except DatabaseError:
            # The database is away or busy: what was under way is taken up again.
            log.warning("long work waits for the database", exc_info=True)
            connection.close()
            found = False
        if not found:
            pause(_IDLE)


_IDLE = 1.0
_LOOK = 60.0


def _carry_out(work: Work) -> None:
    job = work.job
    if job.cancel_asked or job.attempts >= MOST_ATTEMPTS:
        _end(work, JobMove.CANCEL if job.cancel_asked else JobMove.FAIL, says=_GIVEN_UP)
        return
    in_turn(lambda: operations.begin(job, at=work.now()))
    try:
        result = KINDS[job.kind].run(work)
    except InterruptedWorkError:
        # It stays under way, and this was no fault of its own.
        in_turn(lambda: operations.tell(job.pk, attempts=job.attempts - 1))
    except StoppedError:
        _end(work, JobMove.CANCEL)
    except DatabaseError:
        raise
    except GuomenError as error:
        says = getattr(error, "says", None)
        text = says if isinstance(says, Text) else Text(zh=str(error), en=str(error))
        _end(work, JobMove.FAIL, says=text, code=error.code)
    except Exception:
        # Whatever it was, the worker lives on and the asker is told.
        log.exception("long work %s broke", job.number)
        _end(work, JobMove.FAIL, says=_BROKE, code="jobs.broke")
    else:
        _end(work, JobMove.END, result=result)


def _end(
    work: Work,
    move: JobMove,
    *,
    result: Mapping[str, Any] | None = None,
    says: Text | None = None,
    code: str = "jobs.given-up",
) -> None:
    job = work.job
    problem = {"code": code, "zh": says.zh, "en": says.en} if says and move is JobMove.FAIL else {}

    def write() -> None:
        operations.tell(job.pk, done=job.done, total=job.total)
        operations.end(job, move, at=work.now(), result=result, problem=problem)

    in_turn(write)
