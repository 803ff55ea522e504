import re
import tomllib

import pytest
from pydantic import BaseModel

from bot import settings as module
from bot.__main__ import main
from bot.profiles import PROFILES
from bot.settings import Settings, load
from core.errors import ConfigError

GOOD = {"BOT_TOKEN": "123456:abcdefghijkl", "XAI_API_KEY": "xai-secret-key"}


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch):
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    for name, value in GOOD.items():
        monkeypatch.setenv(name, value)


def test_config_toml_documents_every_knob_with_its_default():
    documented = tomllib.loads(uncommented())
    sections = {
        name: field.annotation
        for name, field in Settings.model_fields.items()
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel)
    }
    assert documented.keys() == sections.keys() | {"profile"}
    for name, model in sections.items():
        assert {k: tuple(v) if isinstance(v, list) else v for k, v in documented[name].items()} == dict(
            model()
        )


def uncommented():
    """config.toml with the knobs a profile sets written out."""
    return re.sub(r"(?m)^# (\w+ = )", r"\1", module.CONFIG.read_text("utf-8"))


def test_only_what_a_profile_sets_is_commented_out():
    plain, full = tomllib.loads(module.CONFIG.read_text("utf-8")), tomllib.loads(uncommented())
    left_out = {(name, k) for name in full for k in set(full[name]) - set(plain[name]) if name != "profile"}
    for profile in PROFILES.values():
        assert left_out == {(name, k) for name, knobs in profile.items() for k in knobs}


def test_every_knob_has_a_comment():
    knobs = [line for line in uncommented().splitlines() if "=" in line and line[0] not in "# "]
    assert knobs and all("#" in line for line in knobs)


@pytest.mark.parametrize("profile", ["frugal", "standard", "intense"])
def test_one_line_chooses_a_profile_and_a_knob_of_ones_own_wins(monkeypatch, profile):
    monkeypatch.setenv("PROFILE", profile)
    loaded, chosen = load(), PROFILES[profile]
    assert loaded.cycle.every_minutes == chosen["cycle"]["every_minutes"]
    assert loaded.grok.daily_usd == chosen["grok"]["daily_usd"]
    monkeypatch.setenv("GROK__DAILY_USD", "7")
    assert load().grok.daily_usd == 7 and load().grok.hourly_usd == chosen["grok"]["hourly_usd"]


def test_the_environment_wins_over_the_file(monkeypatch):
    monkeypatch.setenv("CYCLE__EVERY_MINUTES", "5")
    monkeypatch.setenv("ADMIN_IDS", "1, 2")
    loaded = load()
    assert loaded.cycle.every_minutes == 5 and loaded.admin_ids == (1, 2)


def test_settings_never_show_a_secret():
    assert "abcdefghijkl" not in repr(load()) and "xai-secret-key" not in str(load())


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("BOT_TOKEN", "", "BOT_TOKEN is not set: ask @BotFather"),
        ("BOT_TOKEN", "hello", "BOT_TOKEN is wrong: that is not a bot token"),
        ("XAI_API_KEY", "", "XAI_API_KEY is not set: create a key"),
        ("PORT", "abc", "PORT is wrong"),
        ("ADMIN_IDS", "me", "ADMIN_IDS is wrong: write chat or user ids as whole numbers"),
        ("TELEGRAM_API_BASE", "telegram", "TELEGRAM_API_BASE is wrong: write an address"),
        ("CYCLE__EVERY_MINUTES", "0", "cycle.every_minutes in config.toml is wrong"),
        ("POSTS_FILE", "nowhere.jsonl", "POSTS_FILE is wrong: there is no file nowhere.jsonl"),
        ("PROFILE", "lavish", "PROFILE is wrong"),
        ("CYCLE__EVRY", "3", "cycle.evry in config.toml is not a setting"),
    ],
)
def test_a_bad_value_is_one_sentence_that_names_it(monkeypatch, name, value, sentence):
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigError) as caught:
        load()
    assert str(caught.value).startswith(sentence) and "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[cycle]\nevery_minute = 5\n", "cycle.every_minute in config.toml is not a setting"),
        ('bot_token = "1:abc"\n', "bot_token stands in config.toml: move it to the environment as BOT_TOKEN"),
        ("[cycle\n", "config.toml cannot be read"),
    ],
)
def test_a_bad_file_is_one_sentence_too(monkeypatch, tmp_path, text, sentence):
    path = tmp_path / "config.toml"
    path.write_text(text)
    monkeypatch.setattr(Settings, "toml", path)
    with pytest.raises(ConfigError, match=sentence.replace("[", r"\[")):
        load()


def test_a_missing_file_is_said(monkeypatch, tmp_path):
    monkeypatch.setattr(Settings, "toml", tmp_path / "config.toml")
    with pytest.raises(ConfigError, match=r"config\.toml is missing"):
        load()


def test_a_fast_clock_never_meets_the_real_bill(monkeypatch, capsys):
    monkeypatch.setenv("CLOCK", "2026-11-20T00:00:00Z@60")
    assert main(["run"]) == 2
    said = capsys.readouterr().err
    assert "CLOCK runs 60 times as fast" in said and "api.x.ai" in said and said.count("\n") == 1


def test_posts_from_a_file_need_no_key(monkeypatch, tmp_path):
    posts = tmp_path / "posts.jsonl"
    posts.touch()
    monkeypatch.delenv("XAI_API_KEY")
    monkeypatch.setenv("POSTS_FILE", str(posts))
    assert load().posts_file == posts


def test_a_key_copied_with_its_line_end_is_that_key(monkeypatch):
    monkeypatch.setenv("XAI_API_KEY", " xai-secret-key\n")
    assert load().xai_api_key.get_secret_value() == "xai-secret-key"
