"""Invented enterprises, some of them on record twice, with the pairs that are the same."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

_CHARS = (
    "鸿达华兴金源恒丰嘉禾瑞康润泽永盛海联宏图远航新诚信义德昌隆"
    "泰安顺利通和美佳成业立明光辉东方正大中天"
)
_TRADES = (
    ("食品", "Foods"),
    ("贸易", "Trading"),
    ("电子", "Electronics"),
    ("水产", "Aquatic"),
    ("农业", "Agriculture"),
    ("塑料制品", "Plastics"),
    ("服装", "Garments"),
    ("玩具", "Toys"),
    ("机械", "Machinery"),
    ("冷链仓储", "Cold Storage"),
    ("进出口", "Import Export"),
    ("生物科技", "Biotechnology"),
)
_SOUNDS = [
    "hong",
    "da",
    "hua",
    "xing",
    "jin",
    "yuan",
    "heng",
    "feng",
    "jia",
    "he",
    "rui",
    "kang",
    "run",
    "ze",
    "yong",
    "sheng",
    "hai",
    "lian",
    "tu",
    "hang",
    "xin",
    "cheng",
    "yi",
    "de",
    "chang",
    "long",
    "tai",
    "an",
    "shun",
    "li",
    "tong",
    "mei",
    "ye",
    "ming",
    "guang",
    "hui",
    "dong",
    "fang",
    "zheng",
    "tian",
]
_STREETS = ("情侣中路", "吉大路", "九洲大道", "前山路", "南屏工业园", "唐家湾", "井岸镇", "高栏港")


@dataclass(frozen=True)
class Planted:
    records: pl.DataFrame
    same: set[tuple[int, int]]


def _one(dice: np.random.Generator, serial: int) -> dict[str, str]:
    size = int(dice.choice([2, 3, 4], p=[0.15, 0.45, 0.4]))
    picks = dice.integers(len(_CHARS), size=size)
    brand = "".join(_CHARS[i] for i in picks)
    zh, en = _TRADES[int(dice.integers(len(_TRADES)))]
    latin = "".join(_SOUNDS[int(i) % len(_SOUNDS)] for i in picks).title()
    street = _STREETS[int(dice.integers(len(_STREETS)))]
    return {
        "code": f"91440402{int(dice.integers(10**8)):08d}{serial % 10}X",
        "name_zh": f"珠海{'市' if dice.random() < 0.5 else ''}{brand}{zh}有限公司",
        "name_en": f"Zhuhai {latin} {en} Co., Ltd.",
        "phone": f"0756-{int(dice.integers(2_000_000, 9_000_000))}" if dice.random() < 0.8 else "",
        "address": f"{street}{int(dice.integers(1, 900))}号",
    }


def _typo(dice: np.random.Generator, text: str, letters: str) -> str:
    if len(text) < 3:
        return text
    at, kind = int(dice.integers(1, len(text) - 1)), dice.random()
    if kind < 0.4:
        return text[:at] + letters[int(dice.integers(len(letters)))] + text[at + 1 :]
    if kind < 0.7:
        return text[:at] + text[at + 1 :]
    return text[:at] + text[at + 1] + text[at] + text[at + 2 :]


def _again(dice: np.random.Generator, one: dict[str, str]) -> dict[str, str]:
    """Return the same enterprise as somebody else wrote it down."""
    again = dict(one)
    stem = one["name_zh"].removesuffix("有限公司")
    if dice.random() < 0.35:
        stem = stem[:2] + _typo(dice, stem[2:], _CHARS)
    stem = stem.replace("珠海市", "珠海") if dice.random() < 0.5 else stem
    again["name_zh"] = stem + str(dice.choice(["有限公司", "有限责任公司", "公司", "有限公司 "]))
    words = one["name_en"].replace("Co., Ltd.", "").split()
    if dice.random() < 0.3:
        words[1] = _typo(dice, words[1].lower(), "aeioungh").title()
    tail = str(dice.choice(["Co., Ltd.", "Company Limited", "CO LTD", ""]))
    again["name_en"] = " ".join([*words, tail]).strip() if dice.random() < 0.85 else ""
    again["phone"] = str(
        dice.choice([one["phone"].replace("-", ""), one["phone"], "", "0756-2123456"])
    )
    again["code"] = str(dice.choice(["", one["code"], _typo(dice, one["code"], "0123456789")]))
    if dice.random() < 0.4:
        again["address"] = "珠海市" + one["address"].replace("号", "号之一")
    return again


def planted(size: int, *, twice: float = 0.1, sisters: float = 0.05, seed: int = 7) -> Planted:
    """Return records, some twice; sisters are other enterprises of one group with like names."""
    dice = np.random.default_rng(seed)
    rows, same = [], set()
    while len(rows) < size:
        one = _one(dice, len(rows))
        rows.append(one)
        chance = dice.random()
        if chance < twice:
            same.add((len(rows) - 1, len(rows)))
            rows.append(_again(dice, one))
        elif chance < twice + sisters:
            other = _one(dice, len(rows))
            zh, en = _TRADES[int(dice.integers(len(_TRADES)))]
            stem = one["name_zh"][: 2 + (one["name_zh"][2] == "市") + 2]
            rows.append(
                other
                | {
                    "name_zh": f"{stem}{zh}有限公司",
                    "name_en": f"{' '.join(one['name_en'].split()[:2])} {en} Co., Ltd.",
                    "address": one["address"],
                    "phone": one["phone"] if dice.random() < 0.3 else other["phone"],
                }
            )
    # Duplicates do not lie side by side.
    order = dice.permutation(len(rows))
    place = {int(old): new for new, old in enumerate(order)}
    moved = {tuple(sorted((place[a], place[b]))) for a, b in same}
    frame = pl.DataFrame([rows[int(i)] for i in order])
    return Planted(frame, moved)  # type: ignore[arg-type]
