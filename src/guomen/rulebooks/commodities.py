"""
A working selection of the HS/CIQ code tree, with what inspection looks for in each group.

Ten-digit codes of the Chinese tariff around its 2012 edition, inspection category letters, legal
unit (UN/ECE Recommendation 20), default product risk, hazards by HS prefix. The codes are recalled
and shortened to what one bureau trades: a demonstration list, not the tariff. Not for duties.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import MappingProxyType

from guomen.core.text import Text
from guomen.rulebooks.dated import Certainty

#: First day from which the whole list is used.
BEGINS = date(2007, 1, 1)
CODES_SOURCE = "进出口税则与检验检疫类别 / Tariff and CIQ categories, 2012 edition, recalled"
CODES_CERTAINTY: Certainty = "knowledge"
RISK_SOURCE = "设计默认值 / design default (levels: rules of product risk, 2009)"
RISK_CERTAINTY: Certainty = "default"


class Group(StrEnum):
    """Groups of goods by which rules, ports and statistics speak."""

    VEGETABLES = "vegetables"
    FRUIT = "fruit"
    SEEDLINGS = "seedlings"
    FLOWERS = "flowers"
    LIVE_ANIMALS = "live_animals"
    AQUATIC = "aquatic"
    MEAT = "meat"
    DAIRY = "dairy"
    WINE = "wine"
    FOOD = "food"
    ADDITIVES = "additives"
    COSMETICS = "cosmetics"
    MACHINERY = "machinery"
    TEXTILES = "textiles"
    ELECTRONICS = "electronics"
    APPLIANCES = "appliances"
    TOYS = "toys"
    OTHER = "other"


GROUP_NAMES = MappingProxyType(
    {
        Group.VEGETABLES: Text(zh="蔬菜", en="Vegetables"),
        Group.FRUIT: Text(zh="水果", en="Fruit"),
        Group.SEEDLINGS: Text(zh="种苗", en="Seedlings"),
        Group.FLOWERS: Text(zh="花卉", en="Flowers"),
        Group.LIVE_ANIMALS: Text(zh="活动物", en="Live animals"),
        Group.AQUATIC: Text(zh="水产品", en="Aquatic products"),
        Group.MEAT: Text(zh="肉类", en="Meat"),
        Group.DAIRY: Text(zh="乳品", en="Dairy"),
        Group.WINE: Text(zh="酒类", en="Wine and spirits"),
        Group.FOOD: Text(zh="其他食品", en="Other food"),
        Group.ADDITIVES: Text(zh="食品添加剂", en="Food additives"),
        Group.COSMETICS: Text(zh="化妆品", en="Cosmetics"),
        Group.MACHINERY: Text(zh="机械设备", en="Machinery"),
        Group.TEXTILES: Text(zh="纺织品", en="Textiles"),
        Group.ELECTRONICS: Text(zh="电子通讯产品", en="Electronics and communication"),
        Group.APPLIANCES: Text(zh="家用电器", en="Household appliances"),
        Group.TOYS: Text(zh="玩具", en="Toys"),
        Group.OTHER: Text(zh="其他", en="Other goods"),
    }
)

UNIT_NAMES = MappingProxyType(
    {
        "KGM": Text(zh="千克", en="kilogram"),
        "HEA": Text(zh="头", en="head"),
        "C62": Text(zh="件", en="piece"),
        "LTR": Text(zh="升", en="litre"),
        "SET": Text(zh="台", en="set"),
        "MTR": Text(zh="米", en="metre"),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Commodity:
    """One ten-digit code."""

    hs_code: str
    name: Text
    group: Group
    inspection: str
    unit: str
    risk: str
    in_legal_catalogue: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Hazard:
    """One thing that can be wrong with goods, and the HS prefixes that may carry it."""

    code: str
    kind: str
    name: Text
    hs_prefixes: tuple[str, ...]


# Letters: M/N import/export inspection, P/Q quarantine in/out, R/S food hygiene in/out, L product
# certification. A group's letters, unit and risk hold for its codes unless the row says otherwise.
_GROUP_DEFAULTS: dict[Group, tuple[str, str, str]] = {
    Group.VEGETABLES: ("PRQS", "KGM", "high"),
    Group.FRUIT: ("PRQS", "KGM", "high"),
    Group.SEEDLINGS: ("PQ", "C62", "higher"),
    Group.FLOWERS: ("PQ", "C62", "general"),
    Group.LIVE_ANIMALS: ("PRQS", "HEA", "high"),
    Group.AQUATIC: ("PRQS", "KGM", "high"),
    Group.MEAT: ("PRQS", "KGM", "high"),
    Group.DAIRY: ("PRQS", "KGM", "high"),
    Group.WINE: ("RS", "LTR", "higher"),
    Group.FOOD: ("RS", "KGM", "higher"),
    Group.ADDITIVES: ("RS", "KGM", "high"),
    Group.COSMETICS: ("MN", "KGM", "higher"),
    Group.MACHINERY: ("M", "SET", "higher"),
    Group.TEXTILES: ("N", "C62", "higher"),
    Group.ELECTRONICS: ("LMN", "SET", "higher"),
    Group.APPLIANCES: ("LMN", "SET", "higher"),
    Group.TOYS: ("LMN", "C62", "high"),
    Group.OTHER: ("", "KGM", "general"),
}

_ROWS: dict[Group, tuple[tuple[str, str, str], ...]] = {
    Group.VEGETABLES: (
        ("0701900000", "鲜或冷藏的马铃薯", "Potatoes, fresh"),
        ("0702000000", "鲜或冷藏的番茄", "Tomatoes, fresh"),
        ("0703101000", "鲜或冷藏的洋葱", "Onions, fresh"),
        ("0703201000", "鲜或冷藏的蒜头", "Garlic bulbs, fresh"),
        ("0703902000", "鲜或冷藏的大葱", "Spring onions, fresh"),
        ("0704100000", "鲜或冷藏的菜花及硬花甘蓝", "Cauliflower and broccoli, fresh"),
        ("0704901000", "鲜或冷藏的卷心菜", "Cabbages, fresh"),
        ("0704909001", "鲜或冷藏的菜心", "Choy sum, fresh"),
        ("0704909002", "鲜或冷藏的芥蓝", "Chinese kale, fresh"),
        ("0704909003", "鲜或冷藏的小白菜", "Pak choi, fresh"),
        ("0705190000", "鲜或冷藏的莴苣（生菜）", "Lettuce, fresh"),
        ("0706100000", "鲜或冷藏的胡萝卜", "Carrots, fresh"),
        ("0706900000", "鲜或冷藏的萝卜", "Radishes, fresh"),
        ("0707000000", "鲜或冷藏的黄瓜", "Cucumbers, fresh"),
        ("0708200000", "鲜或冷藏的豇豆及菜豆", "Beans, fresh"),
        ("0709300000", "鲜或冷藏的茄子", "Aubergines, fresh"),
        ("0709400000", "鲜或冷藏的芹菜", "Celery, fresh"),
        ("0709510000", "鲜或冷藏的伞菌属蘑菇", "Mushrooms, fresh"),
        ("0709600000", "鲜或冷藏的辣椒", "Peppers, fresh"),
        ("0709700000", "鲜或冷藏的菠菜", "Spinach, fresh"),
        ("0709930000", "鲜或冷藏的南瓜及瓠瓜", "Pumpkins and gourds, fresh"),
        ("0709999010", "鲜或冷藏的通菜", "Water spinach, fresh"),
    ),
    Group.FRUIT: (
        ("0803900000", "鲜或干的香蕉", "Bananas"),
        ("0804502001", "鲜芒果", "Mangoes, fresh"),
        ("0805100000", "鲜或干的橙", "Oranges"),
        ("0806100000", "鲜葡萄", "Grapes, fresh"),
        ("0807110000", "鲜西瓜", "Watermelons, fresh"),
        ("0808100000", "鲜苹果", "Apples, fresh"),
        ("0810600000", "鲜榴莲", "Durians, fresh"),
        ("0810903000", "鲜龙眼", "Longans, fresh"),
    ),
    Group.SEEDLINGS: (
        ("0602209000", "食用果树苗", "Fruit tree seedlings"),
        ("0602909100", "种用苗木", "Nursery stock"),
    ),
    Group.FLOWERS: (
        ("0602909500", "盆栽年桔", "Potted kumquats"),
        ("0603130000", "鲜兰花", "Orchids, cut"),
        ("0603140000", "鲜菊花", "Chrysanthemums, cut"),
        ("0603150000", "鲜百合花", "Lilies, cut"),
    ),
    Group.LIVE_ANIMALS: (
        ("0102290000", "活家牛", "Live cattle"),
        ("0103920090", "重量在50千克及以上的活猪", "Live pigs, 50 kg or more"),
        ("0104209000", "活山羊", "Live goats"),
        ("0105949000", "活鸡", "Live fowls"),
        ("0105991000", "活鸭", "Live ducks"),
    ),
    Group.AQUATIC: (
        ("0301920090", "活鳗鱼", "Live eels"),
        ("0301939000", "活鲤科鱼", "Live carp"),
        ("0301999390", "其他活鱼", "Other live fish"),
        ("0302140000", "鲜或冷藏的大西洋鲑鱼", "Atlantic salmon, chilled"),
        ("0303890090", "其他冻鱼", "Other frozen fish"),
        ("0304890000", "冻鱼片", "Frozen fish fillets"),
        ("0306179000", "冻虾", "Frozen shrimps"),
        ("0306249900", "活或鲜的蟹", "Crabs, live or fresh"),
        ("0306279000", "活或鲜的虾", "Shrimps, live or fresh"),
        ("0307119000", "活或鲜的牡蛎", "Oysters, live or fresh"),
    ),
    Group.MEAT: (
        ("0202200090", "冻带骨牛肉", "Bone-in beef, frozen"),
        ("0202300090", "冻去骨牛肉", "Boneless beef, frozen"),
        ("0203220090", "冻带骨猪腿肉", "Bone-in pork legs, frozen"),
        ("0203290090", "其他冻猪肉", "Other pork, frozen"),
        ("0204420000", "冻带骨绵羊肉", "Bone-in mutton, frozen"),
        ("0206490000", "冻猪杂碎", "Pig offal, frozen"),
        ("0207142100", "冻鸡翼", "Chicken wings, frozen"),
        ("0207142200", "冻鸡爪", "Chicken feet, frozen"),
    ),
    Group.DAIRY: (
        ("0401200000", "未浓缩的乳", "Milk, not concentrated"),
        ("0402100000", "脱脂奶粉", "Skimmed milk powder"),
        ("0402210000", "全脂奶粉", "Whole milk powder"),
        ("0404100000", "乳清", "Whey"),
        ("0405100000", "黄油", "Butter"),
        ("0406900000", "乳酪", "Cheese"),
        ("1901100010", "婴幼儿配方奶粉", "Infant formula powder"),
    ),
    Group.WINE: (
        ("2203000000", "啤酒", "Beer"),
        ("2204100000", "葡萄汽酒", "Sparkling wine"),
        ("2204210000", "小包装葡萄酒", "Wine in small containers"),
        ("2208200000", "白兰地", "Brandy"),
        ("2208300000", "威士忌", "Whisky"),
    ),
    Group.FOOD: (
        ("0901210000", "已焙炒咖啡", "Roasted coffee"),
        ("1006309000", "大米", "Rice"),
        ("1509100000", "初榨橄榄油", "Virgin olive oil"),
        ("1601001000", "香肠", "Sausages"),
        ("1604199000", "制作或保藏的鱼", "Prepared fish"),
        ("1605219000", "制作或保藏的虾", "Prepared shrimps"),
        ("1704900000", "糖食", "Sugar confectionery"),
        ("1806900000", "巧克力", "Chocolate"),
        ("1902303000", "方便面", "Instant noodles"),
        ("1905310000", "甜饼干", "Sweet biscuits"),
        ("2005999900", "制作或保藏的蔬菜", "Prepared vegetables"),
        ("2006009000", "糖渍水果（蜜饯）", "Candied fruit"),
        ("2103100000", "酱油", "Soy sauce"),
        ("2106909090", "其他食品", "Other food preparations"),
        ("2202900090", "无酒精饮料", "Soft drinks"),
    ),
    Group.ADDITIVES: (
        ("2918140000", "柠檬酸", "Citric acid"),
        ("2922422000", "谷氨酸钠", "Monosodium glutamate"),
        ("2925110000", "糖精", "Saccharin"),
        ("3203001900", "天然色素", "Natural colouring"),
        ("3302109001", "食品用香精", "Food flavouring"),
    ),
    Group.COSMETICS: (
        ("3303000000", "香水", "Perfume"),
        ("3304100000", "唇用化妆品", "Lip make-up"),
        ("3304990000", "护肤品", "Skin care"),
        ("3305100000", "洗发剂", "Shampoo"),
    ),
    Group.MACHINERY: (
        ("8413709900", "离心泵", "Centrifugal pumps"),
        ("8422309000", "灌装包装机", "Filling and packing machines"),
        ("8443191000", "平网印刷机", "Screen printing machines"),
        ("8457101000", "立式加工中心", "Vertical machining centres"),
        ("8477101000", "注塑机", "Injection moulding machines"),
        ("8479899990", "其他机器", "Other machines"),
        ("9018193000", "病员监护仪", "Patient monitors"),
    ),
    Group.TEXTILES: (
        ("5208390000", "染色棉布", "Dyed cotton fabric"),
        ("6109100000", "棉制针织T恤衫", "Cotton T-shirts"),
        ("6110200000", "棉制针织套头衫", "Cotton pullovers"),
        ("6111200000", "棉制针织婴儿服装", "Babies' garments of cotton"),
        ("6203420000", "棉制男裤", "Men's cotton trousers"),
        ("6204620000", "棉制女裤", "Women's cotton trousers"),
        ("6302210000", "印花棉制床单", "Printed cotton bed linen"),
    ),
    Group.ELECTRONICS: (
        ("8443321000", "打印机", "Printers"),
        ("8471300000", "便携式电脑", "Portable computers"),
        ("8504401400", "电源适配器", "Power adapters"),
        ("8517110000", "无绳电话机", "Cordless telephones"),
        ("8517121000", "手持式无线电话机", "Mobile telephones"),
        ("8518300000", "耳机", "Headphones"),
        ("8528722000", "彩色电视机", "Colour television sets"),
    ),
    Group.APPLIANCES: (
        ("8414519000", "电风扇", "Electric fans"),
        ("8415101000", "窗式空调器", "Window air conditioners"),
        ("8415102100", "分体式空调器", "Split air conditioners"),
        ("8418103000", "电冰箱", "Refrigerators"),
        ("8516605000", "电饭锅", "Rice cookers"),
        ("8516710000", "咖啡机", "Coffee makers"),
    ),
    Group.TOYS: (
        ("9503001000", "三轮车及踏板车", "Tricycles and scooters"),
        ("9503002100", "动物玩偶", "Toy animals"),
        ("9503006000", "智力玩具", "Puzzles"),
        ("9503008200", "带动力装置的玩具", "Motorised toys"),
    ),
    Group.OTHER: (
        ("3926909090", "其他塑料制品", "Other articles of plastics"),
        ("4819100000", "瓦楞纸箱", "Cartons"),
        ("8534009000", "印刷电路板", "Printed circuits"),
    ),
}

# Rows that differ from their group: letters, unit, risk.
_EXCEPTIONS: dict[str, tuple[str, str, str]] = {
    "1901100010": ("PRQS", "KGM", "high"),
    "1601001000": ("PRQS", "KGM", "high"),
    "1604199000": ("PRQS", "KGM", "high"),
    "1605219000": ("PRQS", "KGM", "high"),
    "0105949000": ("PRQS", "C62", "high"),
    "0105991000": ("PRQS", "C62", "high"),
    "5208390000": ("N", "MTR", "general"),
    "6111200000": ("MN", "C62", "high"),
    "6302210000": ("N", "C62", "general"),
    "8415101000": ("LMN", "SET", "high"),
    "8415102100": ("LMN", "SET", "high"),
    "8516605000": ("LMN", "SET", "high"),
    "8443321000": ("LMN", "SET", "general"),
    "8518300000": ("LMN", "C62", "general"),
    "9018193000": ("M", "SET", "high"),
}


def _commodity(row: tuple[str, str, str], group: Group) -> Commodity:
    hs_code, zh, en = row
    inspection, unit, risk = _EXCEPTIONS.get(hs_code, _GROUP_DEFAULTS[group])
    return Commodity(
        hs_code=hs_code,
        name=Text(zh=zh, en=en),
        group=group,
        inspection=inspection,
        unit=unit,
        risk=risk,
        in_legal_catalogue=bool(inspection),
    )


COMMODITIES: tuple[Commodity, ...] = tuple(
    sorted(
        (_commodity(row, group) for group, rows in _ROWS.items() for row in rows),
        key=lambda commodity: commodity.hs_code,
    )
)
BY_CODE = MappingProxyType({commodity.hs_code: commodity for commodity in COMMODITIES})


def of_group(group: Group) -> tuple[Commodity, ...]:
    """Return the codes of one group."""
    return tuple(commodity for commodity in COMMODITIES if commodity.group == group)


_HAZARD_ROWS: tuple[tuple[str, str, str, str, tuple[str, ...]], ...] = (
    ("methamidophos", "residue", "甲胺磷", "Methamidophos", ("07",)),
    ("chlorpyrifos", "residue", "毒死蜱", "Chlorpyrifos", ("0704", "0705", "0709")),
    ("carbofuran", "residue", "克百威", "Carbofuran", ("07",)),
    ("carbendazim", "residue", "多菌灵", "Carbendazim", ("08",)),
    ("cadmium", "contaminant", "镉", "Cadmium", ("07", "0306", "0307", "1006")),
    ("lead", "contaminant", "铅", "Lead", ("07", "08", "03", "9503", "33")),
    ("methylmercury", "contaminant", "甲基汞", "Methylmercury", ("03",)),
    ("histamine", "contaminant", "组胺", "Histamine", ("0303", "1604")),
    ("clenbuterol", "residue", "盐酸克伦特罗", "Clenbuterol", ("0102", "0103", "0104", "02")),
    ("ractopamine", "residue", "莱克多巴胺", "Ractopamine", ("0103", "0203", "0206")),
    ("chloramphenicol", "residue", "氯霉素", "Chloramphenicol", ("02", "03")),
    ("nitrofurans", "residue", "硝基呋喃代谢物", "Nitrofuran metabolites", ("02", "03", "1605")),
    ("malachite_green", "residue", "孔雀石绿", "Malachite green", ("0301", "0302", "0303", "0304")),
    ("salmonella", "microbe", "沙门氏菌", "Salmonella", ("0105", "02", "0402", "1901", "1806")),
    ("e_coli", "microbe", "大肠杆菌", "Escherichia coli", ("0307", "04", "1601", "2202")),
    ("vibrio", "microbe", "副溶血性弧菌", "Vibrio parahaemolyticus", ("0306", "0307")),
    ("sakazakii", "microbe", "阪崎肠杆菌", "Cronobacter sakazakii", ("190110",)),
    ("melamine", "contaminant", "三聚氰胺", "Melamine", ("04", "1901", "1905", "1806")),
    ("aflatoxin_m1", "contaminant", "黄曲霉毒素M1", "Aflatoxin M1", ("04",)),
    (
        "phthalates_food",
        "contaminant",
        "塑化剂",
        "Phthalates in food",
        ("2106", "2202", "22", "3302"),
    ),
    (
        "radionuclides",
        "radiation",
        "放射性核素",
        "Radionuclides",
        ("03", "04", "07", "08", "19", "21"),
    ),
    ("sulphur_dioxide", "additive", "二氧化硫", "Sulphur dioxide", ("2005", "2006", "2204")),
    ("benzoic_acid", "additive", "苯甲酸", "Benzoic acid", ("2103", "2202", "2006")),
    ("sweeteners", "additive", "甜味剂", "Sweeteners", ("2006", "2202", "1704")),
    (
        "purity",
        "additive",
        "添加剂纯度",
        "Purity of additive",
        ("2918", "2922", "2925", "3203", "3302"),
    ),
    ("label", "label", "标签", "Label", ("0402", "1704", "1806", "1905", "22", "3304", "1901")),
    (
        "foot_and_mouth",
        "disease",
        "口蹄疫",
        "Foot-and-mouth disease",
        ("0102", "0103", "0104", "0202", "0203"),
    ),
    ("avian_influenza", "disease", "禽流感", "Avian influenza", ("0105", "0207")),
    ("fruit_fly", "pest", "实蝇", "Fruit flies", ("08",)),
    ("nematodes", "pest", "线虫", "Nematodes", ("0602",)),
    ("thrips", "pest", "蓟马", "Thrips", ("0603", "0709")),
    (
        "electrical_safety",
        "safety",
        "电气安全",
        "Electrical safety",
        ("8414", "8415", "8418", "8504", "8516", "8517", "8528"),
    ),
    ("energy_label", "label", "能效标识", "Energy label", ("8415", "8418")),
    ("small_parts", "safety", "小零件", "Small parts", ("9503", "6111")),
    ("phthalates_toys", "chemical", "玩具增塑剂", "Phthalates in toys", ("9503",)),
    ("azo_dyes", "chemical", "禁用偶氮染料", "Azo dyes", ("52", "61", "62", "63")),
    ("formaldehyde", "chemical", "甲醛", "Formaldehyde", ("52", "61", "62", "63")),
    (
        "machine_guarding",
        "safety",
        "机械防护",
        "Machine guarding",
        ("8413", "8422", "8443", "8457", "8477", "8479"),
    ),
    ("heavy_metals_cosmetics", "chemical", "化妆品重金属", "Heavy metals in cosmetics", ("33",)),
)

HAZARDS: tuple[Hazard, ...] = tuple(
    Hazard(code=code, kind=kind, name=Text(zh=zh, en=en), hs_prefixes=prefixes)
    for code, kind, zh, en, prefixes in _HAZARD_ROWS
)
