"""Lambda: functions, versions, aliases, permissions and settings; nothing is invoked but what is not there."""
import io
import zipfile

from differential import VOLATILE, client, step

VOLATILE |= {"LastModified", "CodeSha256", "CodeSize", "RevisionId", "Location"}
functions = client("lambda")


def archive():
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as file:
        file.writestr("index.py", "def handler(event, context): return event")
    return content.getvalue()


CODE = {"ZipFile": archive()}
FUNCTION = dict(FunctionName="diff", Runtime="python3.12", Role="arn:aws:iam::123456789012:role/diff-lambda", Handler="index.handler", Code=CODE)
client("iam").create_role(RoleName="diff-lambda", AssumeRolePolicyDocument="{}")


def create(name, *left_out, **others):
    return step(name, functions.create_function, **{key: value for key, value in {**FUNCTION, **others}.items() if key not in left_out})


arn = create("create", Description="d", Environment={"Variables": {"A": "1"}}, Tags={"a": "1"})["FunctionArn"]
create("create-again")
create("create-no-name", "FunctionName")
create("create-wrong-name", FunctionName="not valid")
create("create-no-role", "Role", FunctionName="wrong")
create("create-wrong-role", FunctionName="wrong-role", Role="nonsense")
create("create-no-code", "Code", FunctionName="wrong")
create("create-wrong-timeout", FunctionName="wrong", Timeout=901)
create("create-wrong-memory", FunctionName="wrong", MemorySize=127)
step("get", functions.get_function, FunctionName="diff")
step("get-by-arn", functions.get_function_configuration, FunctionName=arn)
step("get-none", functions.get_function, FunctionName="none")
step("get-configuration-none", functions.get_function_configuration, FunctionName="none")
step("get-version-none", functions.get_function, FunctionName="diff", Qualifier="7")
step("list", functions.list_functions)
step("update-configuration", functions.update_function_configuration, FunctionName="diff", Timeout=5, MemorySize=256)
step("update-configuration-none", functions.update_function_configuration, FunctionName="none", Timeout=5)
step("update-code", functions.update_function_code, FunctionName="diff", ZipFile=archive())
step("update-code-none", functions.update_function_code, FunctionName="none", ZipFile=archive())
step("publish-version", functions.publish_version, FunctionName="diff", Description="first")
step("publish-version-none", functions.publish_version, FunctionName="none")
step("list-versions", functions.list_versions_by_function, FunctionName="diff")
step("create-alias", functions.create_alias, FunctionName="diff", Name="live", FunctionVersion="1", Description="d")
step("create-alias-again", functions.create_alias, FunctionName="diff", Name="live", FunctionVersion="1")
step("create-alias-none", functions.create_alias, FunctionName="none", Name="live", FunctionVersion="1")
step("create-alias-no-version", functions.create_alias, FunctionName="diff", Name="other", FunctionVersion="7")
step("get-alias", functions.get_alias, FunctionName="diff", Name="live")
step("get-alias-none", functions.get_alias, FunctionName="diff", Name="none")
step("update-alias", functions.update_alias, FunctionName="diff", Name="live", FunctionVersion="$LATEST")
step("list-aliases", functions.list_aliases, FunctionName="diff")
step("get-by-alias", functions.get_function_configuration, FunctionName="diff", Qualifier="live")
step("delete-alias", functions.delete_alias, FunctionName="diff", Name="live")
step("add-permission", functions.add_permission, FunctionName="diff", StatementId="s", Action="lambda:InvokeFunction", Principal="events.amazonaws.com")
step("add-permission-again", functions.add_permission, FunctionName="diff", StatementId="s", Action="lambda:InvokeFunction", Principal="events.amazonaws.com")
step("add-permission-none", functions.add_permission, FunctionName="none", StatementId="s", Action="lambda:InvokeFunction", Principal="events.amazonaws.com")
step("get-policy", functions.get_policy, FunctionName="diff")
step("remove-permission", functions.remove_permission, FunctionName="diff", StatementId="s")
step("remove-permission-again", functions.remove_permission, FunctionName="diff", StatementId="s")
step("get-policy-none", functions.get_policy, FunctionName="diff")
step("put-concurrency", functions.put_function_concurrency, FunctionName="diff", ReservedConcurrentExecutions=5)
step("put-concurrency-none", functions.put_function_concurrency, FunctionName="none", ReservedConcurrentExecutions=5)
step("get-concurrency", functions.get_function_concurrency, FunctionName="diff")
step("delete-concurrency", functions.delete_function_concurrency, FunctionName="diff")
step("put-event-invoke-config", functions.put_function_event_invoke_config, FunctionName="diff", MaximumRetryAttempts=1)
step("get-event-invoke-config", functions.get_function_event_invoke_config, FunctionName="diff")
step("put-event-invoke-config-wrong", functions.put_function_event_invoke_config, FunctionName="diff", MaximumRetryAttempts=3)
step("delete-event-invoke-config", functions.delete_function_event_invoke_config, FunctionName="diff")
step("get-event-invoke-config-none", functions.get_function_event_invoke_config, FunctionName="diff")
step("list-tags", functions.list_tags, Resource=arn)
step("tag-resource", functions.tag_resource, Resource=arn, Tags={"b": "2"})
step("untag-resource", functions.untag_resource, Resource=arn, TagKeys=["a"])
step("list-tags-after", functions.list_tags, Resource=arn)
step("list-tags-none", functions.list_tags, Resource=arn + "x")
step("invoke-none", functions.invoke, FunctionName="none", Payload=b"{}")
step("delete-none", functions.delete_function, FunctionName="none")
step("delete", functions.delete_function, FunctionName="diff")
step("get-deleted", functions.get_function, FunctionName="diff")
