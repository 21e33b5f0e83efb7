"""The OpenAPI document: sound by itself, and true of what the server answers."""

import json
from urllib.parse import urlencode

import httpx
import openapi_pydantic
import pytest
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import OpenAPIV31SpecValidator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from raw import exchange, request
from links import lead

pytestmark = pytest.mark.release  # the document

OURS = ["/livez", "/openapi.json", "/problems", "/problems/{kind}", "/readyz"]
ROUTES = [
    "/api/elements", "/api/ingestions", "/api/revisions", "/api/stations", "/api/stations/{station_id}",
    "/api/stations/{station_id}/inventory", "/api/stats", "/api/stats/anomalies",
    "/api/stats/degree_days", "/api/stats/drought", "/api/stats/etccdi", "/api/stats/normals", "/api/stats/records", "/api/stats/snow",
    "/api/stats/summary", "/api/stats/trend", "/api/stats/yearly",
    "/api/weather", "/api/weather/stats",
]

# The sample has no snow, and nothing of it was corrected.
EMPTY = ("/api/revisions", "/api/stats/snow")


@pytest.fixture(scope="module")
def document(served):
    (answer,) = exchange(served, request("/openapi.json"))
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/json"
    return json.loads(answer.body)


@pytest.fixture(scope="module")
def client(served):
    with httpx.Client(base_url=served.url, timeout=60) as client:
        yield client


@pytest.fixture(scope="module")
def check(document):
    """check(value, schema): valid by the schema, whose references are the document's."""
    resource = DRAFT202012.create_resource(document)
    registry = Registry().with_resource("urn:document", resource)

    def run(value, schema):
        text = json.dumps(schema).replace('"#/components/', '"urn:document#/components/')
        validator = OAS31Validator(
            json.loads(text), registry=registry,
            format_checker=OAS31Validator.FORMAT_CHECKER,
        )  # fmt: skip
        errors = [f"{error.json_path}: {error.message}" for error in validator.iter_errors(value)]
        assert not errors, errors[:5]

    return run


def operation(document, path):
    return document["paths"][path]["get"]


@pytest.mark.quick
def test_another_judge(document):
    """The document as somebody else's model of OpenAPI 3.1 understands it; members that the model
    does not know are extensions."""
    model = openapi_pydantic.OpenAPI.model_validate(document)
    assert model.openapi == "3.1.0"
    assert set(model.paths) == set(document["paths"])

    def unknown(part, path):
        for name, value in (part.model_extra or {}).items():
            assert name.startswith("x-"), f"{path}: {name} = {value}"
        for name in type(part).model_fields:
            for item in parts_of(getattr(part, name)):
                unknown(item, f"{path}.{name}")

    unknown(model, "document")


def parts_of(value):
    if isinstance(value, dict):
        value = list(value.values())
    values = value if isinstance(value, list) else [value]
    return [item for item in values if hasattr(item, "model_extra")]


def example(parameter):
    """Only what has to be given is filled in by tools in which requests are tried."""
    if parameter.get("required"):
        return parameter["example"]
    assert "example" not in parameter
    (value,) = parameter["schema"]["examples"]
    return value


def resolved(document, item):
    while "$ref" in item:
        name = item["$ref"].removeprefix("#/")
        item = document
        for part in name.split("/"):
            item = item[part]
    return item


def schema_of(document, path, status="200"):
    response = resolved(document, operation(document, path)["responses"][status])
    media_type, content = next(iter(response["content"].items()))
    return media_type, content["schema"]


def test_document_is_valid(document):
    assert document["openapi"] == "3.1.0"
    errors = [str(error) for error in OpenAPIV31SpecValidator(document).iter_errors()]
    assert not errors


@pytest.mark.quick
def test_command_prints_the_same(run, document):
    assert json.loads(run("openapi", check=True).stdout) == document


def test_all_routes_are_in_it(document):
    assert set(OURS + ROUTES) <= set(document["paths"])
    ids = [operation(document, path)["operationId"] for path in document["paths"]]
    assert len(set(ids)) == len(ids)


