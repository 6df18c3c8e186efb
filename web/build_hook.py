"""Builds the console into src/fedquery/http/static when the project is installed or packed."""

from __future__ import annotations

from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CustomBuildHook(BuildHookInterface):  # type: ignore[type-arg]
    """Runs npm ci and vite build with the system's Node if it is new enough, else with the Node wheel."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Nothing to build yet."""
