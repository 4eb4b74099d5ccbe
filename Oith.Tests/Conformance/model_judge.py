"""boto3 as the judge of LocalCloud: a scenario a service, each answer held against the model of the service that botocore has, then
the same calls again with a member missing or of a wrong type, which must be refused and never fail inside.

usage: model_judge.py endpoint service...
Prints one JSON object a finding: {"service", "operation", "problem"}. No output: all is as the models say.
"""
import base64
import copy
import datetime
import io
import json
import re
import sys
import time
import urllib.error
import urllib.request
import xml.etree.ElementTree as ElementTree
import zipfile

import boto3
import botocore.config
import botocore.exceptions
import botocore.parsers

ENDPOINT = sys.argv[1]
ACCOUNT = "000000000000"
REGION = "us-east-1"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/judge"
ISO = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$"

# AWS itself leaves these out when they are empty, whatever the model says.
ABSENT_WHEN_EMPTY = {("sqs", "Failed"), ("sqs", "Successful")}

# AWS answers it, though the model does not list it.
BEYOND_ENUMERATION = {("lambda", "LastUpdateStatusReasonCode", "Creating")}

calls = {}


def report(service, operation, problem):
    print(json.dumps({"service": service, "operation": operation, "problem": problem}, default=str), flush=True)


def arn(service, resource):
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{resource}"


def scalar_problem(shape, value, text):
    """Why a scalar is not what the model says; text: everything is text, as in XML."""
    kind = shape.type_name
    if kind == "string":
        if not isinstance(value, str):
            return f"is no string: {value!r}"
        return f"is {value!r}, which is not in the enumeration" if shape.enum and value not in shape.enum else None
    if kind in ("integer", "long"):
        right = re.match(r"-?\d+$", value) if text else isinstance(value, int) and not isinstance(value, bool)
    elif kind in ("float", "double"):
        right = re.match(r"-?\d+(\.\d+)?([eE][-+]?\d+)?$", value) if text else isinstance(value, (int, float)) and not isinstance(value, bool)
    elif kind == "boolean":
        right = value in ("true", "false") if text else isinstance(value, bool)
    elif kind == "timestamp":
        iso = text or shape.serialization.get("timestampFormat") == "iso8601"
        right = isinstance(value, str) and re.match(ISO, value) if iso else isinstance(value, (int, float, datetime.datetime))
    else:
        return None
    return None if right else f"is no {kind}: {value!r}"


def check_tree(service, shape, value, path, problems):
    """A JSON or CBOR answer."""
    kind = shape.type_name
    if value is None:
        problems.append(f"{path} is null")
    elif kind == "structure":
        members = {m.serialization.get("name", n): m for n, m in shape.members.items()
                   if m.serialization.get("location") not in ("header", "headers", "statusCode")}
        for name, member in value.items():
            if name in members and (service, name, str(member)) not in BEYOND_ENUMERATION:
                check_tree(service, members[name], member, f"{path}.{name}", problems)
            elif name in members:
                continue
            else:
                problems.append(f"{path}.{name} is not in the model")
        for name in shape.required_members:
            name = shape.members[name].serialization.get("name", name)
            if name in members and name not in value and (service, name) not in ABSENT_WHEN_EMPTY:
                problems.append(f"{path}.{name} is required and absent")
    elif kind == "list":
        for item in value:
            check_tree(service, shape.member, item, f"{path}[]", problems)
    elif kind == "map":
        for key, item in value.items():
            check_tree(service, shape.value, item, f"{path}[{key}]", problems)
    elif problem := scalar_problem(shape, value, False):
        problems.append(f"{path} {problem}")


def local(element):
    return element.tag.split("}")[-1]


def check_xml(shape, element, path, problems):
    """An answer of the Query protocols."""
    kind = shape.type_name
    if kind == "structure":
        members = {}
        for name, member in shape.members.items():
            flat = member.type_name in ("list", "map") and member.serialization.get("flattened")
            wire = member.serialization.get("name", name)
            if flat and member.type_name == "list":
                wire = member.member.serialization.get("name", wire)
            members[wire] = (member, flat)
        seen = set()
        for child in element:
            name = local(child)
            if name in ("ResponseMetadata", "requestId"):
                continue
            if name not in members:
                problems.append(f"{path}.{name} is not in the model")
                continue
            member, flat = members[name]
            if name in seen and not flat:
                problems.append(f"{path}.{name} is there twice")
            seen.add(name)
            check_xml(member.member if flat and member.type_name == "list" else member, child, f"{path}.{name}", problems)
        for name in shape.required_members:
            name = shape.members[name].serialization.get("name", name)
            if name not in seen:
                problems.append(f"{path}.{name} is required and absent")
    elif kind == "list":
        wanted = shape.member.serialization.get("name", "member")
        for child in element:
            if local(child) == wanted:
                check_xml(shape.member, child, f"{path}[]", problems)
            else:
                problems.append(f"{path} has <{local(child)}> and not <{wanted}>")
    elif kind == "map":
        wanted = [shape.key.serialization.get("name", "key"), shape.value.serialization.get("name", "value")]
        for child in element:
            if local(child) != "entry" or [local(part) for part in child] != wanted:
                problems.append(f"{path} has an entry <{local(child)}> of {[local(part) for part in child]}")
            else:
                check_xml(shape.value, child[1], f"{path}[{child[0].text}]", problems)
    elif problem := scalar_problem(shape, element.text or "", True):
        problems.append(f"{path} {problem}")


