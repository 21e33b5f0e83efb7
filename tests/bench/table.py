"""Results: medians, ratios and whether they reach what was wanted."""

from dataclasses import dataclass
from statistics import median

HEADINGS = ("what", "peer", "peer's figure", "almanac", "ratio", "wanted", "reached")
LEFT = (0, 1)  # columns of words
HIGHER_IS_BETTER = ("/s",)


@dataclass(frozen=True)
class Want:
    kind: str  # "times" better than the peer, "growth" over it, at "most" in the row's unit
    bound: float


def at_least_times(bound):
    return Want("times", bound)


def at_most_times(bound):
    """Of the peer's figure, where less is better: the same thing undisturbed, for one."""
    return Want("growth", bound)


def at_most(bound):
    return Want("most", bound)


@dataclass(frozen=True)
class Row:
    what: str
    unit: str
    peer: str
    peer_samples: list
    samples: list  # Almanac's; empty when only the peers ran
    want: Want | None

    def ratio(self):
        """How many times better than the peer, or for a growth how many times its
        figure; None without both."""
        if not self.samples or not self.peer_samples:
            return None
        ours, theirs = median(self.samples), median(self.peer_samples)
        if not ours or not theirs:
            return None
        growth = self.want is not None and self.want.kind == "growth"
        return ours / theirs if growth or self.unit in HIGHER_IS_BETTER else theirs / ours

    def reached(self):
        if not self.samples or self.want is None:
            return None
        if self.want.kind == "most":
            return median(self.samples) <= self.want.bound
        if self.ratio() is None:
            return False
        if self.want.kind == "growth":
            return self.ratio() <= self.want.bound
        return self.ratio() >= self.want.bound

    def cells(self):
        ratio = self.ratio()
        return (
            self.what,
            self.peer,
            format_samples(self.peer_samples, self.unit),
            format_samples(self.samples, self.unit),
            "-" if ratio is None else f"{format_number(ratio)}x",
            self.format_want(),
            {None: "-", True: "yes", False: "no"}[self.reached()],
        )

    def format_want(self):
        if self.want is None:
            return "-"
        if self.want.kind == "most":
            return f"<= {self.want.bound} {self.unit}"
        return f"{'<=' if self.want.kind == 'growth' else '>='} {self.want.bound}x"

    def as_json(self):
        return {
            "what": self.what,
            "unit": self.unit,
            "peer": self.peer,
            "peer_samples": self.peer_samples,
            "peer_median": median(self.peer_samples) if self.peer_samples else None,
            "almanac_samples": self.samples,
            "almanac_median": median(self.samples) if self.samples else None,
            "ratio": self.ratio(),
            "wanted": self.format_want(),
            "reached": self.reached(),
        }


def format_number(value):
    """Three significant digits, whole numbers in full."""
    if value >= 100:
        return f"{value:,.0f}"
    if value >= 10:
        return f"{value:.1f}"
    return f"{value:.2f}" if value >= 1 else f"{value:.3f}"


def format_samples(samples, unit):
    """The median, and the least and the greatest if there are several."""
    if not samples:
        return "-"
    scale, unit = (1000, "ms") if unit == "s" and median(samples) < 1 else (1, unit)
    low, mid, high = (
        format_number(scale * value) for value in (min(samples), median(samples), max(samples))
    )
    text = f"{mid}{unit}" if unit == "/s" else f"{mid} {unit}"
    return f"{text} ({low}-{high})" if len(samples) > 1 else text


def format_table(rows):
    lines = [HEADINGS] + [row.cells() for row in rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADINGS))]
    rule = "-+-".join("-" * width for width in widths)
    formatted = [" | ".join(pad(line, widths)).rstrip() for line in lines]
    return "\n".join([formatted[0], rule, *formatted[1:]])


def pad(line, widths):
    return [
        text.ljust(width) if column in LEFT else text.rjust(width)
        for column, (text, width) in enumerate(zip(line, widths, strict=True))
    ]
