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
    #: Addresses and networks of proxies, separated by commas, that are believed about who asks them.
    trusted_proxies: str = ""
    #: How many processes answer HTTP.
    api_processes: PositiveInt = 1
    #: Renders at the same time in one worker; 0 chooses by the number of cores.
    renders_max: NonNegativeInt = 0
    #: Hosts, addresses and networks that inputs are fetched from and webhooks sent to although they are not public,
    #: separated by commas.
    fetch_allow: str = ""
    #: Whether prompts of the built-in engine may have failures rehearsed.
    simulation: Literal["built-in", "off"] = "built-in"
    #: A catalogue of models instead of the package's own.
    catalogue: pathlib.Path | None = None
    #: Further engines and their credentials.
    engines: pathlib.Path | None = None
    #: A server of the OpenAI Videos wire, its key, and what it calls its model.
    openai_videos_url: str | None = None
    openai_videos_key: str | None = Field(default=None, repr=False)
    openai_videos_model: str | None = None
    #: Fields beyond the wire's own that it takes, separated by commas: seed, negative_prompt, audio.
    openai_videos_extensions: str = ""
    #: The only seconds that its videos may last, separated by commas; without any, 1 to 60.
    openai_videos_durations: str = ""
    #: It keeps the header Idempotency-Key, so that a create may be sent again.
    openai_videos_idempotent: bool = False
    #: A Google Cloud project with Veo, its region, and a service account's file; without one the environment counts.
    vertex_project: str | None = None
    vertex_location: str = "us-central1"
    vertex_credentials: pathlib.Path | None = None
    #: gs://bucket/prefix that Veo puts its videos under, instead of into its answers.
    vertex_storage: str | None = None
    #: What clients of the vertex wire may give as storageUri: gs://bucket/prefix=place, separated by commas; a place is
    #: what REELGATE_OBJECTS may be.
    vertex_buckets: str = ""
    #: A key of the Gemini API, for Omni, and the model.
    gemini_api_key: str | None = Field(default=None, repr=False)
    gemini_model: str = "gemini-omni-1.2-flash"
    #: What translates and enhances prompts: a chat endpoint of OpenAI's wire, or Gemini.
    prompt_kind: Literal["openai", "gemini"] = "openai"
    prompt_url: str | None = None
    prompt_key: str | None = Field(default=None, repr=False)
    prompt_model: str | None = None
    #: Tasks of models that have other engines fall back to the built-in one.
    animatic_fallback: bool = False
    #: Credits that a new account is given, and for how many days they count; 0 days is for ever.
    signup_credits: NonNegativeInt = 0
    signup_days: NonNegativeInt = 0
    #: What a client shows as bearer token to read /metrics; without one, only the machine itself may.
    metrics_token: str | None = None
    #: Stripe's secret key and the secret of its webhook, if credits are sold; a test key sells to test accounts alone.
    stripe_key: str | None = None
    stripe_webhook_secret: str = ""
    #: What is sold: "small=1000:999usd, large=6000:4999usd", credits for the smallest unit of a currency.
    stripe_packages: str = ""
    #: Where buyers go afterwards; by default the address that links start with.
    stripe_return_url: str | None = None
    #: Another address of Stripe's API.
    stripe_api_url: str | None = None
    #: Plans of accounts instead of the package's own.
    plans: pathlib.Path | None = None
    #: Keys that seal the credentials of engines and the secrets that sign, as NAME:BASE64, separated by commas; the
    #: first one seals.
    secret_keys: str | None = Field(default=None, repr=False)
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["text", "json"] = "text"

    def to_environment(self) -> dict[str, str]:
        """Return the variables by which another process reads these very settings, options included."""
        values = {name.upper(): value for name, value in self.model_dump().items() if value is not None}
        return {f"{self.model_config['env_prefix']}{name}": str(value) for name, value in values.items()}

    @property
    def secret_keys_file(self) -> pathlib.Path:
        """Where the keys are that seal credentials, unless they are set."""
        return self.data / "secret-keys"

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