class Client:
    """Calls operations by AWS's names and checks what comes back."""

    def __init__(self, service):
        self.service = service
        self.client = boto3.client(
            service, endpoint_url=ENDPOINT, region_name=REGION, aws_access_key_id="test", aws_secret_access_key="test",
            config=botocore.config.Config(parameter_validation=False, retries={"total_max_attempts": 1}, inject_host_prefix=False, s3={"addressing_style": "path"}))
        self.model = self.client.meta.service_model
        self.protocol = getattr(self.model, "resolved_protocol", self.model.metadata["protocol"])
        self.methods = {operation: method for method, operation in self.client.meta.method_to_api_mapping.items()}
        self.raw = None
        self.client.meta.events.register("before-parse", self.keep)

    def keep(self, response_dict=None, **_):
        self.raw = response_dict

    def invoke(self, operation, params):
        return getattr(self.client, self.methods[operation])(**params)

    def __call__(self, operation, **params):
        try:
            answer = self.invoke(operation, params)
        except botocore.exceptions.ClientError as error:
            report(self.service, operation, f"{error.response['Error'].get('Code')}: {error.response['Error'].get('Message')}")
            return {}
        except Exception as error:
            report(self.service, operation, f"boto3 cannot read the answer: {error!r}")
            return {}
        calls.setdefault((self.service, operation), (self, params))
        self.check(operation)
        return answer

    def check(self, operation):
        model = self.model.operation_model(operation)
        shape = model.output_shape
        if shape is None or model.has_streaming_output:
            return
        if "payload" in shape.serialization:
            shape = shape.members[shape.serialization["payload"]]
        body, problems = self.raw["body"], []
        if self.protocol in ("json", "rest-json"):
            check_tree(self.service, shape, json.loads(body or b"{}"), "", problems)
        elif self.protocol == "smithy-rpc-v2-cbor":
            check_tree(self.service, shape, botocore.parsers.BaseCBORParser().parse_data_item(CborStream(body)), "", problems)
        elif body and shape.type_name == "structure":
            root = ElementTree.fromstring(body)
            wrapper = shape.serialization.get("resultWrapper")
            root = next((child for child in root if local(child) == wrapper), None) if wrapper else root
            if root is None:
                problems.append(f"there is no <{wrapper}>")
            else:
                check_xml(shape, root, "", problems)
        for problem in problems:
            report(self.service, operation, problem)


class CborStream(io.BufferedReader):
    def __init__(self, body):
        super().__init__(io.BytesIO(body))


def mutations(shape, params, path):
    """What is wrong, and a function that makes parameters wrong in that way."""
    if shape.type_name == "structure":
        for name in shape.required_members:
            if name in params:
                yield f"{path}.{name} missing", lambda p, name=name: p.pop(name)
        children = [(name, name, shape.members[name], params[name]) for name in params if name in shape.members]
    elif shape.type_name == "list" and params:
        children = [(0, "[]", shape.member, params[0])]
    elif shape.type_name == "map" and params:
        key = next(iter(params))
        children = [(key, f"[{key}]", shape.value, params[key])]
    else:
        children = []
    for key, label, member, value in children:
        for description, change in mutations(member, value, f"{path}.{label}"):
            yield description, lambda p, key=key, change=change: change(p[key])
        wrong = 7 if member.type_name == "string" else "abc"
        yield f"{path}.{label} of a wrong type", lambda p, key=key, wrong=wrong: p.__setitem__(key, wrong)


def default(value):
    return value.timestamp() if isinstance(value, datetime.datetime) else base64.b64encode(value).decode()


def judge_mutations():
    """Over the JSON protocol, which has types to be wrong in."""
    for (service, operation), (client, params) in calls.items():
        shape = client.model.operation_model(operation).input_shape
        if client.protocol != "json" or shape is None:
            continue
        for description, change in mutations(shape, params, ""):
            changed = copy.deepcopy(params)
            change(changed)
            request = urllib.request.Request(ENDPOINT, data=json.dumps(changed, default=default).encode(), headers={
                "X-Amz-Target": f"{client.model.metadata['targetPrefix']}.{operation}", "Content-Type": "application/x-amz-json-1.0"})
            try:
                with urllib.request.urlopen(request):
                    pass
            except urllib.error.HTTPError as error:
                if error.code >= 500:
                    report(service, operation, f"{description}: {error.code} {error.read().decode()}")


def queue(name):
    Client("sqs").client.create_queue(QueueName=name)


def sqs():
    c = Client("sqs")
    u = c("CreateQueue", QueueName="judge", Attributes={"VisibilityTimeout": "30"}, tags={"a": "b"})["QueueUrl"]
    d = c("CreateQueue", QueueName="judge-dlq")["QueueUrl"]
    f = c("CreateQueue", QueueName="judge.fifo", Attributes={"FifoQueue": "true", "ContentBasedDeduplication": "true"})["QueueUrl"]
    c("ListQueues", QueueNamePrefix="judge", MaxResults=2)
    c("GetQueueUrl", QueueName="judge")
    c("GetQueueAttributes", QueueUrl=u, AttributeNames=["All"])
    c("SetQueueAttributes", QueueUrl=u, Attributes={"RedrivePolicy": json.dumps({"deadLetterTargetArn": arn("sqs", "judge-dlq"), "maxReceiveCount": 3})})
    c("ListDeadLetterSourceQueues", QueueUrl=d)
    c(
        "SendMessage", QueueUrl=u, MessageBody="x", MessageAttributes={"a": {"DataType": "String", "StringValue": "s"}},
        MessageSystemAttributes={"AWSTraceHeader": {"DataType": "String", "StringValue": "Root=1-5e3d83c1-e6a0db584850d61342823d4c"}}, DelaySeconds=0)
    c("SendMessageBatch", QueueUrl=u, Entries=[{"Id": "a", "MessageBody": "y"}, {"Id": "b", "MessageBody": "z"}])
    c("SendMessage", QueueUrl=f, MessageBody="x", MessageGroupId="g")
    r = c("ReceiveMessage", QueueUrl=u, AttributeNames=["All"], MessageAttributeNames=["All"], MaxNumberOfMessages=10, VisibilityTimeout=30, WaitTimeSeconds=0)
    c("ReceiveMessage", QueueUrl=f, MessageSystemAttributeNames=["All"], ReceiveRequestAttemptId="abc")
    h = [m["ReceiptHandle"] for m in r["Messages"]]
    c("ChangeMessageVisibility", QueueUrl=u, ReceiptHandle=h[0], VisibilityTimeout=60)
    c("ChangeMessageVisibilityBatch", QueueUrl=u, Entries=[{"Id": "a", "ReceiptHandle": h[1], "VisibilityTimeout": 60}])
    c("DeleteMessage", QueueUrl=u, ReceiptHandle=h[0])
    c("DeleteMessageBatch", QueueUrl=u, Entries=[{"Id": "a", "ReceiptHandle": h[1]}])
    c("TagQueue", QueueUrl=u, Tags={"c": "d"})
    c("ListQueueTags", QueueUrl=u)
    c("UntagQueue", QueueUrl=u, TagKeys=["c"])
    c("AddPermission", QueueUrl=u, Label="l", AWSAccountIds=["111111111111"], Actions=["SendMessage"])
    c("RemovePermission", QueueUrl=u, Label="l")
    t = c("StartMessageMoveTask", SourceArn=arn("sqs", "judge-dlq"), MaxNumberOfMessagesPerSecond=1)
    c("SendMessage", QueueUrl=d, MessageBody="x")
    c("SendMessage", QueueUrl=d, MessageBody="x")
    c("SendMessage", QueueUrl=d, MessageBody="x")
    time.sleep(1)
    t = c("StartMessageMoveTask", SourceArn=arn("sqs", "judge-dlq"), MaxNumberOfMessagesPerSecond=1)
    c("ListMessageMoveTasks", SourceArn=arn("sqs", "judge-dlq"), MaxResults=5)
    c("PurgeQueue", QueueUrl=d)
    x = c("CreateQueue", QueueName="gone")["QueueUrl"]
    c("DeleteQueue", QueueUrl=x)


