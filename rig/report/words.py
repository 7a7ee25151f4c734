"""Numbers and names as people read them."""

from datetime import UTC, datetime

_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def number(value: object, digits: int = 3) -> str:
    """A number to some significant digits: ``1,234``, ``0.0123``, ``1.23 × 10⁻⁵``; a dash where there is none."""
    if not isinstance(value, int | float) or value != value:
        return "–"
    if value and abs(value) < 1e-3:
        mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
        return f"{mantissa} × 10{str(int(exponent)).translate(_SUPERSCRIPTS)}"
    if abs(value) >= 10 ** (digits - 1):
        return f"{value:,.0f}"
    return f"{value:.{digits}g}"


def kilometres(value: object) -> str:
    """A distance in km to the metre, a dash where there is none."""
    return f"{value:,.3f} km" if isinstance(value, int | float) else "–"


def duration(seconds: float) -> str:
    """A time as people say it."""
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(int(minutes), 60)
    if hours:
        return f"{hours:,} h {minutes} min {rest:.0f} s"
    return f"{minutes} min {rest:.1f} s" if minutes else f"{rest:.1f} s"


def moment(utc: str) -> str:
    """A moment in ISO 8601 to the second, in UTC; as it is where it is none."""
    try:
        return datetime.fromisoformat(utc).astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    except ValueError:
        return utc


def in_words(name: str) -> str:
    """A name without its unit's suffix, for a heading: ``pan_displacement_m`` is *Pan displacement*."""
    stem = name.rsplit("_", 1)[0] if "_" in name else name
    return stem.replace("_", " ").capitalize()


def spoken(name: str) -> str:
    """A name with spaces: ``sand_track`` is *sand track*."""
    return name.replace("_", " ")
