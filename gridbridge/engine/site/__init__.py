"""One site: policy ▸ allocation ▸ commitments.

    facts ─▶ `folding` ─▶ `state`      answers `answering`, meters `metering`, grid `enrolling`
                            │  `envelope`    what the site may draw, by whom          (policy)
                            │  `targets`     what each EVSE would get if nothing lagged: `sharing`,
                            │                by `urgency` where the site is for throughput
                            │  `commitments` what may be told now, beside what others may hold
                            ▼  `reasons`     why
                          Decided

**Invariant** (tested as a property): on every node, at every instant, the sum of the worst that
stations may draw is at most the larger of the limit and of what the silent, the not yet secured
and the cuts still settling may hold; and no decision raises it.
"""
