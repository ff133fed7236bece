"""The declared schema of facts and its door."""

from __future__ import annotations

import polars as pl
import pytest

from guomen.core.facts import (
    BY_NAME,
    FACTS,
    FRAME_SCHEMA,
    SUPPLIER_NAMES,
    FactsSchemaError,
    Source,
    Supplier,
    checked,
    empty_frame,
)


def test_every_fact_is_declared_once_with_a_label_and_what_null_means() -> None:
    assert len(BY_NAME) == len(FACTS) == len(FRAME_SCHEMA)
    for fact in FACTS:
        assert fact.label.zh
        assert fact.label.en
        assert fact.null_means.zh
        assert fact.supplier in SUPPLIER_NAMES
        assert fact.dtype not in (pl.Float32, pl.Float64), "a NaN would compare as a number"


def test_only_the_declarant_supplies_what_is_declared() -> None:
    declared = {fact.supplier for fact in FACTS if fact.source is Source.DECLARED}
    assert declared == {Supplier.DECLARANT}


def test_columns_in_another_order_are_put_in_order() -> None:
    reversed_frame = empty_frame().select(list(FRAME_SCHEMA)[::-1])
    assert checked(reversed_frame).columns == list(FRAME_SCHEMA)


def test_a_frame_in_order_is_passed_as_it_is() -> None:
    frame = empty_frame()
    assert checked(frame) is frame


def test_missing_unknown_and_wrong_columns_are_named() -> None:
    frame = (
        empty_frame()
        .drop("origin")
        .with_columns(pl.lit(1).alias("surprise"), pl.col("quantity").cast(pl.Float64))
    )
    with pytest.raises(FactsSchemaError) as caught:
        checked(frame)
    assert caught.value.data["missing"] == ["origin"]
    assert caught.value.data["unknown"] == ["surprise"]
    assert caught.value.data["wrong"] == ["quantity is Float64, not Decimal(precision=20, scale=3)"]