def test_everything_is_explained(document):
    for path in ROUTES:
        assert operation(document, path)["summary"]
        for parameter in operation(document, path).get("parameters", []):
            assert parameter["description"], parameter["name"]
            assert "type" in parameter["schema"], parameter["name"]
            assert example(parameter) is not None, parameter["name"]
        data = schema_of(document, path)[1]["properties"]["data"]
        for name, field in data.get("items", data)["properties"].items():
            assert field["description"], name


def test_examples_and_defaults_are_valid(document, check):
    for path in ROUTES:
        for parameter in operation(document, path).get("parameters", []):
            schema = parameter["schema"]
            check(example(parameter), schema)
            if "default" in schema:
                check(schema["default"], schema)


def test_bounds_are_told(document):
    parameters = {p["name"]: p for p in operation(document, "/api/weather")["parameters"]}
    page_size = parameters["page_size"]["schema"]
    assert (page_size["minimum"], page_size["maximum"]) == (1, 1000)
    assert parameters["station_id"]["schema"]["type"] == "array"
    assert parameters["station_id"]["explode"] is False
    assert parameters["elements"]["schema"]["default"] == ["TMAX", "TMIN", "PRCP"]
    path_parameter = operation(document, "/api/stations/{station_id}")["parameters"][0]
    assert path_parameter["in"] == "path" and path_parameter["required"] is True


def test_page_size_is_that_of_the_settings(run):
    document = json.loads(run("openapi", "--page-size-max", "50", check=True).stdout)
    parameters = {p["name"]: p for p in operation(document, "/api/weather")["parameters"]}
    assert parameters["page_size"]["schema"]["maximum"] == 50
    assert not list(OpenAPIV31SpecValidator(document).iter_errors())


def test_units_are_told(document):
    row = schema_of(document, "/api/weather/stats")[1]["properties"]["data"]["items"]
    assert row["properties"]["avg_tmax"]["x-unit"] == "degC"
    assert row["properties"]["total_prcp"]["x-unit"] == "cm"


NEEDS = {"radius": {"near": "40.1,-88.2"}}  # parameters that mean nothing without another


def stations_of(path):
    """What is computed for a request is of stations that it names."""
    return {"station_id": "USC00110072"} if path.startswith("/api/stats/") and path != "/api/stats/yearly" else {}


def query_of_examples(document, path):
    """The path with every parameter's example, one at a time and without any."""
    parameters, also = operation(document, path).get("parameters", []), stations_of(path)
    for parameter in parameters:
        if parameter["in"] == "path":
            path = path.replace("{%s}" % parameter["name"], example(parameter))
    yield path + "?" * bool(also) + urlencode(also)
    for parameter in parameters:
        if parameter["in"] == "query":
            value = example(parameter)
            yield path + "?" + urlencode({**also, parameter["name"]: as_sent(value), **NEEDS.get(parameter["name"], {})})


@pytest.mark.parametrize("path", OURS + ROUTES)
@pytest.mark.quick
def test_answers_are_as_documented(document, client, check, path):
    media_type, schema = schema_of(document, path)
    for target in query_of_examples(document, path):
        answer = client.get(target)
        assert answer.status_code == 200, f"{target}: {answer.text}"
        assert answer.headers["content-type"] == media_type
        check(answer.json(), schema)


@pytest.mark.parametrize(
    ("path", "target", "status"),
    [
        ("/api/weather", "/api/weather?a=%zz", 400),
        ("/api/weather", "/api/weather?station_id=NONE", 404),
        ("/api/weather", "/api/weather?elements=NONE&date=x&nothing=1", 422),
        ("/api/weather/stats", "/api/weather/stats?page=0", 422),
        ("/api/stations/{station_id}", "/api/stations/NONE", 404),
        ("/api/stations", "/api/stations?a=b", 422),
    ],
)
@pytest.mark.quick
def test_problems_are_as_documented(document, client, check, path, target, status):
    media_type, schema = schema_of(document, path, str(status))
    answer = client.get(target)
    assert answer.status_code == status
    assert answer.headers["content-type"] == media_type == "application/problem+json"
    check(answer.json(), schema)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_other_methods_are_problems_too(document, client, check, method):
    answer = client.request(method, "/api/weather")
    assert answer.status_code == 405
    check(answer.json(), document["components"]["schemas"]["Problem"])


