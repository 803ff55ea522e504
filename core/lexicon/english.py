"""Words of crypto X that a general lexicon misses or misreads, in English, with valence in [−4, 4].

Written here, from general knowledge of the subject, without any corpus. Positive is hope for a rise or
praise, negative fear of a fall or blame. Zero takes away a meaning that general English has and crypto has
not: a block is no obstacle, a share no kindness.
"""

from __future__ import annotations

WORDS: dict[float, str] = {
    3.0: """
        bullish moonshot parabolic lfg wagmi ath aths skyrocket skyrockets skyrocketing skyrocketed
        undervalued goat goated gigachad bullrun bullruns megabullish ultrabullish outperform outperforms
        outperformed
    """,
    2.2: """
        moon moons mooning mooned bull bulls bullmarket surge surges surged surging soar soars soared
        soaring rally rallies rallied rallying pump pumps pumped pumping breakout breakouts rocket rockets
        rip rips ripping ripped explode explodes exploding gem gems alpha hodl hodling hodler hodlers
        diamond accumulate accumulates accumulating accumulated accumulation rebound rebounds rebounded
        rebounding recover recovers recovered recovering recovery uptrend upside comeback unstoppable legit
        based chad uptober moonvember outpace outpaced lambo wen generational milestone milestones upgrade
        upgraded upgrades inflow inflows breakthrough
    """,
    1.4: """
        buy buys buying bought buyer buyers long longs longing hold holds holding holder holders stack
        stacks stacking stacked dca sats uptick climb climbs climbing climbed rise rises rising rose jump
        jumps jumped higher highs gainer gainers adoption adopt adopts adopted approve approves approved
        approval partner partners partnership partnerships launch launches launched listing listed mainnet
        integrates integrated halving future revolution revolutionary scarce scarcity sovereign sovereignty
        hedge gm ser fren frens blessed potential early grow grows growing grew expand expands expanding
        undervalue conviction patient patience shipping shipped ship buyback buybacks outlook reclaim
        reclaims reclaimed reclaiming support institutional record invest invested investing bounce bounces
        bounced legend legends legendary hottest hype hyped reliable hyperbitcoinization permissionless
        decentralized earn earned earning earns retire hardest tailwind tailwinds resilient overtake
        overtakes
    """,
    0.8: """
        up green massive fast faster lead leads leading believe target targets ready sure expect bigger yeah
        care
    """,
    -0.8: """
        down red
    """,
    -1.1: """
        fuck fucked shit shitty sketchy shady sus dubious slow slower boring late
    """,
    -1.4: """
        sell sells selling sold seller sellers short shorts shorting shorted lower dip dips dipping dipped
        drop drops dropped dropping fall falls falling fell slide slides sliding slid slip slips slipped
        correction corrections pullback retrace retraced decline declines declined declining delay delays
        delayed outflow outflows unlock unlocks overvalued resistance rejected rejection exit exits exited
        outage outages halted halts congestion congested lawsuit lawsuits sues sued sue probe subpoena
        delist delisted delisting copium cope coping paperhands overheated expensive unsustainable useless
        pointless inflation recession tax taxes taxed whine downgrade downgraded downgrades stuck bottom
        cheap nervous doubt doubts volatile volatility meh debt broke
    """,
    -1.8: """
        joke clown clowns cult casino gambling gamble gambler gamblers cringe winter breakdown manipulation
        manipulated manipulators manipulating topped overbought underperform underperforms underperforming
        centralized censorship censored tulip tulips illegal headwind headwinds shakeout fading faded
        weakness carbon nothingburger
    """,
    -2.2: """
        bear bears bearish bearmarket crash crashes crashed crashing plunge plunges plunged plunging tank
        tanks tanked tanking tumble tumbles tumbled tumbling sink sinks sinking sank bleed bleeds bleeding
        bled dump dumps dumped dumping dumpster rekt wrecked liquidated liquidation liquidations liquidate
        capitulate capitulates capitulated capitulation bubble bagholder bagholders bagholding ngmi fud nuke
        nukes nuked nuking dying dead downtrend downside crackdown insolvent insolvency bankrupt bankruptcy
        default defaulted slump slumped depeg depegs depegged depegging vulnerability vulnerable selloff
        meltdown bloodbath collapse collapses collapsed collapsing worthless trash garbage shitcoin
        shitcoins wtf hacker hackers attacker attackers attack attacked indictment indicted fined overhyped
        underwater ruined doomed cooked
    """,
    -3.0: """
        scam scams scammed scammer scammers rug rugs rugged rugpull rugpulls rugging ponzi ponzis pyramid
        fraud fraudulent hack hacks hacked exploit exploits exploited exploiter drain drains drained drainer
        drainers phishing honeypot stolen steal steals stealing theft insider embezzled laundering bullshit
        bs shithole goxed
    """,
    0.0: """
        block blocks share shares shared sharing interest interests like likes liked please free security
        number certain energy solution solutions vision join joined chance limited bond bonds resistant feed
        burn burned burns burning fire firing token gas natural matter kind want pay pays paid play plays
        playing straight created active intelligence intelligent agree agreed alert alerts asset assets
        credit credits fun special hand mature settle settled value values yes ok okay dear okx giveaway
        treasure treasury trust trustless stable shrew party gross fed award awards reward rewards challenge
        challenges true save clean commit committed contract demand ha hey lol lmao haha well top popular
        sin help helps helped cut cuts hard ill hell shell tx l ty qt ff pls create creating creation
        creator accepting giving vip exclusive discord grant grants granted promote promoted promotes bonus
        bonuses prize prizes gift gifts amazon united treasuries original engage engagement invite invites
        invited reach reached reaching hide protect god pretty crazy insane aggressive aggressively damn
        serious seriously defense critical anti dominance fight fighting battle pressure discount discounts
        sorry allow allows allowed holiday holidays merry festival championship festive greetings sir
    """,
}

