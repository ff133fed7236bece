"""
What goods may go out: export plants, and the fresh supply of Hong Kong and Macao.

Every lot of the fresh supply is loaded under supervision and sealed, whatever the draw says.
Not for how often goods are opened (``frequency``).
"""

from __future__ import annotations

from guomen.core.rules import Consequence, Rule
from guomen.core.ruling import Gate
from guomen.core.text import Text
from guomen.rulebooks.clauses import (
    ADDITIVE_CAMPAIGN,
    AQUATIC_RULES,
    DECLARATION_RULES,
    FOOD_PLANTS_2002,
    FOOD_PLANTS_2011,
    FOOD_PLANTS_2018,
    LIVESTOCK_RULES,
    REFUSE,
    SUPPLY_CAMPAIGN,
    TOY_RULES,
    VEGETABLE_RULES_2002,
    VEGETABLE_RULES_2009,
    follows,
    requirement,
)
from guomen.rulebooks.scopes import (
    EXPORTED_INDUSTRIAL,
    EXPORTED_LIVE_FISH,
    EXPORTED_PROCESSED,
    EXPORTED_TOYS,
    SUPPLIED_LIVESTOCK,
    SUPPLIED_PLANTS,
    SUPPLIED_SHELLFISH,
    SUPPLIED_VEGETABLES,
)

_FILED_PLANT = Text(
    zh="出口食品应当由已备案的出口食品生产企业生产。",
    en="Exported food is made by a plant whose filing is in force.",
)
_FILED_BASE = Text(
    zh="供港澳蔬菜应当来自已备案的种植基地。",
    en="Vegetables for Hong Kong and Macao come from a filed growing base.",
)
_LOADING = ("supervise_loading", "seal", "check_seal_at_exit")

EXPORTS: tuple[Rule, ...] = (
    requirement(
        43,
        "EXP-FOOD-PLANT-20",
        Text(
            zh="出口食品应当由已获卫生注册或登记的企业生产。",
            en="Exported food is made by a plant with a sanitary registration or record.",
        ),
        under=FOOD_PLANTS_2002.cite("卫生注册登记 / sanitary registration", "sourced"),
        applies=EXPORTED_PROCESSED,
        requires="plant_filed",
    ),
    requirement(
        44,
        "EXP-FOOD-PLANT-142",
        _FILED_PLANT,
        under=FOOD_PLANTS_2011.cite("备案 / filing", "sourced"),
        applies=EXPORTED_PROCESSED,
        requires="plant_filed",
    ),
    requirement(
        45,
        "EXP-FOOD-PLANT-192",
        _FILED_PLANT,
        under=FOOD_PLANTS_2018.cite("备案 / filing", "sourced"),
        applies=EXPORTED_PROCESSED,
        requires="plant_filed",
    ),
    requirement(
        46,
        "EXP-ADDITIVES-FILED",
        Text(
            zh="出口食品生产企业应当已报备食品原辅料和添加剂使用情况。",
            en="The export food plant has filed its use of materials and additives.",
        ),
        under=ADDITIVE_CAMPAIGN.cite("使用情况报备 / filing of use"),
        applies=EXPORTED_PROCESSED,
        requires="additive_filed",
    ),
    requirement(
        47,
        "EXP-TOY-LICENCE",
        Text(
            zh="出口玩具的生产企业应当持有有效的出口质量许可。",
            en="The maker of exported toys holds an export quality licence in force.",
        ),
        under=TOY_RULES.cite("质量许可 / quality licence"),
        applies=EXPORTED_TOYS,
        requires="quality_licence_held",
    ),
    requirement(
        48,
        "EXP-FACTORY-INSPECTION",
        Text(
            zh="法定检验的出口工业产品报检时应当随附厂检合格单。",
            en="Industrial exports under legal inspection come with the enterprise's own "
            "inspection record.",
        ),
        under=DECLARATION_RULES.cite("出境报检 / declaration of exports"),
        applies=EXPORTED_INDUSTRIAL,
        requires="doc_factory_inspection",
    ),
)