def test_types_of_problems_resolve(document, client):
    """Each leads to a page for people, and to the same for programs."""
    listed = client.get("/problems").json()["problems"]
    assert len(listed) > 10
    for item in listed:
        target = lead("/problems", item.pop("type"))
        one = client.get(target).json()
        assert lead(target, one.pop("type")) == target
        assert one == item and item["meaning"] and item["remedy"]
        page = client.get(target, headers={"accept": "text/html"})
        assert page.headers["content-type"].startswith("text/html")
        assert item["title"] in page.text and "script" not in page.text
        assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
    assert client.get("/problems", headers={"accept": "text/html"}).text.count("<tr>") == len(listed)
    assert client.get("/problems/nothing").status_code == 404


def test_formats_are_documented(document, client):
    content = operation(document, "/api/weather")["responses"]["200"]["content"]
    assert {"application/json", "text/csv", "application/x-ndjson"} <= set(content)
    places = operation(document, "/api/stations")["responses"]["200"]["content"]
    for kind in places:
        answer = client.get("/api/stations?page_size=1", headers={"accept": kind})
        assert answer.headers["content-type"].partition(";")[0] == kind


# -- Defaults -----------------------------------------------------------------------


def defaults_of(document, path):
    return {
        parameter["name"]: parameter["schema"]["default"]
        for parameter in operation(document, path).get("parameters", [])
        if "default" in parameter["schema"]
    }


def as_sent(value):
    if isinstance(value, list):
        return ",".join(map(as_sent, value))
    return json.dumps(value) if isinstance(value, bool) else str(value)


def replays(document):
    """Requests of every route, in every format, with its defaults one by one and together."""
    for path in ROUTES:
        defaults = {name: as_sent(value) for name, value in defaults_of(document, path).items()}
        parameters = {p["name"]: p for p in operation(document, path).get("parameters", [])}
        target = path
        for name, parameter in parameters.items():
            target = target.replace("{" + name + "}", as_sent(parameter.get("example", "")))
        others = [{}]
        if "station_id" in parameters and "{station_id}" not in path:
            others[0]["station_id"] = "USC00110072"
        if "cursor" in parameters:
            others.append({**others[0], "cursor": "*"})
        for other in others:
            for kind in parameters["format"]["schema"]["enum"]:
                query = {**other, "format": kind}
                for name, value in defaults.items():
                    yield target, query, {name: value}
                yield target, query, defaults


def test_defaults_may_be_sent(document, client):
    """What `default` says is what holds if the parameter is left out, so sending it changes nothing."""
    count = 0
    for target, query, defaults in replays(document):
        without = client.get(target, params=query)
        sent = client.get(target, params={**query, **defaults})
        assert without.status_code == 200, without.text
        assert (sent.status_code, sent.content) == (200, without.content), (target, query, defaults)
        assert sent.headers.get("etag") == without.headers.get("etag")
        count += 1
    assert count > 100


def test_tools_that_send_the_first_page(client):
    """Form fields and generated clients send page=1 and page_size=100 whatever else is sent."""
    walk = {"station_id": "USC00110072", "cursor": "*", "page_size": 100}
    first = client.get("/api/weather", params=walk).json()
    assert client.get("/api/weather", params={**walk, "page": 1}).json() == first
    walk["cursor"] = first["pagination"]["next_cursor"]
    following = client.get("/api/weather", params={**walk, "page": 1}).json()
    assert following == client.get("/api/weather", params=walk).json()
    assert following["data"][0]["date"] > first["data"][-1]["date"]
    assert client.get("/api/weather", params={**walk, "page": 2}).status_code == 422


def test_pages_have_no_default(document):
    """A page of csv that nobody asked for is a hundredth of the answer without a sign of it."""
    for path in ROUTES:
        assert not {"page", "page_size", "cursor"} & set(defaults_of(document, path))
    for parameter in operation(document, "/api/weather")["parameters"]:
        if parameter["name"] in ("page", "page_size", "format"):
            assert "csv" in parameter["description"]


