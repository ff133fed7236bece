"""
The one vocabulary of commodities and analytes that limits and results share.

A commodity is a path of groups, the widest first. A group that a standard names
across the tree, such as predatory fish, is a tuple of paths. Not the HS code tree:
declarations are mapped to these paths by their product.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from guomen.core.text import Text

_COMMODITIES = {
    "food": ("食品", "food"),
    "food/dairy": ("乳及乳制品", "milk and dairy products"),
    "food/dairy/milk": ("乳", "milk"),
    "food/dairy/milk/raw": ("生乳", "raw milk"),
    "food/dairy/milk/liquid": ("液态奶", "liquid milk"),
    "food/dairy/milk_powder": ("乳粉", "milk powder"),
    "food/dairy/infant_formula": ("婴儿配方食品", "infant formula food"),
    "food/dairy/infant_formula/powder": ("婴幼儿配方乳粉", "infant formula powder"),
    "food/dairy/other_formula": ("其他配方乳粉", "other formula powder"),
    "food/with_milk": ("含乳15%以上的其他食品", "other food with 15 % milk or more"),
    "food/cereal": ("谷物", "cereals"),
    "food/cereal/rice": ("大米", "rice"),
    "food/cereal/maize": ("玉米", "maize"),
    "food/legume": ("豆类", "legumes"),
    "food/tuber": ("薯类", "tubers"),
    "food/nut/peanut": ("花生", "peanut"),
    "food/vegetable": ("新鲜蔬菜", "fresh vegetables"),
    "food/vegetable/leafy": ("叶菜类", "leafy vegetables"),
    "food/vegetable/leafy/brassica": ("芸薹类", "brassica vegetables"),
    "food/vegetable/leafy/spinach": ("菠菜", "spinach"),
    "food/vegetable/leafy/pak_choi": ("普通白菜", "pak choi"),
    "food/vegetable/stem": ("茎类蔬菜", "stem vegetables"),
    "food/vegetable/stem/celery": ("芹菜", "celery"),
    "food/vegetable/root": ("根茎类蔬菜", "root vegetables"),
    "food/vegetable/root/radish": ("萝卜", "radish"),
    "food/vegetable/legume": ("豆类蔬菜", "legume vegetables"),
    "food/vegetable/fruiting/tomato": ("番茄", "tomato"),
    "food/vegetable/fruiting/cucumber": ("黄瓜", "cucumber"),
    "food/dried_vegetable": ("脱水蔬菜", "dried vegetables"),
    "food/fruit": ("新鲜水果", "fresh fruit"),
    "food/fruit/berry": ("浆果和其他小粒水果", "berries"),
    "food/candied_fruit": ("蜜饯凉果", "candied fruit"),
    "food/jam": ("果酱", "jam"),
    "food/tea": ("茶叶", "tea"),
    "food/soy_sauce": ("酱油", "soy sauce"),
    "food/carbonated_drink": ("碳酸饮料", "carbonated drinks"),
    "food/flavouring": ("食品用香料香精", "flavourings"),
    "food/additive": ("食品添加剂", "food additives"),
    "food/meat": ("畜禽肉", "meat"),
    "food/meat/pork": ("猪肉", "pork"),
    "food/aquatic": ("水产动物", "aquatic animals"),
    "food/aquatic/fish": ("鱼类", "fish"),
    "food/aquatic/fish/sea": ("海水鱼", "sea fish"),
    "food/aquatic/fish/sea/mackerel": ("鲐鱼", "mackerel"),
    "food/aquatic/fish/sea/sardine": ("沙丁鱼", "sardine"),
    "food/aquatic/fish/sea/tuna": ("金枪鱼", "tuna"),
    "food/aquatic/fish/sea/shark": ("鲨鱼", "shark"),
    "food/aquatic/fish/sea/swordfish": ("旗鱼", "swordfish"),
    "food/aquatic/fish/freshwater": ("淡水鱼", "fresh-water fish"),
    "food/aquatic/fish/product/enzyme_ripened": ("酶促成熟鱼制品", "enzyme-ripened fish"),
    "food/aquatic/fish/product/sauce": ("鱼露", "fish sauce"),
    "food/aquatic/crustacean": ("甲壳类", "crustaceans"),
    "food/aquatic/crustacean/sea_shrimp": ("海虾", "sea shrimp"),
    "food/aquatic/crustacean/sea_crab": ("海蟹", "sea crab"),
    "food/aquatic/crustacean/freshwater_shrimp": ("淡水虾", "fresh-water shrimp"),
    "food/aquatic/bivalve": ("双壳类（去除内脏）", "bivalves, viscera removed"),
    # Apart from food, because the phthalate letter excepts distilled spirits.
    "spirits": ("蒸馏酒", "distilled spirits"),
    "spirits/baijiu": ("白酒", "baijiu"),
}
_ANALYTES = {
    "melamine": ("三聚氰胺", "melamine"),
    "dehp": ("邻苯二甲酸二（2-乙基）己酯", "DEHP"),
    "dinp": ("邻苯二甲酸二异壬酯", "DINP"),
    "dbp": ("邻苯二甲酸二正丁酯", "DBP"),
    "phthalates": ("邻苯二甲酸酯总量", "sum of phthalates"),
    "i_131": ("碘-131", "I-131"),
    "cs_137": ("铯-137", "Cs-137"),
    "cs_134_137": ("铯-134 与铯-137 之和", "Cs-134 + Cs-137"),
    "sr_90": ("锶-90", "Sr-90"),
    "pu_239": ("钚-239", "Pu-239"),
    "clenbuterol": ("克伦特罗", "clenbuterol"),
    "ractopamine": ("莱克多巴胺", "ractopamine"),
    "salbutamol": ("沙丁胺醇", "salbutamol"),
    "chloramphenicol": ("氯霉素", "chloramphenicol"),
    "malachite_green": ("孔雀石绿（含隐色）", "malachite green with its leuco form"),
    "nitrofuran_metabolites": ("硝基呋喃类代谢物", "nitrofuran metabolites"),
    "tvb_n": ("挥发性盐基氮", "TVB-N"),
    "histamine": ("组胺", "histamine"),
    "lead": ("铅", "lead"),
    "cadmium": ("镉", "cadmium"),
    "methyl_mercury": ("甲基汞", "methyl mercury"),
    "aflatoxin_b1": ("黄曲霉毒素 B1", "aflatoxin B1"),
    "aflatoxin_m1": ("黄曲霉毒素 M1", "aflatoxin M1"),
    "methamidophos": ("甲胺磷", "methamidophos"),
    "acephate": ("乙酰甲胺磷", "acephate"),
    "diethofencarb": ("乙霉威", "diethofencarb"),
    "carbofuran": ("克百威", "carbofuran"),
    "omethoate": ("氧乐果", "omethoate"),
    "phorate": ("甲拌磷", "phorate"),
    "chlorpyrifos": ("毒死蜱", "chlorpyrifos"),
    "fipronil": ("氟虫腈", "fipronil"),
    "cypermethrin": ("氯氰菊酯（含高效）", "cypermethrin with its isomers"),
    "benzoic_acid": ("苯甲酸", "benzoic acid"),
    "sulphur_dioxide": ("二氧化硫残留量", "residual sulphur dioxide"),
}
_MARKETS = {
    "CN": ("中国", "China"),
    "EU": ("欧盟", "European Union"),
    "CODEX": ("国际食品法典", "Codex Alimentarius"),
}


def _texts(rows: Mapping[str, tuple[str, str]]) -> Mapping[str, Text]:
    return MappingProxyType({key: Text(zh=zh, en=en) for key, (zh, en) in rows.items()})


COMMODITIES = _texts(_COMMODITIES)
ANALYTES = _texts(_ANALYTES)
MARKETS = _texts(_MARKETS)

HIGH_HISTAMINE_FISH = tuple(
    f"food/aquatic/fish/sea/{name}" for name in ("mackerel", "sardine", "tuna")
)
PREDATORY_FISH = tuple(f"food/aquatic/fish/sea/{name}" for name in ("shark", "swordfish", "tuna"))
EDIBLE_TISSUE = ("food/meat", "food/aquatic")
