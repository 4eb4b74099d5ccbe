"""Holds LocalCloud's S3 against botocore's model: each operation, sub-resource, parameter and header is implemented, or refused as NotImplemented with
nothing touched. Prints what is neither.

    python3 s3_model.py refusals http://localhost:4566
    python3 s3_model.py expect http://localhost:4566
"""
import http.client
import sys
import urllib.parse

import boto3
import botocore.session
from botocore.config import Config

AUTHORIZATION = "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0"
BUCKET, KEY, BODY = "judged", "kept/key.txt", b"the body that nothing may touch"
COMMON = {"x-amz-expected-bucket-owner", "x-amz-request-payer", "x-amz-sdk-checksum-algorithm", "Content-MD5", "Content-Length"}
CHECKSUMS = {"x-amz-checksum-" + name for name in ("crc32", "crc32c", "crc64nvme", "sha1", "sha256")}
CONTENT = {"Cache-Control", "Content-Disposition", "Content-Encoding", "Content-Language", "Content-Type", "Expires", "x-amz-meta-", "x-amz-tagging"}
READ = {"If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since"}
SHOWN = {"response-" + name for name in ("cache-control", "content-disposition", "content-encoding", "content-language", "content-type", "expires")}
SOURCE = {"x-amz-copy-source"} | {"x-amz-copy-source-" + name.lower() for name in READ} | {"x-amz-source-expected-bucket-owner"}
LIST = {"delimiter", "encoding-type", "max-keys", "prefix"}

# The operations that LocalCloud has, each with the parameters and headers that it understands whatever their value.
IMPLEMENTED = {
    "ListBuckets": {"max-buckets", "continuation-token", "prefix", "bucket-region"},
    "CreateBucket": set(), "HeadBucket": set(), "DeleteBucket": set(), "GetBucketLocation": set(), "DeleteObjects": set(),
    "ListObjects": LIST | {"marker"}, "ListObjectsV2": LIST | {"continuation-token", "fetch-owner", "start-after"},
    "GetObject": READ | SHOWN | {"Range", "x-amz-checksum-mode"}, "HeadObject": READ | SHOWN | {"Range", "x-amz-checksum-mode"},
    "GetObjectAttributes": {"x-amz-object-attributes"}, "DeleteObject": {"If-Match"},
    "PutObject": CONTENT | CHECKSUMS | {"If-Match", "If-None-Match"},
    "CopyObject": CONTENT | SOURCE | {"If-Match", "If-None-Match", "x-amz-metadata-directive", "x-amz-tagging-directive", "x-amz-checksum-algorithm"},
    "PutObjectTagging": set(), "GetObjectTagging": set(), "DeleteObjectTagging": set(),
    "CreateMultipartUpload": CONTENT | {"x-amz-checksum-algorithm", "x-amz-checksum-type"},
    "UploadPart": CHECKSUMS | {"partNumber", "uploadId"}, "UploadPartCopy": SOURCE | {"partNumber", "uploadId", "x-amz-copy-source-range"},
    "ListParts": {"max-parts", "part-number-marker", "uploadId"}, "AbortMultipartUpload": {"uploadId"},
    "CompleteMultipartUpload": CHECKSUMS | {"uploadId", "If-Match", "If-None-Match", "x-amz-checksum-type", "x-amz-mp-object-size"},
}
for part in ("BucketVersioning", "BucketEncryption", "PublicAccessBlock", "BucketLifecycleConfiguration", "BucketTagging", "BucketOwnershipControls",
             "BucketPolicy"):
    for verb in ("Put", "Get", "Delete"):
        IMPLEMENTED[verb + part] = {"x-amz-confirm-remove-self-bucket-access"} if part == "BucketPolicy" else set()
# Older names of the same requests.
for other in ("PutBucketLifecycle", "GetBucketLifecycle", "DeleteBucketLifecycle"):
    IMPLEMENTED[other] = set()

