"""The tree of agencies, the ports that each watches, and who works where; people are invented."""

from __future__ import annotations

from dataclasses import dataclass

from guomen.supervision.agencies.models import AgencyKind, Role


@dataclass(frozen=True, slots=True, kw_only=True)
class AgencyRow:
    """One agency of the scenario, its parent's code, and the ports that it watches."""

    code: str
    parent: str | None
    kind: AgencyKind
    name_zh: str
    name_en: str
    zone: str = "Asia/Shanghai"
    ports: tuple[str, ...] = ()


BUREAU = "ZH"

AGENCIES: tuple[AgencyRow, ...] = tuple(
    AgencyRow(
        code=code,
        parent=parent,
        kind=kind,
        name_zh=zh,
        name_en=en,
        zone=zone,
        ports=tuple(ports.split()),
    )
    for code, parent, kind, zh, en, zone, ports in (
        (
            "CIQ",
            None,
            AgencyKind.NATIONAL,
            "检验检疫总局",
            "National Administration of Inspection",
            "Asia/Shanghai",
            "",
        ),
        (
            "ZH",
            "CIQ",
            AgencyKind.REGIONAL,
            "珠海检验检疫局",
            "Zhuhai Inspection Bureau",
            "Asia/Shanghai",
            "",
        ),
        (
            "ZH-GB",
            "ZH",
            AgencyKind.BRANCH,
            "拱北办事处",
            "Gongbei Branch",
            "Asia/Shanghai",
            "CNGBP CNQSN",
        ),
        (
            "ZH-HQ",
            "ZH",
            AgencyKind.BRANCH,
            "横琴办事处",
            "Hengqin Branch",
            "Asia/Shanghai",
            "CNHGQ",
        ),
        (
            "ZH-JZ",
            "ZH",
            AgencyKind.BRANCH,
            "九洲办事处",
            "Jiuzhou Branch",
            "Asia/Shanghai",
            "CNJZU",
        ),
        ("ZH-WZ", "ZH", AgencyKind.BRANCH, "湾仔办事处", "Wanzai Branch", "Asia/Shanghai", "CNWAZ"),
        (
            "ZH-GL",
            "ZH",
            AgencyKind.BRANCH,
            "高栏港办事处",
            "Gaolan Branch",
            "Asia/Shanghai",
            "CNGON",
        ),
        ("ZH-DM", "ZH", AgencyKind.BRANCH, "斗门办事处", "Doumen Branch", "Asia/Shanghai", "CNDOU"),
        (
            "ZH-GB-F",
            "ZH-GB",
            AgencyKind.PORT_POST,
            "拱北鲜活商品查验点",
            "Gongbei Fresh Goods Post",
            "Asia/Shanghai",
            "",
        ),
        (
            "ZH-GL-C",
            "ZH-GL",
            AgencyKind.PORT_POST,
            "高栏冷链查验点",
            "Gaolan Cold Chain Post",
            "Asia/Shanghai",
            "",
        ),
        (
            "ZH-L1",
            "ZH",
            AgencyKind.LABORATORY,
            "食品检测实验室",
            "Food Laboratory",
            "Asia/Shanghai",
            "",
        ),
        (
            "ZH-L2",
            "ZH",
            AgencyKind.LABORATORY,
            "动植物检疫实验室",
            "Animal and Plant Laboratory",
            "Asia/Shanghai",
            "",
        ),
        (
            "ZH-L3",
            "ZH",
            AgencyKind.LABORATORY,
            "工业品检测实验室",
            "Industrial Goods Laboratory",
            "Asia/Shanghai",
            "",
        ),
        (
            "GOV-ZH",
            None,
            AgencyKind.GOVERNMENT,
            "市人民政府",
            "City Government",
            "Asia/Shanghai",
            "",
        ),
        ("DEP-CUS", None, AgencyKind.DEPARTMENT, "海关", "Customs", "Asia/Shanghai", ""),
        (
            "DEP-AIC",
            None,
            AgencyKind.DEPARTMENT,
            "工商部门",
            "Industry and Commerce",
            "Asia/Shanghai",
            "",
        ),
        ("DEP-AGR", None, AgencyKind.DEPARTMENT, "农业部门", "Agriculture", "Asia/Shanghai", ""),
        (
            "PEER-1",
            None,
            AgencyKind.PEER_BUREAU,
            "内陆兄弟局",
            "Inland Peer Bureau",
            "Asia/Shanghai",
            "",
        ),
        (
            "PEER-2",
            None,
            AgencyKind.PEER_BUREAU,
            "海岛兄弟局",
            "Island Peer Bureau",
            "Asia/Shanghai",
            "",
        ),
        (
            "XB-MO",
            None,
            AgencyKind.CROSS_BORDER,
            "澳门食品安全部门",
            "Macao Food Authority",
            "Asia/Macau",
            "",
        ),
        (
            "XB-HK",
            None,
            AgencyKind.CROSS_BORDER,
            "香港食物安全部门",
            "Hong Kong Food Authority",
            "Asia/Hong_Kong",
            "",
        ),
    )
)

