"""Departments' SQLite files, opened read-only."""

from fedquery_sqlite.connector import CONNECTOR

__all__ = ["CONNECTOR"]
