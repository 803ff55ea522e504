"""A bought breakout through the whole pure chain: what is dear, and what a real story pays for it."""

from tests.eval.attack import Attack, alerted, delay


def test_the_same_words_buy_nothing_however_many_say_them():
    assert alerted(Attack(60, same_words=True), defended=True) is None
    assert alerted(Attack(60, same_words=True), defended=False) == 1


def test_a_dozen_accounts_made_for_the_day_buy_no_alert():
    assert alerted(Attack(12), defended=True) is None
    assert alerted(Attack(12), defended=False) == 1


def test_a_crowd_nobody_knows_is_heard_in_the_end():
    assert alerted(Attack(60), defended=True) == 1
    assert alerted(Attack(60, hours=4), defended=True) is not None


def test_a_real_story_told_by_people_we_know_does_not_wait():
    assert delay(0.8, 1) == 0
