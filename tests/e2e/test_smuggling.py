"""Requests in which a proxy might see something else than we do: each is refused or read as the
standard says, and nothing hidden in it is ever answered."""

import json
import select

import pytest

from raw import Connection, request
from smuggling import REFUSED, SOUND
from links import lead

HIDDEN = "/must-not-be-seen"


def send_in_one(connection, data):
    connection.send(data)


def send_in_bytes(connection, data):
    """One at a time, until there is an answer."""
    for i in range(0, len(data), max(1, len(data) // 1000)):
        if select.select([connection.socket], [], [], 0)[0]:
            return
        connection.send(data[i : i + max(1, len(data) // 1000)])


SENDERS = [pytest.param(send_in_one, id="in one"), pytest.param(send_in_bytes, id="in bytes")]


def check_problem(answer):
    assert answer.headers["content-type"] == "application/problem+json"
    assert json.loads(answer.body)["status"] == answer.status


def instance(answer):
    return lead("/", json.loads(answer.body).get("instance"))


def test_names_differ():
    names = [case.name for case in REFUSED] + [name for name, _, _ in SOUND]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("send", SENDERS)
@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.name)
def test_refused(served, case, send):
    with Connection(served) as connection:
        send(connection, case.raw + request(HIDDEN))
        answer = connection.answer()
        assert answer.status in case.status, case.why
        check_problem(answer)
        assert instance(answer) != HIDDEN
        if case.closes:
            assert answer.closes, case.why
        if answer.closes:
            assert connection.is_closed()
        elif send is send_in_one:
            # Its end is known beyond doubt, so what follows is a request of its own.
            following = connection.answer()
            assert following.status == 404 and instance(following) == HIDDEN


@pytest.mark.parametrize("send", SENDERS)
@pytest.mark.parametrize(("name", "data", "why"), SOUND, ids=[name for name, _, _ in SOUND])
def test_sound(served, name, data, why, send):
    with Connection(served) as connection:
        send(connection, data)
        answer = connection.answer()
        assert answer.status == 200, why
        assert json.loads(answer.body) == {"status": "alive"}
        if answer.closes:
            assert connection.is_closed()
        else:
            assert instance(connection.ask("/next")) == "/next"


def test_only_chunks_end_a_connection(served):
    """A server may close whenever it likes; where there is no doubt, ours does not."""
    for name, data, _ in SOUND:
        with Connection(served) as connection:
            connection.send(data)
            assert connection.answer().closes == data.endswith(b"\n0\r\n\r\n"), name


@pytest.mark.parametrize("case", REFUSED[::7], ids=lambda case: case.name)
def test_refusal_comes_after_earlier_answers(served, case):
    with Connection(served) as connection:
        connection.send(request("/readyz") + request("/livez") + case.raw + request(HIDDEN))
        answers = [connection.answer() for _ in range(3)]
        assert [answer.closes for answer in answers[:2]] == [False, False]
        assert [json.loads(answer.body)["status"] for answer in answers[:2]] == ["ready", "alive"]
        assert answers[2].status in case.status
        assert not case.closes or connection.is_closed()