def dynamodb():
    c = Client("dynamodb")
    c("CreateTable", TableName="judge", BillingMode="PAY_PER_REQUEST", KeySchema=[{"AttributeName": "p", "KeyType": "HASH"}, {"AttributeName": "s", "KeyType": "RANGE"}],

        AttributeDefinitions=[{"AttributeName": "p", "AttributeType": "S"}, {"AttributeName": "s", "AttributeType": "N"},
        {"AttributeName": "g", "AttributeType": "S"}],

        LocalSecondaryIndexes=[{"IndexName": "lsi", "KeySchema": [{"AttributeName": "p", "KeyType": "HASH"}, {"AttributeName": "g", "KeyType": "RANGE"}], "Projection": {"ProjectionType": "ALL"}}],

        GlobalSecondaryIndexes=[{"IndexName": "gsi", "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}], "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["x"]}}],
      StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}, Tags=[{"Key": "a", "Value": "b"}], SSESpecification={"Enabled": True}, TableClass="STANDARD")
    c(
        "CreateTable", TableName="judge-prov", ProvisionedThroughput={"ReadCapacityUnits": 5, "WriteCapacityUnits": 5},
        KeySchema=[{"AttributeName": "p", "KeyType": "HASH"}], AttributeDefinitions=[{"AttributeName": "p", "AttributeType": "B"}])
    c("DescribeTable", TableName="judge")
    c("DescribeTable", TableName="judge-prov")
    c("ListTables", Limit=10, ExclusiveStartTableName="a")
    k = {"p": {"S": "a"}, "s": {"N": "1"}}
    c("PutItem", TableName="judge", Item={**k, "g": {"S": "x"}, "m": {"M": {"l": {"L": [{"NULL": True}, {"BOOL": False}]}}}, "b": {"B": b"abc"}, "ss": {"SS": ["a"]}, "ns": {"NS": ["1"]}, "bs": {"BS": [b"x"]}},
      ReturnConsumedCapacity="INDEXES", ReturnItemCollectionMetrics="SIZE", ReturnValues="ALL_OLD", ConditionExpression="attribute_not_exists(#p)", ExpressionAttributeNames={"#p": "p"}, ReturnValuesOnConditionCheckFailure="ALL_OLD")
    c("GetItem", TableName="judge", Key=k, ConsistentRead=True, ProjectionExpression="p, m.l[0]", ReturnConsumedCapacity="TOTAL")
    c("GetItem", TableName="judge", Key=k, AttributesToGet=["p"])
    c(
        "UpdateItem", TableName="judge", Key=k, UpdateExpression="SET x = :x", ExpressionAttributeValues={":x": {"N": "1"}}, ReturnValues="ALL_NEW",
        ReturnConsumedCapacity="INDEXES", ReturnItemCollectionMetrics="SIZE")
    c(
        "UpdateItem", TableName="judge", Key=k, AttributeUpdates={"y": {"Action": "ADD", "Value": {"N": "3"}}},
        Expected={"x": {"ComparisonOperator": "EQ", "AttributeValueList": [{"N": "1"}]}}, ReturnValues="UPDATED_NEW")
    c(
        "Query", TableName="judge", KeyConditionExpression="p = :p AND s BETWEEN :a AND :b",
        ExpressionAttributeValues={":p": {"S": "a"}, ":a": {"N": "0"}, ":b": {"N": "5"}}, Limit=5, ScanIndexForward=False, ReturnConsumedCapacity="INDEXES",
        Select="ALL_ATTRIBUTES")
    c(
        "Query", TableName="judge",
        KeyConditions={"p": {"ComparisonOperator": "EQ", "AttributeValueList": [{"S": "a"}]}, "s": {"ComparisonOperator": "GT", "AttributeValueList": [{"N": "0"}]}},
        QueryFilter={"x": {"ComparisonOperator": "NOT_NULL"}})
    c(
        "Query", TableName="judge", IndexName="gsi", KeyConditionExpression="g = :g", ExpressionAttributeValues={":g": {"S": "x"}}, Select="COUNT",
        ReturnConsumedCapacity="INDEXES")
    c(
        "Scan", TableName="judge", FilterExpression="attribute_exists(x)", Segment=0, TotalSegments=1, Limit=1, Select="ALL_ATTRIBUTES",
        ReturnConsumedCapacity="TOTAL")
    c("Scan", TableName="judge", ScanFilter={"x": {"ComparisonOperator": "GE", "AttributeValueList": [{"N": "1"}]}})
    c(
        "BatchWriteItem",
        RequestItems={"judge": [{"PutRequest": {"Item": {"p": {"S": "b"}, "s": {"N": "2"}}}}, {"DeleteRequest": {"Key": {"p": {"S": "c"}, "s": {"N": "2"}}}}]},
        ReturnConsumedCapacity="INDEXES", ReturnItemCollectionMetrics="SIZE")
    c("BatchGetItem", RequestItems={"judge": {"Keys": [k], "ConsistentRead": True, "ProjectionExpression": "p"}}, ReturnConsumedCapacity="INDEXES")
    c(
        "TransactWriteItems",
        TransactItems=[{"Put": {"TableName": "judge", "Item": {"p": {"S": "d"}, "s": {"N": "2"}}}}, {"ConditionCheck": {"TableName": "judge", "Key": k, "ConditionExpression": "attribute_exists(p)"}}],
        ClientRequestToken="abc", ReturnConsumedCapacity="INDEXES", ReturnItemCollectionMetrics="SIZE")
    c("TransactGetItems", TransactItems=[{"Get": {"TableName": "judge", "Key": k}}], ReturnConsumedCapacity="TOTAL")
    c("ExecuteStatement", Statement="SELECT * FROM judge WHERE p = ?", Parameters=[{"S": "a"}], ReturnConsumedCapacity="INDEXES", Limit=2)
    c("BatchExecuteStatement", Statements=[{"Statement": "SELECT * FROM judge WHERE p = 'a' AND s = 1"}], ReturnConsumedCapacity="TOTAL")
    c("ExecuteTransaction", TransactStatements=[{"Statement": "UPDATE judge SET z = 1 WHERE p = 'a' AND s = 1"}], ReturnConsumedCapacity="TOTAL")
    c("DeleteItem", TableName="judge", Key=k, ReturnValues="ALL_OLD", ReturnConsumedCapacity="INDEXES", ReturnItemCollectionMetrics="SIZE")
    c("UpdateTimeToLive", TableName="judge", TimeToLiveSpecification={"Enabled": True, "AttributeName": "ttl"})
    c("DescribeTimeToLive", TableName="judge")
    c("UpdateContinuousBackups", TableName="judge", PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True})
    c("DescribeContinuousBackups", TableName="judge")
    a = arn("dynamodb", "table/judge")
    c("TagResource", ResourceArn=a, Tags=[{"Key": "c", "Value": "d"}])
    c("ListTagsOfResource", ResourceArn=a)
    c("UntagResource", ResourceArn=a, TagKeys=["c"])
    c("DescribeLimits")
    c("DescribeEndpoints")
    c("DescribeContributorInsights", TableName="judge")
    c(
        "UpdateTable", TableName="judge-prov", ProvisionedThroughput={"ReadCapacityUnits": 6, "WriteCapacityUnits": 5},
        AttributeDefinitions=[{"AttributeName": "p", "AttributeType": "B"}, {"AttributeName": "q", "AttributeType": "S"}],
        GlobalSecondaryIndexUpdates=[{"Create": {"IndexName": "qqq", "KeySchema": [{"AttributeName": "q", "KeyType": "HASH"}], "Projection": {"ProjectionType": "KEYS_ONLY"}, "ProvisionedThroughput": {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}}}])
    c("DescribeTable", TableName="judge-prov")
    s = Client("dynamodbstreams")
    sa = s("ListStreams", TableName="judge")["Streams"][0]["StreamArn"]
    sh = s("DescribeStream", StreamArn=sa)["StreamDescription"]["Shards"][0]["ShardId"]
    it = s("GetShardIterator", StreamArn=sa, ShardId=sh, ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
    s("GetRecords", ShardIterator=it)
    c("DescribeKinesisStreamingDestination", TableName="judge")
    c(
        "CreateTable", TableName="gone", BillingMode="PAY_PER_REQUEST", KeySchema=[{"AttributeName": "p", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "p", "AttributeType": "S"}])
    c("DeleteTable", TableName="gone")


def sns():
    c = Client("sns")
    queue("judge-sns")
    t = c("CreateTopic", Name="judge", Attributes={"DisplayName": "d"}, Tags=[{"Key": "a", "Value": "b"}])["TopicArn"]
    f = c("CreateTopic", Name="judge.fifo", Attributes={"FifoTopic": "true", "ContentBasedDeduplication": "true"})["TopicArn"]
    c("ListTopics")
    c("GetTopicAttributes", TopicArn=t)
    c("SetTopicAttributes", TopicArn=t, AttributeName="DisplayName", AttributeValue="e")
    s = c(
        "Subscribe", TopicArn=t, Protocol="sqs", Endpoint=arn("sqs", "judge-sns"), Attributes={"RawMessageDelivery": "true"}, ReturnSubscriptionArn=True)["SubscriptionArn"]
    c("Subscribe", TopicArn=t, Protocol="http", Endpoint="http://example.com/x")
    c("ListSubscriptions")
    c("ListSubscriptionsByTopic", TopicArn=t)
    c("GetSubscriptionAttributes", SubscriptionArn=s)
    c("SetSubscriptionAttributes", SubscriptionArn=s, AttributeName="FilterPolicy", AttributeValue='{"a":["b"]}')
    c("Publish", TopicArn=t, Message="m", Subject="s", MessageAttributes={"a": {"DataType": "String", "StringValue": "b"}})
    c("Publish", TopicArn=f, Message="m", MessageGroupId="g")
    c(
        "PublishBatch", TopicArn=t,
        PublishBatchRequestEntries=[{"Id": "1", "Message": "m"}, {"Id": "2", "Message": "n", "MessageAttributes": {"a": {"DataType": "Number", "StringValue": "1"}}}])
    c("AddPermission", TopicArn=t, Label="l", AWSAccountId=["111111111111"], ActionName=["Publish"])
    c("RemovePermission", TopicArn=t, Label="l")
    c("TagResource", ResourceArn=t, Tags=[{"Key": "c", "Value": "d"}])
    c("ListTagsForResource", ResourceArn=t)
    c("UntagResource", ResourceArn=t, TagKeys=["c"])
    c("Publish", PhoneNumber="+441234567890", Message="m")
    c("Unsubscribe", SubscriptionArn=s)
    c("DeleteTopic", TopicArn=f)


def events():
    c = Client("events")
    queue("judge-events")
    c("CreateEventBus", Name="judge", Description="d", Tags=[{"Key": "a", "Value": "b"}])
    c("DescribeEventBus", Name="judge")
    c("ListEventBuses", NamePrefix="j", Limit=5)
    c("UpdateEventBus", Name="judge", Description="e")
    r = c(
        "PutRule", Name="r", EventPattern='{"source":["a"]}', State="ENABLED", Description="d", EventBusName="judge", Tags=[{"Key": "a", "Value": "b"}])["RuleArn"]
    c("PutRule", Name="s", ScheduleExpression="rate(1 day)", State="DISABLED", RoleArn=ROLE)
    c("DescribeRule", Name="r", EventBusName="judge")
    c("DescribeRule", Name="s")
    c("ListRules", EventBusName="judge", NamePrefix="r", Limit=10)
    c(
        "PutTargets", Rule="r", EventBusName="judge",
        Targets=[{"Id": "1", "Arn": arn("sqs", "judge-events"), "InputTransformer": {"InputPathsMap": {"a": "$.source"}, "InputTemplate": '"<a>"'}, "RetryPolicy": {"MaximumRetryAttempts": 2, "MaximumEventAgeInSeconds": 60}, "DeadLetterConfig": {"Arn": arn("sqs", "judge-events")}}])
    c("ListTargetsByRule", Rule="r", EventBusName="judge", Limit=2)
    c("ListRuleNamesByTarget", TargetArn=arn("sqs", "judge-events"), EventBusName="judge", Limit=2)
    c(
        "PutEvents",
        Entries=[{"Source": "a", "DetailType": "d", "Detail": "{}", "EventBusName": "judge", "Resources": ["x"], "Time": datetime.datetime(2026, 1, 1)}])
    c(
        "TestEventPattern", EventPattern='{"source":["a"]}',
        Event=json.dumps({"id": "1", "source": "a", "detail-type": "d", "account": ACCOUNT, "time": "2026-01-01T00:00:00Z", "region": REGION, "resources": [], "detail": {}}))
    c("DisableRule", Name="r", EventBusName="judge")
    c("EnableRule", Name="r", EventBusName="judge")
    c("TagResource", ResourceARN=r, Tags=[{"Key": "c", "Value": "d"}])
    c("ListTagsForResource", ResourceARN=r)
    c("UntagResource", ResourceARN=r, TagKeys=["c"])
    c("PutPermission", EventBusName="judge", Action="events:PutEvents", Principal="111111111111", StatementId="s")
    c("RemovePermission", EventBusName="judge", StatementId="s")
    c("RemoveTargets", Rule="r", EventBusName="judge", Ids=["1"])
    c("DeleteRule", Name="r", EventBusName="judge")
    archive = c("CreateArchive", ArchiveName="a", EventSourceArn=arn("events", "event-bus/judge"), EventPattern='{"source":["a"]}', RetentionDays=3)["ArchiveArn"]
    c("DescribeArchive", ArchiveName="a")
    c("UpdateArchive", ArchiveName="a", RetentionDays=5, Description="d")
    c("ListArchives", NamePrefix="a", Limit=5)
    c(
        "StartReplay", ReplayName="p", EventSourceArn=archive, Destination={"Arn": arn("events", "event-bus/judge")},
        EventStartTime=datetime.datetime(2026, 1, 1), EventEndTime=datetime.datetime(2026, 1, 2))
    c("DescribeReplay", ReplayName="p")
    c("ListReplays", NamePrefix="p")
    c("DeleteArchive", ArchiveName="a")
    connection = c(
        "CreateConnection", Name="c", AuthorizationType="API_KEY", AuthParameters={"ApiKeyAuthParameters": {"ApiKeyName": "k", "ApiKeyValue": "v"}})["ConnectionArn"]
    c("DescribeConnection", Name="c")
    c(
        "UpdateConnection", Name="c", AuthorizationType="BASIC", AuthParameters={"BasicAuthParameters": {"Username": "u", "Password": "p"}})
    c("ListConnections", NamePrefix="c", Limit=5)
    c(
        "CreateApiDestination", Name="d", ConnectionArn=connection, InvocationEndpoint="http://localhost:1/a", HttpMethod="POST",
        InvocationRateLimitPerSecond=5)
    c("DescribeApiDestination", Name="d")
    c("UpdateApiDestination", Name="d", HttpMethod="PUT")
    c("ListApiDestinations", NamePrefix="d")
    c("DeleteApiDestination", Name="d")
    c("DeauthorizeConnection", Name="c")
    c("DeleteConnection", Name="c")
    c("DeleteEventBus", Name="judge")


def cloudwatch():
    c = Client("cloudwatch")
    now = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
    c(
        "PutMetricData", Namespace="judge",
        MetricData=[{"MetricName": "m", "Dimensions": [{"Name": "d", "Value": "v"}], "Timestamp": now, "Value": 1.5, "Unit": "Count"}, {"MetricName": "n", "StatisticValues": {"SampleCount": 2, "Sum": 3, "Minimum": 1, "Maximum": 2}}, {"MetricName": "o", "Values": [1, 2.5], "Counts": [1, 2]}])
    c("ListMetrics", Namespace="judge", MetricName="m", Dimensions=[{"Name": "d"}])
    c(
        "GetMetricStatistics", Namespace="judge", MetricName="m", Dimensions=[{"Name": "d", "Value": "v"}], StartTime=now - datetime.timedelta(hours=1),
        EndTime=now + datetime.timedelta(hours=1), Period=60, Statistics=["Sum", "Average", "SampleCount", "Minimum", "Maximum"])
    c(
        "GetMetricStatistics", Namespace="judge", MetricName="o", StartTime=now - datetime.timedelta(hours=1), EndTime=now + datetime.timedelta(hours=1),
        Period=60, ExtendedStatistics=["p95"])
    c(
        "GetMetricData",
        MetricDataQueries=[{"Id": "a", "MetricStat": {"Metric": {"Namespace": "judge", "MetricName": "m", "Dimensions": [{"Name": "d", "Value": "v"}]}, "Period": 60, "Stat": "Sum"}, "ReturnData": True}, {"Id": "b", "Expression": "a*2", "Label": "x"}],
        StartTime=now - datetime.timedelta(hours=1), EndTime=now + datetime.timedelta(hours=1), ScanBy="TimestampAscending", MaxDatapoints=100)
    c(
        "PutMetricAlarm", AlarmName="al", AlarmDescription="d", ActionsEnabled=True, OKActions=[arn("sns", "x")], MetricName="m", Namespace="judge",
        Statistic="Sum", Dimensions=[{"Name": "d", "Value": "v"}], Period=60, Unit="Count", EvaluationPeriods=3, DatapointsToAlarm=2, Threshold=5,
        ComparisonOperator="GreaterThanThreshold", TreatMissingData="notBreaching", Tags=[{"Key": "a", "Value": "b"}])
    c(
        "PutMetricAlarm", AlarmName="al2", EvaluationPeriods=1, Threshold=5, ComparisonOperator="GreaterThanThreshold",
        Metrics=[{"Id": "a", "MetricStat": {"Metric": {"Namespace": "judge", "MetricName": "m"}, "Period": 60, "Stat": "p95"}, "ReturnData": False}, {"Id": "b", "Expression": "a*2", "ReturnData": True}])
    c("PutCompositeAlarm", AlarmName="comp", AlarmRule="ALARM(al) OR ALARM(al2)", ActionsEnabled=False)
    c("DescribeAlarms", AlarmNames=["al", "al2"], AlarmTypes=["MetricAlarm"], MaxRecords=10)
    c("DescribeAlarms", AlarmTypes=["CompositeAlarm"])
    c("DescribeAlarmsForMetric", MetricName="m", Namespace="judge", Dimensions=[{"Name": "d", "Value": "v"}])
    c("SetAlarmState", AlarmName="al", StateValue="ALARM", StateReason="r", StateReasonData='{"a":1}')
    c("DescribeAlarms", AlarmNames=["al"])
    c("DescribeAlarmHistory", AlarmName="al", HistoryItemType="StateUpdate", MaxRecords=5)
    c("DescribeAlarmHistory")
    c("DisableAlarmActions", AlarmNames=["al"])
    c("EnableAlarmActions", AlarmNames=["al"])
    a = arn("cloudwatch", "alarm:al")
    c("TagResource", ResourceARN=a, Tags=[{"Key": "c", "Value": "d"}])
    c("ListTagsForResource", ResourceARN=a)
    c("UntagResource", ResourceARN=a, TagKeys=["c"])
    c("PutDashboard", DashboardName="dash", DashboardBody='{"widgets":[]}')
    c("GetDashboard", DashboardName="dash")
    c("ListDashboards", DashboardNamePrefix="d")
    c("DeleteDashboards", DashboardNames=["dash"])
    c("DeleteAlarms", AlarmNames=["comp"])


TEMPLATE = json.dumps(
    {"Description": "d", "Parameters": {"N": {"Type": "String", "Default": "judge-cfn", "Description": "x"}}, "Conditions": {"C": {"Fn::Equals": ["a", "a"]}}, "Resources": {"Q": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": {"Ref": "N"}}}, "R": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": []}}}}, "Outputs": {"U": {"Value": {"Ref": "Q"}, "Export": {"Name": "judge-u"}, "Description": "o"}}})