# Understood with the first value, refused with the second.
VALUES = {
    "x-amz-acl": ("private", "public-read"), "x-amz-storage-class": ("STANDARD", "GLACIER"), "x-amz-server-side-encryption": ("AES256", "aws:kms"),
    "x-amz-server-side-encryption-bucket-key-enabled": ("false", "true"), "x-amz-bucket-object-lock-enabled": ("false", "true"),
    "x-amz-object-ownership": ("BucketOwnerEnforced", "ObjectWriter"),
}
VALUED = {
    "CreateBucket": {"x-amz-acl", "x-amz-bucket-object-lock-enabled", "x-amz-object-ownership"},
    "PutObject": {"x-amz-acl", "x-amz-storage-class", "x-amz-server-side-encryption", "x-amz-server-side-encryption-bucket-key-enabled"},
}
VALUED["CopyObject"] = VALUED["CreateMultipartUpload"] = VALUED["PutObject"]

endpoint = urllib.parse.urlsplit(sys.argv[2])


def send(method, target, headers=None, body=b""):
    connection = http.client.HTTPConnection(endpoint.hostname, endpoint.port, timeout=60)
    try:
        connection.request(method, target, body, {"Authorization": AUTHORIZATION, **(headers or {})})
        answer = connection.getresponse()
        return answer.status, answer.read(), answer.headers
    finally:
        connection.close()


def state():
    """All that a refused request could have touched."""
    whole = [send("GET", "/" + BUCKET + "/" + KEY), send("GET", f"/{BUCKET}/{KEY}?tagging"), send("GET", "/" + BUCKET + "?list-type=2"), send("GET", "/")]
    whole += [send("GET", f"/{BUCKET}?{part}") for part in ("versioning", "encryption", "publicAccessBlock", "lifecycle", "tagging", "ownershipControls", "policy")]
    return [(status, body.split(b"<RequestId>")[0], headers.get("ETag"), headers.get("Content-Type")) for status, body, headers in whole]


def refused(what, before, method, target, headers=None, body=b"<x/>"):
    status, answer, _ = send(method, target, headers, body if method in ("PUT", "POST") else b"")
    if status != 501 or (method != "HEAD" and b"<Code>NotImplemented</Code>" not in answer):
        print(f"{what}: {method} {target} {headers or {}} is answered {status} {answer[:200]!r}")
    if state() != before:
        print(f"{what}: {method} {target} {headers or {}} changed something")
        send("PUT", "/" + BUCKET)
        send("PUT", f"/{BUCKET}/{KEY}", {"Content-Type": "text/plain"}, BODY)
        return state()
    return before


def target_of(uri, static=None):
    path = uri.replace("{Bucket}", BUCKET).replace("{Key+}", KEY)
    return path + (("&" if "?" in path else "?") + static if static else "")


def with_parameter(target, name, value="1"):
    return target + ("&" if "?" in target else "?") + urllib.parse.urlencode({name: value})


def judge_operation(name, operation, before):
    method, uri = operation.http["method"], operation.http["requestUri"]
    members = [] if operation.input_shape is None else list(operation.input_shape.members.values())
    placed = [(member.serialization["location"], member.serialization["name"]) for member in members
              if member.serialization.get("location") in ("querystring", "header", "headers")]
    required = {"UploadPart": {"partNumber", "uploadId"}, "UploadPartCopy": {"partNumber", "uploadId"}}.get(name, set())
    required |= {"uploadId"} & {place for _, place in placed if name in ("ListParts", "AbortMultipartUpload", "CompleteMultipartUpload")}
    target = target_of(uri, urllib.parse.urlencode(sorted((key, "1") for key in required)) or None)
    headers = {"x-amz-copy-source": f"{BUCKET}/{KEY}"} if name in ("CopyObject", "UploadPartCopy") else {}
    if name == "DeleteBucket" or name == "CreateBucket":
        target = target.replace(BUCKET, "another-bucket")
    if name not in IMPLEMENTED:
        if "{Bucket}" not in uri and name != "WriteGetObjectResponse":
            # ListDirectoryBuckets is ListBuckets at another address.
            return before
        return refused(name, before, method, target if "?" in target or name != "RenameObject" else target + "?renameObject")
    for location, place in placed:
        if place in COMMON or place in required or place == "x-amz-copy-source":
            continue
        if place in IMPLEMENTED[name]:
            continue
        value = "x"
        if place in VALUED.get(name, ()):
            value = VALUES[place][1]
        if location == "querystring":
            before = refused(f"{name} with {place}", before, method, with_parameter(target, place), headers)
        else:
            before = refused(f"{name} with {place}", before, method, target, {**headers, place: value})
    return before


