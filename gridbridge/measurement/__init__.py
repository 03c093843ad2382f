"""What meters say about the past, as functions of their readings: energy in buckets of time.

    readings ▸ `energy` (two readings of a meter become energy between them)
             ▸ `buckets` (spread over minutes; added up; minutes become quarters of an hour)
             ▸ `loads` (mean power of any meters, measured, estimated or missing; with what
                `idle` knows of EVSEs that tell nothing because nobody is there)
             ▸ `baseline` (what would have been drawn without an event)
             ▸ `delivered` (the one less the other)

It must not know who owns a site, nor what a limit is.
"""
