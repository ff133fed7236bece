"""What each command is for, in Chinese, for whoever chose it by ``GUOMEN_LANG``."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from guomen.desks.commands import output

#: By the words of the command.
IN_CHINESE: Mapping[str, str] = MappingProxyType(
    {
        "": "国门：每一批货物，一个有理由、可复核的决定。\n\n"
        "退出码：0 正常，1 发现问题或有未受理的内容，2 用法错误。",
        "judge": "按限量判定检测结果：合格、不合格、不能判定或未知。",
        "decide": "判定一个报检文件；有问题的行写入 FILE.rejects.csv，重复发送不会重复判定。",
        "explain": "说明一批货物为何如此判定：五道关口、理由、抽签、缺什么。",
        "outcomes": "从文件登记查验结果；全部登记，或一项也不登记。",
        "redecide": "按登记簿现状对暂停的各批重新判定。",
        "replay": "重新推导每一个已存的决定，逐字节比较。",
        "anchor": "对已结束的一天签署账本状态，并导出全部锚点。",
        "verify": "核对已记录的内容，指出每一处问题。",
        "verify ledger": "通读账本，指出每一处改动、删除、插入和换序。",
        "verify proof": "核对一条记录的证明，不需要数据库。",
        "draw": "公平抽签的密钥与验证。",
        "draw commit": "生成并公布今后各日密钥的承诺，至少提前七天。",
        "draw reveal": "公布所有已结束之日的密钥。",
        "draw verify": "用已公布的内容验证一批的抽签，或验证全部承诺和密钥。",
        "certificates": "签署证书的密钥。",
        "certificates new-key": "启用新的证书签署密钥；旧密钥停用但仍公布。",
        "certificates keys": "列出所有签署过证书的密钥。",
        "migrate": "建立数据库或升级到本版本；重复执行无影响。",
        "backup": "把数据库、锚点和公钥写入一个文件；抽签密钥的份额从不写入。",
        "restore": "把备份恢复到空数据库，核对账本并重新推导每个决定。",
        "doctor": "检查设置、数据库、账本、今后各日的密钥、磁盘和时钟。",
        "scenario": "用于演示的虚构登记簿。",
        "scenario list": "列出可以装入的场景。",
        "scenario load": "把一个场景的登记簿写入空数据库，仅限演示模式。",
        "demo": "装入场景，判定一年的报检，打印汇总并提供网页。",
        "serve": "提供网页和接口，直到中断。",
        "work": "处理后台任务，直到中断。",
        "docs": "写出自动生成的文档：规则、状态、命令。",
        "bench": "测量速度和规模，并与同类软件比较；需要源代码。",
        "sample": "抽样方案。",
        "sample plan": "查出标准中的抽样方案。",
        "sample detect": "按检出概率计算样本量。",
        "sample recommend": "推荐抽样方案并说明理由。",
        "sample units": "抽出应取的单位。",
        "watch": "早期预警：监测序列。",
        "watch export": "导出监测所用的历史数据。",
        "watch week": "评估一周的全部序列，提出信号。",
        "clock": "货物预计办结的时间。",
        "clock check": "核对预计时间与实际的符合程度。",
        "clock refresh": "按近期历史更新预计时间。",
        "plan": "当日布控计划。",
        "plan build": "编制一天的计划草案。",
        "plan propose": "提交计划，由第二人放行。",
        "plan release": "作为第二人放行计划。",
        "plan roll-back": "恢复到先前的计划。",
        "plan drop": "放弃一个计划草案。",
        "plan show": "显示一个计划。",
        "plan evaluate": "评估计划的效果。",
        "plan capacity": "登记口岸的查验能力。",
    }
)
_PANELS = MappingProxyType({"Decide": "判定", "Prove": "验证", "Keep": "维护", "Show": "展示"})


def translate(command: Any, path: str = "") -> None:
    """Word a command and those below it for a Chinese reader; English ones read it as written."""
    if not output.language().startswith("zh"):
        return
    if path in IN_CHINESE:
        command.help = command.short_help = IN_CHINESE[path]
    panel = getattr(command, "rich_help_panel", None)
    if isinstance(panel, str):
        command.rich_help_panel = _PANELS.get(panel, panel)
    for name, below in getattr(command, "commands", {}).items():
        translate(below, f"{path} {name}".strip())
