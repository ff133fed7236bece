"""
The last word on lines, and what becomes of goods that failed.

``settle`` rules on lines by everything that is known.
"""

from guomen.journeys.disposal.settling import NotSettleableError, settle

__all__ = ["NotSettleableError", "settle"]
