import re
from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from bot.views.markup import foreign, plain, post_link, unmarked

HOSTILE = "<b>x</b> & \u202egnp.exe t.me/lure https://evil.example/x @admin /start a@b.example " + "🚀" * 4000


def test_hostile_text_is_neither_markup_nor_tappable():
    said = foreign(HOSTILE)
    assert "<b>" not in said and "&lt;b&gt;" in said
    assert "\u202e" not in said and "https://" not in said
    assert not re.search(r"t\.me", said) and not re.search(r"(?<!\w)@\w|(?<!\w)/\w", said)
    assert len(said) < 400


def test_a_wall_of_one_sign_becomes_three():
    assert plain("🚀" * 4000) == "🚀🚀🚀"


def test_a_post_link_holds_nothing_but_digits():
    assert post_link('12"><b>3', "post") == '<a href="https://x.com/i/status/123">post</a>'


def test_ordinary_text_reads_the_same():
    assert plain("ETF inflows hit 3.5% — wow") == "ETF inflows hit 3.5% — wow"


def test_markup_can_be_taken_off_again():
    assert unmarked("<b>A &amp; B</b> <a href='x'>1</a>") == "A & B 1"


class Strict(HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.tags, self.text = [], ""

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)

    def handle_data(self, data):
        self.text += data


@given(st.text(max_size=400))
def test_no_text_becomes_markup(text):
    parser = Strict()
    parser.feed(foreign(text))
    parser.close()
    assert parser.tags == []
    assert len(parser.text.replace("\u2060", "")) <= 200 + 10 * text.count("/")


@given(st.text(alphabet="ab./@#$:t me", max_size=60))
def test_nothing_can_be_tapped(text):
    said = foreign(text)
    assert not re.search(r"\w\.[a-z]{2,}", said)
    assert not re.search(r"(?<!\w)[@/#$]\w", said)
