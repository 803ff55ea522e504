"""HTML as Telegram reads it, and the links clients make of their own accord."""

import pytest
from aiogram.types import MessageEntity
from aiogram.utils.text_decorations import html_decoration
from hypothesis import given
from hypothesis import strategies as st

from bot.sandbox.telegram.entities import format_text
from bot.sandbox.telegram.markup import parse_html
from bot.sandbox.telegram.refusals import Violation


def read(source):
    text, entities = parse_html(source)
    units = text.encode("utf-16-le")
    cut = [units[2 * e["offset"] : 2 * (e["offset"] + e["length"])].decode("utf-16-le") for e in entities]
    return text, [(e["type"], part) for e, part in zip(entities, cut, strict=True)]


def linked(text):
    found = format_text(text, parse_mode=None, entities=None, limit=4096).entities
    return [
        (e["type"], text.encode("utf-16-le")[2 * e["offset"] :][: 2 * e["length"]].decode("utf-16-le"))
        for e in found
    ]


@pytest.mark.parametrize(
    ("tag", "kind"),
    [
        ("b", "bold"),
        ("strong", "bold"),
        ("i", "italic"),
        ("em", "italic"),
        ("u", "underline"),
        ("ins", "underline"),
        ("s", "strikethrough"),
        ("del", "strikethrough"),
        ("code", "code"),
        ("pre", "pre"),
        ("blockquote", "blockquote"),
        ("tg-spoiler", "spoiler"),
    ],
)
def test_each_tag_becomes_its_entity(tag, kind):
    assert read(f"🏟 <{tag}>é🏟</{tag}>!") == ("🏟 é🏟!", [(kind, "é🏟")])


def test_special_tags_carry_their_values():
    assert parse_html('<a href="https://x.com/i/status/1?a=1&amp;b=2">¹</a>')[1][0]["url"] == (
        "https://x.com/i/status/1?a=1&b=2"
    )
    assert parse_html("<blockquote expandable>q</blockquote>")[1][0]["type"] == "expandable_blockquote"
    assert parse_html('<span class="tg-spoiler">s</span>')[1][0]["type"] == "spoiler"
    assert parse_html('<tg-time unix="1700000000" format="t">then</tg-time>')[1] == [
        {"type": "date_time", "offset": 0, "length": 4, "unix_time": 1700000000, "date_time_format": "t"}
    ]
    assert parse_html('<pre><code class="language-python">x</code></pre>')[1] == [
        {"type": "pre", "offset": 0, "length": 1, "language": "python"}
    ]
    assert parse_html('<tg-emoji emoji-id="5">👍</tg-emoji>')[1][0]["custom_emoji_id"] == "5"


def test_tags_nest_outermost_first():
    assert read("<b>a <i>b</i></b> c")[1] == [("bold", "a b"), ("italic", "b")]


def test_only_known_references_are_replaced():
    assert parse_html("&lt;&gt;&amp;&quot;&#65;&#x42; &laquo; &nbsp; R&D &#99999999;")[0] == (
        '<>&"AB &laquo; &nbsp; R&D &#99999999;'
    )


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("<b>x", 'Can\'t find end tag corresponding to start tag "b"'),
        ("a <c>", 'Unsupported start tag "c" at byte offset 2'),
        ("é <$5", "Unclosed start tag at byte offset 3"),
        ("x</b>", "Unexpected end tag at byte offset 1"),
        ("<b>é</i>", 'Unmatched end tag at byte offset 5, expected "</b>", found "</i>"'),
        ("<i>a</i ", "Unclosed end tag at byte offset 4"),
        ("<span>x</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
        (
            "<i aba>x</i>",
            'Expected equal sign in declaration of an attribute of the tag "i" at byte offset 0',
        ),
        ("<i =x>x</i>", 'Empty attribute name in the tag "i" at byte offset 0'),
        ("<a href=x,y>x</a>", "Unexpected end of name token at byte offset 8"),
        ('<a href="x>x</a>', "Unclosed start tag at byte offset 0"),
        ("<a href ", 'Expected equal sign in declaration of an attribute of the tag "a" at byte offset 0'),
        ("<b ", 'Unclosed start tag "b" at byte offset 0'),
        ("&#xDFDF;", "Text contains invalid Unicode characters after decoding HTML entities"),
        ('<tg-time unix="soon">x</tg-time>', 'Invalid date specified in the tag "tg-time"'),
        ("<tg-emoji>x</tg-emoji>", "Invalid custom emoji identifier specified"),
    ],
)
def test_wrong_markup_is_named_with_its_place(source, says):
    with pytest.raises(Violation) as caught:
        parse_html(source)
    assert caught.value.description == f"Bad Request: can't parse entities: {says}"


def test_a_link_without_a_readable_address_is_plain_text():
    assert parse_html('<a href="not a link">x</a>') == ("x", [])


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_quoted_text_comes_back_unchanged(text):
    assert parse_html(html_decoration.quote(text)) == (text, [])


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1), st.text("ab🏟 ", min_size=1))
def test_what_aiogram_writes_is_read_back(quoted, tail):
    source = f"{html_decoration.bold(html_decoration.quote(quoted))}{tail}"
    text, entities = parse_html(source)
    assert html_decoration.unparse(text, [MessageEntity(**each) for each in entities]) == source


def test_white_space_around_a_text_is_trimmed_and_entities_follow():
    text, entities = format_text("\n <b> x </b> \n", parse_mode="HTML", entities=None, limit=4096)
    assert (text, entities) == ("x", [{"type": "bold", "offset": 0, "length": 1}])


def test_nothing_inside_code_is_marked_or_linked():
    _, entities = format_text(
        "<code><b>/start</b> x.com</code>", parse_mode="HTML", entities=None, limit=4096
    )
    assert [each["type"] for each in entities] == ["code"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("see x.com/a?b=1, ok", [("url", "x.com/a?b=1")]),
        ("https://é.example/x.", [("url", "https://é.example/x")]),
        ("t.me/joinchat", [("url", "t.me/joinchat")]),
        ("1.2.3.4 is an address", [("url", "1.2.3.4")]),
        ("me@mail.com", [("email", "me@mail.com")]),
        ("🏟 @some_name", [("mention", "@some_name")]),
        ("/start@intern_bot now", [("bot_command", "/start@intern_bot")]),
        ("$BTC and #launch", [("hashtag", "#launch"), ("cashtag", "$BTC")]),
        ("version 3.1, e.g. 4.2× usual. Then and/or 24/7", []),
        ("x․com, x[.]com, @ name, $ BTC", []),
    ],
)
def test_clients_link_what_looks_like_a_link(text, found):
    assert sorted(linked(text)) == sorted(found)
