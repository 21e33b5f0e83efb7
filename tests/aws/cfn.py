"""A template as CloudFormation would see it with given parameters: conditions decided, Fn::If and
parameters replaced. What exists only in an account stays a symbol: ${Vpc}, ${Database.Endpoint.Address}."""

import json
import re

NOTHING = object()  # AWS::NoValue


def defaults(template, given):
    values = {name: p["Default"] for name, p in template["Parameters"].items() if "Default" in p}
    digest = "sha256:" + "0" * 64
    values |= {name: digest for name in ("ApiImageDigest", "IngestImageDigest") if name in template["Parameters"]}
    unknown = set(given) - set(template["Parameters"])
    assert not unknown, f"no such parameters: {unknown}"
    return values | given


class Resolver:
    def __init__(self, template, given):
        self.template = template
        self.parameters = defaults(template, given)
        self.functions = {
            "Ref": self.ref, "Fn::GetAtt": self.get_att, "Fn::Sub": self.sub, "Fn::Join": self.join,
            "Fn::If": self.choose, "Fn::Select": self.select,
            "Fn::GetAZs": lambda region: [f"${{Zone{region}{i}}}" for i in range(2)], "Fn::Cidr": self.cidr,
        }
        self.logic = {
            "Fn::Equals": lambda a: self.value(a[0]) == self.value(a[1]),
            "Fn::Not": lambda a: not self.holds(a[0]),
            "Fn::And": lambda a: all(self.holds(x) for x in a),
            "Fn::Or": lambda a: any(self.holds(x) for x in a),
            "Fn::Contains": lambda a: self.value(a[1]) in self.value(a[0]),
            "Condition": lambda name: self.holds(self.template["Conditions"][name]),
        }

    def holds(self, expression):
        (function, arguments), = expression.items()
        return self.logic[function](arguments)

    def ref(self, name):
        if name == "AWS::NoValue":
            return NOTHING
        return str(self.parameters[name]) if name in self.parameters else f"${{{name}}}"

    def get_att(self, path):
        return f"${{{'.'.join(path)}}}"

    def sub(self, text):
        return re.sub(r"\$\{([A-Za-z0-9]+)\}", lambda m: self.ref(m[1]), text)

    def join(self, arguments):
        return arguments[0].join(str(self.value(part)) for part in self.value(arguments[1]))

    def choose(self, arguments):
        condition, yes, no = arguments
        return self.value(yes if self.logic["Condition"](condition) else no)

    def cidr(self, arguments):
        """"BLOCK 3 of 6, 8": the fourth of six blocks with 8 bits for hosts."""
        block, count, bits = arguments
        return [f"{self.value(block)} {i} of {count}, {bits}" for i in range(int(count))]

    def select(self, arguments):
        return self.value(arguments[1])[int(arguments[0])]

    def value(self, node):
        if isinstance(node, list):
            return [v for v in map(self.value, node) if v is not NOTHING]
        if not isinstance(node, dict):
            return node
        if len(node) == 1:
            (function, arguments), = node.items()
            if function in self.functions:
                return self.functions[function](arguments)
        values = {key: self.value(v) for key, v in node.items()}
        return {key: v for key, v in values.items() if v is not NOTHING}

    def exists(self, part):
        return "Condition" not in part or self.logic["Condition"](part["Condition"])


class Stack:
    """The resources that exist with these parameters, resolved."""

    def __init__(self, template, **given):
        resolver = Resolver(template, given)
        self.parameters = resolver.parameters
        self.resources = {
            name: {"Type": r["Type"], "Properties": resolver.value(r.get("Properties", {})),
                   "DeletionPolicy": r.get("DeletionPolicy"), "UpdateReplacePolicy": r.get("UpdateReplacePolicy"),
                   "DependsOn": r.get("DependsOn", [])}
            for name, r in template["Resources"].items() if resolver.exists(r)
        }
        self.outputs = {name: resolver.value(o["Value"])
                        for name, o in template.get("Outputs", {}).items() if resolver.exists(o)}
        self.refused = [
            a["AssertDescription"] for rule in template.get("Rules", {}).values()
            if resolver.holds(rule["RuleCondition"]) for a in rule["Assertions"] if not resolver.holds(a["Assert"])
        ]

    def of_type(self, suffix):
        return {n: r["Properties"] for n, r in self.resources.items() if r["Type"] == f"AWS::{suffix}"}

    def __getitem__(self, name):
        return self.resources[name]["Properties"]

    def __contains__(self, name):
        return name in self.resources


def policy(document):
    """Statements, with actions and resources always as lists."""
    for statement in document["Statement"]:
        as_list = lambda v: v if isinstance(v, list) else [v]
        yield statement | {"Action": as_list(statement["Action"]),
                           "Resource": as_list(statement.get("Resource", []))}


def load(path):
    return json.loads(path.read_text())
