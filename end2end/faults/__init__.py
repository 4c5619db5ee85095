"""Faults: Lux is killed, cut off and lied to, and must neither lose nor double anything.

Nothing here trusts Lux's own word. What went out is read from the log of the SMTP sink, what should have come in is
worked out by the generator of the file, and both are laid beside what the API says. Every check has a control: a forged
record with one fault in it, which the check must find. Python's standard library only.
"""
