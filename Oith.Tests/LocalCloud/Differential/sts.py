"""STS."""
import json

from differential import VOLATILE, client, step

VOLATILE |= {"AccessKeyId", "SecretAccessKey", "SessionToken", "AssumedRoleId", "UserId", "PackedPolicySize", "EncodedMessage"}
sts = client("sts")
ROLE = "arn:aws:iam::123456789012:role/diff"

step("identity", sts.get_caller_identity)
step("assume-role", sts.assume_role, RoleArn=ROLE, RoleSessionName="session")
step("assume-role-no-arn", sts.assume_role, RoleSessionName="session")
step("assume-role-no-session", sts.assume_role, RoleArn=ROLE)
step("assume-role-wrong-arn", sts.assume_role, RoleArn="arn:aws:iam::123456789012:nonsense", RoleSessionName="session")
step("assume-role-short-arn", sts.assume_role, RoleArn="nonsense", RoleSessionName="session")
step("assume-role-wrong-session", sts.assume_role, RoleArn=ROLE, RoleSessionName="not valid")
step("assume-role-short-session", sts.assume_role, RoleArn=ROLE, RoleSessionName="s")
step("assume-role-too-short", sts.assume_role, RoleArn=ROLE, RoleSessionName="session", DurationSeconds=899)
step("assume-role-too-long", sts.assume_role, RoleArn=ROLE, RoleSessionName="session", DurationSeconds=43201)
step("assume-role-policy", sts.assume_role, RoleArn=ROLE, RoleSessionName="session", Policy=json.dumps({"Version": "2012-10-17", "Statement": []}))
step("assume-role-long-policy", sts.assume_role, RoleArn=ROLE, RoleSessionName="session", Policy="a" * 2049)
step("session-token", sts.get_session_token)
step("session-token-too-short", sts.get_session_token, DurationSeconds=899)
step("session-token-too-long", sts.get_session_token, DurationSeconds=129601)
