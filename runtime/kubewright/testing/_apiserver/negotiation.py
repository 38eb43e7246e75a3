"""What a caller can read.

apiserver: ``endpoints/handlers/negotiation``.
"""

from __future__ import annotations

__all__ = ["accepted", "media_ranges"]


def media_ranges(accept: str) -> list[str]:
    """Return the media types and ranges of an ``Accept`` header, best first."""
    return [media_range for media_range, _ in accepted(accept)]


def accepted(accept: str) -> list[tuple[str, dict[str, str]]]:
    """Return the ranges of an ``Accept`` header with their parameters, best first."""
    found: list[tuple[float, str, dict[str, str]]] = []
    for part in accept.split(",") if accept.strip() else ("*/*",):
        media_range, *given = (piece.strip() for piece in part.split(";"))
        options = {name: value for name, _, value in (piece.partition("=") for piece in given)}
        try:
            quality = float(options.get("q", "1"))
        except ValueError:
            quality = 0.0
        # servers drop nothing, and tell upper from lower case
        found.append((quality, media_range, options))
    found.sort(key=lambda entry: -entry[0])
    return [(media_range, options) for _, media_range, options in found]
