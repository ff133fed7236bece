"""
Invented names of enterprises, sites and people, Chinese with English beside.

Put together at random from syllables that read well; any likeness to a real name is chance.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from guomen.core.text import Text

# Characters with their pinyin; a brand is one of each list.
_FIRST = (
    "岚lan 澄cheng 榆yu 珩heng 霁ji 蔚wei 翎ling 沐mu 砚yan 汀ting 槿jin 曜yao 泓hong "
    "嵘rong 穗sui 骊li 桐tong 菀wan 溯su 煦xu 晏yan 棠tang 笙sheng 禾he 崧song 苇wei "
    "峤qiao 湉tian 璟jing 钧jun 樾yue 麓lu 沣feng 鹭lu 帆fan 磐pan 瀚han 翊yi 颂song "
    "黎li 绮qi 朔shuo 蓼liao 垚yao 祁qi 菡han 溆xu 珞luo 歆xin 蘅heng 娄lou 淇qi 葭jia"
)
_SECOND = (
    "禾he 屿yu 川chuan 泽ze 丰feng 和he 源yuan 舟zhou 洲zhou 信xin 达da 茂mao 隆long "
    "康kang 林lin 光guang 原yuan 阳yang 瑞rui 宁ning 恒heng 堂tang 野ye 峰feng 涛tao "
    "航hang 港gang 农nong 园yuan 津jin 谷gu 桥qiao 森sen 湾wan 岭ling 岩yan 序xu 和he "
    "楠nan 树shu 仑lun 亭ting 帛bo 鼎ding 域yu 勤qin 安an 谦qian 朗lang 坤kun 畦qi 庐lu"
)
_SURNAMES = (
    "梁liang 陈chen 黄huang 何he 冯feng 谭tan 邓deng 卢lu 关guan 容rong 鲍bao 蔡cai "
    "彭peng 钟zhong 叶ye 邝kuang"
)
_GIVEN = (
    "砚yan 笛di 若ruo 川chuan 岚lan 祺qi 乔qiao 穗sui 茵yin 昀yun 屿yu 骁xiao 筠yun "
    "葭jia 淳chun 楚chu 阅yue 朗lang 沅yuan 桦hua 恺kai 霖lin 芷zhi 弦xian"
)
_PLACES = "斗门 白蕉 乾务 平沙 红旗 三灶 横琴 湾仔 南屏 唐家 金鼎 井岸"
_OVERSEAS_FIRST = (
    "Alder Bracken Calder Dunmore Eastmere Fairhaven Garrow Hartwell Inverley Jarrow "
    "Kestrel Larkmoor Marren Northholt Oakmere Pelham Quarrel Redstrand Silverlee "
    "Tarrant Ullstead Verrall Wexcombe Yarrow"
)
_OVERSEAS_LAST = "Bay Brook Coast Field Gate Glen Hill Isle Mead Plain Ridge Shore Vale Wood"


def _syllables(text: str) -> tuple[tuple[str, str], ...]:
    return tuple((item[0], item[1:]) for item in text.split())


def brands(dice: np.random.Generator) -> Iterator[Text]:
    """Yield brands of two characters, each once, in random order."""
    pairs = {
        a + b: (a_latin + b_latin).capitalize()
        for a, a_latin in _syllables(_FIRST)
        for b, b_latin in _syllables(_SECOND)
        if a != b
    }
    names = list(pairs.items())
    for number in dice.permutation(len(names)):
        zh, en = names[number]
        yield Text(zh=zh, en=en)


def overseas_brands(dice: np.random.Generator) -> Iterator[str]:
    """Yield names of overseas parties, each once, in random order."""
    names = [f"{a} {b}" for a in _OVERSEAS_FIRST.split() for b in _OVERSEAS_LAST.split()]
    for number in dice.permutation(len(names)):
        yield names[number]


def people(dice: np.random.Generator) -> Iterator[Text]:
    """Yield names of people, each once, in random order."""
    names = [
        Text(zh=s + a + b, en=f"{(a_latin + b_latin).capitalize()} {s_latin.capitalize()}")
        for s, s_latin in _syllables(_SURNAMES)
        for a, a_latin in _syllables(_GIVEN)
        for b, b_latin in _syllables(_GIVEN)
        if a != b
    ]
    for number in dice.permutation(len(names)):
        yield names[number]


def place(dice: np.random.Generator) -> str:
    """Return a town of the district."""
    places = _PLACES.split()
    return f"珠海市{places[int(dice.integers(len(places)))]}"
