"""What the sections must mean together: names that must exist, sums that must fit.

Each check tells its findings at the key to change; none stops the others.
"""
