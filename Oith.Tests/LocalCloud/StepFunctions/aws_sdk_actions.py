"""Prints the services and actions of the AWS SDK as resources of Task states name them, from the models that the AWS CLI comes with.

usage: aws_sdk_actions.py > Oith.LocalCloud/StepFunctions/Integrations/AwsSdkActions.txt

The first line lists verbs; a letter stands for each: a for the first. Then one entry a service: its name, and for each noun the letters of its
verbs, a dot, the noun: "sns cd.Topic" is sns:deleteTopic and sns:createTopic. "_" stands for no verb. A line that begins with a space goes on
with the service before. Actions that stream events are left out: Step Functions cannot call them.
"""
import collections
import re
import string

import botocore.session

LETTERS = string.ascii_lowercase + string.ascii_uppercase
session = botocore.session.get_session()
services = {}
for name in session.get_available_services():
    model = session.get_service_model(name)
    # The SDK for Java, whose names Step Functions takes, drops the word Service at the end.
    java = re.sub(r"[^a-z0-9]", "", model.service_id.lower())
    java = java.removesuffix("service") or java
    services.setdefault(java, set()).update(
        operation for operation in model.operation_names
        if not model.operation_model(operation).has_event_stream_input and not model.operation_model(operation).has_event_stream_output)

split = {operation: re.fullmatch(r"([A-Z][a-z0-9]*|.)(.*)", operation).groups() for operations in services.values() for operation in operations}
frequency = collections.Counter(split[operation][0] for operations in services.values() for operation in operations)
verbs = [verb for verb, _ in sorted(frequency.items(), key=lambda pair: (-pair[1], pair[0]))[:len(LETTERS)]]
code = dict(zip(verbs, LETTERS))
print(" ".join(verbs))
for service, operations in sorted(services.items()):
    nouns = {}
    for operation in operations:
        verb, noun = split[operation]
        key, letter = (noun, code[verb]) if verb in code else (operation, "_")
        nouns.setdefault(key, []).append(letter)
    line = service
    for noun, letters in sorted(nouns.items()):
        entry = f" {''.join(sorted(letters))}.{noun}"
        if len(line) + len(entry) > 140:
            print(line)
            line = ""
        line += entry
    print(line)
