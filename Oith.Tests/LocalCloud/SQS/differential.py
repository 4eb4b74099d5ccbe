"""Runs one sequence of SQS and SNS calls with boto3 against an endpoint and prints each answer, normalised, as a line of JSON."""
import json
import re
import sys

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

ARGUMENTS = dict(
    endpoint_url=sys.argv[1],
    region_name="us-east-1",
    aws_access_key_id="test",
    aws_secret_access_key="test",
    config=Config(retries={"max_attempts": 0}, parameter_validation=False),
)
sqs = boto3.client("sqs", **ARGUMENTS)
sns = boto3.client("sns", **ARGUMENTS)

VOLATILE = {"ReceiptHandle", "MessageId", "SequenceNumber", "SenderId", "CreatedTimestamp", "LastModifiedTimestamp", "SentTimestamp",
            "ApproximateFirstReceiveTimestamp", "Signature", "SigningCertURL", "UnsubscribeURL", "Timestamp", "MD5OfBody", "TaskHandle",
            "StartedTimestamp", "Owner", "SubscriptionPrincipal", "Policy"}


def normal(value, key=None):
    if isinstance(value, dict):
        return {k: normal(v, k) for k, v in sorted(value.items()) if k not in ("ResponseMetadata", "message")}
    if isinstance(value, list):
        return [normal(item) for item in value]
    if key in VOLATILE:
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


url = step("create-queue", sqs.create_queue, QueueName="diff", Attributes={"VisibilityTimeout": "30"}, tags={"a": "1"})["QueueUrl"]
fifo = step("create-fifo-queue", sqs.create_queue, QueueName="diff.fifo", Attributes={"FifoQueue": "true"})["QueueUrl"]
step("create-queue-again", sqs.create_queue, QueueName="diff")
step("create-queue-differently", sqs.create_queue, QueueName="diff", Attributes={"VisibilityTimeout": "31"})
step("create-queue-wrong-attribute", sqs.create_queue, QueueName="wrong", Attributes={"Nonsense": "1"})
step("create-standard-queue-fifo-attribute", sqs.create_queue, QueueName="wrong", Attributes={"FifoQueue": "false"})
step("create-queue-wrong-name", sqs.create_queue, QueueName="not valid")
step("get-queue-url", sqs.get_queue_url, QueueName="diff")
step("get-queue-url-none", sqs.get_queue_url, QueueName="none")
step("get-queue-attributes", sqs.get_queue_attributes, QueueUrl=url, AttributeNames=["All"])
step("get-fifo-queue-attributes", sqs.get_queue_attributes, QueueUrl=fifo, AttributeNames=["All"])
step("get-queue-attributes-none", sqs.get_queue_attributes, QueueUrl=url)
step("get-queue-attributes-unknown", sqs.get_queue_attributes, QueueUrl=url, AttributeNames=["Nonsense"])
step("list-queue-tags", sqs.list_queue_tags, QueueUrl=url)
step("untag-queue", sqs.untag_queue, QueueUrl=url, TagKeys=["a"])
step("list-queue-tags-empty", sqs.list_queue_tags, QueueUrl=url)
step("list-queues", sqs.list_queues, QueueNamePrefix="diff")
step("list-queues-page", sqs.list_queues, QueueNamePrefix="diff", MaxResults=1)
step("list-queues-empty", sqs.list_queues, QueueNamePrefix="zzz")
step("send-message", sqs.send_message, QueueUrl=url, MessageBody="hello", MessageAttributes={
    "s": {"DataType": "String", "StringValue": "x"}, "b": {"DataType": "Binary", "BinaryValue": b"\x00\x01"}})
step("send-empty", sqs.send_message, QueueUrl=url, MessageBody="")
step("send-invalid-character", sqs.send_message, QueueUrl=url, MessageBody="a\u0001")
step("send-too-long", sqs.send_message, QueueUrl=url, MessageBody="a" * 1048577)
step("send-wrong-delay", sqs.send_message, QueueUrl=url, MessageBody="a", DelaySeconds=901)
step("send-deduplication-id-to-standard", sqs.send_message, QueueUrl=url, MessageBody="a", MessageDeduplicationId="x")
step("send-wrong-attribute-type", sqs.send_message, QueueUrl=url, MessageBody="a", MessageAttributes={
    "s": {"DataType": "Nonsense", "StringValue": "x"}})
