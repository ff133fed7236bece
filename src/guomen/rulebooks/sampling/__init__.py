"""
Sampling tables that are law or custom, not arithmetic: each row with its source and certainty.

What follows by rule (code letters, master tables, detection sizes) is computed
in ``core.sampling`` and not repeated here. Not for the settings of this house:
see ``sampling_policies``.
"""

from guomen.rulebooks.sampling.cbis import CBIS, CbisRow
from guomen.rulebooks.sampling.editions import EDITIONS, Edition
from guomen.rulebooks.sampling.eu2073 import EU_2073, FoodCriterion
from guomen.rulebooks.sampling.icmsf import CASES, IcmsfCase, icmsf_case
from guomen.rulebooks.sampling.iso2859_2 import PROCEDURE_A

__all__ = [
    "CASES", "CBIS", "EDITIONS", "EU_2073", "PROCEDURE_A", "CbisRow", "Edition", "FoodCriterion",
    "IcmsfCase", "icmsf_case",
]  # fmt: skip
