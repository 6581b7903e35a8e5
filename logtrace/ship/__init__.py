"""ship: traces in, acknowledged record numbers out.

Read `shipper.py` first: what waits, what is in flight, what happens to each answer. `normalise.py`
(with `mend.py`, `refusals.py`, `texts.py`, `attached.py` and `findings.py`) makes of spans what the
Agent keeps, `encode.py` makes a payload of them, `agent.py` is the one exchange with the Agent (the only
module that imports requests), `address.py` says where the Agent is, `backoff.py` how long to wait.

Promise: nothing leaves this stage unless the Agent has taken it or its loss has been counted.
"""