step("send-empty-attribute", sqs.send_message, QueueUrl=url, MessageBody="a", MessageAttributes={"s": {"DataType": "String", "StringValue": ""}})
received = step("receive", sqs.receive_message, QueueUrl=url, AttributeNames=["All"], MessageAttributeNames=["All"])
handle = received["Messages"][0]["ReceiptHandle"]
step("receive-empty", sqs.receive_message, QueueUrl=url)
step("receive-too-many", sqs.receive_message, QueueUrl=url, MaxNumberOfMessages=11)
step("receive-wait-too-long", sqs.receive_message, QueueUrl=url, WaitTimeSeconds=21)
step("change-visibility-out-of-range", sqs.change_message_visibility, QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=43201)
step("change-visibility", sqs.change_message_visibility, QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=0)
again = step("receive-again", sqs.receive_message, QueueUrl=url, AttributeNames=["ApproximateReceiveCount"])
step("delete", sqs.delete_message, QueueUrl=url, ReceiptHandle=again["Messages"][0]["ReceiptHandle"])
step("delete-nonsense", sqs.delete_message, QueueUrl=url, ReceiptHandle="nonsense")
step("send-batch", sqs.send_message_batch, QueueUrl=url, Entries=[{"Id": str(i), "MessageBody": f"m{i}"} for i in range(3)])
step("send-batch-empty", sqs.send_message_batch, QueueUrl=url, Entries=[])
step("send-batch-same-ids", sqs.send_message_batch, QueueUrl=url, Entries=[{"Id": "1", "MessageBody": "a"}, {"Id": "1", "MessageBody": "b"}])
step("send-batch-wrong-id", sqs.send_message_batch, QueueUrl=url, Entries=[{"Id": "a b", "MessageBody": "a"}])
step("send-batch-too-many", sqs.send_message_batch, QueueUrl=url, Entries=[{"Id": str(i), "MessageBody": "a"} for i in range(11)])
batch = step("receive-batch", sqs.receive_message, QueueUrl=url, MaxNumberOfMessages=10)
step("delete-batch", sqs.delete_message_batch, QueueUrl=url, Entries=[
    {"Id": str(i), "ReceiptHandle": message["ReceiptHandle"]} for i, message in enumerate(batch["Messages"])])
step("fifo-send", sqs.send_message, QueueUrl=fifo, MessageBody="a", MessageGroupId="g", MessageDeduplicationId="1")
step("fifo-send-no-group", sqs.send_message, QueueUrl=fifo, MessageBody="a", MessageDeduplicationId="1")
step("fifo-send-no-deduplication-id", sqs.send_message, QueueUrl=fifo, MessageBody="a", MessageGroupId="g")
step("fifo-send-delay", sqs.send_message, QueueUrl=fifo, MessageBody="a", MessageGroupId="g", MessageDeduplicationId="2", DelaySeconds=1)
held = step("fifo-receive", sqs.receive_message, QueueUrl=fifo, AttributeNames=["All"])
step("fifo-delete", sqs.delete_message, QueueUrl=fifo, ReceiptHandle=held["Messages"][0]["ReceiptHandle"])
step("fifo-send-duplicate", sqs.send_message, QueueUrl=fifo, MessageBody="a", MessageGroupId="g", MessageDeduplicationId="1")
step("fifo-receive-duplicate", sqs.receive_message, QueueUrl=fifo)
step("purge", sqs.purge_queue, QueueUrl=url)
step("purge-again", sqs.purge_queue, QueueUrl=url)

topic = step("create-topic", sns.create_topic, Name="diff")["TopicArn"]
step("create-topic-wrong-name", sns.create_topic, Name="not valid")
step("get-topic-attributes", sns.get_topic_attributes, TopicArn=topic)
step("get-topic-attributes-none", sns.get_topic_attributes, TopicArn=topic + "x")
arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
subscription = step("subscribe", sns.subscribe, TopicArn=topic, Protocol="sqs", Endpoint=arn)["SubscriptionArn"]
step("subscribe-wrong-protocol", sns.subscribe, TopicArn=topic, Protocol="nonsense", Endpoint="x")
step("get-subscription-attributes", sns.get_subscription_attributes, SubscriptionArn=subscription)
step("publish", sns.publish, TopicArn=topic, Message="hello", Subject="S", MessageAttributes={"n": {"DataType": "Number", "StringValue": "1"}})
step("publish-empty", sns.publish, TopicArn=topic, Message="")
step("publish-none", sns.publish, TopicArn=topic + "x", Message="a")
step("receive-notification", sqs.receive_message, QueueUrl=url)
step("set-filter-policy-invalid", sns.set_subscription_attributes, SubscriptionArn=subscription, AttributeName="FilterPolicy", AttributeValue="{invalid")
step("publish-batch", sns.publish_batch, TopicArn=topic, PublishBatchRequestEntries=[{"Id": "1", "Message": "a"}, {"Id": "2", "Message": "b"}])
step("unsubscribe", sns.unsubscribe, SubscriptionArn=subscription)
step("list-subscriptions", sns.list_subscriptions)
step("delete-topic", sns.delete_topic, TopicArn=topic)
step("delete-topic-again", sns.delete_topic, TopicArn=topic)
step("delete-queue", sqs.delete_queue, QueueUrl=url)
step("delete-queue-again", sqs.delete_queue, QueueUrl=url)
