"""Words that carry no story: function words of five languages and the filler of crypto chat.

Written by hand for this product. A word stands here when it says nothing about *which* story a post
belongs to; market words such as "listing" or "hack" do not.
"""

from __future__ import annotations

_ENGLISH = """
a about above actually after again against ago ahead all almost already also although always am among an
and another any anybody anyone anything anyway are arent around as ask at away back bad be became
because become been before began behind being below best better between big bit both but by call called
came can cannot cant come comes coming could couldnt day days did didnt different do does doesnt doing
done dont down due during each either else end enough etc even ever every everybody everyone everything
exactly far feel few find first for found from full fully further gave get gets getting give given go
goes going gone gonna good got great guy guys had half happen happened happening hard has hasnt have
havent having he her here heres hes high him his how however huge i id if ill im in instead into is isnt
it its itself ive just keep kind knew know known last later least left less let lets life like likely
literally little ll long look looking looks lot lots love made main make makes making man many may maybe
me mean means might mine month months more morning most much must my myself near need needs never new
next nice nine no nobody non none nor not nothing now of off often oh ok okay old on once one only or
other others our out over own part past people per perhaps place please point possible post posts
probably put quite rather re read real really right said same saw say saying says second see seem seems
seen set several she should shouldnt show shows side since six small so some somebody someone something
soon start started still stop stuff such sure take takes taking talk tell ten than thank thanks that
thats the their them then there theres these they theyll theyre theyve thing things think third this
those though thought three through time times to today together told tomorrow tonight too took top
totally toward tried true try trying turn two ty under until up upon us use used using ve very via vs
wait want wants was wasnt watch way ways we week weeks well went were werent weve what whatever whats
when where whether which while who whole whos why will with within without wont word words work world
worth would wouldnt wow wrong yeah year years yep yes yesterday yet you youd youll your youre yours
yourself youve zero
"""
_CHAT = """
alpha amp anon ape aped aping banger based bro bros bull bear check click comment comments cooking
copium crazy dad degen dm dms dyor fam follow followers fomo fren frens friend friends fud fuck fucking
giveaway gem gems gm gn gmgn guide happy hello here hey hi hodl holy huge imo insane join just kek lambo
lfg lfgo lmao lol like link luck madness massive maxi meme moon mooning mr ngl nfa ngmi nvm omg pls pump
quote rekt replies reply repost retweet rip rn rt ser sers shit shill shilling shitcoin signal signals
sir soon subscribe szn tbh thread tg thx tl tldr tweet tweets update updates wagmi wen wtf yolo buy
buying buys sell selling sells bought sold hold holding gt lt
"""
_SPANISH = """
a ahora al algo algunos alguna ante antes aquí así asi aún aunque ayer cada casi como cómo con contra cual
cuál cuales cuando cuándo cuanto cuatro da dar de debe del desde después día días dice donde dónde dos e el
ella ellas ellos en entre era eran es esa esas ese eso esos esta está estaba estan están estar estas este
esto estos fue fueron ha había han hace hacer hacia hasta hay hoy la las le les lo los luego mañana mas más
me mejor menos mi mí mientras mismo mucho muchos muy nada ni ningún nos nosotros nuestra nuestro otra otras
otro otros para pero poco podría por porque primero pues puede pueden que qué quien quién se sea según ser
será si sí sido siempre sin sino sobre solo sólo son su sus tal tambien también tan tanto te tenemos tener
tiene tienen todavía toda todas todo todos tras tu tú un una unas uno unos usted va vamos van vez y ya yo
"""
_TURKISH = """
ama ancak artık artik aynı ayni bana bazı bazi belki ben beni benim bile bir biri biz bizim böyle boyle bu
bugün bugun buna bundan bunlar bunu burada çok cok çünkü cunku da daha de değil degil diye doğru dogru en
fakat gibi hâlâ hala hem hep henüz her hiç hic için icin ile ilk ise işte iste kadar karşı karsi ki kim mi
mı mu mü nasıl nasil ne neden niye o olan olarak oldu olduğu olur olmak onlar onu onun önce once sadece sen
siz son sonra şey sey şimdi simdi şu su tüm tum var ve veya ya yani yeni yine yok zaman üzere
"""
_RUSSIAN = """
а без более будет будто бы был была были было быть в вам вас весь во вот все всего всех вы где да даже
для до его ее если есть еще ещё же за здесь и из или им их к как какая какой когда кто ли лучше между
меня мне много может можно мой мы на над надо нас не него нее нет ни них но ну о об один он она они от
очень перед по под после потом потому почти при про раз с сам свой себя сейчас со так такой там тебя то
тогда того тоже только том тот ты у уже хорошо хоть чего чем через что чтобы чуть эти этого этой этом
этот эту я это также которые который которая которого которых этих этим своих свои свою себе ваш наш наши
нам нами ними ней нём всём всем вообще просто сегодня вчера завтра год года лет день дней раза самый самая
самое самые новый новые новая новых стал стала стали стало является будут быстро снова опять
"""
WORDS: frozenset[str] = frozenset(" ".join((_ENGLISH, _CHAT, _SPANISH, _TURKISH, _RUSSIAN)).split())

