"""Ordinary talk about a coin's price, assembled from banks. Slots: tick, lvl, pct, hour, n, usd."""

from __future__ import annotations

UP_EN = (
    "{tick} reclaimed {lvl} {why}",
    "Adding {tick} on dips under {lvl}, {why}",
    "Weekly close above {lvl} on {tick} and I stop pretending to be patient",
    "{tick} spot bid will not go away, {why}",
    "{tick} up {low} {when}, {why}",
    "Chart of {tick} against bitcoin finally turns, {why}",
    "Been in {tick} since {lvl}, not selling {when}",
    "{tick} bulls defended {lvl} for the {few}th time",
)
DOWN_EN = (
    "{tick} lost {lvl} {when}, {why}",
    "Cut my {tick} long at {lvl}, {why}",
    "{tick} down {low} and the bounce has no volume",
    "Short {tick} under {lvl}, invalidated above, {why}",
    "{tick} looks heavy, {why}",
    "Another red day for {tick}, support at {lvl} is thin",
    "{tick} holders are tired, {why}",
)
FLAT_EN = (
    "{tick} stuck around {lvl} {when}, {why}",
    "Nobody talks about {tick} at {lvl} and that is usually when it moves",
    "{tick} range {lvl} for {few} days, options look cheap",
    "What is the plan for {tick} here? {why}",
    "{tick} volume is the lowest in {few} weeks",
    "Watching {tick} at {lvl}, no trade yet",
)
WHY_EN = (
    "funding is flat",
    "open interest reset",
    "shorts are paying",
    "the order book is one-sided",
    "ETF desks keep buying",
    "liquidity is thin before the weekend",
    "exchange balances keep falling",
    "everyone waits for the CPI print",
    "the yen is doing something",
    "leverage came back too fast",
    "large holders moved coins",
    "basis widened to {low}",
    "the {n} day average sits right there",
    "bids stacked down to {lvl}",
    "futures gap still open",
    "dominance rolled over",
)
WHEN_EN = (
    "today",
    "overnight",
    "this week",
    "since Asia opened",
    "into the close",
    "for {hour} hours",
    "before lunch",
)
UP_ZH = (
    "{tick} 站回 {lvl}，{why}",
    "{tick} 今天涨了 {low}，{why}",
    "回调到 {lvl} 就加仓 {tick}",
    "{tick} 现货买盘很稳，看多",
    "拿着 {tick} 不动，目标看高一线",
)
DOWN_ZH = (
    "{tick} 跌破 {lvl}，{why}",
    "{tick} 跌 {low}，反弹没有量",
    "{lvl} 止损了 {tick}，{why}",
    "{tick} 走势偏弱，看空到下周",
)
FLAT_ZH = (
    "{tick} 在 {lvl} 附近横盘 {few} 天了",
    "{tick} 没量，先观望，{why}",
    "大家怎么看 {tick}？{why}",
    "{tick} 波动率新低，要变盘",
)
WHY_ZH = (
    "资金费率回到零",
    "空头在付费",
    "交易所余额继续下降",
    "都在等 CPI",
    "杠杆又上来了",
    "大户在转账",
    "ETF 净流入",
    "周末流动性差",
    "合约持仓重置了",
)
