"""What an operator can set: environment variables that start with `REELGATE_`, each with a default that works.

Command-line options win over the environment. Read once at the start of each process.
"""

import pathlib
from typing import Literal

from pydantic import Field, NonNegativeInt, PositiveInt
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """All settings; `docs/reference/settings.md` lists them."""

    model_config = SettingsConfigDict(env_prefix="REELGATE_", extra="ignore")

    #: Where the embedded Postgres, the files and temporary files live.
    data: pathlib.Path = pathlib.Path("data")
    #: Another Postgres server instead of the embedded one: postgresql://...
    database_url: str | None = None
    #: Another place for files than the data folder: a path, s3://bucket/prefix, gs://..., az://...
    objects: str | None = None
    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65535)
    #: What links start with; by default the address that the server listens on.
    public_url: str | None = None
    #: How many processes answer HTTP.
    api_processes: PositiveInt = 1
    #: Renders at the same time in one worker; 0 chooses by the number of cores.
    renders_max: NonNegativeInt = 0
    #: Hosts, addresses and networks that inputs are fetched from and webhooks sent to although they are not public,
    #: separated by commas.
    fetch_allow: str = ""
    #: A catalogue of models instead of the package's own.
    catalogue: pathlib.Path | None = None
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["text", "json"] = "text"

    def to_environment(self) -> dict[str, str]:
        """Return the variables by which another process reads these very settings, options included."""
        values = {name.upper(): value for name, value in self.model_dump().items() if value is not None}
        return {f"{self.model_config['env_prefix']}{name}": str(value) for name, value in values.items()}

    @property
    def objects_place(self) -> str:
        """Where files are stored, as a path or URL."""
        return self.objects or str(self.data / "objects")

    @property
    def scratch_folder(self) -> pathlib.Path:
        """Where renders work, on the same disk as the files."""
        return self.data / "scratch"

    @property
    def postgres_folder(self) -> pathlib.Path:
        """Where the embedded Postgres lives."""
        return self.data / "postgres"