# username, agency, roles. One person of each role at the bureau; small teams at the branches.
POSTS: tuple[tuple[str, str, tuple[Role, ...]], ...] = (
    ("director", "ZH", (Role.DIRECTOR, Role.APPROVER)),
    ("approver", "ZH", (Role.APPROVER,)),
    ("control", "ZH", (Role.CONTROL_OFFICER,)),
    ("risk", "ZH", (Role.RISK_ANALYST,)),
    ("access", "ZH", (Role.ACCESS_REVIEWER,)),
    ("assessor", "ZH", (Role.CLASS_ASSESSOR,)),
    ("credit", "ZH", (Role.CREDIT_OFFICER,)),
    ("case", "ZH", (Role.CASE_OFFICER,)),
    ("emergency", "ZH", (Role.EMERGENCY_COMMANDER,)),
    ("liaison", "ZH", (Role.LIAISON_OFFICER,)),
    ("quality", "ZH", (Role.QUALITY_ANALYST,)),
    ("campaign", "ZH", (Role.CAMPAIGN_LEADER,)),
    ("complaints", "ZH", (Role.COMPLAINT_OFFICER,)),
    ("custodian.one", "ZH", (Role.KEY_CUSTODIAN,)),
    ("custodian.two", "DEP-AIC", (Role.KEY_CUSTODIAN,)),
    ("auditor", "CIQ", (Role.AUDITOR,)),
    ("administrator", "ZH", (Role.ADMINISTRATOR,)),
    ("vet", "ZH", (Role.VETERINARIAN,)),
    ("certificates", "ZH", (Role.CERTIFICATE_OFFICER,)),
    ("analyst.food", "ZH-L1", (Role.ANALYST,)),
    ("analyst.biology", "ZH-L2", (Role.ANALYST,)),
    ("analyst.industry", "ZH-L3", (Role.ANALYST,)),
    ("port.gongbei", "ZH-GB-F", (Role.PORT_CHECKER, Role.LOADING_SUPERVISOR)),
    ("port.gaolan", "ZH-GL-C", (Role.PORT_CHECKER, Role.SAMPLER)),
    *(
        (f"{name}.{branch}", f"ZH-{code}", roles)
        for branch, code in (
            ("gongbei", "GB"),
            ("hengqin", "HQ"),
            ("jiuzhou", "JZ"),
            ("wanzai", "WZ"),
            ("gaolan", "GL"),
            ("doumen", "DM"),
        )
        for name, roles in (
            ("head", (Role.BRANCH_HEAD, Role.APPROVER)),
            ("examiner", (Role.DOCUMENT_EXAMINER,)),
            ("inspector", (Role.INSPECTOR,)),
            ("sampler", (Role.SAMPLER, Role.LOADING_SUPERVISOR, Role.PORT_CHECKER)),
        )
    ),
    # People of other departments, who send what they know of enterprises.
    ("partner.customs", "DEP-CUS", (Role.LIAISON_OFFICER,)),
    ("partner.agriculture", "DEP-AGR", (Role.LIAISON_OFFICER,)),
    # Who enters a result and who approves it are two people, at every laboratory.
    ("analyst.food.two", "ZH-L1", (Role.ANALYST,)),
    ("approver.food", "ZH-L1", (Role.APPROVER,)),
    ("approver.biology", "ZH-L2", (Role.APPROVER,)),
    ("approver.industry", "ZH-L3", (Role.APPROVER,)),
)
