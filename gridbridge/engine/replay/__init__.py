"""What a log says of a site, gone through again in the time that it tells.

`sameness` asks whether each recorded decision is what the engine makes of the facts before it;
`course` folds the facts with another policy, and `figures` says what that comes to. They read a
`Recording` and must not know where that came from.
"""
