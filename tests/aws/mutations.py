"""How faults are put into a template. Tables of them are beside this file, one for each subject: what it is, how
it is made, the check that finds it, and the parameters that it is found with (SERVING unless said otherwise)."""

import json

SERVING = {"Serve": "true", "Schedule": "daily"}
HTTPS = {"Serve": "true", "CertificateArn": "arn:aws:acm:eu-central-1:111122223333:certificate/0f", "ClientCidr":
         "192.0.2.0/24"}
TASK = {"BulkIngest": "task", "ScheduleStarts": "task"}
BATCH = {"BulkIngest": "batch", "ScheduleStarts": "batch"}
REPLICA = {"Serve": "true", "ReadReplica": "true", "OwnerLogin": "generated", "DatabaseClass": "db.t4g.large"}
NAT = {"NatGateway": "true"}


def get(resource, attribute):
    return {"Fn::GetAtt": [resource, attribute]}


def ref(*names):
    return [{"Ref": name} for name in names]


def properties(template, name):
    return template["Resources"][name]["Properties"]


def container(template, task="ApiTask"):
    return properties(template, task)["ContainerDefinitions"][0]


def environment(template, owner):
    """A list of names and values, or for the function a dictionary."""
    resource = properties(template, owner)
    if owner == "IngestFunction":
        return resource["Environment"]["Variables"]
    return (resource["ContainerProperties"] if owner == "JobDefinition" else container(template, owner))["Environment"]


def variable(name, value, owner="ApiTask"):
    def mutate(template):
        place = environment(template, owner)
        if isinstance(place, dict):
            place[name] = value
            return
        for entry in place:
            if entry["Name"] == name:
                entry["Value"] = value
                return
        place.append({"Name": name, "Value": value})
    return mutate


def no_variable(name, owner="ApiTask"):
    def mutate(template):
        place = environment(template, owner)
        if isinstance(place, dict):
            del place[name]
        else:
            place.remove(next(v for v in place if v["Name"] == name))
    return mutate


def attribute(resource, key, name, value):
    def mutate(template):
        for entry in properties(template, resource)[key]:
            if entry["Key"] == name:
                entry["Value"] = value
    return mutate


def statements(template, role):
    return properties(template, role)["Policies"][0]["PolicyDocument"]["Statement"]


def walk(node, path):
    """The node before the last step of a path, and that step."""
    *parents, last = path.split(".")
    for parent in parents:
        node = node[int(parent)] if isinstance(node, list) else node[parent]
    return node, int(last) if isinstance(node, list) else last


def set_(resource, path, value):
    """Replaces one property; path is separated by dots. None takes it away."""
    def mutate(template):
        node, last = walk(properties(template, resource), path)
        if value is None:
            del node[last]
        else:
            node[last] = value
    return mutate


def drop(resource):
    return lambda template: template["Resources"].pop(resource)


def output(name, old, new):
    """Text in the value of an output."""
    def mutate(template):
        text = json.dumps(template["Outputs"][name])
        assert old in text
        template["Outputs"][name] = json.loads(text.replace(old, new))
    return mutate
