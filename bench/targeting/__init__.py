"""
Whom to open, measured: public protocols, an own market, peers and an oracle, speed.

The public files are read from the folder that GUOMEN_REFERENCE names and never kept here; without
it those parts are skipped and say so. Everything was tuned on seeds from 1000 on; seeds from 1 on
are only tested. Differences are paired by seed. ``BENCH_SCALE`` thins seeds and sizes.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from bench.measure import scaled
from bench.targeting import border, eva, market, speed

SEEDS, MARKET_SEEDS = 50, 20


def reference() -> Path | None:
    """Return the folder of the public files, if there is one."""
    named = os.environ.get("GUOMEN_REFERENCE")
    near = Path(__file__).resolve().parents[3] / "shared" / "reference"
    for folder in (Path(named) if named else near, near):
        if (folder / "targeting" / "eva_public.csv").is_file():
            return folder / "targeting"
    return None


def against(ours: Any, theirs: Any) -> dict[str, Any]:
    """Return the paired difference as a share of theirs, with its error and interval."""
    apart = ours / theirs - 1.0
    error = float(apart.std(ddof=1) / apart.size**0.5) if apart.size > 1 else float("nan")
    mean = float(apart.mean())
    return {
        "error": round(error, 5),
        "low": round(mean - 1.96 * error, 4),
        "high": round(mean + 1.96 * error, 4),
        "seeds": int(apart.size),
    }


def _eva(report: Any, folder: Path) -> None:
    data = eva.read(folder / "eva_public.csv")
    seeds = range(1, 1 + scaled(SEEDS, least=2))
    truths = {
        "": {},
        ", country-only truth": {"port": None},
        ", smoother truth": {"bandwidth": 8.0},
    }
    for name, how in truths.items():
        found = eva.run(eva.world(data, **how), seeds)
        base = found["random"].mean()
        times = {k: round(float(v.mean() / base), 3) for k, v in found.items() if k != "random"}
        gain = found["guomen"] / found["eva-like"] - 1
        aim = {} if name else {"least": 0.025, "aim": 0.035}
        report(
            f"finds above the Eva-like peer{name}", float(gain.mean()), "share", **aim,
            **against(found["guomen"], found["eva-like"]),
            **{f"{k}_to_random": v for k, v in times.items()},
        )  # fmt: skip
        share = float((found["guomen"] / found["oracle"]).mean())
        report(f"share of the oracle{name}", share, "share", **({} if name else {"least": 0.9}))


def _border(report: Any, folder: Path) -> None:
    found = border.run(
        border.read(folder / "border_inspections.csv"), range(1, 1 + scaled(SEEDS, least=2))
    )
    means = {k: round(float(v.mean()), 4) for k, v in found.items()}
    report(
        "recall at a fifth, to CSP-3", means["guomen"] / means["csp-3"], "×", least=1.6, **means,
        **against(found["guomen"], found["thompson"]),
    )  # fmt: skip
    share = float((found["guomen"] / found["oracle"]).mean())
    report("recall at a fifth, share of the oracle", share, "share", least=0.92)


def _market(report: Any) -> None:
    found = market.run(range(1, 1 + scaled(MARKET_SEEDS, least=2)))
    means = {k: round(float(v.mean()), 1) for k, v in found.items()}
    for peer in ("lightgbm on rows", "eva-like", "thompson", "csp-3", "random"):
        gain = float((found["guomen"] / found[peer] - 1).mean())
        report(
            f"own market: failures opened above {peer}", gain, "share", least=0.0,
            **against(found["guomen"], found[peer]),
        )  # fmt: skip
    report("own market: share of the oracle", means["guomen"] / means["oracle"], "share", **means)


def run(report: Any) -> None:
    """Measure everything that can be measured here."""
    folder = reference()
    if folder is None:
        report("public protocols skipped: no reference folder", 0.0, "")
    else:
        _eva(report, folder)
        _border(report, folder)
    _market(report)
    speed.run(report)
