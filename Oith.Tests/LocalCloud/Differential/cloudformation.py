"""CloudFormation, with queues and topics as what it makes."""
import json

from differential import VOLATILE, client, step, until

VOLATILE |= {"CreationTime", "LastUpdatedTime", "DeletionTime", "EventId", "PhysicalResourceId", "OperationId"}
cloudformation = client("cloudformation")
RUNNING = "_IN_PROGRESS"


def template(queue="diff-cfn", **more):
    return json.dumps({
        "Description": "d",
        "Parameters": {"Delay": {"Type": "Number", "Default": "1", "MaxValue": 900}},
        "Resources": {"Queue": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": queue, "DelaySeconds": {"Ref": "Delay"}}}},
        "Outputs": {"Arn": {"Value": {"Fn::GetAtt": ["Queue", "Arn"]}, "Export": {"Name": "diff-arn"}}},
        **more})


PLAIN = template(queue="diff-cfn-wrong", Outputs={})


def resource(**resource):
    return json.dumps({"Resources": {"Queue": resource}})


def wait(stack="diff"):
    until(lambda: not cloudformation.describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"].endswith(RUNNING))


def wait_deleted(stack_id):
    until(lambda: cloudformation.describe_stacks(StackName=stack_id)["Stacks"][0]["StackStatus"] == "DELETE_COMPLETE")


def events(stack="diff"):
    found = cloudformation.describe_stack_events(StackName=stack)["StackEvents"]
    return {"Events": [{key: event.get(key) for key in ("LogicalResourceId", "ResourceType", "ResourceStatus", "ResourceStatusReason")} for event in reversed(found)]}


step("validate", cloudformation.validate_template, TemplateBody=template())
step("validate-no-resources", cloudformation.validate_template, TemplateBody=json.dumps({"Parameters": {}}))
step("validate-empty-resources", cloudformation.validate_template, TemplateBody=json.dumps({"Resources": {}}))
step("validate-no-template", cloudformation.validate_template)
step("validate-no-text", cloudformation.validate_template, TemplateBody="nonsense")
step("validate-no-yaml", cloudformation.validate_template, TemplateBody="a: b: c")
step("validate-unknown-section", cloudformation.validate_template, TemplateBody=template(Nonsense={}))
step("validate-no-type", cloudformation.validate_template, TemplateBody=resource(Properties={}))
step("validate-unknown-ref", cloudformation.validate_template, TemplateBody=resource(Type="AWS::SQS::Queue", Properties={"QueueName": {"Ref": "None"}}))
step("validate-wrong-version", cloudformation.validate_template, TemplateBody=template(AWSTemplateFormatVersion="2011-01-01"))
step("summary", cloudformation.get_template_summary, TemplateBody=template())
step("create-wrong-name", cloudformation.create_stack, StackName="not valid", TemplateBody=PLAIN)
step("create-no-template", cloudformation.create_stack, StackName="wrong-1")
step("create-unknown-parameter", cloudformation.create_stack, StackName="wrong-2", TemplateBody=PLAIN,
     Parameters=[{"ParameterKey": "Nonsense", "ParameterValue": "1"}])
step("create-wrong-parameter", cloudformation.create_stack, StackName="wrong-3", TemplateBody=PLAIN,
     Parameters=[{"ParameterKey": "Delay", "ParameterValue": "901"}])
step("create-missing-parameter", cloudformation.create_stack, StackName="wrong-4", TemplateBody=template(queue="diff-cfn-wrong", Outputs={}, Parameters={"Delay": {"Type": "Number"}}))
step("create-unknown-type", cloudformation.create_stack, StackName="wrong-5", TemplateBody=resource(Type="AWS::SQS::Nonsense"))
step("create-no-capability", cloudformation.create_stack, StackName="wrong-6", TemplateBody=resource(
    Type="AWS::IAM::Role", Properties={"RoleName": "diff", "AssumeRolePolicyDocument": {}}))
step("create-two-answers", cloudformation.create_stack, StackName="wrong-7", TemplateBody=PLAIN, OnFailure="DELETE", DisableRollback=True)
stack_id = step("create", cloudformation.create_stack, StackName="diff", TemplateBody=template(), Tags=[{"Key": "a", "Value": "1"}])["StackId"]
wait()
step("create-again", cloudformation.create_stack, StackName="diff", TemplateBody=template())
step("describe", cloudformation.describe_stacks, StackName="diff")
step("describe-none", cloudformation.describe_stacks, StackName="none")
step("events", events)
step("events-none", cloudformation.describe_stack_events, StackName="none")
step("resources", cloudformation.describe_stack_resources, StackName="diff")
step("resource", cloudformation.describe_stack_resource, StackName="diff", LogicalResourceId="Queue")
step("resource-none", cloudformation.describe_stack_resource, StackName="diff", LogicalResourceId="None")
step("resource-no-stack", cloudformation.describe_stack_resource, StackName="none", LogicalResourceId="Queue")
step("resources-none", cloudformation.describe_stack_resources, StackName="none")
step("resources-nothing", cloudformation.describe_stack_resources)
step("list-resources", cloudformation.list_stack_resources, StackName="diff")
step("list-resources-none", cloudformation.list_stack_resources, StackName="none")
step("list-stacks", cloudformation.list_stacks, StackStatusFilter=["CREATE_COMPLETE"])
step("list-stacks-wrong", cloudformation.list_stacks, StackStatusFilter=["NONSENSE"])
step("get-template", cloudformation.get_template, StackName="diff")
step("get-template-none", cloudformation.get_template, StackName="none")
step("list-exports", cloudformation.list_exports)
step("list-imports-none", cloudformation.list_imports, ExportName="none")
step("list-imports-unused", cloudformation.list_imports, ExportName="diff-arn")
step("update-nothing", cloudformation.update_stack, StackName="diff", TemplateBody=template(), Tags=[{"Key": "a", "Value": "1"}])
step("update-none", cloudformation.update_stack, StackName="none", TemplateBody=template())
step("update-no-template", cloudformation.update_stack, StackName="diff")
step("update", cloudformation.update_stack, StackName="diff", UsePreviousTemplate=True, Parameters=[{"ParameterKey": "Delay", "ParameterValue": "2"}])
wait()
step("describe-updated", cloudformation.describe_stacks, StackName="diff")
step("change-set", cloudformation.create_change_set, StackName="diff", ChangeSetName="change", TemplateBody=template(
    Outputs={}), Parameters=[{"ParameterKey": "Delay", "ParameterValue": "3"}])
until(lambda: not cloudformation.describe_change_set(StackName="diff", ChangeSetName="change")["Status"].endswith(("_IN_PROGRESS", "_PENDING")))
step("change-set-again", cloudformation.create_change_set, StackName="diff", ChangeSetName="change", TemplateBody=template())
step("change-set-no-stack", cloudformation.create_change_set, StackName="none", ChangeSetName="change", TemplateBody=template())
step("change-set-wrong-name", cloudformation.create_change_set, StackName="diff", ChangeSetName="1", TemplateBody=template())
step("change-set-create-existing", cloudformation.create_change_set, StackName="diff", ChangeSetName="other", TemplateBody=template(), ChangeSetType="CREATE")
step("change-set-wrong-type", cloudformation.create_change_set, StackName="diff", ChangeSetName="other", TemplateBody=template(), ChangeSetType="NONSENSE")
step("describe-change-set", cloudformation.describe_change_set, StackName="diff", ChangeSetName="change")
step("describe-change-set-none", cloudformation.describe_change_set, StackName="diff", ChangeSetName="none")
step("describe-change-set-no-stack", cloudformation.describe_change_set, ChangeSetName="change")
step("describe-change-set-other-stack", cloudformation.describe_change_set, StackName="none", ChangeSetName="change")
step("list-change-sets", cloudformation.list_change_sets, StackName="diff")
step("list-change-sets-none", cloudformation.list_change_sets, StackName="none")
step("execute-change-set-none", cloudformation.execute_change_set, StackName="diff", ChangeSetName="none")
step("execute-change-set", cloudformation.execute_change_set, StackName="diff", ChangeSetName="change")
wait()
step("describe-executed", cloudformation.describe_stacks, StackName="diff")
step("delete-change-set-none", cloudformation.delete_change_set, StackName="diff", ChangeSetName="none")
step("delete-change-set-no-stack", cloudformation.delete_change_set, StackName="none", ChangeSetName="change")
step("set-policy-wrong", cloudformation.set_stack_policy, StackName="diff", StackPolicyBody="nonsense")
step("get-policy", cloudformation.get_stack_policy, StackName="diff")
step("protect-none", cloudformation.update_termination_protection, StackName="none", EnableTerminationProtection=True)
failed = step("create-failing", cloudformation.create_stack, StackName="failing", TemplateBody=resource(
    Type="AWS::SQS::Queue", Properties={"QueueName": "diff-cfn-failing", "DelaySeconds": 901}), OnFailure="DO_NOTHING")
step("continue-rollback", cloudformation.continue_update_rollback, StackName="diff")
step("delete", cloudformation.delete_stack, StackName="diff")
wait_deleted(stack_id)
step("delete-again", cloudformation.delete_stack, StackName="diff")
step("delete-none", cloudformation.delete_stack, StackName="none")
step("describe-deleted-name", cloudformation.describe_stacks, StackName="diff")
step("describe-deleted-id", cloudformation.describe_stacks, StackName=stack_id)
step("update-deleted", cloudformation.update_stack, StackName="diff", TemplateBody=template())
cloudformation.create_stack(StackName="protected", TemplateBody=template(queue="diff-cfn-protected", Outputs={}))
wait("protected")
step("protect", cloudformation.update_termination_protection, StackName="protected", EnableTerminationProtection=True)
step("delete-protected", cloudformation.delete_stack, StackName="protected")
step("create-no-name", cloudformation.create_stack, TemplateBody=PLAIN)
