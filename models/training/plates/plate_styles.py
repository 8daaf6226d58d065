"""The plate styles we draw: sizes in millimetres, colours, text patterns. Country-like, never a real series.

Pattern letters: L Latin letter, D digit, C Han character, A Arabic letter, T Thai letter, K Hangul
syllable, J kana; everything else is drawn as it stands. A list of rows is drawn from top to bottom.
"""
WHITE, BLACK, YELLOW, RED = (240, 240, 238), (18, 18, 20), (248, 200, 30), (190, 25, 30)
BLUE, GREEN, NAVY, GREY, ORANGE = (25, 70, 175), (20, 110, 60), (22, 35, 90), (190, 192, 195), (235, 120, 20)

EU = dict(size=(520, 112), pairs=((WHITE, BLACK),), band='left')
EU_TEXTS = ('L DD LLL', 'LL DD LLL', 'L DDD LLL', 'LL DDDDDD', 'LL-DDD-LL', 'LL DDD LL', 'LLL DDDD', 'DDDD LLL',
            'LL-LL DDDD', 'LLDD LLL', 'DLL DDDD', 'LLL-DDD', 'LL·DD·LL', 'D-LLL-DDD', 'LL DDDDL', 'LLL DDL', 'LDDDDL')

STYLES = [
    dict(EU, weight=6, texts=EU_TEXTS),
    dict(EU, weight=1, pairs=((YELLOW, BLACK),), texts=EU_TEXTS),
    dict(EU, weight=1, band='both', texts=('LL DDD LL', 'LL-DDD-LL')),
    dict(EU, weight=1, band=None, pairs=((WHITE, BLACK), (WHITE, RED), (WHITE, GREEN), (WHITE, NAVY), (RED, WHITE),
                                         (BLACK, WHITE), (YELLOW, BLACK)), texts=EU_TEXTS),
    dict(weight=2, size=(300, 205), band='left', pairs=((WHITE, BLACK), (YELLOW, BLACK)),
         texts=(['LL', 'DD LLL'], ['L DD', 'LLL'], ['LLL', 'DDDD'], ['DDD', 'LLL'], ['LL DD', 'LLL'])),
    dict(weight=2, size=(190, 160), band='left', pairs=((WHITE, BLACK), (YELLOW, BLACK), (BLACK, WHITE)),
         texts=(['LL', 'DDD'], ['DDD', 'LLL'], ['LL DD', 'LL'], ['DLL', 'DDD'])),
    dict(weight=9, size=(305, 152), band=None, state=True, gradient=True, scenery=True,
         pairs=((WHITE, NAVY), (WHITE, BLACK), (WHITE, RED), (WHITE, GREEN), (YELLOW, NAVY), (NAVY, YELLOW),
                (BLACK, YELLOW), ((200, 225, 245), NAVY), ((250, 235, 190), RED), (GREEN, WHITE), ((60, 60, 66), WHITE),
                ((235, 215, 160), (60, 40, 20)), ((180, 210, 190), GREEN)),
         texts=('LLL DDDD', 'DLLLDDD', 'LLL-DDDD', 'LLL DDD', 'DDD LLL', 'DDDDLL', 'LL DDDDD', 'LDD DDL', 'DDD-DDD',
                'LLLDDLL')),
    dict(weight=1, size=(178, 102), band=None, state=True, pairs=((WHITE, NAVY), (WHITE, BLACK), (YELLOW, NAVY)),
         texts=('DDLLD', 'LDDDD', 'LLDDD')),
    dict(weight=4, size=(400, 130), band='top', pairs=((WHITE, BLACK), (WHITE, RED), (WHITE, BLUE)),
         texts=('LLLDLDD', 'LL DDD LL')),
    dict(weight=1, size=(400, 130), band=None, small_top=True, pairs=((GREY, BLACK), (RED, WHITE)),
         texts=('LLL-DDDD', 'LLL·DDDD')),
    dict(weight=1, size=(190, 165), band='top', pairs=((WHITE, BLACK),), texts=(['LLL', 'DLDD'],)),
    dict(weight=4, size=(440, 140), band=None, pairs=((BLUE, WHITE),) * 4 + ((YELLOW, BLACK), (BLACK, WHITE), (WHITE, BLACK)),
         texts=('CL·DDDDD', 'CL·LDDDD', 'CL·DLDDD', 'CL·DDDDL', 'CL DDDDD')),
    dict(weight=1, size=(480, 140), band=None, gradient=True, pairs=(((160, 225, 170), BLACK),), texts=('CL DDDDDD', 'CL LDDDDD')),
    dict(weight=1, size=(440, 220), band=None, pairs=((YELLOW, BLACK), (BLUE, WHITE)), texts=(['CL', 'DDDDD'], ['C·L', 'LDDDD'])),
    dict(weight=2, size=(500, 120), band='left', pairs=((WHITE, BLACK), (YELLOW, BLACK), (GREEN, WHITE)),
         texts=('LL DD LL DDDD', 'LLDDLLDDDD', 'LL DD L DDDD')),
    dict(weight=2, size=(250, 170), band=None, pairs=((WHITE, BLACK), (YELLOW, BLACK)),
         texts=(['LL DD', 'LL DDDD'], ['LLDDL', 'DDDD'])),
    dict(weight=1, size=(520, 112), band='region', pairs=((WHITE, BLACK), (BLUE, WHITE)), texts=('LDDDLL', 'LLDDDD', 'DDDDLL')),
    dict(weight=2, size=(330, 165), band=None, pairs=((WHITE, GREEN), (YELLOW, BLACK), (GREEN, WHITE), (WHITE, BLACK)),
         small_rows=True, texts=(['CC DDD', 'J DD-DD'], ['CC DD', 'J DDDD'])),
    dict(weight=1, size=(520, 110), band=None, pairs=((WHITE, BLACK), (GREEN, WHITE), (YELLOW, BLACK)), texts=('DDDKDDDD', 'DDK DDDD')),
    dict(weight=1, size=(335, 170), band=None, pairs=((WHITE, BLACK), (GREEN, WHITE), (YELLOW, BLACK)), small_rows=True,
         texts=(['KK DD', 'K DDDD'],)),
    dict(weight=2, size=(480, 115), band=None, small_top=True, pairs=((WHITE, BLACK), (YELLOW, BLACK), (WHITE, BLUE)),
         texts=('L DDDDD', 'AA DDDD', 'DDDD AAA', 'AAA DDDD', 'DD A DDD DD', 'DDDDDD')),
    dict(weight=1, size=(310, 155), band='right', pairs=((WHITE, BLACK),), texts=(['AAA DDDD', 'LLL DDDD'],)),
    dict(weight=1, size=(520, 110), band='left', pairs=((YELLOW, BLACK),), texts=('DD-DDD-DD', 'DDD-DD-DDD')),
    dict(weight=2, size=(372, 134), band=None, small_top=True,
         pairs=((WHITE, BLACK), (YELLOW, BLACK), (WHITE, GREEN), (WHITE, BLUE), (BLACK, WHITE), (YELLOW, (90, 20, 40))),
         texts=('LLL DDD', 'LLL-DDD', 'DLL-DLL', 'DDDLLL', 'DDDL DDD')),
    dict(weight=1, size=(340, 150), band=None, pairs=((WHITE, BLACK), (YELLOW, BLACK)), small_last=True,
         texts=(['TT DDDD', 'TTT'], ['DTT DDDD', 'TTTT'])),
    dict(weight=2, size=(430, 135), band=None, pairs=((BLACK, WHITE), (BLACK, GREY), (RED, WHITE), (WHITE, BLACK)),
         texts=('L DDDD LLL', 'LLL DDDD', 'LLL DDD', 'LL DDD LL', 'L DDDDD')),
    dict(weight=1, size=(275, 200), band=None, pairs=((BLACK, WHITE), (BLACK, GREY), (WHITE, BLACK), (BLUE, WHITE)),
         texts=(['LLL', 'DDDD'], ['DDL', 'DDDDD'], ['LLD', 'DDDD'])),
    dict(weight=1, size=(460, 140), band='top', pairs=((WHITE, BLACK), ((250, 250, 235), BLUE)), texts=('LLL·DDD', 'LLL DDDD')),
]

HAN = '京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼品川横浜名古屋大阪札幌福岡'
KANA = 'さすせそたちつてとなにぬねのはひふほまみむめもやゆよらりるろ'
HANGUL = '가나다라마거너더러머버서어저고노도로모보소오조구누두루무부수우주하허호'
ARABIC = 'ابحدرسصطعقكلمنهوى'
THAI = 'กขคฆงจฉชซฌญฎฐฒณดตถทธนบปผพภมยรลวศษสหฬอฮ'
LETTERS = 'ABCDEFGHJKLMNPRSTUVWXYZ'
ALPHABETS = dict(L=LETTERS, D='0123456789', C=HAN, J=KANA, K=HANGUL, A=ARABIC, T=THAI)


def fill(pattern, rng):
    """A plate text for one pattern; rng is random.Random."""
    return ''.join(rng.choice(ALPHABETS[c]) if c in ALPHABETS else c for c in pattern)
