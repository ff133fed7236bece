"""
Who may bring goods in or out, and what goods may come in: the rules of admission for imports.

What the registers do not know holds a line until someone supplies it. Not for exports (``supply``).
"""

from __future__ import annotations

from dataclasses import replace

from guomen.core.rules import MILLION, NOTHING, Consequence, Rule
from guomen.core.severity import Outcome
from guomen.core.text import Text
from guomen.rulebooks.clauses import (
    ADDITIVE_NORMS,
    COSMETICS_RULES,
    CREDIT_NORMS,
    DAIRY_RULES,
    DECLARATION_RULES,
    FOOD_RULES_2012,
    FOOD_RULES_2022,
    FOOD_SAFETY_LAW_2009,
    FRUIT_RULES,
    HOLD,
    INSPECTION_REGULATIONS,
    JAPAN_NOTICE,
    MEAT_RULES,
    OVERSEAS_PLANTS_2002,
    OVERSEAS_PLANTS_2012,
    OVERSEAS_PLANTS_2022,
    PERMIT_RULES,
    QUARANTINE_LAW,
    REFUSE,
    requirement,
)
from guomen.rulebooks.commodities import Group
from guomen.rulebooks.scopes import (
    ADDITIVES,
    HONG_KONG_AND_MACAO,
    IMPORT,
    IMPORTED_ANIMAL_AND_PLANT,
    IMPORTED_COSMETICS,
    IMPORTED_DAIRY,
    IMPORTED_FOOD,
    IMPORTED_FROM_PLANTS,
    IMPORTED_FRUIT,
    IMPORTED_MEAT,
    IMPORTED_PREPACKED,
    IMPORTED_WITH_ACCESS,
    IMPORTED_WITH_PERMIT,
    TRANSIT,
    both,
    group_is,
    one_of,
)

_WHOLE_LOT_FORCED = Consequence(outcome=Outcome.INSPECT_AND_SAMPLE, rate_ppm=MILLION)

PARTIES: tuple[Rule, ...] = (
    requirement(
        14,
        "ADM-ENTERPRISE",
        Text(
            zh="收发货企业应当已在检验检疫机构备案，且备案有效。",
            en="The enterprise is on the register and its filing is in force.",
        ),
        under=DECLARATION_RULES.cite("报检单位备案 / filing of declaring units"),
        requires="enterprise_active",
    ),
    requirement(
        15,
        "ADM-DECLARATION-RIGHT",
        Text(
            zh="企业的报检资格不得处于暂停状态。",
            en="The enterprise's right to declare is not suspended.",
        ),
        under=INSPECTION_REGULATIONS.cite("法律责任 / liability"),
        requires="NOT declaration_right_suspended",
        otherwise=REFUSE,
    ),
    requirement(
        16,
        "ADM-AGENT",
        Text(
            zh="代理报检的企业应当已注册登记。",
            en="An agent who declares for others is registered.",
        ),
        under=INSPECTION_REGULATIONS.cite("第12条 / art. 12"),
        applies="agent <> 'SELF'",
        requires="agent_registered",
    ),
    requirement(
        17,
        "ADM-BLACKLIST",
        Text(
            zh="列入黑名单企业的货物逐批查验并抽样。",
            en="Goods of an enterprise on the blacklist are inspected and sampled, every lot.",
        ),
        under=CREDIT_NORMS.cite("黑名单管理 / blacklist", "default"),
        requires="NOT blacklisted",
        otherwise=_WHOLE_LOT_FORCED,
    ),
)

_CONSIGNEE = Text(
    zh="进口食品的收货人应当已向检验检疫机构备案。",
    en="The consignee of imported food is filed.",
)
_OVERSEAS_PARTY = Text(
    zh="向我国出口食品的境外出口商或者代理商应当已备案。",
    en="The overseas exporter or agent of imported food is filed.",
)
_OVERSEAS_PLANT = Text(
    zh="进口肉类、乳品和水产品的境外生产企业应当已注册。",
    en="The overseas plant of imported meat, dairy or aquatic products is registered.",
)