def cloudformation():
    c = Client("cloudformation")
    c("ValidateTemplate", TemplateBody=TEMPLATE)
    c("GetTemplateSummary", TemplateBody=TEMPLATE)
    c(
        "CreateStack", StackName="judge", TemplateBody=TEMPLATE, Parameters=[{"ParameterKey": "N", "ParameterValue": "judge-cfn"}],
        Capabilities=["CAPABILITY_IAM"], Tags=[{"Key": "a", "Value": "b"}], NotificationARNs=[arn("sns", "x")], TimeoutInMinutes=5, OnFailure="ROLLBACK",
        ClientRequestToken="t", RollbackConfiguration={"MonitoringTimeInMinutes": 0})
    c.client.get_waiter("stack_create_complete").wait(StackName="judge", WaiterConfig={"Delay": 0.1, "MaxAttempts": 600})
    c("DescribeStacks", StackName="judge")
    c("ListStacks", StackStatusFilter=["CREATE_COMPLETE"])
    c("DescribeStackEvents", StackName="judge")
    c("DescribeStackResource", StackName="judge", LogicalResourceId="Q")
    c("DescribeStackResources", StackName="judge")
    c("ListStackResources", StackName="judge")
    c("GetTemplate", StackName="judge", TemplateStage="Original")
    c("GetTemplateSummary", StackName="judge")
    c("ListExports")
    c(
        "CreateStack", StackName="judge2",
        TemplateBody=json.dumps({"Resources": {"Q": {"Type": "AWS::SQS::Queue", "Properties": {"Tags": [{"Key": "a", "Value": {"Fn::ImportValue": "judge-u"}}]}}}}))
    time.sleep(1)
    c("ListImports", ExportName="judge-u")
    c(
        "CreateChangeSet", StackName="judge", ChangeSetName="cs", ChangeSetType="UPDATE", TemplateBody=TEMPLATE.replace('"Ref": "N"', '"Fn::Sub": "${N}-2"'),
        Parameters=[{"ParameterKey": "N", "UsePreviousValue": True}], Capabilities=["CAPABILITY_IAM"], Description="d")
    c("DescribeChangeSet", StackName="judge", ChangeSetName="cs")
    c("DescribeChangeSet", StackName="judge", ChangeSetName="cs", IncludePropertyValues=True)
    c("ListChangeSets", StackName="judge")
    c("ExecuteChangeSet", StackName="judge", ChangeSetName="cs")
    time.sleep(1)
    c("CreateChangeSet", StackName="judge3", ChangeSetName="cs", ChangeSetType="CREATE", TemplateBody=TEMPLATE, Capabilities=["CAPABILITY_IAM"])
    c("DeleteChangeSet", StackName="judge3", ChangeSetName="cs")
    c("SetStackPolicy", StackName="judge", StackPolicyBody='{"Statement":[{"Effect":"Allow","Action":"Update:*","Principal":"*","Resource":"*"}]}')
    c("GetStackPolicy", StackName="judge")
    c("UpdateTerminationProtection", StackName="judge", EnableTerminationProtection=False)
    c("UpdateStack", StackName="judge", UsePreviousTemplate=True, Tags=[{"Key": "c", "Value": "d"}], Capabilities=["CAPABILITY_IAM"])
    time.sleep(1)
    c("DeleteStack", StackName="judge2")
    time.sleep(.5)
    c("DescribeStacks")