# -- Words --------------------------------------------------------------------------


def test_problem_types_are_open(document, client):
    """Clients must not fail at a type that comes later."""
    kind = document["components"]["schemas"]["Problem"]["properties"]["type"]
    assert kind["type"] == "string" and "enum" not in kind


@pytest.mark.parametrize("path", ["/problems", "/problems/{kind}"])
def test_problem_pages_are_in_both_media_types(document, client, path):
    content = operation(document, path)["responses"]["200"]["content"]
    assert set(content) == {"application/json", "text/html"}
    for kind in content:
        answer = client.get(path.format(kind="not-found"), headers={"accept": kind})
        assert answer.headers["content-type"].partition(";")[0] == kind


def test_routes_are_grouped(document):
    tags = {path: operation(document, path)["tags"] for path in document["paths"]}
    assert {tag["name"] for tag in document["tags"]} == {tag for (tag,) in tags.values()}
    assert all(tag["description"] for tag in document["tags"])
    assert tags["/api/weather"] == tags["/api/weather/stats"] == ["weather"]
    assert tags["/api/stations/{station_id}/inventory"] == ["stations"]
    for words in ("local time", "licence", "period", "/api/stations"):
        assert words in document["info"]["description"]


def test_types_have_names(document):
    titles = [
        content["schema"]["title"]
        for path in ROUTES
        for content in operation(document, path)["responses"]["200"]["content"].values()
        if "title" in content["schema"]
    ]
    assert len(titles) == len(set(titles)) == 2 * len(ROUTES)


def test_examples_find_something(document, client):
    """Each parameter's example, alone or with what it needs, finds something in the sample."""
    needs = {"radius": {"near": "40.1,-88.2"}}
    for path in ROUTES:
        parameters = operation(document, path).get("parameters", [])
        target = path
        for parameter in parameters:
            target = target.replace("{" + parameter["name"] + "}", as_sent(parameter.get("example", "")))
        for parameter in parameters:
            name = parameter["name"]
            if parameter["in"] == "path":
                continue
            query = {**stations_of(path), name: as_sent(example(parameter)), **needs.get(name, {}), "format": "json"}
            answer = client.get(target, params=query)
            assert answer.status_code == 200, (target, query, answer.text)
            elsewhere = stations_of(path) and name in ("near", "radius")  # the station is not there
            assert answer.json()["data"] or elsewhere or path in EMPTY, (target, query, answer.text)


def test_statistics_take_one_year(client):
    both = [client.get(path, params={"year": 2012, "station_id": "USC00110072"}).json()["data"]
            for path in ("/api/stats/yearly", "/api/weather/stats")]  # fmt: skip
    assert [row["year"] for row in both[0]] == [row["year"] for row in both[1]] == [2012]
    refused = client.get("/api/stats/yearly", params={"year": 2012, "end_year": 2013}).json()
    assert refused["parameter"] == "year"


def required(described):
    """The query that a path must have, of examples."""
    return {
        parameter["name"]: as_sent(example(parameter)) for parameter in described.get("parameters", [])
        if parameter["in"] == "query" and parameter.get("required")
    }  # fmt: skip


def test_every_status_that_is_met_is_told(document, client):
    """With the tag of the answer, and where what a path names is not there."""
    examples = {"station_id": "USC00110072", "kind": "not-found"}
    for path, item in document["paths"].items():
        told = item["get"]["responses"]
        query = required(item["get"])
        answer = client.get(path.format(**examples), params=query)
        tag = answer.headers.get("etag")
        again = client.get(path.format(**examples), params=query, headers={"if-none-match": tag or '"x"'})
        assert again.status_code == (304 if tag else 200), path
        assert str(again.status_code) in told, path
        if "{" in path:
            nothing = client.get(path.format(**dict.fromkeys(examples, "nothing")))
            assert nothing.status_code == 404 and "404" in told, path


def test_groups_tell_of_what_is_here(document, client):
    summaries = {item["get"]["summary"] for item in document["paths"].values()}
    for tag in document["tags"]:
        assert set(tag["description"].split("; ")) <= summaries, tag["name"]
