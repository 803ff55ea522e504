"""What people put around a fact: openings, second sentences by mood, closings. No two voices sound alike."""

from __future__ import annotations

ANY_EN = (
    "Saw it first in a group of {n} people, now it is everywhere",
    "My cousin asked me about this at dinner, draw your own conclusions",
    "I have been wrong {few} times this month so take it lightly",
    "Screenshots in the replies, judge for yourselves",
    "The Discord is at {n} messages a minute and nobody has a source",
    "Checked the contract myself, took {hour} hours and two coffees",
    "Would love to hear from someone who actually runs a node",
    "Writing a longer piece tonight, tell me what I am missing",
    "Timestamps matter here: it started {hour} hours before anyone tweeted",
    "Numbers from my own dashboard, refreshed every {few} minutes",
    "This is the kind of week that explains the next quarter",
    "Half of my timeline cheers and the other half shrugs",
    "Somebody on the desk called it on Monday, nobody listened",
    "I asked three builders and got four opinions",
    "Position size small, curiosity large",
    "Do not trust me, verify on the explorer",
    "{pct} of the flow comes from a single cluster of wallets",
    "Remember how the last cycle treated stories like that",
    "We will know more when the {chain} numbers come in",
    "Setting an alert and going for a walk",
    "Old rule: read the docs, then read the diff",
    "Spreadsheet updated, link when it is less embarrassing",
    "Podcast tomorrow with a guest who saw it from inside",
    "The replies under the announcement are better than the announcement",
    "Bookmark this and laugh at me in {few} months",
)
GOOD_EN = (
    "Best thing I have seen on {chain} all year",
    "Finally a reason to open the terminal before breakfast",
    "Added {usd} at the open, conviction is high",
    "Teams that ship quietly deserve the loud days",
    "Retail has not noticed yet, the search trend is flat",
    "If the volume holds for {few} days I double my bag",
    "The builders I respect are all testing it this weekend",
    "Risk is obvious, the upside is more obvious",
    "Even the sceptics in my chat changed their tone",
    "Momentum begets momentum and the float is tiny",
    "Liquidity followed within {few} hours, which is rare",
)
BAD_EN = (
    "Please check on your friends who never read the news",
    "Nobody learned anything from the last {few} incidents",
    "I am out until there is a proper post-mortem",
    "Lost {usd} in total by my count, and counting",
    "Insurance fund covers maybe {pct} of that",
    "Audit badges on the landing page did not help anyone",
    "The silence from the founders is the loudest part",
    "Moving everything to cold storage tonight",
    "Expect forced selling into the weekend",
    "People who warned about it were muted in {few} channels",
    "Trust takes years and leaves in {hour} hours",
)
ANY_ZH = (
    "群里 {n} 个人都在说",
    "我自己查了合约，花了 {hour} 小时",
    "截图放评论区，大家自己判断",
    "等 {chain} 的数据出来再看",
    "先关注，不重仓",
    "朋友圈也开始转了",
    "时间线要看清楚，{hour} 小时前就有人提",
    "有没有跑节点的朋友说说",
    "我已经错了 {few} 次，仅供参考",
    "链上数据自己去看，别信我",
    "晚上写个长文分析",
    "历史总是押韵的",
    "评论区比公告精彩",
    "一半人兴奋，一半人无所谓",
    "昨晚直播间聊到两点，结论是再观察",
    "数据面板每 {few} 分钟刷新一次",
    "老韭菜表示见过 {few} 回了",
    "同事都在问我怎么操作",
    "{pct} 的资金来自同一批地址",
    "先收藏，{few} 个月后回来看",
    "翻译一下英文区的讨论再补充",
    "手续费比想象中便宜",
    "有懂技术的来讲讲原理吗",
    "周末写代码验证了一遍",
)
GOOD_ZH = (
    "今年看到最好的项目之一",
    "加了 {usd}，信心足",
    "散户还没反应过来",
    "量能保持 {few} 天就再加",
    "开发者都在用，长期看好",
    "流动性 {few} 小时就跟上了",
)
BAD_ZH = (
    "教训还不够吗，第 {few} 次了",
    "我先撤了，等复盘报告",
    "创始人一句话都没有，太离谱",
    "今晚全部转冷钱包",
    "审计报告有什么用",
    "信任没了就回不来",
)

# fmt: off
OPENINGS = {
    "en": (
        "", "", "", "", "gm. ", "Honestly, ", "Quick note: ", "Hot take: ", "Morning. ", "So. ", "Update: ",
        "Wow, ", "Heads up, ", "Again: ", "Crypto desk: ", "Crypto today: ", "Onchain news: ", "DeFi again: ",
        "Altcoin desk: ",
    ),
    "zh": ("", "", "", "", "刚看到，", "快讯：", "说一下，", "注意，", "转：", "币圈早报：", "链上消息："),
}
CLOSINGS = {
    "en": (
        "", "", "", ".", ".", " Thoughts?", " 👀", " More soon.", " NFA", " 🧵", " 🫡", " Patience.",
        " Crypto never sleeps.", " Crypto in one post.", " #crypto", " #defi", " #web3", " #altcoin",
    ),
    "zh": (
        "", "", "", "。", "！", " 大家怎么看", " 👀", " 加密圈又热闹了", " 不构成投资建议",
        " #币圈", " #加密",
    ),
}
# fmt: on


def reactions(lang: str, stance: float) -> tuple[str, ...]:
    """The second sentences that fit a language and a stance."""
    if lang == "zh":
        return ANY_ZH + (GOOD_ZH if stance > 0.2 else BAD_ZH if stance < -0.2 else ())
    return ANY_EN + (GOOD_EN if stance > 0.2 else BAD_EN if stance < -0.2 else ())
