"""``python -m fedquery`` is ``fedquery``."""

from fedquery.cli import main

if __name__ == "__main__":
    main()
