"""The strongly connected components of a graph: what can be reached from one another.

Called by `ambiguity` and `counting`, of positions and of pairs of them. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any


def components(edges: Mapping[Any, Iterable[Any]]) -> Iterator[list[Any]]:
    """Yield the strongly connected components of a graph, those that others lead to first (Tarjan)."""
    order: dict[Any, int] = {}
    low: dict[Any, int] = {}
    stack: list[Any] = []
    held: set[Any] = set()
    for root in edges:
        if root in order:
            continue
        work: list[tuple[Any, Iterator[Any], bool]] = [(root, iter(()), True)]
        while work:
            node, after, fresh = work.pop()
            if fresh:
                order[node] = low[node] = len(order)
                stack.append(node)
                held.add(node)
                after = iter(edges[node])
            for successor in after:
                if successor not in order:
                    work += [(node, after, False), (successor, iter(()), True)]
                    break
                if successor in held:
                    low[node] = min(low[node], low[successor])
            else:
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == order[node]:
                    component = [stack.pop()]
                    while component[-1] != node:
                        component.append(stack.pop())
                    held.difference_update(component)
                    yield component