ASL = '{"StartAt":"A","States":{"A":{"Type":"Pass","End":true}}}'


def lambda_():
    c = Client("lambda")
    z = io.BytesIO()
    zf = zipfile.ZipFile(z, "w")
    zf.writestr("index.py", "x")
    zf.close()
    c(
        "CreateFunction", FunctionName="judge", Runtime="python3.12", Role=ROLE, Handler="index.h", Code={"ZipFile": z.getvalue()}, Description="d",
        Timeout=3, MemorySize=128, Environment={"Variables": {"A": "b"}}, Tags={"a": "b"}, TracingConfig={"Mode": "Active"}, Architectures=["x86_64"],
        EphemeralStorage={"Size": 512}, DeadLetterConfig={"TargetArn": arn("sqs", "judge-dlq")})
    c("GetFunction", FunctionName="judge")
    c("GetFunctionConfiguration", FunctionName="judge")
    c("ListFunctions", MaxItems=10)
    c("UpdateFunctionConfiguration", FunctionName="judge", Timeout=4)
    c("UpdateFunctionCode", FunctionName="judge", ZipFile=z.getvalue())
    c("PublishVersion", FunctionName="judge", Description="v")
    c("ListVersionsByFunction", FunctionName="judge")
    c("CreateAlias", FunctionName="judge", Name="live", FunctionVersion="1")
    c("GetAlias", FunctionName="judge", Name="live")
    c("UpdateAlias", FunctionName="judge", Name="live", Description="x")
    c("ListAliases", FunctionName="judge")
    queue("judge-lambda")
    mapping = c(
        "CreateEventSourceMapping", FunctionName="judge", EventSourceArn=arn("sqs", "judge-lambda"), Enabled=False, BatchSize=5,
        FilterCriteria={"Filters": [{"Pattern": '{"body":{"a":[1]}}'}]}, FunctionResponseTypes=["ReportBatchItemFailures"], ScalingConfig={"MaximumConcurrency": 2})["UUID"]
    c("GetEventSourceMapping", UUID=mapping)
    c("ListEventSourceMappings", FunctionName="judge", MaxItems=5)
    c("UpdateEventSourceMapping", UUID=mapping, BatchSize=6)
    c("DeleteEventSourceMapping", UUID=mapping)
    c("PutFunctionConcurrency", FunctionName="judge", ReservedConcurrentExecutions=5)
    c("GetFunctionConcurrency", FunctionName="judge")
    c("DeleteFunctionConcurrency", FunctionName="judge")
    c("PutProvisionedConcurrencyConfig", FunctionName="judge", Qualifier="1", ProvisionedConcurrentExecutions=1)
    c("GetProvisionedConcurrencyConfig", FunctionName="judge", Qualifier="1")
    c("ListProvisionedConcurrencyConfigs", FunctionName="judge")
    c("DeleteProvisionedConcurrencyConfig", FunctionName="judge", Qualifier="1")
    c(
        "PutFunctionEventInvokeConfig", FunctionName="judge", MaximumRetryAttempts=1, MaximumEventAgeInSeconds=60,
        DestinationConfig={"OnFailure": {"Destination": arn("sqs", "judge-dlq")}})
    c("UpdateFunctionEventInvokeConfig", FunctionName="judge", MaximumRetryAttempts=0)
    c("GetFunctionEventInvokeConfig", FunctionName="judge")
    c("ListFunctionEventInvokeConfigs", FunctionName="judge")
    c("DeleteFunctionEventInvokeConfig", FunctionName="judge")
    c(
        "AddPermission", FunctionName="judge", StatementId="s", Action="lambda:InvokeFunction", Principal="events.amazonaws.com",
        SourceArn=arn("events", "rule/x"))
    c("GetPolicy", FunctionName="judge")
    c("RemovePermission", FunctionName="judge", StatementId="s")
    a = arn("lambda", "function:judge")
    c("TagResource", Resource=a, Tags={"c": "d"})
    c("ListTags", Resource=a)
    c("UntagResource", Resource=a, TagKeys=["c"])
    c("GetAccountSettings")
    c("Invoke", FunctionName="judge", InvocationType="DryRun")
    c("Invoke", FunctionName="judge", Payload=b"{}", LogType="Tail")
    c("DeleteAlias", FunctionName="judge", Name="live")
    c("DeleteFunction", FunctionName="judge", Qualifier="1")


