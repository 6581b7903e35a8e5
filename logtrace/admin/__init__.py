"""What the running daemon shows of itself: one document, over a unix socket in the state directory.

pipeline thread ─ overview ─▶ board ─ document ─▶ server ─ unix socket ─▶ client ─▶ logtrace status
"""
