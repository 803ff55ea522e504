"""What people and hosts write into DATABASE_URL."""

import pytest

from core.errors import ConfigError
from storage.database import normalise


@pytest.mark.parametrize(
    "url", ["sqlite:///data/a.db", "sqlite+aiosqlite:///data/a.db", " sqlite:///data/a.db\n"]
)
def test_sqlite_is_a_path(url):
    assert str(normalise(url)) == "sqlite+aiosqlite:///data/a.db"


def test_absolute_sqlite_path_keeps_its_slash():
    assert normalise("sqlite:////var/lib/a.db").database == "/var/lib/a.db"


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+asyncpg"])
def test_postgres_goes_to_asyncpg(scheme):
    url = normalise(f"{scheme}://ada:p%40ss@db.example:5433/intern")
    assert url.drivername == "postgresql+asyncpg"
    assert (url.username, url.password, url.host, url.port, url.database) == (
        "ada",
        "p@ss",
        "db.example",
        5433,
        "intern",
    )
    assert not url.query


@pytest.mark.parametrize("mode", ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"])
def test_sslmode_becomes_what_asyncpg_calls_ssl(mode):
    assert normalise(f"postgres://u:p@h/db?sslmode={mode}").query == {"ssl": mode}


def test_yes_or_no_is_a_mode_too():
    assert normalise("postgres://u:p@h/db?ssl=true").query == {"ssl": "require"}
    assert normalise("postgres://u:p@h/db?ssl=false").query == {"ssl": "disable"}


def test_what_only_libpq_understands_is_dropped():
    url = normalise(
        "postgres://u:p@h/db?sslmode=require&channel_binding=require&keepalives=1&connect_timeout=10"
    )
    assert url.query == {"ssl": "require"}


def test_certificates_and_session_options_reach_the_driver():
    url = normalise("postgres://u:p@h/db?sslmode=verify-ca&sslrootcert=/etc/ca.crt&application_name=intern")
    assert url.query == {
        "ssl": "verify-ca",
        "dsn": "postgresql://?sslrootcert=%2Fetc%2Fca.crt&application_name=intern",
    }


def test_socket_folder_stays():
    assert normalise("postgresql://u@/db?host=/run/pg&port=5433").query == {"host": "/run/pg", "port": "5433"}


@pytest.mark.parametrize(
    "url", ["sqlite:///a.db", "postgres://u:p@h/db?sslmode=require&application_name=x&sslcert=c.crt"]
)
def test_normalising_twice_changes_nothing(url):
    once = normalise(url)
    assert normalise(once.render_as_string(hide_password=False)) == once


@pytest.mark.parametrize(
    "url",
    [
        "", "data/intern.db", "mysql://ada:s3cret@h/db", "sqlite://", "sqlite://data/a.db", "sqlite:///:memory:",
        "sqlite:///file:a.db", "sqlite:///a.db?mode=ro", "postgres://ada:s3cret@h", "postgres://ada:s3cret@h:port/db",
        "postgres://ada:s3cret@h/db?sslmode=maybe", "postgresql+psycopg2://ada:s3cret@h/db",
    ],
)  # fmt: skip
def test_anything_else_is_refused_in_one_sentence_without_the_password(url):
    with pytest.raises(ConfigError) as caught:
        normalise(url)
    sentence = str(caught.value)
    assert "DATABASE_URL" in sentence
    assert "s3cret" not in sentence
    assert "\n" not in sentence
    assert caught.value.__cause__ is None
