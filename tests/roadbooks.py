"""Roadbooks as text, for tests: each waypoint on one line, the first one in line 2."""

HEAD = (
    '<gpx xmlns="http://www.topografix.com/GPX/1/1"'
    ' xmlns:o="http://www.openrally.org/xmlschemas/GpxExtensions/v1.0.3">\n'
)


def at(km: float | str, *items: str) -> str:
    """One waypoint, on one line: ``dz`` for an element without text, ``speed=65`` for one with."""
    words = [f"distance={km}", *items] if km != "" else list(items)
    inside = "".join(
        f"<o:{name}>{text}</o:{name}>" if text else f"<o:{name}/>"
        for name, _, text in (word.partition("=") for word in words)
    )
    return f'<wpt lat="0" lon="0"><extensions>{inside}</extensions></wpt>\n'
