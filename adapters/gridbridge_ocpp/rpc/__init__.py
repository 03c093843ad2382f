"""OCPP-J, sans-IO: text of frames in, events out; calls in, text of frames out.

`session.RpcSession` is one socket's conversation, `frames` its grammar, `guard` what is refused
before anything is decoded, `outcomes` what can become of a call. It must not know sockets, clocks,
tasks, or what any action means: payloads are dicts in the wire's own shape, never converted.
"""
