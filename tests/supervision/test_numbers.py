"""Numbers that a process takes ahead: never one twice, nor one that a failed transaction had."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from guomen.supervision.declarations.operations import Stock, reserve


@pytest.mark.django_db(transaction=True)
def test_stocks_and_writers_never_give_a_number_twice() -> None:
    stocks = Stock(), Stock()

    def taken(turn: int) -> list[int]:
        try:
            found = list(stocks[turn % 2].take("T-2012", 1 + turn % 5))
            stocks[turn % 2].fill_up()
            return found
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        given = [number for found in threads.map(taken, range(80)) for number in found]
    given += reserve("T-2012", 200)
    assert len(given) == len(set(given)) == 240 + 200


@pytest.mark.django_db(transaction=True)
def test_what_a_failed_transaction_took_is_not_kept_in_stock() -> None:
    stock = Stock()
    with transaction.atomic():
        assert list(stock.take("T-2012", 3)) == [1, 2, 3]
        transaction.set_rollback(True)
    with ThreadPoolExecutor(1) as other:
        other.submit(_reserve_elsewhere).result()
    assert not set(stock.take("T-2012", 60)) & set(range(1, 4))


def _reserve_elsewhere() -> None:
    try:
        assert list(reserve("T-2012", 3)) == [1, 2, 3]
    finally:
        connection.close()
