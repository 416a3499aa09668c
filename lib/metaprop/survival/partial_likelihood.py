"""The Cox partial likelihood and its derivatives.

Every row is at risk at a run of event times that follow one another. Event times are the leaves of
a binary tree; such a run is the union of a few of its nodes (about the logarithm of their number),
and the risk set of an event is the union of the nodes above its leaf. Moments are gathered from
rows to nodes and from nodes to events: n log n steps, and no difference of two large sums, so that
nothing is lost where one row outweighs all others.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .observations import FloatArray, IntArray, Observations


@dataclass(frozen=True, slots=True, eq=False)
class Groups:
    """Weighted groups of rows: total weight, mean of x, and Σ w (x − mean)(x − mean)'.

    The groups go along the last axis, which makes the sums several times faster.

    Attributes
    ----------
    scale : ndarray, shape (g,)
        Largest linear predictor in the group; weights are relative to exp(scale), so that they
        neither overflow nor vanish, however far apart the rows are.
    weight, mean : ndarray, shapes (g,) and (p, g)
    spread : ndarray, shape (p, p, g), or None
        None for single rows, which have none.
    """

    scale: FloatArray
    weight: FloatArray
    mean: FloatArray
    spread: FloatArray | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Union:
    """Which sources are united in which target: pairs, in the order of the targets.

    Attributes
    ----------
    source, target : ndarray of int, shape (pairs,)
    share : ndarray, shape (pairs,)
        How much of the source's weight counts.
    first : ndarray of int, shape (targets,)
        The first pair of every target; each has at least one.
    """

    source: IntArray
    target: IntArray
    share: FloatArray
    first: IntArray

    def sum(self, values: FloatArray) -> FloatArray:
        """Add up values of pairs within each target."""
        total: FloatArray = np.add.reduceat(values, self.first, axis=-1)
        return total

    def relative(self, sources: Groups, scale: FloatArray) -> FloatArray:
        """Share of each source, on the scale of its target."""
        apart = sources.scale.take(self.source) - scale.take(self.target)
        relative: FloatArray = self.share * np.exp(apart)
        return relative

    def off(self, sources: Groups, mean: FloatArray) -> FloatArray:
        """Mean of the source of each pair less that of its target, shape (p, pairs)."""
        off: FloatArray = sources.mean.take(self.source, axis=-1) - mean.take(self.target, axis=-1)
        return off

    def unite(self, groups: Groups) -> Groups:
        """Weight, mean and spread of the targets."""
        scale = np.maximum.reduceat(groups.scale.take(self.source), self.first)
        relative = self.relative(groups, scale)
        weights = relative * groups.weight.take(self.source)
        total = self.sum(weights)
        mean = self.sum(weights * groups.mean.take(self.source, axis=-1)) / total
        off = self.off(groups, mean)
        spread = self.sum((weights * off)[:, None] * off)
        if groups.spread is not None:
            spread += self.sum(relative * groups.spread.take(self.source, axis=-1))
        return Groups(scale, total, mean, spread)


def _union(source: IntArray, name: IntArray, share: FloatArray) -> tuple[Union, IntArray]:
    """Unite the sources that share a name; return the names of the targets, in order."""
    order = np.argsort(name, kind="stable")
    name = name[order]
    new = np.r_[True, name[1:] != name[:-1]]
    first = np.flatnonzero(new)
    return Union(source[order], np.cumsum(new) - 1, share[order], first), name[first]


@dataclass(frozen=True, slots=True, eq=False)
class RiskSets:
    """Who is at risk at every event, in two steps: rows make up nodes, nodes make up risk sets.

    Attributes
    ----------
    x : ndarray, shape (p, n)
        Covariates, centred, which does not change the likelihood.
    row : ndarray of int, shape (events,)
        The row that had the event; events go by stratum and time.
    nodes, events : Union
        Rows in nodes, nodes in risk sets. With Efron's rule the l-th of d tied events (l = 0, 1,
        …) counts the d rows that share its time with weight 1 − l / d.
    """

    x: FloatArray
    row: IntArray
    nodes: Union
    events: Union


def risk_sets(data: Observations, x: FloatArray, *, ties: str) -> RiskSets:
    """Lay out the risk sets of all events, stratum by stratum, in order of time."""
    order = np.lexsort((data.time, data.strata))
    rows = order[data.event[order]]
    when, stratum = data.time[rows], data.strata[rows]
    new = np.r_[True, (np.diff(when) != 0) | (np.diff(stratum) != 0)]
    leaf = np.cumsum(new) - 1  # of every event: its place among the distinct stratum-time pairs
    leaves = int(leaf[-1]) + 1
    when, stratum = when[new], stratum[new]

    # A row is at risk at the leaves low, …, high − 1 of its stratum: entry < t <= time.
    low = _place(stratum, when, data.strata, data.entry)
    high = _place(stratum, when, data.strata, data.time)
    high[rows] -= 1  # those who have the event at a leaf form a node of their own, for Efron's rule
    size = 1 << (leaves - 1).bit_length()
    row, node = _cover(low, high, size)
    row, node = np.r_[row, rows], np.r_[node, 2 * size + leaf]
    nodes, used = _union(row, node, np.ones(row.size))
    number = np.full(2 * size + leaves, -1)  # of a node among those in use
    number[used] = np.arange(used.size)

    # Above the leaf of an event: its parents in the tree, root included, and those who share it.
    depth = size.bit_length()
    parents = (leaf[:, None] + size) >> np.arange(depth)
    above = number[np.c_[parents, 2 * size + leaf]]
    starts = np.flatnonzero(new)
    counts = np.diff(np.r_[starts, leaf.size])
    share = np.ones(above.shape)
    if ties == "efron":
        share[:, -1] = 1.0 - (np.arange(leaf.size) - starts[leaf]) / counts[leaf]
    event = np.broadcast_to(np.arange(leaf.size)[:, None], above.shape)
    there = above >= 0
    return RiskSets(
        x=np.ascontiguousarray((x - x.mean(axis=0)).T),
        row=rows.astype(np.int64),
        nodes=nodes,
        events=_union(above[there], event[there], share[there])[0],
    )


def _place(
    stratum: IntArray, when: FloatArray, of_stratum: IntArray, of_time: FloatArray
) -> NDArray[np.int64]:
    """Count the leaves of earlier strata, and those of the same stratum up to a time."""
    leaves, asked = when.size, of_time.size
    # Leaves sort before a row of the same stratum and time, so that "up to" includes it.
    kind = np.repeat([0, 1], [leaves, asked])
    order = np.lexsort((kind, np.r_[when, of_time], np.r_[stratum, of_stratum]))
    before = np.cumsum(kind[order] == 0)
    found = np.empty(leaves + asked, dtype=np.int64)
    found[order] = before
    return found[leaves:]


def _cover(low: IntArray, high: IntArray, size: int) -> tuple[IntArray, IntArray]:
    """Nodes of a tree over `size` leaves that make up low, …, high − 1, as pairs (row, node).

    The root is node 1, the children of node i are 2 i and 2 i + 1, the leaves size, size + 1, ….
    """
    row = np.arange(low.size)
    left, right = low + size, high + size
    rows, nodes = [], []
    while row.size:
        going = left < right
        row, left, right = row[going], left[going], right[going]
        odd = left % 2 == 1  # a right child whose parent reaches too far to the left
        rows.append(row[odd])
        nodes.append(left[odd])
        left = left + odd
        odd = right % 2 == 1  # the last node is a left child whose parent reaches too far
        right = right - odd
        rows.append(row[odd])
        nodes.append(right[odd])
        left, right = left // 2, right // 2
    return np.concatenate(rows), np.concatenate(nodes)


@dataclass(frozen=True, slots=True, eq=False)
class Moments:
    """Log likelihood at one β with the moments of x in every risk set.

    Attributes
    ----------
    log_likelihood : float
    residuals : ndarray, shape (events, p)
        Schoenfeld residuals, x of the event less its mean in the risk set; their sum is the score.
    variances : ndarray, shape (events, p, p)
        Covariance of x in each risk set; their sum is the information.
    sets : RiskSets
    rows, nodes, events : Groups
        What the moments were gathered from.
    """

    log_likelihood: float
    residuals: FloatArray
    variances: FloatArray
    sets: RiskSets
    rows: Groups
    nodes: Groups
    events: Groups

    @property
    def score(self) -> FloatArray:
        """Gradient of the log partial likelihood, shape (p,)."""
        total: FloatArray = self.residuals.sum(axis=0)
        return total

    @property
    def information(self) -> FloatArray:
        """Minus the second derivative, shape (p, p)."""
        total: FloatArray = self.variances.sum(axis=0)
        return total

    def information_slope(self) -> FloatArray:
        """Differentiate the information, shape (p, p, p): third central moments of x.

        About the mean of a union, a part with weight w, mean m off it, spread C and third moment T
        has T + C ⊗ m (in the three orders of indices) + w m ⊗ m ⊗ m.
        """
        assert self.nodes.spread is not None  # only rows have none
        to_nodes, to_events = self.sets.nodes, self.sets.events
        share = to_events.relative(self.nodes, self.events.scale)
        share /= self.events.weight.take(to_events.target)
        off = to_events.off(self.nodes, self.events.mean)
        spread = self.nodes.spread.take(to_events.source, axis=-1)
        mixed = np.einsum("ijq,kq->ijk", spread, share * off, optimize=True)
        slope: FloatArray = mixed + mixed.transpose(0, 2, 1) + mixed.transpose(2, 0, 1)
        slope += _cubes(share * self.nodes.weight.take(to_events.source), off)
        # A node brings its own third moment to every risk set that it is part of.
        times = np.bincount(to_events.source, share, self.nodes.weight.size)
        weights = times.take(to_nodes.target) * to_nodes.relative(self.rows, self.nodes.scale)
        slope += _cubes(weights, to_nodes.off(self.rows, self.nodes.mean))
        return slope


def _cubes(weights: FloatArray, x: FloatArray) -> FloatArray:
    total: FloatArray = np.einsum("iq,jq,kq->ijk", weights * x, x, x, optimize=True)
    return total


def moments(sets: RiskSets, beta: FloatArray) -> Moments:
    """Evaluate the partial likelihood and what its derivatives are made of."""
    eta = beta @ sets.x
    rows = Groups(eta, np.ones(eta.size), sets.x)
    nodes = sets.nodes.unite(rows)
    events = sets.events.unite(nodes)
    assert events.spread is not None
    return Moments(
        log_likelihood=float((eta[sets.row] - events.scale - np.log(events.weight)).sum()),
        residuals=(sets.x[:, sets.row] - events.mean).T,
        variances=(events.spread / events.weight).transpose(2, 0, 1),
        sets=sets,
        rows=rows,
        nodes=nodes,
        events=events,
    )