def pipes():
    queue("judge-pipe")
    queue("judge-pipe2")
    c = Client("pipes")
    a = c(
        "CreatePipe", Name="judge", Source=arn("sqs", "judge-pipe"), Target=arn("sqs", "judge-pipe2"), RoleArn=ROLE, DesiredState="RUNNING", Description="d",
        SourceParameters={"SqsQueueParameters": {"BatchSize": 1, "MaximumBatchingWindowInSeconds": 0}, "FilterCriteria": {"Filters": [{"Pattern": '{"body":{"a":["b"]}}'}]}},
        TargetParameters={"InputTemplate": "<$.body>"}, Tags={"a": "b"}).get("Arn")
    time.sleep(.3)
    c("DescribePipe", Name="judge")
    c("ListPipes", NamePrefix="j", Limit=5)
    c("StopPipe", Name="judge")
    time.sleep(.3)
    c("StartPipe", Name="judge")
    time.sleep(.3)
    c("UpdatePipe", Name="judge", RoleArn=ROLE, Description="e")
    c("TagResource", resourceArn=a, tags={"c": "d"})
    c("ListTagsForResource", resourceArn=a)
    c("UntagResource", resourceArn=a, tagKeys=["c"])
    time.sleep(.3)
    c("DeletePipe", Name="judge")