FRESH_SUPPLY: tuple[Rule, ...] = (
    requirement(
        49,
        "HKM-BASE-21",
        _FILED_BASE,
        under=VEGETABLE_RULES_2002.cite("种植基地 / growing bases"),
        applies=SUPPLIED_VEGETABLES,
        requires="base_filed",
        otherwise=REFUSE,
    ),
    requirement(
        50,
        "HKM-BASE-120",
        _FILED_BASE,
        under=VEGETABLE_RULES_2009.cite("种植基地备案 / filing of bases", "sourced"),
        applies=SUPPLIED_VEGETABLES,
        requires="base_filed",
        otherwise=REFUSE,
    ),
    requirement(
        51,
        "HKM-CROP-PLAN",
        Text(
            zh="供港澳蔬菜的品种应当列入基地备案的种植计划。",
            en="The filed crop plan of the base names these vegetables.",
        ),
        under=VEGETABLE_RULES_2009.cite("种植计划 / crop plan", "sourced"),
        applies=SUPPLIED_VEGETABLES,
        requires="base_plan_covers",
    ),
    requirement(
        52,
        "HKM-SUPPLY-PROOF",
        Text(
            zh="供港澳蔬菜应当随附基地负责人签发的供货证明。",
            en="Vegetables for Hong Kong and Macao come with a proof of supply signed by the base.",
        ),
        under=VEGETABLE_RULES_2009.cite("供货证明 / proof of supply", "sourced"),
        applies=SUPPLIED_VEGETABLES,
        requires="doc_supply_proof",
    ),
    requirement(
        53,
        "HKM-LIVESTOCK-FARM",
        Text(
            zh="供港澳活动物应当来自已注册的饲养场。",
            en="Live animals for Hong Kong and Macao come from a registered farm.",
        ),
        under=LIVESTOCK_RULES.cite("饲养场注册 / registration of farms", "sourced"),
        applies=SUPPLIED_LIVESTOCK,
        requires="farm_registered",
        otherwise=REFUSE,
    ),
    requirement(
        54,
        "HKM-ANIMAL-HEALTH",
        Text(
            zh="供港澳活动物应当随附动物卫生证书。",
            en="Live animals for Hong Kong and Macao come with an animal health certificate.",
        ),
        under=LIVESTOCK_RULES.cite("动物卫生证书 / animal health certificate"),
        applies=SUPPLIED_LIVESTOCK,
        requires="doc_animal_health",
    ),
    requirement(
        55,
        "EXP-FISH-FARM",
        Text(
            zh="出境活鱼应当来自已注册登记的养殖场或中转场。",
            en="Live fish for export come from a registered farm or holding site.",
        ),
        under=AQUATIC_RULES.cite("注册登记 / registration", "sourced"),
        applies=EXPORTED_LIVE_FISH,
        requires="farm_registered",
        otherwise=REFUSE,
    ),
    requirement(
        105,
        "HKM-BASE-PLANTS",
        Text(
            zh="供港澳水果、种苗和花卉应当来自已备案的种植基地。",
            en="Fruit, seedlings and flowers for Hong Kong and Macao come from a filed base.",
        ),
        under=SUPPLY_CAMPAIGN.cite("准入关 / gate of access", "default"),
        applies=SUPPLIED_PLANTS,
        requires="base_filed",
        otherwise=REFUSE,
    ),
    requirement(
        106,
        "HKM-SHELLFISH-FARM",
        Text(
            zh="供港澳鲜活虾、蟹、贝应当来自已注册登记的养殖场或中转场。",
            en="Live shrimps, crabs and oysters for Hong Kong and Macao come from a registered "
            "farm or holding site.",
        ),
        under=AQUATIC_RULES.cite("注册登记 / registration", "sourced"),
        applies=SUPPLIED_SHELLFISH,
        requires="farm_registered",
        otherwise=REFUSE,
    ),
    follows(
        56,
        "HKM-LOADING-VEGETABLES",
        Text(
            zh="供港澳蔬菜批批监装，施加封识，离境时核查封识。",
            en="Every lot of vegetables for Hong Kong and Macao is loaded under supervision and "
            "sealed; the seal is checked at the exit.",
        ),
        under=VEGETABLE_RULES_2009.cite("监装和封识 / loading and seals", "sourced"),
        gate=Gate.FREQUENCY,
        where=SUPPLIED_VEGETABLES,
        then=Consequence(obligations=_LOADING),
        unknown=Consequence(obligations=_LOADING),
    ),
    follows(
        57,
        "HKM-LOADING-LIVESTOCK",
        Text(
            zh="供港澳活动物批批监装，离境口岸实施临床检查。",
            en="Every lot of live animals for Hong Kong and Macao is loaded under supervision and "
            "seen by a veterinarian at the exit.",
        ),
        under=LIVESTOCK_RULES.cite("监装和离境查验 / loading and exit"),
        gate=Gate.FREQUENCY,
        where=SUPPLIED_LIVESTOCK,
        then=Consequence(obligations=("supervise_loading", "clinical_inspection")),
        unknown=Consequence(obligations=("supervise_loading", "clinical_inspection")),
    ),
)

RULES: tuple[Rule, ...] = (*EXPORTS, *FRESH_SUPPLY)