def refusals():
    send("PUT", "/" + BUCKET)
    send("PUT", f"/{BUCKET}/{KEY}", {"Content-Type": "text/plain", "x-amz-tagging": "a=b"}, BODY)
    model = botocore.session.get_session().get_service_model("s3")
    before = state()
    operations = {name: model.operation_model(name) for name in model.operation_names}
    for name in IMPLEMENTED.keys() - operations.keys() - {"DeletePublicAccessBlock", "DeleteBucketVersioning", "DeleteBucketLifecycleConfiguration"}:
        print(f"{name} is not in botocore's model")
    known = set()
    for name, operation in operations.items():
        uri = operation.http["requestUri"]
        level = "object" if "{Key+}" in uri else "bucket"
        sub = uri.partition("?")[2]
        if name in IMPLEMENTED and sub:
            known.add((operation.http["method"], level, sub.split("&")[0].split("=")[0]))
        before = judge_operation(name, operation, before)

    # Versioning has no delete in the model, but LocalCloud's configuration parts have all three.
    known |= {("DELETE", "bucket", "versioning"), ("DELETE", "bucket", "lifecycle")}
    subs = {operation.http["requestUri"].partition("?")[2].split("&")[0].split("=")[0] for operation in operations.values()} - {""}
    subs |= {"versionId", "partNumber", "torrent", "nonesuch", "VERSIONID"}
    for sub in sorted(subs):
        for method in ("GET", "HEAD", "PUT", "POST", "DELETE"):
            for level, path in (("bucket", "/" + BUCKET), ("object", f"/{BUCKET}/{KEY}")):
                if (method, level, sub) not in known:
                    before = refused(f"sub-resource {sub}", before, method, f"{path}?{sub}")
    for header in ("If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since", "If-Range", "x-amz-new-thing"):
        for method, target in (("PUT", "/another-bucket"), ("GET", f"/{BUCKET}/{KEY}?tagging"), ("POST", f"/{BUCKET}?delete"), ("GET", "/" + BUCKET)):
            before = refused("condition", before, method, target, {header: '"x"'})
    accepted()


def accepted():
    """What is understood is not refused: the first of VALUES, and plain use by boto3 with its default checksums."""
    for place in VALUED["PutObject"]:
        status, answer, _ = send("PUT", f"/{BUCKET}/valued", {place: VALUES[place][0]}, b"x")
        if status != 200:
            print(f"PutObject with {place}: {VALUES[place][0]} is answered {status} {answer!r}")


def client():
    return boto3.client(
        "s3", endpoint_url=sys.argv[2], region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test",
        config=Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}, max_pool_connections=1))


def expect():
    """A refused PUT leaves the connection usable, or closes it."""
    s3 = client()
    s3.create_bucket(Bucket="expected")
    for number in range(20):
        try:
            s3.put_object(Bucket="missing-bucket", Key="k", Body=b"x" * 100_000)
            print("a put into a missing bucket succeeds")
        except s3.exceptions.ClientError as error:
            if error.response["Error"]["Code"] != "NoSuchBucket":
                print(f"{number}: {error}")
        try:
            s3.head_bucket(Bucket="expected")
        except Exception as error:  # Whatever it is: the next request was not understood.
            print(f"{number}: {error!r}")


{"refusals": refusals, "expect": expect}[sys.argv[1]]()
