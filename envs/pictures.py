"""Pictures of states: gymnasium's drawings for classic control, tiles for worlds of cells, discs on a field."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np

from benchmarks.task import Array

TILE = 48  # pixels
AGENT = (178, 44, 82)


@cache
def _drawer(original_id: str) -> Any:
    # pygame wants a screen and a sound card even for drawing into memory
    os.environ.setdefault("SDL_VIDEODRIVER", "dummy")
    os.environ.setdefault("SDL_AUDIODRIVER", "dummy")
    import gymnasium

    return gymnasium.make(original_id, render_mode="rgb_array").unwrapped


def classic(original_id: str, state: Array, **attributes: Any) -> Array:
    """gymnasium's picture [height, width, 3] of a state, with these attributes of its environment set."""
    drawer = _drawer(original_id)
    for name, value in attributes.items():
        setattr(drawer, name, value)
    drawer.state = np.array(state, dtype=float)
    return np.array(drawer.render(), dtype=np.uint8)


def tiles(colours: Array, state: Array) -> Array:
    """One tile a cell, in `colours` [rows, columns, 3], and a disc on the cell that one is in."""
    picture = np.repeat(np.repeat(colours, TILE, axis=0), TILE, axis=1).astype(float)
    along = (np.arange(TILE) + 0.5) / TILE - 0.5
    from_centre = np.hypot(along[:, None], along[None, :])
    rim = np.maximum(np.abs(along)[:, None], np.abs(along)[None, :]) > 0.47
    picture *= np.where(np.tile(rim, colours.shape[:2]), 0.9, 1.0)[:, :, None]
    row, column = (int(place) * TILE for place in state)
    disc = np.clip((0.34 - from_centre) * TILE, 0.0, 1.0)[:, :, None]  # a soft edge, one pixel wide
    cell = picture[row : row + TILE, column : column + TILE]
    cell[:] = (1 - disc) * cell + disc * AGENT
    return picture.astype(np.uint8)


def discs(shown: Sequence[tuple[float, float, float, tuple[int, ...]]], ground: tuple[int, ...]) -> Array:
    """A unit square, x to the right and y downwards, with discs (x, y, radius, colour), the last one on top."""
    side = 8 * TILE
    place = (np.arange(side) + 0.5) / side
    picture = np.tile(np.array(ground, dtype=float), (side, side, 1))
    for x, y, radius, colour in shown:
        inside = np.clip((radius - np.hypot(place[:, None] - y, place[None, :] - x)) * side, 0.0, 1.0)[:, :, None]
        picture = (1 - inside) * picture + inside * np.array(colour)
    return picture.astype(np.uint8)
