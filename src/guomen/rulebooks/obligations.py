"""What a ruling may oblige people to do besides its outcome, by code. Not for who does it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from guomen.core.dispose import DISPOSAL_NAMES
from guomen.core.text import Text

OBLIGATION_NAMES: Mapping[str, Text] = MappingProxyType(
    {
        "supervise_loading": Text(zh="监督装运", en="Supervise the loading"),
        "seal": Text(zh="施加封识", en="Seal the vehicle or container"),
        "check_seal_at_exit": Text(zh="离境口岸核查封识", en="Check the seal at the port of exit"),
        "clinical_inspection": Text(
            zh="离境口岸临床检查", en="Inspect the animals clinically at the port of exit"
        ),
        "check_cold_chain": Text(zh="核查冷链温度记录", en="Check the temperature record"),
        "check_pre_inspection_seal": Text(
            zh="核对预检封识和证书", en="Check the seal and certificate of the pre-inspection"
        ),
        "check_label": Text(zh="查验中文标签", en="Check the Chinese label"),
        "all_items": Text(zh="全项目检验", en="Test every item of the standard"),
        "carry_owed_check": Text(zh="补做欠查", en="Carry out an owed check"),
        "count_units": Text(zh="现场核定批量", en="Count the units of the lot on the spot"),
        "refer_case": Text(zh="移送稽查", en="Refer to the case officer"),
        "full_unloading": Text(zh="掏箱彻查", en="Unload and check everything"),
        "correct_declaration": Text(zh="更正申报", en="Put the declaration right"),
        "quarantine_treatment": Text(zh="检疫除害处理", en="Quarantine treatment"),
        "isolate": Text(zh="隔离存放", en="Keep apart"),
        "rectify_label": Text(zh="标签整改", en="Put the label right"),
        "test_additives": Text(zh="检测添加剂", en="Test the additives"),
        "isolation_quarantine": Text(
            zh="指定场所隔离检疫", en="Quarantine in isolation at the designated place"
        ),
        "report_finding": Text(
            zh="查验结果反馈发令机构", en="Report the finding to whoever gave the order"
        ),
        **{
            f"dispose:{kind}": Text(
                zh=f"可以{name.zh}", en=f"May be disposed of: {name.en.lower()}"
            )
            for kind, name in DISPOSAL_NAMES.items()
        },
    }
)
