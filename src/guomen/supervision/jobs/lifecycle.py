"""States of long work and the moves between them, as data."""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType

from guomen.core.lifecycle import Lifecycle
from guomen.core.text import Text


class JobState(StrEnum):
    """Where long work stands."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


STATE_NAMES = MappingProxyType(
    {
        JobState.WAITING: Text(zh="等待处理", en="Waiting"),
        JobState.RUNNING: Text(zh="处理中", en="Under way"),
        JobState.DONE: Text(zh="已完成", en="Done"),
        JobState.FAILED: Text(zh="未能完成", en="Failed"),
        JobState.CANCELLED: Text(zh="已停止", en="Stopped"),
    }
)


class JobMove(StrEnum):
    """What happens to long work; one that was interrupted begins again where it stood."""

    BEGIN = "begin"
    END = "end"
    FAIL = "fail"
    CANCEL = "cancel"


MOVE_NAMES = MappingProxyType(
    {
        JobMove.BEGIN: Text(zh="开始", en="Begin"),
        JobMove.END: Text(zh="完成", en="End"),
        JobMove.FAIL: Text(zh="失败", en="Fail"),
        JobMove.CANCEL: Text(zh="停止", en="Stop"),
    }
)

JOB = Lifecycle(
    name=Text(zh="后台任务", en="Long work"),
    start=JobState.WAITING,
    moves=MappingProxyType(
        {
            (JobState.WAITING, JobMove.BEGIN): JobState.RUNNING,
            (JobState.WAITING, JobMove.CANCEL): JobState.CANCELLED,
            (JobState.RUNNING, JobMove.BEGIN): JobState.RUNNING,
            (JobState.RUNNING, JobMove.END): JobState.DONE,
            (JobState.RUNNING, JobMove.FAIL): JobState.FAILED,
            (JobState.RUNNING, JobMove.CANCEL): JobState.CANCELLED,
        }
    ),
    state_names=STATE_NAMES,
    move_names=MOVE_NAMES,
)

# Somebody still has to work on these.
OPEN = (JobState.RUNNING, JobState.WAITING)