def scheduler():
    queue("judge-sched")
    c = Client("scheduler")
    g = c("CreateScheduleGroup", Name="judge", Tags=[{"Key": "a", "Value": "b"}])
    c("GetScheduleGroup", Name="judge")
    c("ListScheduleGroups", MaxResults=5)
    T = {"Arn": arn("sqs", "judge-sched"), "RoleArn": ROLE, "Input": "x", "RetryPolicy": {"MaximumRetryAttempts": 1}}
    c(
        "CreateSchedule", Name="s", GroupName="judge", ScheduleExpression="rate(5 minutes)", FlexibleTimeWindow={"Mode": "OFF"}, Target=T, Description="d",
        State="ENABLED", ScheduleExpressionTimezone="Europe/Berlin")
    c("GetSchedule", Name="s", GroupName="judge")
    c("ListSchedules", GroupName="judge", MaxResults=5)
    c(
        "UpdateSchedule", Name="s", GroupName="judge", ScheduleExpression="cron(0 4 * * ? *)",
        FlexibleTimeWindow={"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 5}, Target=T)
    c("TagResource", ResourceArn=g["ScheduleGroupArn"], Tags=[{"Key": "c", "Value": "d"}])
    c("ListTagsForResource", ResourceArn=g["ScheduleGroupArn"])
    c("UntagResource", ResourceArn=g["ScheduleGroupArn"], TagKeys=["c"])
    c("DeleteSchedule", Name="s", GroupName="judge")
    c("DeleteScheduleGroup", Name="judge")


def small():
    c = Client("sts")
    c("GetCallerIdentity")
    c("AssumeRole", RoleArn=ROLE, RoleSessionName="judge")
    c("GetSessionToken")
    c = Client("ec2")
    c("DescribeVpcs")
    c("DescribeSubnets")
    c("DescribeAvailabilityZones")
    c("DescribeRouteTables")
    g = c("CreateSecurityGroup", GroupName="g", Description="d")
    c("DescribeSecurityGroups")
    c("DeleteSecurityGroup", GroupId=g.get("GroupId", "sg-1"))
    c = Client("ssm")
    c("PutParameter", Name="/judge/a", Value="b", Type="String")
    c("GetParameter", Name="/judge/a")
    c("GetParameters", Names=["/judge/a"])
    c("GetParametersByPath", Path="/judge")
    c("DescribeParameters")
    c("DeleteParameter", Name="/judge/a")
    c("DeleteParameters", Names=["x"])
    c = Client("secretsmanager")
    c("CreateSecret", Name="judge", SecretString="x")
    c("GetSecretValue", SecretId="judge")
    c("PutSecretValue", SecretId="judge", SecretString="y")
    c("UpdateSecret", SecretId="judge", Description="d")
    c("DescribeSecret", SecretId="judge")
    c("ListSecrets")
    c("GetRandomPassword")
    c("TagResource", SecretId="judge", Tags=[{"Key": "a", "Value": "b"}])
    c("UntagResource", SecretId="judge", TagKeys=["a"])
    c("DeleteSecret", SecretId="judge", ForceDeleteWithoutRecovery=True)
    c = Client("kms")
    k = c("CreateKey", Description="d")["KeyMetadata"]["KeyId"]
    c("DescribeKey", KeyId=k)
    c("ListKeys")
    c("CreateAlias", AliasName="alias/judge", TargetKeyId=k)
    c("ListAliases")
    c("DeleteAlias", AliasName="alias/judge")
    c("ScheduleKeyDeletion", KeyId=k)
    c = Client("logs")
    c("CreateLogGroup", logGroupName="judge")
    c("DescribeLogGroups")
    c("CreateLogStream", logGroupName="judge", logStreamName="s")
    c("DescribeLogStreams", logGroupName="judge")
    c("PutLogEvents", logGroupName="judge", logStreamName="s", logEvents=[{"timestamp": 1, "message": "a"}])
    c("FilterLogEvents", logGroupName="judge", filterPattern="a", limit=1)
    c("PutRetentionPolicy", logGroupName="judge", retentionInDays=7)
    c("DeleteRetentionPolicy", logGroupName="judge")
    c("DeleteLogGroup", logGroupName="judge")
    c = Client("iam")
    c("CreateRole", RoleName="judge", AssumeRolePolicyDocument='{"Version":"2012-10-17","Statement":[]}')
    c("GetRole", RoleName="judge")
    c("ListRoles")
    c("DeleteRole", RoleName="judge")
    c = Client("stepfunctions")
    m = c("CreateStateMachine", name="judge", definition=ASL, roleArn=ROLE, type="STANDARD", tags=[{"key": "a", "value": "b"}])["stateMachineArn"]
    c("DescribeStateMachine", stateMachineArn=m)
    c("ListStateMachines", maxResults=5)
    e = c("StartExecution", stateMachineArn=m, input="{}", name="x")["executionArn"]
    time.sleep(.5)
    c("DescribeExecution", executionArn=e)
    c("ListExecutions", stateMachineArn=m, maxResults=5, statusFilter="SUCCEEDED")
    c("GetExecutionHistory", executionArn=e, maxResults=5, reverseOrder=True)
    c("DescribeStateMachineForExecution", executionArn=e)
    c("ValidateStateMachineDefinition", definition=ASL, type="STANDARD")
    c("TestState", definition='{"Type":"Pass","End":true}', roleArn=ROLE, input="{}")
    c("UpdateStateMachine", stateMachineArn=m, definition=ASL)
    c("ListTagsForResource", resourceArn=m)
    c("TagResource", resourceArn=m, tags=[{"key": "c", "value": "d"}])
    c("UntagResource", resourceArn=m, tagKeys=["c"])
    c("CreateActivity", name="act")
    c("ListActivities")
    c("DeleteStateMachine", stateMachineArn=m)
    c = Client("elasticache")
    c(
        "CreateReplicationGroup", ReplicationGroupId="judge", ReplicationGroupDescription="d", Engine="redis", CacheNodeType="cache.t3.medium",
        NumCacheClusters=2)
    c("DescribeReplicationGroups")
    c("DescribeCacheClusters")
    c("ModifyReplicationGroup", ReplicationGroupId="judge", ReplicationGroupDescription="e")
    c("DeleteReplicationGroup", ReplicationGroupId="judge")
    c = Client("dax")
    c("CreateCluster", ClusterName="judge", NodeType="dax.t3.medium", ReplicationFactor=1, IamRoleArn=ROLE)
    c("DescribeClusters")
    c("UpdateCluster", ClusterName="judge", Description="d")
    c("DeleteCluster", ClusterName="judge")
    c = Client("s3")
    c("CreateBucket", Bucket="judge")
    c("ListBuckets")
    c("PutObject", Bucket="judge", Key="a", Body=b"x")
    c("HeadObject", Bucket="judge", Key="a")
    c("ListObjectsV2", Bucket="judge")
    c("DeleteObject", Bucket="judge", Key="a")
    c("DeleteBucket", Bucket="judge")


SCENARIOS = {
    "sqs": sqs, "dynamodb": dynamodb, "sns": sns, "events": events, "cloudwatch": cloudwatch, "cloudformation": cloudformation, "lambda": lambda_,
    "pipes": pipes, "scheduler": scheduler, "small": small,
}
for scenario in sys.argv[2:]:
    SCENARIOS[scenario]()
judge_mutations()
