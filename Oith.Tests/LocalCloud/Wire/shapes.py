"""Prints the input shapes of a service's operations, from the models that the AWS CLI comes with, in the form of Wire/Shapes/*.txt.

usage: shapes.py [--optional | --output] service operation...
--optional leaves out what is required, of a service that has words of its own for that.
--output prints the shapes of the answers, spelled as Step Functions spells them, without patterns; of all operations when none is named. With
  it StepFunctions/Integrations/ResultShapes/*.txt were printed.
"""
import re
import sys

import botocore.session

PLAIN = {"float": "double", "character": "string", "bigdecimal": "double", "biginteger": "long"}
arguments = sys.argv[1:]
all_optional = arguments[0] == "--optional"
is_output = arguments[0] == "--output"
service, *operations = arguments[all_optional or is_output:]
model = botocore.session.get_session().get_service_model(service)
operations = operations or model.operation_names
lines = {}

# Step Functions was recorded with limits that the models have raised since.
RECORDED = {"MemorySize": "integer 128..10240"}

# As AWS's errors were seen to list them; the others are in the model's order.
ORDERS = {
    "EventSourcePosition": ["LATEST", "AT_TIMESTAMP", "TRIM_HORIZON"],
    "StateValue": ["INSUFFICIENT_DATA", "ALARM", "OK"],
    "ApiDestinationHttpMethod": ["HEAD", "POST", "PATCH", "DELETE", "PUT", "GET", "OPTIONS"],
}


def size(shape):
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    return "" if low is None and high is None else f" {'' if low is None else low}..{'' if high is None else high}"


def spelled(name):
    """Step Functions takes the names of the SDK for Java, with a capital."""
    return re.sub("^MD5", "Md5", name[0].upper() + name[1:]) if is_output else name


def name_of(shape):
    kind = PLAIN.get(shape.type_name, shape.type_name)
    text = None
    if kind == "structure":
        if shape.name in lines:
            return shape.name
        lines[shape.name] = None
        # A member of an XML list, of a header or of a path has another name on the wire than in the model.
        text = "structure " + ", ".join(
            f"{spelled(name)}{'!' if name in shape.required_members and not all_optional else ''} {name_of(member)}" for name, member in shape.members.items())
    elif kind == "list":
        text = f"list {name_of(shape.member)}{size(shape)}"
    elif kind == "map":
        text = f"map {name_of(shape.key)} {name_of(shape.value)}{size(shape)}"
    elif kind == "string" and shape.enum:
        text = "enum " + " ".join(value.replace(" ", "\\s") for value in ORDERS.get(shape.name, shape.enum))
    elif kind == "string":
        # ".*" and the like say nothing, and possessive quantifiers are Java's own.
        pattern = "" if is_output else shape.metadata.get("pattern", "").strip("\n")
        pattern = "" if re.fullmatch(r"\^?(\.\*|\[\\s\\S\]\*|\.\+|\[\\s\\S\]\+)?\$?", pattern) or re.search(r"[*+?}]\+|\\p\{(?!L|N|Z|P|S|M|C)", pattern) else pattern
        text = f"string{size(shape)}{' ' + pattern if pattern else ''}"
    else:
        text = RECORDED.get(shape.name, kind + size(shape)) if is_output else kind + size(shape)
    if " " not in text:
        return text if text != "structure" else shape.name
    lines[shape.name] = text
    return shape.name


for operation in operations:
    described = model.operation_model(operation)
    shape = described.output_shape if is_output else described.input_shape
    if is_output and (shape is None or described.has_event_stream_output):
        continue
    if shape is None:
        lines[operation] = "structure"
        continue
    name = name_of(shape)
    lines[operation] = lines.pop(name) if name != operation and name.startswith(operation) else lines[name]
for name in sorted(lines):
    print(f"{name}: {lines[name]}".rstrip())
