"""The deciding state machines: facts in, decisions out.

`site` folds the facts of one site and says what each of its stations should hold; `ven` keeps the
ledger of one VEN's events and says what to answer, which sites to tell and what to report. Both
are pure: ``receive(recorded)``, ``decide(now)``, ``next_wakeup(now)``; the same facts give the
same decisions in real time, in simulation and in replay. `replay` goes through a site's log again.
"""
