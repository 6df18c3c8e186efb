"""What an administrator may set for a source of files."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class CsvOptions(BaseModel):
    """How the source's CSV files are written."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    delimiter: str = Field(default=",", min_length=1, max_length=1)
    encoding: Literal["utf-8", "gb18030", "latin-1"] = "utf-8"
    null: str = Field(default="", description="The unquoted text that stands for NULL; a quoted one is a value")


class FilesOptions(BaseModel):
    """The options of a source of the kind ``files``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    folder: str = Field(min_length=1, description="The only folder that is read; a relative one starts in data_dir")
    csv: CsvOptions = CsvOptions()