PHRASES: dict[float, str] = {
    3.0: """
        to the moon, diamond hands, all time high, all time highs, new high, new highs, send it, up only,
        buy the dip, buying the dip, bought the dip, buy the fear, higher high, higher highs, higher low,
        god candle, still early, so early, we are so back, number go up, few understand, stack sats,
        stacking sats, going up, break out, breaks out, breaking out, broke out, bull run, bull market,
        bull flag, golden cross, short squeeze, not selling, never selling, never sell, dont sell, take off,
        taking off, looking strong, looks strong, price discovery, supply shock, strong hands, risk on,
        leg up, double bottom, face ripper, printing money, orange pill, orange pilled, good news,
        huge news, big news, fixes this, sound money, hard money, legal tender, financial freedom,
        laser eyes, opt out, hardest asset, passive income, great project, best project, good project,
        nice project, amazing project
    """,
    1.4: """
        bottom is in, bottomed out, holding support, held support, strong support, oversold, net inflow,
        net inflows, real yield, real revenue, ships fast, higher prices, all in, going long, went long,
        easy long, dollar cost average
    """,
    -1.4: """
        going down, going lower, went down, lower low, lower lows, lower high, leg down, exit liquidity,
        take profit, taking profit, taking profits, took profit, paper hands, going short, went short,
        sell the news, dead coin, no utility, no users, no volume, dead cat, dead cat bounce, risk off,
        net outflow, net outflows, token unlock, fake pump, bull trap, fell below, falls below, drops below,
        lost support, loses support, lose support, bad news, death cross, head and shoulders, rate hike,
        trading halted, withdrawals paused, withdrawals halted, paused withdrawals, halted withdrawals,
        down bad, down only, not looking good, looks weak, looking weak, be careful, stay away, not worth,
        break down, breaks down, breaking down, broke down, top is in, local top, blow off top, high fees,
        crypto winter, greater fool
    """,
    -3.0: """
        rug pull, rug pulled, exit scam, pump and dump, going to zero, goes to zero, go to zero, to zero,
        bank run, got rugged, got hacked, got drained, lost everything, its over, so over, dead project,
        stay poor, bear market, private key leaked, slow rug, soft rug, bad debt, sell everything,
        all time low, new low, new lows
    """,
}

EMOJI: dict[float, str] = {
    2.2: """
        🚀 🌕 🌙 📈 🐂 💎 🙌 🟢 🤑 💪 🥳 🎉 🏆 🔥 💰 💯 ❤ 💚 ✅ 😍 👑
    """,
    1.2: """
        👍 😀 😁 😄 😊 🙂 😎 🙏 👏 ⬆ 🔝 ✨
    """,
    -1.4: """
        🤔 🙄 😬 😕 ⬇ ⚠ 👎 🤦 😒 🤷 🚩 ❌
    """,
    -2.4: """
        📉 🐻 🔴 🩸 😭 😢 😡 🤬 🤡 💩 💀 ☠ 🪦 😱 🤮 😰 😨 💔 🐍
    """,
}
