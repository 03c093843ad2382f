"""One file a command (or group of commands), found by itself.

Each has ``register(app: typer.Typer) -> None``, which adds its commands to the application, and
imports what it needs inside the command. A command ends with ``raise typer.Exit(ExitCode.…)``
unless all went well.
"""
