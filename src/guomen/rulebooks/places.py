"""
Ports by UN/LOCODE, and names of countries and regions in both languages.

Country names come from the Unicode CLDR through Babel; only what is no country of ISO 3166-1 is
struck out here. Not for which agency watches a port: that is a register.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from babel import Locale

from guomen.core.text import Text
from guomen.rulebooks.dated import Certainty

PORTS_SOURCE = "UN/LOCODE, UNECE"
PORTS_CERTAINTY: Certainty = "sourced"

# CLDR regions of two letters that ISO 3166-1 does not assign, only reserves, or leaves to users.
_NOT_ISO_3166 = frozenset({"AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN"}) | {
    "XA",
    "XB",
    "XK",
    "ZZ",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Port:
    """A place where goods cross."""

    unlocode: str
    name: Text
    transport: str


def _port(unlocode: str, zh: str, en: str, transport: str) -> Port:
    return Port(unlocode=unlocode, name=Text(zh=zh, en=en), transport=transport)


ZHUHAI_PORTS: tuple[Port, ...] = (
    _port("CNGBP", "拱北口岸", "Gongbei", "road"),
    _port("CNHGQ", "横琴口岸", "Hengqin", "road"),
    _port("CNJZU", "九洲港", "Jiuzhou", "sea"),
    _port("CNWAZ", "湾仔港", "Wanzai", "sea"),
    _port("CNGON", "高栏港", "Gaolan", "sea"),
    _port("CNDOU", "斗门港", "Doumen", "sea"),
    _port("CNQSN", "前山港", "Qianshan", "sea"),
)
OTHER_PORTS: tuple[Port, ...] = (
    _port("CNZSN", "中山", "Zhongshan", "sea"),
    _port("CNCAN", "广州", "Guangzhou", "air"),
    _port("CNSZX", "深圳", "Shenzhen", "road"),
    _port("CNSHA", "上海", "Shanghai", "sea"),
    _port("HKHKG", "香港", "Hong Kong", "sea"),
    _port("MOMFM", "澳门", "Macao", "road"),
)


@cache
def countries() -> dict[str, Text]:
    """
    Return the names of the countries and regions of ISO 3166-1 by their two letters.

    >>> countries()["NZ"].zh, countries()["NZ"].en
    ('新西兰', 'New Zealand')
    """
    chinese, english = (Locale.parse(tag).territories for tag in ("zh_Hans", "en"))
    return {
        code: Text(zh=chinese[code], en=english[code])
        for code in sorted(chinese)
        if len(code) == 2 and code.isalpha() and code not in _NOT_ISO_3166
    }
