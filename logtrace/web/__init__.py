"""web: a strict stand-in for the Agent's trace intake, and what it shows of the traces it gets.

`receiver.py` is the HTTP server; `decoder.py` and `strict.py` know the Agent's rules (and share no code
with `ship`, whose oracle they are); `recent.py` remembers the newest traces; `page.py` shows them to a
browser, `waterfall.py` to a terminal, both as the `rows.py` of a tree and with the words of `text.py`.
Standard library only, but for rich in `waterfall.py`.
"""
