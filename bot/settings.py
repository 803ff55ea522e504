"""What the operator can set: `config.toml` below the environment, secrets from the environment only."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from bot import profiles
from bot.profiles import Profile
from core.errors import ConfigError

CONFIG = Path(__file__).resolve().parents[1] / "config.toml"
_SECRETS = {"bot_token", "xai_api_key", "database_url", "x_bearer_token"}


class Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Grok(Section):
    model: str = Field(default="grok-4.3", min_length=1)
    fallbacks: tuple[Annotated[str, Field(min_length=1)], ...] = ("grok-4.7", "grok-4.6")
    stream: bool = True
    timeout_seconds: float = Field(default=180, gt=0, le=1800)
    hourly_usd: float = Field(default=1.2, ge=0)
    daily_usd: float = Field(default=10.0, ge=0)
    monthly_usd: float = Field(default=300.0, ge=0)
    users_share: float = Field(default=0.1, ge=0, le=0.5)
    shock_share: float = Field(default=0.1, ge=0, le=0.4)


class Cycle(Section):
    every_minutes: float = Field(default=60, gt=0, le=1440)
    languages: tuple[Literal["en", "zh", "ja", "ko", "ru", "es", "tr"], ...] = ("en", "zh")
    refresh_per_cycle: int = Field(default=4, ge=0, le=100)
    extras_per_day: int = Field(default=8, ge=0, le=1000)
    backfills_per_day: int = Field(default=8, ge=0, le=1000)
    counts_per_cycle: int = Field(default=12, ge=0, le=100)
    posts_per_search: int = Field(default=10, ge=1, le=10)
    history_days: int = Field(default=120, ge=15, le=180)


class Alerts(Section):
    surprise: float = Field(default=3.0, gt=0)
    confidence: float = Field(default=0.5, ge=0, le=1)
    min_posts: int = Field(default=3, ge=1)
    min_authors: int = Field(default=5, ge=1)
    reported_weight: float = Field(default=0.8, gt=0, le=1)
    warm_up_hours: float = Field(default=48, ge=0)
    cooldown_hours: float = Field(default=24, ge=0)
    escalation: float = Field(default=1.0, ge=0)
    escalation_after_hours: float = Field(default=1, ge=0)
    stale_after_hours: float = Field(default=2, gt=0)


class Confirm(Section):
    look_up: bool = True
    per_cycle: int = Field(default=20, ge=0, le=200)
    timeout_seconds: float = Field(default=4.0, gt=0, le=60)


class Words(Section):
    enabled: bool = True


class Telegram(Section):
    per_second: float = Field(default=28.5, gt=0)
    per_chat_seconds: float = Field(default=1.0, ge=0)
    per_group_minute: int = Field(default=18, ge=1)
    max_attempts: int = Field(default=8, ge=1)
    concurrency: int = Field(default=30, ge=1, le=1000)


class Digest(Section):
    catch_up_hours: float = Field(default=6, gt=0, le=24)


class Retention(Section):
    excerpt_days: int = Field(default=30, ge=1)
    days: int = Field(default=180, ge=30)


class Log(Section):
    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["console", "json"] = "console"


class Settings(BaseSettings):
    """Frozen; `init > environment > config.toml`; unknown keys are refused."""

    model_config = SettingsConfigDict(
        frozen=True,
        extra="forbid",
        env_nested_delimiter="__",
        env_ignore_empty=True,
        hide_input_in_errors=True,
    )
    toml: ClassVar[Path] = CONFIG

    bot_token: SecretStr
    xai_api_key: SecretStr
    database_url: SecretStr = SecretStr("sqlite:///data/intern.db")
    x_bearer_token: SecretStr | None = None
    port: int | None = Field(default=None, ge=0, le=65535)
    admin_ids: Annotated[tuple[int, ...], NoDecode] = ()
    allowed_chats: Annotated[tuple[int, ...], NoDecode] = ()
    telegram_api_base: str = "https://api.telegram.org"
    xai_base_url: str = "https://api.x.ai/v1"
    x_base_url: str = "https://api.x.com"
    oembed_base_url: str = "https://publish.twitter.com"
    posts_file: Path | None = None
    clock: str | None = None

    profile: Profile = "standard"
    grok: Grok = Grok()
    cycle: Cycle = Cycle()
    confirm: Confirm = Confirm()
    words: Words = Words()
    alerts: Alerts = Alerts()
    telegram: Telegram = Telegram()
    digest: Digest = Digest()
    retention: Retention = Retention()
    log: Log = Log()

    @model_validator(mode="before")
    @classmethod
    def _chosen(cls, data: Any) -> Any:
        """Knobs nobody set are the profile's (one nobody knows is told by its own field); a posts file needs
        no key."""
        if data.get("posts_file"):
            data = {"xai_api_key": SecretStr(""), **data}
        profile = data.get("profile", "standard")
        return profiles.fill(data, profile) if profile in profiles.PROFILES else data

    @field_validator("posts_file")
    @classmethod
    def _file(cls, value: Path | None) -> Path | None:
        if value is not None and not value.is_file():
            raise ValueError(f"there is no file {value.name}; name a .jsonl or .jsonl.gz file of posts")
        return value

    @field_validator("admin_ids", "allowed_chats", mode="before")
    @classmethod
    def _ids(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        try:
            return tuple(int(part) for part in re.split(r"[,\s]+", value.strip()) if part)
        except ValueError:
            raise ValueError(
                "write chat or user ids as whole numbers with commas, for example 12345,-100678"
            ) from None

    @field_validator("bot_token", "xai_api_key", "x_bearer_token", mode="before")
    @classmethod
    def _bare(cls, value: Any) -> Any:
        """A key copied with its line end is still that key."""
        return value.strip() if isinstance(value, str) else value

    @field_validator("bot_token")
    @classmethod
    def _token(cls, value: SecretStr) -> SecretStr:
        if not re.fullmatch(r"[0-9]+:[A-Za-z0-9_-]{10,}", value.get_secret_value()):
            raise ValueError("that is not a bot token; ask @BotFather for one, it looks like 123456:ABC…")
        return value

    @field_validator("telegram_api_base", "xai_base_url", "x_base_url", "oembed_base_url")
    @classmethod
    def _base(cls, value: str) -> str:
        if not re.fullmatch(r"https?://[^\s/?#]+(/[^\s?#]*)?", value):
            raise ValueError("write an address like https://host or http://127.0.0.1:8080")
        return value.rstrip("/")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, cls.toml)

    @property
    def secrets(self) -> tuple[str, ...]:
        """Everything that must never reach a log."""
        fields = (self.bot_token, self.xai_api_key, self.database_url, self.x_bearer_token)
        return tuple(f.get_secret_value() for f in fields if f is not None and f.get_secret_value())


def load(**overrides: Any) -> Settings:
    """Read the settings; any problem becomes one sentence that names the setting and says what to do."""
    if not Settings.toml.is_file():
        raise ConfigError(f"{Settings.toml.name} is missing beside the code: restore it from the repository.")
    try:
        misplaced = _SECRETS & set(tomllib.loads(Settings.toml.read_text("utf-8")))
        if misplaced:
            name = min(misplaced)
            raise ConfigError(
                f"{name} stands in {Settings.toml.name}: move it to the environment as {name.upper()}."
            )
        return Settings(**overrides)
    except ValidationError as error:
        raise ConfigError(_sentence(error)) from None
    except ValueError as error:  # the TOML itself cannot be read
        raise ConfigError(f"{Settings.toml.name} cannot be read ({error}): mend it or restore it.") from None


def _sentence(error: ValidationError) -> str:
    first = error.errors(include_input=False, include_url=False)[0]
    name = "__".join(str(part) for part in first["loc"])
    where = name.upper() if "__" not in name else f"{name.replace('__', '.')} in config.toml"
    if first["type"] == "missing":
        return f"{where} is not set: {_HOW.get(where, 'set it in the environment')}."
    if first["type"] == "extra_forbidden":
        return f"{where} is not a setting of INTERN: remove it or check its spelling in config.toml."
    return f"{where} is wrong: {first['msg'].removeprefix('Value error, ')}."


_HOW = {
    "BOT_TOKEN": "ask @BotFather for a bot token and put it in the environment",
    "XAI_API_KEY": "create a key at console.x.ai and put it in the environment",
}
