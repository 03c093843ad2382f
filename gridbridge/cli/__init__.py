"""The command line: one file a command in ``commands``, each thin over what it calls.

Data goes to stdout, logs and complaints to stderr. Knows how to start things and how to print
them; what they do is elsewhere. Nothing heavy is imported before a command runs, so that
``gridbridge --help`` answers at once.
"""

from gridbridge.cli.main import main

__all__ = ["main"]