# A run of Chinese is cut at these: no word that names a story contains them as grammar.
CJK_PARTICLES = "的了是我你您他她它们吗呢吧啊呀嘛哦哈这那就都也很还又把被让给跟着么之"
# No name of a story begins or ends with these.
CJK_EDGES = (
    "在将与和从对于以为由向至及或并但可已被个下上中有不拟据称并其该此等会要能来去到过得地所而则且仍再更最曾每"
)
_CHINESE = """
一个 一下 一些 一样 一直 一种 一次 一起 一天 两个 几个 每个 每天 今天 昨天 明天 现在 目前 最近 以后 以前
之前 之后 时候 时间 当时 后来 最后 开始 结束 已经 正在 可以 可能 可是 不能 不会 不要 不用 不到 不过 不同
不少 没有 有人 有点 有些 只有 所有 没人 别人 大家 自己 朋友 兄弟 兄弟们 家人 老师 什么 怎么 怎样 如何
为什 为何 哪个 哪里 谁能 因为 所以 如果 但是 而且 或者 虽然 然后 其实 其中 其他 另外 除了 以及 关于 对于
根据 按照 通过 觉得 感觉 认为 知道 看到 看看 看来 看起 起来 出来 下来 进去 过来 回来 想要 需要 应该 必须
能够 真正 直接 非常 特别 比较 更多 更加 越来 来越 最大 最好 很多 许多 大量 全部 部分 问题 东西 事情 情况
方面 方式 内容 原因 结果 分享 关注 点赞 转发 评论 链接 推特 推文 欢迎 谢谢 感谢 加油 哈哈 早安 晚安 早上
晚上 朋友 喜欢 希望 继续 只是 只能 只要 才能 为了 来说 来看 的话 一定 肯定 确实 基本 完全 甚至
"""
CJK_WORDS: frozenset[str] = frozenset(_CHINESE.split())

# Tickers half the market writes: on their own they are never the identity of a story.
_MAJORS = """
BTC ETH SOL BNB XRP DOGE ADA TRX TON AVAX USDT USDC DAI FDUSD USDE USD BUSD TUSD WBTC WETH STETH EUR
"""
MAJORS: frozenset[str] = frozenset(_MAJORS.split())

