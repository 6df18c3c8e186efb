"""Departments' MySQL and MariaDB servers."""

from fedquery_mysql.source import CONNECTOR

__all__ = ["CONNECTOR"]
