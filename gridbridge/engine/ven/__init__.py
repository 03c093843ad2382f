"""One VEN: the ledger of its events, what to answer, which sites to tell, what to report.

Distributed ─▶ `ledger`   new, modified, cancelled, vanished, out of sequence
├─▶ answers owed        (before any power is computed)
├─▶ assignments         (which site an event concerns)
└─▶ lost and back       (a VTN that is silent for too long)
ResourceSampled ─▶ `reports`  even, aligned intervals into an outbox until confirmed
"""
