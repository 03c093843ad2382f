"""OpenADR 2.0b, pull: a VEN's half of the conversation.

`session` keeps the conversation, `inbound` reads a VTN's message into the values of `messages`
(`events` and `signals` read its events), `render` writes ours, `offer` says what we report.
Nothing here awaits, owns a socket or reads a clock. Push, opt schedules and further reports find
their rooms beside these.
"""
