"""Survival statistics of components: what many tests, failed and suspended, say of a life, and what they do not say.

`fit`, `curve`, `few` and `planning` are pure statistics; `records` and `table` bring life data in; `answer` puts a
whole together and `page` shows it.
"""
