"""The heads of columns and the names of long work, in both languages of the house."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from guomen.core.text import Text

_IN_CHINESE: Final[Mapping[str, str]] = {
    "about": "项目",
    "agency": "机构",
    "agrees": "相符",
    "alarms": "报警",
    "begins": "开始",
    "capacity": "能力",
    "checked": "已查",
    "codes": "代码",
    "column": "列",
    "day": "日期",
    "demonstration": "演示",
    "effective": "有效批数",
    "ends": "结束",
    "example": "示例",
    "failed": "不合格",
    "finds": "预计查获",
    "by law": "法定最低",
    "floor ppm": "最低概率（百万分之）",
    "holds": "成立",
    "key": "密钥",
    "level": "层级",
    "lines": "批数",
    "min": "分钟",
    "name": "名称",
    "new signals": "新信号",
    "opened": "开箱",
    "outcome": "判定",
    "port": "口岸",
    "problem": "问题",
    "rate": "不合格率",
    "required": "必填",
    "rows": "行数",
    "rule": "规则",
    "says": "说明",
    "score": "评分",
    "series": "序列",
    "slots": "查验位",
    "step": "步骤",
    "way": "方式",
    "what": "内容",
    "would find": "预计查获",
    "After the year": "年度之后",
    "Backing up": "正在备份",
    "Deciding": "正在判定",
    "Deriving again": "正在重新推导",
    "Exporting": "正在导出",
    "Generating the year": "正在生成一年的数据",
    "Loading": "正在载入",
    "Ruling again": "正在重新判定",
    "Verifying": "正在核验",
    "Watching": "正在监测",
}

HEADS: Final[Mapping[str, Text]] = {en: Text(zh=zh, en=en) for en, zh in _IN_CHINESE.items()}
