"""For schemathesis: what a request may be refused for although each of its parameters is as
documented. Rules that tie parameters to each other, or to what is stored: OpenAPI has no words
for them."""

from urllib.parse import parse_qs, urlsplit

import schemathesis
from jsonschema import Draft202012Validator
from schemathesis.checks import CHECKS

TIED = {
    "page": "it cannot be combined with cursor|what is sorted can be read up to row",
    "cursor": "walks in the default order|is no cursor of this server|of another query|cannot be read",
    "sort": "there is no field|is no field|is not among elements|begins with|write",
    "fields": "there is no field|is no field|is not among elements|begins with|needs latitude|needs date",
    "where": "there is no field|is not among elements|is no condition|was expected|is missing|leave out|texts take only|compares|"
    "more than|bracket|quotation mark|begins with a number|has no condition",
    "format": "has at most",
    "state": "is stored",
    "country": "is stored",
    "radius": "needs near",
    "near": "latitude|longitude|two numbers",
    "bbox": "four numbers|west|south|latitude|longitude",
    "date": "is for one day, month or year",
    "start_date": "after end_date",
    "end_date": "before start_date",
    "season": "stands for months",
    "year": "is for one year",
    "period": "computed for the request",
    "station_id": "computed for the request|would be computed of",
    "start_year": "after end_year",
    "end_year": "before start_year",
    "elements": "is not stored",
}


def is_tied(response):
    if response.status_code != 422:
        return False
    problem = response.json()
    words = TIED.get(problem.get("parameter"))
    return words is not None and any(word in problem["detail"] for word in words.split("|"))


def sent_values(response, name):
    """The values with which the request had the parameter, but for empty ones (allowEmptyValue)."""
    query = parse_qs(urlsplit(str(response.request.url)).query, keep_blank_values=True)
    return [value for value in query.get(name, []) if value != ""]


READERS = {"boolean": {"true": True, "false": False}.__getitem__, "integer": int, "number": float, "string": str}


def as_typed(schema, values):
    """What the texts of a URL stand for; raises ValueError or KeyError for those that are none of the type."""
    if schema.get("type") == "array":
        return [as_typed(schema["items"], [text]) for value in values for text in value.split(",")]
    (text,) = values
    return READERS[schema["type"]](text)


def is_written_as_documented(response, case):
    """Whether all that is left in the URL are texts that their parameters allow: a list of one text, say, is
    written like the text."""
    for name, values in parse_qs(urlsplit(str(response.request.url)).query, keep_blank_values=True).items():
        parameter = case.operation.query.get(name)
        schema = {} if parameter is None else parameter.definition["schema"]
        if parameter is not None and set(values) == {""}:
            continue  # allowEmptyValue
        try:
            if not Draft202012Validator(schema).is_valid(as_typed(schema, values)):
                return False
        except (KeyError, ValueError):
            return False
    return True


# In place of the checks of those names.
@schemathesis.check
def refuses_what_is_not_documented(ctx, response, case):
    changed = getattr(case.meta.phase.data, "parameter", None) if case.meta is not None else None
    if changed is not None and response.status_code == 200 and not sent_values(response, changed):
        return None  # a value that leaves nothing behind in a URL
    if response.status_code == 200 and is_written_as_documented(response, case):
        return None
    return CHECKS.get_one("negative_data_rejection")(ctx, response, case)


@schemathesis.check
def accepts_what_is_documented(ctx, response, case):
    if is_tied(response):
        return None
    return CHECKS.get_one("positive_data_acceptance")(ctx, response, case)
