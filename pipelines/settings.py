"""Where things are and how they are served: from the environment (PARLEY_*) and the file `parley.toml` in the home."""

import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, SecretStr
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from pipelines.running.where import Accelerator, Name, Where


def _default_home() -> Path:
    return Path.home() / ".parley"


def _address(value: str) -> str:
    if value != "auto" and not re.fullmatch(r"(\[[0-9a-fA-F:]+\]|[^\s:/]+):\d{1,5}", value):
        raise ValueError(
            f"'{value}' is no address. Write HOST:PORT of the cluster's head, such as 10.0.0.5:6379, or auto"
        )
    return value


class Settings(BaseSettings):
    """Every setting, its default and its meaning. A mistyped value stops the start with a message that names it."""

    model_config = SettingsConfigDict(env_prefix="PARLEY_", extra="ignore")

    home: Path = Field(default_factory=_default_home, description="folder for the database and uploads")
    database: Path = Field(default=Path("parley.db"), description="database file; a relative path is within the home")
    host: str = Field(default="127.0.0.1", description="address to serve on")
    port: int = Field(default=8321, ge=0, le=65535, description="port to serve on")
    max_upload_mb: int = Field(default=512, ge=1, description="largest upload by the page or the API, in MB")
    engine: Name = Field(
        default="processes", description="where insights are found: local (one process), processes, or ray (a cluster)"
    )
    workers: int = Field(
        default=0, ge=0, le=10_000, description="processes that find insights; 0 is one per core, of the cluster too"
    )
    accelerator: Accelerator = Field(
        default="cpu", description="what quotes are embedded on: cpu, or cuda (a GPU, by PyTorch)"
    )
    ray_address: Annotated[str, AfterValidator(_address)] = Field(
        default="auto",
        description="the Ray cluster's head, for instance 10.0.0.5:6379; auto: the one that this machine is part of",
    )
    public_url: str = Field(
        default="",
        pattern=r"^(|https?://[^\s/?#]+(/[^\s?#]*)?)$",
        description="address of Parley in the links of digests",
    )
    smtp_url: SecretStr = Field(
        default=SecretStr(""), description="mail server for digests: smtp://user:password@host:587 or smtps://…"
    )
    mail_from: str = Field(default="", description="sender of digests, for instance Parley <parley@example.com>")
    token: SecretStr = Field(
        default=SecretStr(""),
        description="token of the login in whose name `parley mcp` asks; without one, this machine's owner",
    )

    metrics: bool = Field(default=False, description="serve figures for Prometheus at /metrics")
    log_format: Literal["text", "json"] = Field(default="text", description="how logs are written: text or json")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="warning", description="what is logged; with info a line for each request"
    )
    backup_daily: bool = Field(default=False, description="make a backup every day, while the worker runs")
    backup_keep: int = Field(default=7, ge=1, le=1000, description="how many of the daily backups are kept")
    session_idle_hours: int = Field(
        default=72, ge=1, le=24 * 90, description="hours without a request that end a session"
    )
    session_days: int = Field(default=14, ge=1, le=90, description="days after which everybody signs in again")
    audit_days: int = Field(default=365, ge=30, le=3650, description="days that the audit log is kept")
    password_memory_kib: int = Field(
        default=65_536, ge=8, le=2**22, description="memory that one check of a password takes, in KiB"
    )
    sso_issuer: str = Field(
        default="", pattern=r"^(|https://[^\s?#]+|http://(localhost|127\.0\.0\.1|\[::1\])(:\d+)?(/[^\s?#]*)?)$",
        description="address of an OpenID Connect provider, for instance https://login.example.com",
    )  # fmt: skip
    sso_client_id: str = Field(default="", description="the name under which the provider knows Parley")
    sso_client_secret: SecretStr = Field(default=SecretStr(""), description="the secret that the provider gave with it")
    sso_name: str = Field(default="company account", max_length=40, description="what people call the provider")
    sso_domains: list[str] = Field(
        default=[], description="mail domains whose people get a login when they first sign on, such as example.com"
    )
    sso_role: Literal["viewer", "contributor"] = Field(default="viewer", description="the role that they get")
    sso_trust_email: bool = Field(
        default=False, description="the provider's addresses are its own and checked, though it does not say so"
    )
    sso_only: bool = Field(default=False, description="no signing in with a password; admins still may, as a way in")

    @property
    def database_file(self) -> Path:
        return self.database if self.database.is_absolute() else self.home / self.database

    @property
    def where(self) -> Where:
        """Where insights are found."""
        return Where(self.engine, self.workers, self.ray_address)

    @property
    def uploads(self) -> Path:
        """Where uploads wait until they have been read; they are removed afterwards."""
        return self.home / "uploads"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        import os

        home = Path(os.environ.get("PARLEY_HOME") or _default_home())
        file = TomlConfigSettingsSource(settings_cls, toml_file=home / "parley.toml")
        return init_settings, env_settings, file


def unknown_names(home: Path) -> list[str]:
    """Names in the environment and in `parley.toml` that look like settings and are none: mistyped, most often."""
    import os
    import tomllib

    known = {f"PARLEY_{name}".upper() for name in Settings.model_fields}
    found = [name for name in sorted(os.environ) if name.upper().startswith("PARLEY_") and name.upper() not in known]
    file = home / "parley.toml"
    told = tomllib.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    return found + [f"'{name}' in parley.toml" for name in told if name not in Settings.model_fields]
