"""
A fitted model as text and back: what a plan names by its hash, and scores with next year too.

The text is canonical JSON; fractions keep every digit. Results held out for the evaluation are not
part of the model and are not kept.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from typing import Any, ClassVar, Final

import numpy as np
import orjson
import polars as pl

from guomen.core.errors import GuomenError
from guomen.core.targeting import trees
from guomen.core.targeting.calibration import Calibration
from guomen.core.targeting.cells import COUNTS, Cells, Level, Scheme
from guomen.core.targeting.posterior import Posterior, Strength
from guomen.core.targeting.ranker import Ranker, Settings
from guomen.core.targeting.sensitivity import Sensitivity

FORMAT: Final = "guomen-model-1"


class ModelError(GuomenError):
    """A text is no model of this format."""

    code: ClassVar[str] = "targeting.model"


def text(model: Ranker) -> bytes:
    """Return the canonical text of a model."""
    posterior = model.posterior
    value = {
        "format": FORMAT,
        "scheme": asdict(posterior.scheme),
        "on": posterior.on.isoformat(),
        "root": list(posterior.root),
        "cells": {table.level.name: _columns(table.rows) for table in posterior.tables},
        "strengths": {name: [s.parent, s.past] for name, s in posterior.strengths.items()},
        "settings": asdict(model.settings),
        "coefficients": model.coefficients.tolist(),
        "booster": None if model.booster is None else model.booster.text(),
        "weights": list(model.weights),
        "calibration": asdict(model.calibration),
        "sensitivity": asdict(model.sensitivity),
        "losses": dict(model.losses),
        "results": model.results,
        "found": model.found,
        "planned": model.planned.tolist(),
    }
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def digest(kept: bytes) -> str:
    """Return the SHA-256 of the text of a model, hexadecimal."""
    return hashlib.sha256(kept).hexdigest()


def read(kept: bytes) -> Ranker:
    """
    Return a model from its text.

    :raises ModelError: if this is no model of this format
    :raises guomen.core.targeting.trees.TreesError: if its trees cannot be scored
    """
    try:
        value = orjson.loads(kept)
        if value["format"] != FORMAT:
            raise ModelError(f"this model has the format {value['format']!r}, not {FORMAT!r}")
        return Ranker(
            posterior=_posterior(value),
            settings=Settings(**value["settings"]),
            coefficients=np.array(value["coefficients"]),
            booster=None if value["booster"] is None else trees.read(value["booster"]),
            weights=tuple(value["weights"]),
            calibration=Calibration(
                scores=tuple(value["calibration"]["scores"]),
                chances=tuple(value["calibration"]["chances"]),
            ),
            sensitivity=Sensitivity(**value["sensitivity"]),
            losses=value["losses"],
            results=value["results"],
            found=value["found"],
            planned=np.array(value["planned"], dtype=np.float64),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ModelError(f"this is not a targeting model: {error!r}") from error


def _columns(rows: pl.DataFrame) -> dict[str, list[Any]]:
    return {name: rows[name].to_list() for name in rows.columns}


def _posterior(value: Mapping[str, Any]) -> Posterior:
    given = value["scheme"]
    levels = tuple(
        Level(name=v["name"], by=tuple(v["by"]), under=tuple(v["under"])) for v in given["levels"]
    )
    scheme = Scheme(**{**given, "levels": levels, "numbers": tuple(given["numbers"])})
    return Posterior(
        scheme=scheme,
        on=date.fromisoformat(value["on"]),
        root=(value["root"][0], value["root"][1]),
        tables=tuple(_cells(level, value["cells"][level.name]) for level in levels),
        strengths={name: Strength(*pair) for name, pair in value["strengths"].items()},
    )


def _cells(level: Level, columns: Mapping[str, list[Any]]) -> Cells:
    schema: dict[str, Any] = dict.fromkeys(level.by, pl.String)
    return Cells(level, pl.DataFrame(columns, schema=schema | dict.fromkeys(COUNTS, pl.Float64)))
