"""Whoever an answer names, wherever it names them."""

import json

from hypothesis import given
from hypothesis import strategies as st

from core import claims


def test_authors_are_found_in_groups_and_posts_alike():
    document = {"narratives": [{"posts": [{"author": "@ann"}, {"author": "bob"}]}], "other": [{"author": 7}]}
    assert claims.authors(document) == {"ann", "bob"}


def test_a_document_of_any_depth_is_read():
    assert claims.authors(json.loads('{"a":' * 900 + '{"author": "deep"}' + "}" * 900)) == {"deep"}


@given(
    st.recursive(
        st.none() | st.booleans() | st.text(max_size=5),
        lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["author", "posts"]), inner),
    )
)
def test_any_json_has_an_answer(document):
    assert isinstance(claims.authors(document), set)
