"""What a command was refused, in Chinese: one table from error codes to what to do."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from guomen.core.errors import GuomenError
from guomen.core.text import Text
from guomen.desks.commands import output

IN_CHINESE: Mapping[str, str] = MappingProxyType(
    {
        "analysis.engine-missing": "所指定的分析引擎未安装；请按括号中的说明安装，或换用其他引擎",
        "backup.bad-backup": "备份文件不完整或不是本系统的备份；请换一份完好的备份",
        "backup.place-not-empty": "恢复的目标数据库不是空的；请指定一个空数据库",
        "calendar.missing": "规则册中没有该年的节假日，或没有这种日历；"
        "请先补充日历，再办理该年的业务",
        "certificates.demonstration-key": "演示用的签证密钥只能用于演示模式",
        "certificates.no-key": "没有签发证书的密钥；请检查 GUOMEN_VAR 下的密钥目录",
        "clearance.busy": "同类货物的结果不断到达，本次未保存任何内容；请重新发送",
        "clearance.intake-refused": "报检内容有误，未受理；请按列出的问题更正后重报",
        "clearance.line-closed": "该批已进入下一环节，不能再改；请查看其历史",
        "clearance.line-moved": "该批刚被他人修改；请重新查看后再操作",
        "clearance.no-such-line": "没有这一批；请核对编号",
        "clearance.not-amendable": "这一项不能这样更改；请按括号中的说明办理",
        "clearance.not-awaiting-result": "该批现在不等待结果；请核对编号和状态",
        "clearance.request-reused": "该请求编号已用于另一份报检单；请换一个新编号",
        "clearance.result-of-chain": "需开箱查验的货物由查验单登记结果，不能由文件登记",
        "commands.bad-result": "结果文件中有一行无法登记，未登记任何内容；"
        "performed 填 yes 或 no，finding 填 conform、nonconform 或 unknown",
        "commands.no-sources": "性能测试在源代码目录中；请到该目录运行",
        "commands.no-such-scenario": "没有这个场景；`guomen scenario list` 列出全部",
        "commands.which-agency": "请用 --agency 指明机构代码",
        "controls.malformed": "布控指令填写有误，未采用；请按括号中的说明更正",
        "custody.bad_office": "机构代码不能用来命名密钥；请核对机构代码",
        "custody.commitment_too_late": "承诺须提前公布；请改用更晚的起始日",
        "custody.custodians_not_separate": "两名保管人的目录必须分开；请改正设置",
        "custody.day_not_over": "当日尚未结束，密钥不能公开；请次日再试",
        "custody.demonstration_key_refused": "演示密钥只能用于演示模式",
        "custody.key_already_revealed": "该日密钥已公开，不能再用于抽签",
        "custody.no_key_today": "今日没有抽签密钥；请用 `guomen draw commit` 准备",
        "custody.not_the_day": "密钥只能在其当日（按机构所在时区）使用；请核对日期",
        "dated.nothing-in-force": "规则册中没有在该日有效的内容；请核对日期",
        "declarations.state-moved": "办理期间有新的结果或登记变动，本次未保存；请重新办理",
        "draw.bad_key": "密钥或密钥分片长度不对（应为 32 字节）；请核对密钥文件",
        "files.bad-file": "文件无法整体读取，可能不完整、有密码或列名不对；"
        "请重新导出，列名见 `guomen decide --columns`",
        "files.unknown-kind": "不认识的文件类型；请存为 .csv、.jsonl、.parquet 或 .xlsx",
        "inspections.no-such-order": "没有这张查验单，或无权查看；请核对编号",
        "judging.results-unreadable": "检测结果文件无法读取；请存为 CSV 后再试",
        "ledger.anchor_out_of_order": "该日或其后一日已有锚点；请指定更晚的日期",
        "ledger.bad_anchor_file": "锚点文件无法读取；请指定 `guomen anchor --out` 导出的文件",
        "ledger.bad_proof": "证明文件无法读取；请重新下载",
        "ledger.cannot_erase": "指定的记录不存在、已删除，或本身是删除记录，不能删除；请核对编号",
        "ledger.entry_erased": "该记录已依令删除",
        "ledger.kept_longer": "该记录的保存期限未到，不能删除",
        "ledger.no_signing_key": "没有签名密钥；请检查 GUOMEN_VAR 下的密钥目录",
        "ledger.no_such_entry": "账本中没有这条记录；请核对编号",
        "lifecycle.move-refused": "按目前状态不能这样办理；请查看该记录的状态和历史",
        "planning.criterion-missing": "微生物抽样方案须指明限量标准；请补充后再试",
        "reading.no-ruling": "没有这一批的决定；请核对编号",
        "sampling.discontinued": "该供货方的验收检验已停止；整改之前不再判定批次",
        "sampling.edition-missing": "本系统没有该版本的抽样表；请换用已有的版本",
        "sampling.infeasible": "没有抽样方案能达到所要求的水平；请按括号中的说明调整",
        "sampling.invalid-question": "参数超出允许范围；请按括号中的说明更正",
        "sampling.unknown-aql": "该 AQL 不在标准的系列值之内；请选用系列值，不作内插",
        "sampling.unverified-table": "该抽样表未与标准原文核对，不予使用",
        "scenario.outside_demo_mode": "场景含有演示账号，只能在演示模式装入；请设置 GUOMEN_DEMO=1",
        "scenario.registers_not_empty": "登记库中已有内容，不能装入场景；请指定一个新的数据库",
        "site.bad-setting": "有一个环境变量的值无法识别；请按括号中的说明更正",
        "site.no-postgresql": "本机没有 PostgreSQL，或未能启动；"
        "请运行 make setup，或自行安装 postgresql",
        "stages.facts": "后续环节的事实不完整或类型不符，无法推导；请按括号中的说明检查",
        "stages.no-ruling": "该账本记录不是可读的后续环节决定；请核对编号",
        "surveillance.history_too_short": "历史太短，无法判断；请提供更长的历史",
        "targeting.no-such-bureau": "没有这个机构代码；请核对",
        "targeting.no-such-plan": "没有这份计划；请核对编号",
        "targeting.nothing-to-plan": "近几周没有一个口岸既有货物又登记了查验能力，无法编制计划；"
        "请先登记查验能力",
        "targeting.plan-altered": "保存的计划或模型与其摘要不符，可能被改动；"
        "请核验账本，必要时恢复备份",
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