# Words of the trade: they say that a post is about crypto or markets, not about which story. A phrase may
# contain them; alone they neither name nor hold together a narrative.
_MARKET = """
ai airdrop airdrops altcoin altcoins altseason analysis analyst app asset assets ath bank binance
bitcoin bitcoins blockchain blockchains bnb breaking btc business bybit ca campaign capital cardano cash
ceo cex chain chains close coinbase community company countries country cryptos currency data december
january february march april june july august september october november dashboard defi details dex
digital doge dogecoin dollar dollars eth ether ethereum economy ecosystem entry etf etfs event events
exchange exchanges finance financial fees founder fund funds future futures global gold growth index
info institutional investing investment investor investors kol kraken launch launched launching layer
leaderboard leverage liq liquidity liquidation live listing long longs short shorts million billion
trillion memecoin memecoins mainnet meta network news nft nfts okx onchain open opinion perp perps
platform pnl pool position positions presale president product project projects protocol pro rally rate
rates report research reserve revenue reward rewards ripple risk season sec resistance level levels zone
target targets bottom breakout dip correction crash support solana sol space speed spot stablecoin
stablecoins stake staking stock stocks stockmarket strategy supply swap symbol team tech technology term
tge total transfer transferred treasury trump uk unknown usa usdc usdt user users utc value volatility
volume wallet wallets web3 whale whales win xrp yield money hours hour minute minutes join reached
official officially announced announcement announces current currently based building build built
powered largest biggest major massive top free earn claim learn explore access easy simple fast crypto
cryptocurrency token tokens tx coin coins price prices trade trades trader traders trading market
markets usd bullish bearish chart charts profit profits bitget gate kucoin mexc bithumb upbit htx huobi
bitfinex bingx bitmart deribit robinhood phemex base polygon arbitrum optimism tron avalanche polkadot
chainlink litecoin monero tether circle metamask uniswap ledger trezor federal fed government jan feb
mar apr jun jul aug sep sept oct nov dec monday tuesday wednesday thursday friday saturday sunday
exclusive unlock unlocks extra bonus perpetual inflow inflows outflow outflows netflow management policy
prediction predictions
bill bloomberg reuters coindesk cointelegraph cnbc forbes interview podcast
"""
_MARKET_CJK = """
币安 欧易 比特币 以太坊 以太 加密 加密货币 加密资产 加密市场 数字货币 虚拟货币 区块链 稳定币 交易所 代币
代币化 币圈 山寨币 合约 空投 链上 交易 交易员 市场 美元 万美元 亿美元 百万美元 美金 资产 美国 行情 项目
项目方 数据 投资 投资者 用户 公司 表示 发现 价格 上线 资讯 个月 平台 活动 价值 个人 参与 支持 成为 金融
经济 世界 本周 现货 小时 行业 过去 全球 发布 进行 产品 资金 风险 预测 工具 策略 未来 机构 核心 技术 使用
钱包 分析 流动性 赚钱 工作 信息 能力 提供 下跌 上涨 人生 作为 正式 收益 超过 生态 系统 重要 宣布 简单
安全 出现 视频 创始人 预期 熊市 牛市 数字 公布 关键 监管 规模 同时 任何 主要 最高 历史 今年 生活 逻辑
推出 持有 相关 计划 持续 发生 传统 时代 准备 选择 显示 存在 理解 情绪 几乎 研究 社区 积分 长期 短期 包括
奖励 完成 影响 波动 成本 概率 网络 服务 上市 功能 官方 获得 讨论 管理 模式 注意 机会 突然 团队 真实 国家
建议 地址 成功 实现 进入 合作 无法 突破 变成 媒体 多少 第一 第二 第一次 不知道 几个月 有没有 据悉 消息
快讯 报道 独家 人民币 做多 做空 多单 空单 仓位 开仓 止损 支撑 压力 反弹 回调 抄底 主流币 大饼 二饼 姨太
链接 教程 新手 免费 注册 返佣 邀请码 邀请 永续 永续合约 预测市场 基础设施 赛道 周期 解锁 主网 测试网
手续费 杠杆 净流入 净流出 净流量 领取 符合条件 公告 开放 期权 期货 矿工 矿机 证券 金额 比例 页面 操作
走势 趋势 报告 叙事 早期 普通人 购买 出售 买入 卖出 部署 集成 详情 敬请关注 另行 另行公布 交易对 财库
上市公司 银行 央行 政策 市值 涨幅 跌幅 暴涨 暴跌 新高 新低 现价 成交量 交易额 交易量 增长 下降 上升 增加
减少 启动 开启 举行 举办 会议 联合 合伙人 首席 执行官 主席 董事 高管 负责人 专属 内置 额外 加大 领域
科技 金融科技 彭博社 彭博 路透社 路透 华尔街日报 第三方 渠道 历史高点 历史低点 官方渠道 首次
"""
# The same words of the trade in Spanish, Russian and Turkish, in the forms posts use.
_MARKET_ES = """
cripto criptos criptomoneda criptomonedas mercado mercados precio precios alcista bajista alza baja subida
caída caida millón millones mil dólar dólares dolares inversión inversiones inversor inversores empresa
empresas noticia noticias ballena ballenas moneda monedas banco bancos compra compras venta ventas comprar
vender anuncia anunció lanza lanzamiento proyecto proyectos semana mes meses año años gratis ganar ganancias
"""
_MARKET_RU = """
биткоин биткоина биткоину биткоином биткойн биткойна эфир эфира эфириум эфириума крипта крипты крипте крипту
криптовалюта криптовалюты криптовалют криптовалюту криптовалютой криптовалютный криптовалютного рынок рынка
рынке рынку рынком цена цены цену ценой курс курса токен токена токены токенов монета монеты монет альткоин
альткоины альткоинов биржа биржи бирже бирж биржу долларов доллара доллар миллион миллиона миллионов миллиард
миллиарда миллиардов млн млрд тыс новости новость кит киты китов рост роста падение падения компания компании
инвестор инвесторы инвесторов инвестиции проект проекта проекты банк банка банки блокчейн блокчейна кошелек
кошелька кошелёк аирдроп стейблкоин стейблкоины неделя недели неделю месяц месяца бесплатно заработать
"""
_MARKET_TR = """
kripto piyasa piyasası piyasasi piyasalar piyasada fiyat fiyatı fiyati fiyatlar milyon milyar bin dolar
dolara borsa borsası borsasi borsada yatırım yatirim yatırımcı yatirimci yatırımcılar şirket sirket şirketi
haber haberler haberleri düşüş dusus yükseliş yukselis yükseldi düştü coin coini coinler altcoinler balina
balinalar banka bankası analiz alım satım alim satim proje projesi duyurdu açıkladı hafta ay yıl yil bedava
ücretsiz kazanç
"""
# Countries and cities are where stories happen, not what they are about.
_PLACES = """
abu africa african america american americans arabia argentina asia asian australia australian austria
bahrain beijing belgium brazil britain british canada canadian chile china chinese colombia dhabi dubai
egypt emirates england english europe european france french german germany ghana greece hong india indian
indonesia iran iraq ireland israel istanbul italy japan japanese kazakhstan kenya kong korea korean latin
lebanon london malaysia mexico miami moscow netherlands nigeria norway pakistan paris philippines poland
portugal qatar russia russian saudi seoul shanghai singapore spain states sweden swiss switzerland taiwan
texas thailand tokyo turkey turkish ukraine united vegas venezuela vietnam washington york york
"""
# Words in capitals that are no tickers unless written with a $.
_CAPITALS = """
ABD ACT AGI AI AIR ALERT AMA AML ANN API APR APY ASAP ASIA ATH ATL ATM BETA BIG BOJ BREAKING CBDC CDC CEO CEX
CFO CFTC CIA CLI CMO COO CPI CPU CTO CZ DAO DAPP DAU DCA DEEP DEFI DEX DIY DJ DM DOJ DYOR ECB EDIT EEUU ESG
EST ETA ETF ETFS ETP EU EVM FAQ FBI FDA FDIC FDV FED FOMC FOMO FREE FUD FUN FYI GAS GDP GM GMGN GN GPU HK HODL
HOT HQ HR ICO IDE IDO IEO IMF IMHO IMO INFO IPO IQ IRS IT JP JUST KOL KOLS KYC LATEST LFG LIVE LLM LOL LP LPS
LTD MEV ML MOVE MVP NASA NAV NEWS NEW NFA NFP NFT NFTS NGMI NGO NY NYC NYSE OG OI OK OMG OPEC OTC P2P PC PDF
PM PNL POS POW PPI PR PSA PVP Q1 Q2 Q3 Q4 QE QT QR REAL RIP ROI RPC RSI RT RWA RWAS SAFE SBF SDK SEC SOON SPAC
STOP TA TBA TBH TGE THREAD TIME TLDR TOP TPS TV TVL TX UAE UI UK UN UP UPDATE URL US USA USD UTC UX VC VCS VIP
VPN VR WAGMI WIN WSJ WTF YES YOLO YTD ZK
"""
# What is done to a project, most telling first: a name and one of these make a headline.
_DEEDS = """
hacked hack exploit drained delisting lawsuit acquisition funding buyback burn upgrade mainnet listing listed
lists airdrop launch 被盗 黑客 攻击 漏洞 下架 脱锚 收购 融资 回购 销毁 升级 上线 上币 空投 净流出 净流入
"""
DEEDS: tuple[str, ...] = tuple(_DEEDS.split())

_CJK_PAIRS = {word[i : i + 2] for word in _MARKET_CJK.split() for i in range(len(word) - 1)}
CJK_LEXICON: frozenset[str] = CJK_WORDS | frozenset(_MARKET_CJK.split())  # whole words, for where others end
GENERIC: frozenset[str] = (
    frozenset(" ".join((_MARKET, _PLACES, _MARKET_ES, _MARKET_RU, _MARKET_TR)).split())
    | frozenset(_MARKET_CJK.split())
    | _CJK_PAIRS
)
CAPITALS: frozenset[str] = (
    frozenset(_CAPITALS.split())
    | {word.upper() for word in WORDS - {"near", "ape", "moon", "meme"}}
    | {word.upper() for word in GENERIC if word.isascii()}
) - MAJORS
