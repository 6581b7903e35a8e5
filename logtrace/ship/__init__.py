"""ship: traces in, acknowledged record numbers out.

Read `shipper.py` first: what waits, what is in flight, what happens to each answer. `normalise.py`
and `encode.py` make a payload of traces, `agent.py` is the one exchange with the Agent (the only
module that imports requests), `address.py` says where the Agent is, `backoff.py` how long to wait.

Promise: nothing leaves this stage unless the Agent has taken it or its loss has been counted.
"""
