"""One VEN: the ledger of its events, what to answer, which sites to tell, what to report.

Distributed ─▶ `ledger`   new, modified, cancelled, vanished, out of sequence
├─▶ answers owed        (before any power is computed)
├─▶ assignments         (`membership`: which site an event concerns)
└─▶ lost and back       (`silence`: a VTN that says nothing for too long)
ResourceSampled ─▶ `reports`  even, aligned intervals into an outbox until confirmed
"""
