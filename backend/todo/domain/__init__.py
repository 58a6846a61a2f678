"""The rules of the product: pure functions of values.

No I/O and no clock: `now` is an argument. Imports only the standard library and dateutil (a test checks it).
"""
