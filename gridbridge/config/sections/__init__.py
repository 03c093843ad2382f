"""The keys of the configuration as they are written, one module a section.

Each key says in its docstring what it is for; that text is also the JSON Schema's. Only what one
section can tell by itself is checked here: names of other sections are checked in ``checks``.
"""
