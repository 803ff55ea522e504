"""What people put around a fact: openings, second sentences by mood, closings.

No two voices sound alike: a second sentence is put together from banks, so that strangers rarely say the same
whole sentence. The slots of those banks stand in `SAID`, beside those of `writing`.
"""

from __future__ import annotations

ANY_EN = (
    "Even {who} {did} {where}, {then}",
    "Seems {who} {did}, {then}",
    "Heard {where} that {who} {did}",
    "For the record, {then}",
    "Took {hour} hours, {then}",
    "Wrong {few} times this month, {then}",
    "Funny how {who} {did} {where}",
    "Told {who} {where}, {then}",
    "So far {n} replies and {who} {did}",
    "{pct} of it traced by {who}, {then}",
    "Not sure why {who} {did}",
    "When {chain} reports we know more, {then}",
)
GOOD_EN = (
    "Mark my words, {good}",
    "{usd} added {where}, {good}",
    "{few} days in and {good}",
    "Says {who}: {good}",
    "Meanwhile {good} and {who} {did}",
)
BAD_EN = (
    "As always, {bad}",
    "{usd} gone by my count, {bad}",
    "{hour} hours later {bad}",
    "Says {who}: {bad}",
    "Meanwhile {bad} and {who} {did}",
)
ANY_ZH = (
    "{zh_who}{zh_did}，{zh_then}",
    "{zh_who}{zh_did}",
    "{zh_then}，{zh_who}{zh_did}",
    "我错了 {few} 次，{zh_then}",
    "{hour} 小时前{zh_who}{zh_did}",
    "等 {chain} 出结果，{zh_then}",
    "{pct} 是同一批人，{zh_then}",
)
GOOD_ZH = ("{zh_good}", "加了 {usd}，{zh_good}", "{zh_who}{zh_did}，{zh_good}", "{few} 天了，{zh_good}")
BAD_ZH = ("{zh_bad}", "亏了 {usd}，{zh_bad}", "{zh_who}{zh_did}，{zh_bad}", "第 {few} 次了，{zh_bad}")

# fmt: off
SAID: dict[str, tuple[str, ...]] = {
    "who": (
        "my cousin", "my barber", "a colleague", "the desk", "two friends", "an old client", "my landlord",
        "our intern", "the group admin", "a fund manager", "my brother", "someone at the gym",
        "a former founder", "the night shift", "my neighbour", "an accountant I know", "a node runner",
        "the whole office", "a journalist", "half of my timeline",
    ),
    "did": (
        "asked about it", "shrugged", "laughed", "got nervous", "called it early", "wants in", "took profit",
        "went quiet", "sent a chart", "had a theory", "forwarded it twice", "made a spreadsheet",
        "sold everything", "bought more", "read the diff", "checked the contract", "blamed leverage",
        "set an alert", "wrote a thread", "stayed up late",
    ),
    "where": (
        "at dinner", "in the lift", "on a call", "over breakfast", "in the group chat", "at the airport",
        "by voice note", "during standup", "on the train", "at a wedding", "in the queue", "after football",
        "at the bank", "between meetings", "on the stairs", "at the dentist",
    ),
    "then": (
        "I wait", "going for a walk", "writing it up tonight", "my position stays small",
        "judge for yourselves", "back to reading docs", "no opinion before lunch", "take it lightly",
        "verify it on the explorer", "tell me what I miss", "bookmark this", "numbers tomorrow",
        "I sleep on it", "coffee first", "curiosity wins", "draw your own conclusions", "podcast tomorrow",
        "ask again in a month", "timestamps matter", "old rules apply",
    ),
    "good": (
        "conviction is high", "upside is obvious", "the float is tiny", "liquidity followed",
        "nobody noticed yet", "sceptics turned around", "volume holds", "builders are testing",
        "the chart agrees", "I double my bag", "quiet teams win", "best thing this year",
        "momentum feeds itself", "retail is asleep",
    ),
    "bad": (
        "nobody learned a thing", "founders are silent", "cold storage tonight", "forced selling ahead",
        "trust is gone", "I am out", "no honest answer yet", "badges did not help", "insurance covers little",
        "warnings were ignored", "refunds look far away", "the excuse keeps changing", "lawyers get rich",
        "check on your friends",
    ),
    "zh_who": (
        "群友", "同事", "表哥", "老韭菜", "做市的朋友", "楼下邻居", "前老板", "直播间", "技术群主",
        "券商同学", "合约大佬", "跑节点的兄弟", "理发师", "室友",
    ),
    "zh_did": (
        "也在问", "说再等等", "已经上车", "先跑了", "发了长图", "不太信", "熬夜看盘", "改口了",
        "笑而不语", "拉了个群", "写脚本验证", "截图转发", "翻了白皮书", "整晚没睡",
    ),
    "zh_then": (
        "先观察", "不重仓", "仅供参考", "晚上细看", "收藏了", "自己判断", "等数据", "欢迎讨论",
        "睡觉去了", "明天再说", "别信我", "边走边看", "长文在写", "有懂的说说",
    ),
    "zh_good": (
        "信心足", "还没涨够", "流动性跟上", "长期看好", "散户没反应", "量能不错", "继续加仓", "格局打开",
        "团队靠谱", "回购给力",
    ),
    "zh_bad": (
        "先撤了", "没人负责", "太离谱", "转冷钱包", "信任没了", "教训不够", "公告没出", "审计没用",
        "客服不回", "准备维权",
    ),
}
# fmt: on

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
