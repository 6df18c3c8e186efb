"""What an administrator may set of a MySQL or MariaDB source, and nothing else."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from fedquery.spi import is_reference


class Options(BaseModel):
    """Where the server is and who asks. The password is a secret reference, never the password itself."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str | None = Field(None, min_length=1, description="Name or address of the server")
    port: int = Field(3306, ge=1, le=65535)
    unix_socket: str | None = Field(None, min_length=1, description="Path of the server's socket, instead of a host")
    database: str | None = Field(None, min_length=1, description="The only database to describe; without it, all it may read")
    user: str = Field(min_length=1)
    password: str | None = Field(None, description="A secret reference: env:NAME or file:PATH")
    tls: Literal["verify", "off"] = Field("verify", description="verify checks certificate and name; off is for trusted lines")
    tls_ca: str | None = Field(None, min_length=1, description="PEM file of the authorities to trust; without it, the system's")

    @model_validator(mode="after")
    def _consistent(self) -> Options:
        if (self.host is None) == (self.unix_socket is None):
            raise ValueError("give either host or unix_socket")
        if self.password is not None and not is_reference(self.password):
            raise ValueError("password is a secret reference: env:NAME or file:PATH")
        if self.tls_ca and self.tls == "off":
            raise ValueError("tls_ca has no meaning while tls is off")
        return self
