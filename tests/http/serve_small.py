"""Serves the small gateway under gunicorn on the listening socket it inherits; its results' ends are told on stderr."""

from __future__ import annotations

import sys

from small_gateway import open_services

from fedquery.http import wsgi

if __name__ == "__main__":
    wsgi.serve(open_services, f"fd://{sys.argv[1]}")