FILINGS: tuple[Rule, ...] = (
    requirement(
        18,
        "IMP-CONSIGNEE-144",
        _CONSIGNEE,
        under=FOOD_RULES_2012.cite("收货人备案 / filing of consignees"),
        applies=IMPORTED_FOOD,
        requires="consignee_filed",
    ),
    requirement(
        19,
        "IMP-CONSIGNEE-136",
        Text(
            zh="进口肉类产品的收货人应当已备案。",
            en="The consignee of imported meat is filed.",
        ),
        # From 1 March 2012 the general filing of food consignees takes its place.
        under=replace(
            MEAT_RULES.cite("收货人备案 / filing of consignees", "sourced"),
            ends=FOOD_RULES_2012.begins,
        ),
        applies=IMPORTED_MEAT,
        requires="consignee_filed",
    ),
    requirement(
        20,
        "IMP-CONSIGNEE-249",
        _CONSIGNEE,
        under=FOOD_RULES_2022.cite("进口商备案 / filing of importers"),
        applies=IMPORTED_FOOD,
        requires="consignee_filed",
    ),
    requirement(
        21,
        "IMP-OVERSEAS-PARTY-2009",
        _OVERSEAS_PARTY,
        under=replace(FOOD_SAFETY_LAW_2009.cite("第65条 / art. 65"), ends=FOOD_RULES_2012.begins),
        applies=IMPORTED_FOOD,
        requires="overseas_party_filed",
    ),
    requirement(
        22,
        "IMP-OVERSEAS-PARTY-144",
        _OVERSEAS_PARTY,
        under=FOOD_RULES_2012.cite("境外出口商、代理商备案 / filing of overseas exporters"),
        applies=IMPORTED_FOOD,
        requires="overseas_party_filed",
    ),
    requirement(
        23,
        "IMP-OVERSEAS-PARTY-249",
        _OVERSEAS_PARTY,
        under=FOOD_RULES_2022.cite("境外出口商、代理商备案 / filing of overseas exporters"),
        applies=IMPORTED_FOOD,
        requires="overseas_party_filed",
    ),
    requirement(
        24,
        "IMP-OVERSEAS-PLANT-16",
        _OVERSEAS_PLANT,
        under=OVERSEAS_PLANTS_2002.cite("注册 / registration"),
        applies=IMPORTED_FROM_PLANTS,
        requires="overseas_plant_registered",
        otherwise=REFUSE,
    ),
    requirement(
        25,
        "IMP-OVERSEAS-PLANT-145",
        _OVERSEAS_PLANT,
        under=OVERSEAS_PLANTS_2012.cite("注册 / registration"),
        applies=IMPORTED_FROM_PLANTS,
        requires="overseas_plant_registered",
        otherwise=REFUSE,
    ),
    requirement(
        26,
        "IMP-OVERSEAS-PLANT-248",
        _OVERSEAS_PLANT,
        under=OVERSEAS_PLANTS_2022.cite("注册 / registration"),
        applies=IMPORTED_FROM_PLANTS,
        requires="overseas_plant_registered",
        otherwise=REFUSE,
    ),
)

QUARANTINE: tuple[Rule, ...] = (
    requirement(
        27,
        "IMP-PERMIT-HELD",
        Text(
            zh="输入活动物、肉类、水果和种苗，应当事先取得进境动植物检疫许可证。",
            en="A quarantine permit is held before animals, meat, fruit or seedlings come in.",
        ),
        under=QUARANTINE_LAW.cite("第10条 / art. 10"),
        applies=IMPORTED_WITH_PERMIT,
        requires="permit_held",
        otherwise=REFUSE,
    ),
    requirement(
        28,
        "IMP-PERMIT-COVERS",
        Text(
            zh="检疫许可证应当覆盖所申报的商品和产地。",
            en="The quarantine permit covers these goods from this origin.",
        ),
        under=PERMIT_RULES.cite("许可证的使用 / use of permits"),
        applies=IMPORTED_WITH_PERMIT,
        requires="permit_covers",
    ),
    requirement(
        29,
        "IMP-ORIGIN-BANNED",
        Text(
            zh="货物不得来自禁止该商品进境的国家或地区。",
            en="The goods do not come from an origin whose goods of this kind are banned.",
        ),
        under=QUARANTINE_LAW.cite("第5、6条 / arts 5 and 6"),
        applies=IMPORT,
        requires="origin_access <> 'banned'",
        otherwise=REFUSE,
        # Goods without an access list have no row; those with one are asked for it below.
        unknown=NOTHING,
    ),
    requirement(
        30,
        "IMP-ORIGIN-SUSPENDED",
        Text(
            zh="货物不得来自暂停该商品进境的国家或地区。",
            en="The goods do not come from an origin whose goods of this kind are suspended.",
        ),
        under=QUARANTINE_LAW.cite("第6条 / art. 6"),
        applies=IMPORT,
        requires="origin_access <> 'suspended'",
        unknown=NOTHING,
    ),
    requirement(
        31,
        "IMP-ORIGIN-ADMITTED",
        Text(
            zh="输入动物、肉类、水产品、水果和种苗，产地应当已获准入。",
            en="Animals, meat, aquatic products, fruit and seedlings come from an admitted origin.",
        ),
        under=QUARANTINE_LAW.cite("检疫准入 / market access"),
        applies=IMPORTED_WITH_ACCESS,
        requires="origin_access = 'admitted'",
    ),
    requirement(
        32,
        "IMP-OFFICIAL-CERTIFICATE",
        Text(
            zh="输入动植物及其产品，应当随附输出国家或地区官方检疫证书。",
            en="Animals, plants and their products come with an official certificate of the"
            " origin.",
        ),
        under=QUARANTINE_LAW.cite("第12条 / art. 12"),
        applies=IMPORTED_ANIMAL_AND_PLANT,
        requires="doc_official_certificate",
    ),
    requirement(
        33,
        "IMP-DAIRY-CERTIFICATE",
        Text(
            zh="进口乳品应当随附输出国家或地区官方卫生证书。",
            en="Imported dairy products come with an official sanitary certificate of the origin.",
        ),
        under=DAIRY_RULES.cite("卫生证书 / sanitary certificate"),
        applies=IMPORTED_DAIRY,
        requires="doc_official_certificate",
    ),
    requirement(
        34,
        "IMP-JAPAN-ORIGIN",
        Text(
            zh="从日本进口的食品和农产品应当随附官方证明和原产地证书。",
            en="Food and farm products from Japan come with an official and an origin certificate.",
        ),
        under=JAPAN_NOTICE.cite("证书要求 / certificates", "sourced"),
        applies=both(
            IMPORT,
            "origin = 'JP'",
            group_is(
                [
                    Group.VEGETABLES,
                    Group.FRUIT,
                    Group.AQUATIC,
                    Group.MEAT,
                    Group.DAIRY,
                    Group.WINE,
                    Group.FOOD,
                ]
            ),
        ),
        requires=both("doc_official_certificate", "doc_origin_certificate"),
    ),
)

