"""The standing themes of crypto X: how often each is talked about, and in which words."""

from __future__ import annotations

from typing import NamedTuple


class Theme(NamedTuple):
    """A standing theme with its own lines; `mood` is the mean stance, −1 … 1."""

    name: str
    per_hour: float
    mood: float
    en: tuple[str, ...]
    zh: tuple[str, ...]


THEMES = (
    Theme(
        "staking",
        2.0,
        0.2,
        (
            "Validator queue on {chain} is {n} days long, staking yield slides to {low}",
            "Moved my stake to a smaller operator, {chain} is too concentrated",
            "Liquid staking spread at {low}, somebody large is unstaking",
        ),
        ("{chain} 质押排队 {n} 天，收益掉到 {low}", "质押还是选小节点，太集中了"),
    ),
    Theme(
        "etf flows",
        3.0,
        0.3,
        (
            "ETF flows yesterday: {usd} net in, third day in a row",
            "Spot ETF volume at {usd} by noon, creation desks are busy",
            "ETF outflow of {usd} and price did not care",
            "Ether ETF flows turned positive after {few} sessions",
        ),
        ("昨天 ETF 净流入 {usd}", "现货 ETF 流出 {usd}，价格没反应"),
    ),
    Theme(
        "memecoins",
        4.0,
        0.2,
        (
            "New memecoin every {n} seconds and I still missed the one with the frog",
            "Memecoin volume is {pct} of all dex volume today, culture wins",
            "Made {usd} on a dog coin, lost it on a cat coin",
            "Trenches are quiet, {n} memecoins graduated all night",
        ),
        ("今天土狗又归零了 {n} 个", "Meme 热度回来了，链上交易量涨 {pct}", "冲土狗亏了 {usd}，睡觉"),
    ),
    Theme(
        "airdrop season",
        3.0,
        0.3,
        (
            "Airdrop checker is out, {n} tokens for a year of work",
            "Airdrop criteria leaked: volume before block {block} counts, sybil filter is harsh",
            "Claimed the airdrop, sold, paid rent. Thank you {chain}",
        ),
        ("空投查询出来了，只有 {n} 个代币", "撸毛一年，空投 {usd}，不够电费", "{chain} 空投规则又改了"),
    ),
    Theme(
        "layer two fees",
        1.6,
        0.1,
        (
            "Blob fees on {chain} tripled in {hour} hours, rollups feel it",
            "A swap on {chain} costs {cents} cents, nobody complains about gas any more",
            "Sequencer of {chain} stalled for {n} minutes this morning",
        ),
        ("{chain} 转账只要 {cents} 美分", "{chain} 排序器停了 {n} 分钟"),
    ),
    Theme(
        "stablecoins",
        1.6,
        0.1,
        (
            "Stablecoin supply grew {usd} this week, dry powder or payments",
            "Merchant settled an invoice in stablecoins in {n} seconds, bank said three days",
            "Stablecoin yield at {low} without leverage, read the terms",
        ),
        ("稳定币总量这周增加 {usd}", "跨境收款用稳定币 {n} 秒到账"),
    ),
    Theme(
        "real world assets",
        1.2,
        0.3,
        (
            "Tokenised treasuries passed another {usd}, RWA is the quiet winner",
            "Real estate token pays {low}, the paperwork is the moat",
        ),
        ("RWA 规模又涨了 {usd}", "代币化国债收益 {low}，稳"),
    ),
    Theme(
        "regulation",
        1.8,
        0.0,
        (
            "Committee markup of the market structure bill slips {few} weeks again",
            "Licence for custody took {n} months, regulation is the product now",
            "New guidance on staking services, lawyers happy, devs confused",
        ),
        ("监管新规征求意见，交易所要重新申请牌照", "托管牌照拿了 {n} 个月"),
    ),
    Theme(
        "mining",
        1.0,
        0.0,
        (
            "Hashrate at a record, difficulty up {low}, miners sell {usd} a day",
            "Miner pivots {n} megawatts to compute, share price likes it",
        ),
        ("算力新高，难度涨 {low}", "矿工今天卖了 {usd}"),
    ),
    Theme(
        "perp funding",
        2.0,
        0.0,
        (
            "Funding annualised at {pct} on majors, cash and carry desk wakes up",
            "{usd} liquidated in {hour} hours, mostly longs at high leverage",
            "Open interest is back where it was before the flush",
        ),
        ("{hour} 小时爆仓 {usd}，多头居多", "资金费率年化 {pct}，套利又来了"),
    ),
    Theme(
        "restaking",
        0.8,
        -0.1,
        (
            "Restaking deposits fell {pct}, points are over and so is the love",
            "Slashing goes live for {n} services, risk finally has a price",
        ),
        ("再质押存款下降 {pct}", "罚没上线，风险终于有价格"),
    ),
    Theme(
        "nft",
        1.2,
        -0.2,
        (
            "Floor of the penguins at {n} ETH, art did not die",
            "NFT volume {usd} this week, down {pct}, collectors only",
        ),
        ("NFT 地板价又跌 {pct}", "收藏玩家还在买图"),
    ),
    Theme(
        "depin",
        0.9,
        0.3,
        (
            "My rooftop sensor earned {n} tokens this month, DePIN pays the coffee",
            "DePIN revenue is {usd} a month in total, small and real",
        ),
        ("DePIN 设备一个月赚 {n} 个代币", "物理网络收入 {usd}，不大但真实"),
    ),
    Theme(
        "governance",
        0.8,
        0.0,
        (
            "DAO vote to switch on fees passed with {pct}, turnout was tiny",
            "Delegate with {n} votes did not read the proposal, again",
        ),
        ("DAO 提案通过率 {pct}，投票的人太少", "治理代币有什么用，又在吵"),
    ),
    Theme(
        "prediction markets",
        1.4,
        0.1,
        (
            "Prediction market has the rate cut at {pct}, up from yesterday",
            "Resolution dispute on a {usd} market, oracles are politics",
        ),
        ("预测市场降息概率 {pct}", "预测市场裁决又有争议"),
    ),
    Theme(
        "treasuries",
        1.2,
        0.4,
        (
            "Another listed company puts {usd} of bitcoin on its balance sheet",
            "Treasury company trades at {pct} under its coins, the flywheel slows",
        ),
        ("又一家上市公司买入 {usd} 的比特币", "财库公司溢价没了 {pct}"),
    ),
    Theme(
        "privacy",
        0.8,
        0.3,
        (
            "Shielded pool grew {pct} this month, privacy is not a niche",
            "Private payments demo settled in {n} seconds on a phone",
        ),
        ("隐私币这个月涨 {pct}", "隐私不是小众需求"),
    ),
    Theme(
        "gaming",
        0.8,
        -0.1,
        (
            "Web3 game shuts down after {n} months, tokens outlived the players",
            "Played an onchain game for {hour} hours and forgot it was onchain. Good sign",
        ),
        ("链游又关了一个，撑了 {n} 个月", "玩了 {hour} 小时链游，居然不错"),
    ),
    Theme(
        "macro",
        2.2,
        0.0,
        (
            "Core inflation in {hour} hours, desks expect {low}",
            "Dollar index softer, risk likes it, gold likes it more",
            "Rate path repriced by {n} basis points after the minutes",
        ),
        ("{hour} 小时后公布 CPI，预期 {low}", "美元走弱，风险资产喘口气"),
    ),
    Theme(
        "whales",
        1.8,
        0.0,
        (
            "Wallet asleep for {yrs} years moved {usd} of bitcoin this morning",
            "Whale deposits {usd} to an exchange, timeline panics on schedule",
            "Old miner wallet wakes up, {n} BTC to a fresh address",
        ),
        ("沉睡 {yrs} 年的巨鲸转了 {usd}", "巨鲸充值 {usd} 到交易所，又要砸？"),
    ),
    Theme(
        "security tips",
        1.0,
        -0.1,
        (
            "Use a second browser profile for your wallet. {n} minutes, saves everything",
            "Phishing mail with my real name today, the exchange leak was real",
            "Read what you sign. A permit is a blank cheque for {usd}",
        ),
        ("签名之前先看清楚授权", "钓鱼邮件越来越像真的了"),
    ),
    Theme(
        "wallet design",
        0.6,
        0.1,
        (
            "Passkey onboarding took {n} seconds, my mother has a wallet now",
            "Smart accounts paid gas in dollars for {n} swaps, this is the way",
        ),
        ("无助记词登录只要 {n} 秒", "智能账户体验终于像样了"),
    ),
    Theme(
        "taxes",
        0.5,
        -0.3,
        (
            "Tax software counts {n} airdrops as income at the top tick, wonderful",
            "Accountant charged {usd} to read my dex history, fair",
        ),
        ("报税软件把空投全算成收入", "会计看我链上记录看哭了"),
    ),
    Theme(
        "builders",
        1.2,
        0.2,
        (
            "Shipped an indexer in {n} lines, {chain} nodes are finally boring",
            "Formal verification caught {n} bugs our audit missed",
            "Hiring a protocol engineer, remote, must like old papers",
        ),
        ("{n} 行代码写了个索引器", "审计没发现的漏洞，形式化验证发现 {n} 个"),
    ),
    Theme(
        "dex volume",
        1.4,
        0.1,
        (
            "Dex to cex ratio hits {pct}, self custody habits stick",
            "{chain} dexes did {usd} today, mostly two pairs",
        ),
        ("DEX 占比到 {pct} 了", "{chain} 今天 DEX 成交 {usd}"),
    ),
)
