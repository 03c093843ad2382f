"""``python -m gridbridge``."""

from __future__ import annotations

import sys

from gridbridge.cli import main

if __name__ == "__main__":
    sys.exit(main())