PRODUCTS: tuple[Rule, ...] = (
    requirement(
        35,
        "IMP-LABEL",
        Text(
            zh="进口预包装食品应当提供中文标签样张。",
            en="A sample of the Chinese label is presented with imported prepacked food.",
        ),
        under=FOOD_SAFETY_LAW_2009.cite("第66条 / art. 66"),
        applies=IMPORTED_PREPACKED,
        requires="doc_label_sample",
        otherwise=Consequence(outcome=Outcome.HOLD, obligations=("check_label",)),
    ),
    requirement(
        36,
        "ADD-STATEMENT",
        Text(
            zh="进出口食品添加剂应当随附用途声明。",
            en="Food additives come and go with a statement of their use.",
        ),
        under=ADDITIVE_NORMS.cite("报检 / declaration"),
        applies=ADDITIVES,
        requires="doc_additive_declaration",
    ),
    requirement(
        37,
        "IMP-COSMETICS-CONSIGNEE",
        Text(
            zh="进口化妆品的收货人应当已备案。",
            en="The consignee of imported cosmetics is filed.",
        ),
        under=COSMETICS_RULES.cite("收货人备案 / filing of consignees"),
        applies=IMPORTED_COSMETICS,
        requires="consignee_filed",
    ),
    requirement(
        38,
        "IMP-MEAT-PORT",
        Text(
            zh="进口肉类应当从指定口岸进境。",
            en="Imported meat comes in through a designated port.",
        ),
        under=MEAT_RULES.cite("指定口岸 / designated ports", "sourced"),
        applies=IMPORTED_MEAT,
        requires="port_designated",
        otherwise=REFUSE,
    ),
    requirement(
        39,
        "IMP-FRUIT-PORT",
        Text(
            zh="进境水果应当从指定口岸进境。",
            en="Imported fruit comes in through a designated port.",
        ),
        under=FRUIT_RULES.cite("指定口岸 / designated ports"),
        applies=IMPORTED_FRUIT,
        requires="port_designated",
        otherwise=REFUSE,
    ),
    requirement(
        40,
        "IMP-MEAT-COLD-STORE",
        Text(
            zh="进口肉类应当存放于已备案的冷库。",
            en="Imported meat is stored in a filed cold store.",
        ),
        under=MEAT_RULES.cite("存储冷库 / cold stores", "sourced"),
        applies=IMPORTED_MEAT,
        requires="cold_store_filed",
        otherwise=Consequence(outcome=Outcome.HOLD, obligations=("check_cold_chain",)),
    ),
    requirement(
        41,
        "IMP-MEAT-PRE-INSPECTION",
        Text(
            zh="经香港、澳门中转的进口肉类应当经当地预检并随附预检证书。",
            en="Meat by way of Hong Kong or Macao is pre-inspected there and comes with the "
            "certificate.",
        ),
        under=MEAT_RULES.cite("中转预检 / pre-inspection"),
        applies=both(IMPORTED_MEAT, one_of("transit_via", HONG_KONG_AND_MACAO)),
        requires="doc_pre_inspection",
        otherwise=Consequence(outcome=Outcome.REFUSE, obligations=("check_pre_inspection_seal",)),
        unknown=HOLD,
    ),
    requirement(
        42,
        "TRN-ANIMALS",
        Text(
            zh="动物过境应当事先取得同意并持有检疫许可证。",
            en="Animals pass through only with consent given beforehand and a quarantine permit.",
        ),
        under=QUARANTINE_LAW.cite("第23条 / art. 23"),
        applies=both(TRANSIT, group_is([Group.LIVE_ANIMALS])),
        requires="permit_held",
        otherwise=REFUSE,
    ),
)

RULES: tuple[Rule, ...] = (*PARTIES, *FILINGS, *QUARANTINE, *PRODUCTS)
