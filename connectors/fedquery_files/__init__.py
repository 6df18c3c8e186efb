"""Departments' files: Parquet, CSV and Arrow; a file is a table, and so is a folder of files."""

from fedquery_files.connector import CONNECTOR

__all__ = ["CONNECTOR"]
