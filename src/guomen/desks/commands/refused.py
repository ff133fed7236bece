"""What a command was refused, in Chinese: one table from error codes to what to do."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from guomen.core.errors import GuomenError
from guomen.core.text import Text
from guomen.desks.commands import output

IN_CHINESE: Mapping[str, str] = MappingProxyType(
    {
        "backup.bad-backup": "备份文件不完整或不是本系统的备份；请换一份完好的备份",
        "backup.place-not-empty": "恢复的目标数据库不是空的；请指定一个空数据库",
        "clearance.busy": "同类货物的结果不断到达，本次未保存任何内容；请重新发送",
        "clearance.intake-refused": "报检内容有误，未受理；请按列出的问题更正后重报",
        "clearance.line-closed": "该批已进入下一环节，不能再改；请查看其历史",
        "clearance.line-moved": "该批刚被他人修改；请重新查看后再操作",
        "clearance.no-such-line": "没有这一批；请核对编号",
        "clearance.not-awaiting-result": "该批现在不等待结果；请核对编号和状态",
        "clearance.result-of-chain": "需开箱查验的货物由查验单登记结果，不能由文件登记",
        "commands.bad-result": "结果文件中有一行无法登记，未登记任何内容；"
        "performed 填 yes 或 no，finding 填 conform、nonconform 或 unknown",
        "commands.no-sources": "性能测试在源代码目录中；请到该目录运行",
        "commands.no-such-scenario": "没有这个场景；`guomen scenario list` 列出全部",
        "commands.which-agency": "请用 --agency 指明机构代码",
        "custody.commitment_too_late": "承诺须提前公布；请改用更晚的起始日",
        "custody.custodians_not_separate": "两名保管人的目录必须分开；请改正设置",
        "custody.day_not_over": "当日尚未结束，密钥不能公开；请次日再试",
        "custody.demonstration_key_refused": "演示密钥只能用于演示模式",
        "custody.key_already_revealed": "该日密钥已公开，不能再用于抽签",
        "custody.no_key_today": "今日没有抽签密钥；请用 `guomen draw commit` 准备",
        "files.bad-file": "文件无法整体读取，可能不完整、有密码或列名不对；"
        "请重新导出，列名见 `guomen decide --columns`",
        "files.unknown-kind": "不认识的文件类型；请存为 .csv、.jsonl、.parquet 或 .xlsx",
        "ledger.anchor_out_of_order": "该日或其后一日已有锚点；请指定更晚的日期",
        "ledger.bad_anchor_file": "锚点文件无法读取；请指定 `guomen anchor --out` 导出的文件",
        "ledger.bad_proof": "证明文件无法读取；请重新下载",
        "ledger.entry_erased": "该记录已依令删除",
        "ledger.kept_longer": "该记录的保存期限未到，不能删除",
        "ledger.no_signing_key": "没有签名密钥；请检查 GUOMEN_VAR 下的密钥目录",
        "ledger.no_such_entry": "账本中没有这条记录；请核对编号",
        "reading.no-ruling": "没有这一批的决定；请核对编号",
    }
)


def said(error: GuomenError) -> str:
    """Return what was refused, in the reader's language; the exact words follow in brackets."""
    says = getattr(error, "says", None)
    if isinstance(says, Text):
        return output.said(says)
    sentence = str(error)
    chinese = IN_CHINESE.get(error.code)
    return output.said(Text(zh=f"{chinese}（{sentence}）" if chinese else sentence, en=sentence))
