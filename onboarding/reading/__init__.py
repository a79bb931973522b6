"""Reads bank exports: bytes become frozen records, or a refusal says exactly what is wrong.

Knows no Django, no settings and no vendor. It is made to run in a child process with limits (``isolated.py``).
"""
