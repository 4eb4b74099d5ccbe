"""What the scripts of this folder share: each runs one sequence of calls with boto3 against the endpoint of its first argument and
prints each answer, without what no two servers answer alike, as a line of JSON."""
import datetime
import json
import re
import sys
import time

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

# Members that are never the same; a script adds its own.
VOLATILE = {"ReceiptHandle", "MessageId", "SequenceNumber", "SenderId", "CreatedTimestamp", "LastModifiedTimestamp", "SentTimestamp",
            "ApproximateFirstReceiveTimestamp", "Signature", "SigningCertURL", "UnsubscribeURL", "Timestamp", "MD5OfBody", "TaskHandle",
            "StartedTimestamp", "Owner", "SubscriptionPrincipal", "Policy"}


def client(service):
    return boto3.client(
        service,
        endpoint_url=sys.argv[1],
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(retries={"max_attempts": 0}, parameter_validation=False),
    )


def normal(value, key=None):
    if isinstance(value, dict):
        return {k: normal(v, k) for k, v in sorted(value.items()) if k not in ("ResponseMetadata", "message")}
    if isinstance(value, list):
        return [normal(item) for item in value]
    if key in VOLATILE or isinstance(value, datetime.datetime):
        return "*"
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, str):
        if value.startswith("{"):
            try:
                return normal(json.loads(value))
            except ValueError:
                pass
        value = re.sub(r"https?://[^/]+/\d{12}/", "<url>/", value)
        value = re.sub(r":\d{12}:", ":<account>:", value)
        value = re.sub(r"^\d{12}$", "<account>", value)
        value = re.sub(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "<uuid>", value)
    return value


def step(name, call, **arguments):
    try:
        answer = call(**arguments)
    except ClientError as error:
        answer = {"Error": error.response["Error"], "Status": error.response["ResponseMetadata"]["HTTPStatusCode"]}
    except Exception as error:  # an emulator's fault that boto3 cannot read is an answer too
        answer = {"Unreadable": type(error).__name__}
    print(json.dumps({"step": name, "answer": normal(answer)}))
    return answer


def until(condition):
    """Waits until something that goes on in the background has come so far."""
    for _ in range(300):
        if condition():
            return
        time.sleep(0.1)
    raise TimeoutError
