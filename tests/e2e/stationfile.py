"""Station files as the source wx_data reads them."""

import datetime

STATION = "USC00990001"


def line(day, tmax=100, tmin=-50, prcp=0):
    return f"{day:%Y%m%d}\t{tmax:5d}\t{tmin:5d}\t{prcp:5d}\n"


def days(first, count):
    first = datetime.date.fromisoformat(first)
    return [first + datetime.timedelta(i) for i in range(count)]


def text(first="2001-01-01", count=60, shift=0):
    """That many days, the values of each its own."""
    return "".join(
        line(day, 100 + shift + i % 50, -50 + i % 7, i % 3 * 10)
        for i, day in enumerate(days(first, count))
    )


def write(folder, name=f"{STATION}.txt", content=None, **how):
    """Writes a file and returns its path."""
    path = folder / name
    content = text(**how) if content is None else content
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path
