"""The same for Chinese, Russian, Spanish and Turkish: words people bet, hope and warn with.

Written here, without any corpus. Chinese terms are found inside runs of characters, the longest first; words
ending in * stand for all their forms. Words that mean something else in English are left out: a post does
not say which language it is in.
"""

from __future__ import annotations

CHINESE: dict[float, str] = {
    3.0: """
        暴涨 暴漲 暴富 看涨 看漲 看多 利好 牛市 起飞 起飛 翻倍 百倍 千倍 十倍 新高 登月 财富自由 財富自由
        王者归来
    """,
    2.0: """
        大涨 大漲 上涨 上漲 涨停 涨了 漲了 涨幅 反弹 反彈 突破 拉升 拉盘 拉盤 抄底 加仓 加倉 做多 看好 爆发
        爆發 强势 強勢 回暖 赚 賺 盈利 买入 買入 持有 囤币 囤幣 真香 冲鸭 上车 上車 梭哈 净流入 淨流入 涨 漲
        牛逼 厉害 厲害 希望 期待 恭喜 支持 领先 創新高 潜力 潛力 通过 获批 獲批 上线 合作 不错 不錯 稳了
        穩了 放心 喘口气 喜欢 喜歡
    """,
    -1.6: """
        下跌 回调 回調 跌了 阴跌 陰跌 看空 做空 利空 看跌 抛售 拋售 卖出 賣出 减仓 減倉 止损 止損 砸 套牢 亏
        虧 净流出 淨流出 跌 解锁 延迟 延遲 担心 擔心 小心 警惕 风险 風險 谨慎 謹慎 熊市 失望 失败 失敗 质疑
        質疑 下架 监管 监管打压 慌 疲软 踏空 争议 爭議 垃圾 没用 沒用 不行 完了 溢价没了 哭 睡不着 停了
    """,
    -3.0: """
        暴跌 大跌 崩盘 崩盤 崩了 归零 歸零 割韭菜 韭菜 跑路 骗局 騙局 骗子 騙子 诈骗 詐騙 爆仓 爆倉 清算
        砸盘 砸盤 被盗 被盜 盗走 黑客 漏洞 攻击 攻擊 脱锚 脫錨 恐慌 暴雷 爆雷 完蛋 凉了 涼了 腰斩 腰斬 新低
        跌破 割肉 资金盘 資金盤 庞氏 龐氏 传销 貔貅 土狗归零 钓鱼 被封 破产 破產 挤兑 擠兌
    """,
}
CHINESE_NOT = "不没沒未别別无無勿"

RUSSIAN: dict[float, str] = {
    2.6: """
        ракет* туземун* памп* иксы икса иксанул* лонг* бычий бычь* бык быки взлет* взлёт* хай хаи
    """,
    1.8: """
        рост раст* вырос* выраст* покупа* купил* купи закуп* набира* держу держим ходл* отскок* отскоч*
        пробил* прибыл* профит* хорош* отличн* супер круто классн* крут* надежн* надёжн* перспективн* сильн*
        поздравля* успех* успешн* рекорд* доверя* лучш* спасибо верю люблю
    """,
    -1.6: """
        прода* продаж* продал* шорт* паден* пада* упал* упад* снижен* снижа* коррекц* просад* слив* слил*
        боюсь страшно осторожн* риск* сомнева* плох* слаб* задерж* проблем* дорого штраф* запрет*
    """,
    -2.8: """
        обвал* рухн* крах* скам* мошен* развод* кинул* кида* украл* украд* взлом* хакер* дамп* медвеж*
        ликвид* пузыр* пирамид* лохотрон* паник* катастроф* ужас* банкрот* делист* потерял* потеря* убыт*
        соскам* скамер* дно бесполезн* мусор
    """,
}

SPANISH: dict[float, str] = {
    2.4: """
        alcista alcistas despega despegar despegando cohete explota explotando subidón máximos disparado
        dispara disparando imparable
    """,
    1.6: """
        sube suben subiendo subió subida subidas subir comprar compra compren comprando compré compro ganar
        gano ganando ganancia ganancias rebote rebota recupera recuperación acumular acumulando bueno buena
        excelente genial increíble fuerte éxito gracias felicidades oportunidad mejor crecimiento creciendo
        confío confianza feliz
    """,
    -1.6: """
        bajista bajistas baja bajando bajó bajada caída caídas cae caen cayendo cayó caer vender vende
        vendan vendiendo vendí vendo pérdida pérdidas perder perdí perdiendo riesgo riesgos cuidado miedo
        débil malo mala peor problema problemas corrección retraso multa prohíbe
    """,
    -2.8: """
        estafa estafas estafador estafadores estafado fraude desplome desploma desplomó colapso colapsa
        hackeo hackeado hackearon robo robaron robado robados burbuja pánico quiebra liquidado liquidados
        liquidación basura hundió hunde ponzi pirámide desastre
    """,
}

TURKISH: dict[float, str] = {
    2.4: """
        uçuyor uçacak uçar uçtu uçuşa roket fırladı fırlıyor patlama boğa aya zirve rekor
    """,
    1.6: """
        yükseliş yükseldi yükseliyor yükselecek yükselir arttı artıyor artış alın alım aldım alıyorum
        topluyorum kazanç kazandı kazandım kazandırdı kazanıyor kâr toparladı toparlanıyor güçlü güzel
        harika süper iyi mükemmel umutlu fırsat başarılı tebrikler teşekkürler güveniyorum tepki kırdı
    """,
    -1.6: """
        düşüş düştü düşüyor düşecek düşer geriledi geriliyor satış sattım satıyorum satacak zarar kaybettim
        kaybetti kayıp risk riskli dikkat korku zayıf kötü sorun gecikme ceza yasak düzeltme
    """,
    -2.8: """
        çöktü çöküyor çöküş çakıldı çakılıyor dolandırıcı dolandırıcılık dolandırıldı dolandırdı hacklendi
        çalındı balon panik iflas likidasyon likit çöp batık battı batıyor saadet felaket
    """,
}

BUT = frozenset(("but", "но", "pero", "ama", "fakat"))
NOT = frozenset(("no", "не", "нет", "ни", "без", "никогда", "nunca", "jamás", "tampoco", "ni", "sin"))
NOT_AFTER = frozenset(("değil", "yok"))  # Turkish denies what was just said
