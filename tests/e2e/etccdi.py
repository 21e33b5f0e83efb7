"""The indices of ETCCDI read from their definitions: fractions, one day after another, no shortcuts."""

import calendar
import datetime
from fractions import Fraction

TMAX, TMIN, PRCP = range(3)
LOW, HIGH = Fraction(1, 10), Fraction(9, 10)
WET = 10


def quantile(ordered, part):
    """Of type 8 of Hyndman and Fan."""
    place = Fraction(1, 3) + part * (len(ordered) + Fraction(1, 3)) - 1
    if place <= 0:
        return Fraction(ordered[0])
    below = place.numerator // place.denominator
    if below >= len(ordered) - 1:
        return Fraction(ordered[-1])
    return ordered[below] + (place - below) * (ordered[below + 1] - ordered[below])


def calendar_day(date):
    """0 to 364; February 29 is the 28th."""
    if (date.month, date.day) == (2, 29):
        return 58
    return (datetime.date(2001, date.month, date.day) - datetime.date(2001, 1, 1)).days


def dates(first, last):
    while first <= last:
        yield first
        first += datetime.timedelta(1)


class Indices:
    """days: {date: (tmax, tmin, prcp)}, tenths, None for missing; base: first and last year."""

    def __init__(self, days, base, latitude):
        self.days, self.south = days, latitude < 0
        self.first, self.last = datetime.date(min(days).year, 1, 1), datetime.date(max(days).year, 12, 31)
        self.base_years = range(base[0], base[1] + 1)
        self.windows, self.thresholds, self.replaced = {}, {}, {}
        for element in (TMAX, TMIN):
            self.sum_up(element)
        wet = sorted(prcp for date, (_, _, prcp) in days.items() if date.year in self.base_years and self.is_wet(prcp))
        self.wet = {part: quantile(wet, Fraction(part, 100)) if wet else None for part in (95, 99)}

    @staticmethod
    def is_wet(prcp):
        return prcp is not None and prcp >= WET

    @staticmethod
    def is_dry(prcp):
        return prcp is not None and prcp < WET

    def value(self, date, element):
        return self.days.get(date, (None,) * 3)[element]

    def known(self, period, element):
        return [value for date in period if (value := self.value(date, element)) is not None]

    def sum_up(self, element):
        grid = {}
        for year in self.base_years:
            for date in dates(datetime.date(year, 1, 1), datetime.date(year, 12, 31)):
                if (date.month, date.day) != (2, 29):
                    grid[year, calendar_day(date)] = self.value(date, element)
        for day in range(365):
            for year in self.base_years:
                window = (grid[year, (day + offset) % 365] for offset in range(-2, 3))
                self.windows[element, year, day] = [value for value in window if value is not None]
            values = sorted(value for year in self.base_years for value in self.windows[element, year, day])
            for part in (LOW, HIGH):
                enough = values and 10 * len(values) >= 5 * len(self.base_years)
                self.thresholds[element, day, part] = quantile(values, part) if enough else None

    def without(self, element, day, part, year):
        """Thresholds that have each of the other years twice in place of this one."""
        key = element, day, part, year
        if key not in self.replaced:
            rest = [value for other in self.base_years if other != year for value in self.windows[element, other, day]]
            self.replaced[key] = [
                quantile(sorted(rest + self.windows[element, other, day]), part)
                for other in self.base_years if other != year
            ]  # fmt: skip
        return self.replaced[key]

    def part_beyond(self, period, element, part):
        days, beyond = 0, Fraction(0)
        for date in period:
            value, day = self.value(date, element), calendar_day(date)
            if value is None or self.thresholds[element, day, part] is None:
                continue
            days += 1
            thresholds = [self.thresholds[element, day, part]]
            if date.year in self.base_years and len(self.base_years) > 1:
                thresholds = self.without(element, day, part, date.year)
            beyond += Fraction(sum(value < each if part == LOW else value > each for each in thresholds), len(thresholds))
        return 100 * beyond / days if days else None

    def spell_days(self, period, element, part):
        total = run = known = 0
        for date in [*period, None]:
            value = date and self.value(date, element)
            threshold = date and self.thresholds[element, calendar_day(date), part]
            known += value is not None and threshold is not None
            if value is not None and threshold is not None and (value < threshold if part == LOW else value > threshold):
                run += 1
            else:
                total += run if run >= 6 else 0
                run = 0
        return total if known else None

    def growing_season(self, year):
        first, middle, end = (
            datetime.date(year + later + (self.south and later_in_south), month, 1)
            for later, later_in_south, month in (
                ((0, False, 7), (0, True, 1), (1, False, 7)) if self.south else ((0, False, 1), (0, False, 7), (1, False, 1))
            )
        )
        means = {}
        for date in dates(first, end - datetime.timedelta(1)):
            tmax, tmin = self.value(date, TMAX), self.value(date, TMIN)
            means[date] = None if tmax is None or tmin is None else tmax + tmin
        if end - datetime.timedelta(1) > self.last or all(mean is None for mean in means.values()):
            return None

        def first_spell(begin, before, holds):
            for date in dates(begin, before - datetime.timedelta(6)):
                six = [means[date + datetime.timedelta(offset)] for offset in range(6)]
                if all(mean is not None and holds(mean) for mean in six):
                    return date
            return None

        start = first_spell(first, middle, lambda mean: mean > 100)
        frost = first_spell(middle, end, lambda mean: mean < 100)
        return 0 if start is None else ((frost or end) - start).days

    def longest_spell(self, period, holds):
        longest = 0
        for date in period:
            following = date + datetime.timedelta(1)
            if holds(self.value(date, PRCP)) and (date == self.last or not holds(self.value(following, PRCP))):
                begin = date
                while begin >= self.first and holds(self.value(begin, PRCP)):
                    begin -= datetime.timedelta(1)
                longest = max(longest, (date - begin).days)
        within = all(holds(self.value(date, PRCP)) for date in period)
        return None if longest == 0 and within or not self.known(period, PRCP) else longest

    def of_month(self, period):
        tmax, tmin, prcp = (self.known(period, element) for element in (TMAX, TMIN, PRCP))
        ranges = [self.value(date, TMAX) - self.value(date, TMIN) for date in period
                  if None not in (self.value(date, TMAX), self.value(date, TMIN))]  # fmt: skip
        fives = []
        for date in period:
            before = [date - datetime.timedelta(offset) for offset in range(5)]
            if five := self.known(before, PRCP):
                fives.append(sum(five))
        return {
            "txx": Fraction(max(tmax), 10) if tmax else None, "txn": Fraction(min(tmax), 10) if tmax else None,
            "tnx": Fraction(max(tmin), 10) if tmin else None, "tnn": Fraction(min(tmin), 10) if tmin else None,
            "tx10p": self.part_beyond(period, TMAX, LOW), "tx90p": self.part_beyond(period, TMAX, HIGH),
            "tn10p": self.part_beyond(period, TMIN, LOW), "tn90p": self.part_beyond(period, TMIN, HIGH),
            "dtr": Fraction(sum(ranges), 10 * len(ranges)) if ranges else None,
            "rx1day": Fraction(max(prcp), 10) if prcp else None, "rx5day": Fraction(max(fives), 10) if fives else None,
        }  # fmt: skip

    def of_year(self, year, threshold):
        period = list(dates(datetime.date(year, 1, 1), datetime.date(year, 12, 31)))
        tmax, tmin, prcp = (self.known(period, element) for element in (TMAX, TMIN, PRCP))
        wet = [value for value in prcp if value >= WET]

        def count(values, holds):
            return sum(map(holds, values)) if values else None

        above = {part: None if limit is None or not prcp else sum(value for value in wet if value > limit)
                 for part, limit in self.wet.items()}  # fmt: skip
        return self.of_month(period) | {
            "fd": count(tmin, lambda value: value < 0), "tr": count(tmin, lambda value: value > 200),
            "su": count(tmax, lambda value: value > 250), "id": count(tmax, lambda value: value < 0),
            "gsl": self.growing_season(year),
            "wsdi": self.spell_days(period, TMAX, HIGH), "csdi": self.spell_days(period, TMIN, LOW),
            "sdii": (Fraction(sum(wet), 10 * len(wet)) if wet else 0) if prcp else None,
            "r10mm": count(prcp, lambda value: value >= 100), "r20mm": count(prcp, lambda value: value >= 200),
            "rnnmm": count(prcp, lambda value: value >= 10 * threshold),
            "cdd": self.longest_spell(period, self.is_dry), "cwd": self.longest_spell(period, self.is_wet),
            "prcptot": Fraction(sum(wet), 10) if prcp else None,
            "r95p": None if above[95] is None else Fraction(above[95], 10),
            "r99p": None if above[99] is None else Fraction(above[99], 10),
            "r95ptot_pct": None if above[95] is None or not wet else Fraction(100 * above[95], sum(wet)),
            "r99ptot_pct": None if above[99] is None or not wet else Fraction(100 * above[99], sum(wet)),
        }  # fmt: skip

    def months(self):
        for year in range(self.first.year, self.last.year + 1):
            for month in range(1, 13):
                last = datetime.date(year, month, calendar.monthrange(year, month)[1])
                period = list(dates(datetime.date(year, month, 1), last))
                if any(date in self.days for date in period):
                    yield (year, month), self.of_month(period)

    def years(self, threshold=50):
        for year in range(self.first.year, self.last.year + 1):
            if any(date.year == year for date in self.days):
                yield year, self.of_year(year, threshold)
