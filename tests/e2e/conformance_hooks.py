"""For schemathesis: what a request may be refused for although each of its parameters is as
documented. Rules that tie parameters to each other, or to what is stored: OpenAPI has no words
for them."""

import schemathesis
from schemathesis.checks import CHECKS

TIED = {
    "page": "it cannot be combined with cursor",
    "cursor": "walks in the default order|is no cursor of this server|of another query|cannot be read",
    "sort": "there is no field|is not among elements|begins with|write",
    "fields": "there is no field|is not among elements|begins with|needs latitude",
    "where": "there is no field|is not among elements|is no condition|was expected|is missing|leave out|texts take only|compares two",
    "format": "has at most",
    "radius": "needs near",
    "near": "latitude|longitude|two numbers",
    "bbox": "four numbers|west|south|latitude|longitude",
    "date": "is for one day",
    "start_date": "after end_date",
    "end_date": "before start_date",
    "season": "stands for months",
    "year": "is for one year",
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


# In place of the check of that name.
@schemathesis.check
def accepts_what_is_documented(ctx, response, case):
    if is_tied(response):
        return None
    return CHECKS.get_one("positive_data_acceptance")(ctx, response, case)
