"""Answers from memory, beside nginx: pages, and 304; each with a question for the version of the data
a turn (staleness 0) and with one a second."""

from contextlib import ExitStack
from statistics import median, median_low

from load import run_load, write_paths
from nginx import NOT_MODIFIED_WAYS, PAGE_WAYS, PATH, TAG, constant_file, nginx_server
from pages import make_day_pages
from settings import BenchError
from table import Row, at_least_times
from verify import SAMPLES

WARM_UP_SECONDS = 1
TRIALS = 5  # of each way nginx can answer, of a second each
WANTED = {"almanac": 0.85, "almanac-1s": 0.95}  # of nginx
STALENESS = {"almanac": "0", "almanac-1s": "1 s"}
TOLERANCE = 0.01  # between bytes of an answer under load and when looked at
OK, NOT_MODIFIED = 200, 304


def measure_cached(settings, programs, dataset, say):
    """Requests a second for random pages, all of which were asked for before."""
    with ExitStack() as stack:
        ours = []
        for almanac in start_almanacs(programs, stack):
            answers = ask_all(almanac, day_paths(dataset))
            expect(almanac, answers, OK)
            ours.append(Side(almanac, write_paths("cached-almanac", list(answers)), answers))
        body = pick_body(answers)
        say(f"cached: pages of {len(body)} bytes")
        ways = start_ways(settings, stack, PAGE_WAYS, body)
        for nginx in ways.values():
            check_constant(nginx, body)
        theirs = {
            way: make_side(nginx, f"cached-{way}", list(answers)) for way, nginx in ways.items()
        }
        return compare("cached page of 100 days", settings, ours, theirs, say)


def measure_not_modified(settings, programs, dataset, say):
    """The same when the client has the page: its ETag comes with the request."""
    with ExitStack() as stack:
        ours = []
        for almanac in start_almanacs(programs, stack):
            answers = ask_all(almanac, day_paths(dataset))
            expect(almanac, answers, OK)
            tags = read_tags(answers)
            kept = ask_all(almanac, list(answers), tags)
            expect(almanac, kept, NOT_MODIFIED)
            file = write_paths("304-almanac", list(tags), list(tags.values()))
            ours.append(Side(almanac, file, kept))
        ways = start_ways(settings, stack, NOT_MODIFIED_WAYS, pick_body(answers))
        theirs = {
            way: make_side(nginx, f"304-{way}", list(answers), read_nginx_tag(nginx, way))
            for way, nginx in ways.items()
        }
        return compare("304 Not Modified", settings, ours, theirs, say)


def start_almanacs(programs, stack):
    return [stack.enter_context(programs.server(name)) for name in WANTED]


class Side:
    """A server, the requests for it, and the mean size of its answers to them."""

    def __init__(self, server, paths_file, answers):
        self.server = server
        self.paths_file = paths_file
        self.size = sum(answer.size for answer in answers.values()) / len(answers)
        self.loads = []

    def load(self, settings, seconds, seed=1):
        load = run_load(settings.wrk, self.server, self.paths_file, seconds, seed)
        if abs(load.bytes_each - self.size) > TOLERANCE * self.size:
            raise BenchError(
                f"{self.server.name} under load answers {load.bytes_each:.0f} bytes on average, "
                f"but {self.size:.0f} when each of the paths was asked for once"
            )
        return load


def day_paths(dataset):
    """Of the pool, each once."""
    return list(dict.fromkeys(page.almanac for page in make_day_pages(dataset)))


def ask_all(server, paths, tags=None):
    """Answers by path; `tags`, also by path, go along as If-None-Match."""
    with server.client() as client:
        return {
            path: client.ask(path, {"If-None-Match": tags[path]} if tags else None)
            for path in paths
        }


def expect(server, answers, status):
    for path, answer in answers.items():
        if answer.status != status:
            raise BenchError(f"{server.name} answered {answer.status} to {path}, wanted {status}")
        if status == NOT_MODIFIED and answer.body:
            raise BenchError(f"{server.name} sent a body with the 304 to {path}")


def read_tags(answers):
    tags = {path: answer.headers["ETag"] for path, answer in answers.items()}
    without = [path for path, tag in tags.items() if not tag]
    if without:
        raise BenchError(f"almanac sends no ETag with {without[0]}: there can be no 304")
    if len(set(tags.values())) != len(tags):
        raise BenchError("almanac gives different pages the same ETag")
    return tags


def pick_body(answers):
    """A page of median length."""
    length = median_low(len(answer.body) for answer in answers.values())
    return next(answer.body for answer in answers.values() if len(answer.body) == length)


def start_ways(settings, stack, ways, body):
    file = stack.enter_context(constant_file(body))
    return {
        way: stack.enter_context(nginx_server(settings, way, location, body, file))
        for way, location in ways.items()
    }


def check_constant(nginx, body):
    status, sent = nginx.get(PATH)
    if status != OK or sent != body:
        raise BenchError(f"nginx answered {status} and {len(sent)} bytes that are not the page")


def read_nginx_tag(nginx, way):
    """The one it has for its file, or the one it was told."""
    return ask_all(nginx, [PATH])[PATH].headers["ETag"] if way == "file" else TAG


def make_side(nginx, name, paths, tag=None):
    """nginx is asked with the same URLs, and for a 304 with its own tag."""
    tags = None if tag is None else dict.fromkeys(paths, tag)
    sample = ask_all(nginx, paths[:SAMPLES], tags)
    expect(nginx, sample, OK if tag is None else NOT_MODIFIED)
    file = write_paths(name, paths, None if tag is None else list(tags.values()))
    return Side(nginx, file, sample)


def compare(what, settings, ours, theirs, say):
    """nginx's fastest way against each Almanac, in turn."""
    way = find_fastest(settings, theirs)
    say(f"{what}: nginx is fastest with {way}")
    for side in ours:
        side.load(settings, WARM_UP_SECONDS)
    sides = (theirs[way], *ours)
    for run in range(settings.runs):
        say(f"{what}: load, run {run + 1} of {settings.runs}")
        for side in sides:
            side.loads.append(side.load(settings, settings.seconds, run))
    peer, *rates = [[load.rate for load in side.loads] for side in sides]
    details = {side.server.name: [vars(load) for load in side.loads] for side in sides}
    rows = [
        Row(
            f"{what}, staleness {STALENESS[side.server.name]}",
            "/s",
            f"nginx ({way})",
            peer,
            rate,
            at_least_times(WANTED[side.server.name]),
        )
        for side, rate in zip(ours, rates, strict=True)
    ]
    return rows, details | {"nginx_way": way}


def find_fastest(settings, sides):
    """Takes turns, too; the first round also warms up."""
    trials = [
        {way: side.load(settings, WARM_UP_SECONDS).rate for way, side in sides.items()}
        for _ in range(TRIALS)
    ]
    return max(sides, key=lambda way: median(trial[way] for trial in trials))
