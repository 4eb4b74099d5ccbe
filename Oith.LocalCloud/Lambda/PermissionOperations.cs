using System.Text.Json.Nodes;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.Lambda;

/// <summary>Resource-based policies (kept and shown, not enforced) and tags.</summary>
internal sealed class PermissionOperations(FunctionStore store)
{
    private const int MaximumTags = 50;

    public JsonObject AddPermission(AwsCall call)
    {
        var input = call.InputTree();
        input.AllowOnly(
            call.Operation,
            "FunctionName", "Qualifier", "StatementId", "Action", "Principal", "SourceArn", "SourceAccount", "EventSourceToken", "RevisionId", "PrincipalOrgID",
            "FunctionUrlAuthType", "InvokedViaFunctionUrl");
        var (function, qualifier, arn) = Of(call);
        var sid = input.RequiredText("StatementId");
        var policy = function.Policies.GetValueOrDefault(qualifier);
        CheckRevision(input, policy);
        if (policy is not null && policy.Statements.Any(statement => statement!["Sid"]!.GetValue<string>() == sid))
        {
            throw LambdaErrors.Conflict($"The statement id ({sid}) provided already exists. Please provide a new statement id, or remove the existing statement.");
        }

        var statement = new JsonObject
        {
            ["Sid"] = sid,
            ["Effect"] = "Allow",
            ["Principal"] = Principal(input.RequiredText("Principal")),
            ["Action"] = input.RequiredText("Action"),
            ["Resource"] = arn,
        };
        if (Condition(input) is { Count: > 0 } condition)
        {
            statement["Condition"] = condition;
        }

        var statements = policy?.Statements.DeepClone().AsArray() ?? [];
        statements.Add(statement);
        function.Policies[qualifier] = new ResourcePolicy(Guid.NewGuid().ToString(), statements);
        store.Save(function);
        return new JsonObject { ["Statement"] = statement.ToJsonString() };
    }

    public JsonObject? RemovePermission(AwsCall call)
    {
        var input = call.InputTree();
        var (function, qualifier, _) = Of(call);
        var sid = input.RequiredText("StatementId");
        var policy = function.Policies.GetValueOrDefault(qualifier)
            ?? throw LambdaErrors.NotFound("No policy is associated with the given resource.");
        CheckRevision(input, policy);
        var kept = new JsonArray([.. policy.Statements.Where(statement => statement!["Sid"]!.GetValue<string>() != sid).Select(statement => statement!.DeepClone())]);
        if (kept.Count == policy.Statements.Count)
        {
            throw LambdaErrors.NotFound($"Statement {sid} is not found in resource policy.");
        }

        if (kept.Count == 0)
        {
            function.Policies.Remove(qualifier);
        }
        else
        {
            function.Policies[qualifier] = new ResourcePolicy(Guid.NewGuid().ToString(), kept);
        }

        store.Save(function);
        return null;
    }

    public JsonObject GetPolicy(AwsCall call)
    {
        var (function, qualifier, _) = Of(call);
        var policy = function.Policies.GetValueOrDefault(qualifier) ?? throw LambdaErrors.NotFound("The resource you requested does not exist.");
        return new JsonObject
        {
            ["Policy"] = new JsonObject { ["Version"] = "2012-10-17", ["Id"] = "default", ["Statement"] = policy.Statements.DeepClone() }.ToJsonString(),
            ["RevisionId"] = policy.RevisionId,
        };
    }

    public JsonObject? TagResource(AwsCall call)
    {
        var input = call.InputTree();
        var function = Tagged(input);
        if (input.Structure("Tags") is not { Count: > 0 } tags)
        {
            throw LambdaErrors.InvalidParameter("An error occurred and the request cannot be processed.");
        }

        if (function.Tags.Keys.Union(tags.Select(tag => tag.Key)).Count() > MaximumTags)
        {
            throw LambdaErrors.InvalidParameter("Number of tags exceeds resource tag limit.");
        }

        foreach (var (key, value) in tags)
        {
            function.Tags[key] = value?.ToString() ?? "";
        }

        store.Save(function);
        return null;
    }

    public JsonObject? UntagResource(AwsCall call)
    {
        var input = call.InputTree();
        var function = Tagged(input);
        if (input.List("TagKeys") is not { Count: > 0 })
        {
            throw AwsServiceException.Validation("1 validation error detected: Value null at 'tagKeys' failed to satisfy constraint: Member must not be null");
        }

        foreach (var key in input.Texts("TagKeys"))
        {
            function.Tags.Remove(key);
        }

        store.Save(function);
        return null;
    }

    public JsonObject ListTags(AwsCall call) => new()
    {
        ["Tags"] = new JsonObject(Tagged(call.InputTree()).Tags.Select(tag => KeyValuePair.Create(tag.Key, (JsonNode?)tag.Value))),
    };

    private LambdaFunction Tagged(JsonObject input)
    {
        var name = FunctionName.Parse(input.RequiredText("Resource"));
        if (name.Qualifier is not null)
        {
            throw LambdaErrors.InvalidParameter("Tags on function aliases and versions are not supported. Please specify a function ARN.");
        }

        return store.Get(name);
    }

    private (LambdaFunction Function, string Qualifier, string Arn) Of(AwsCall call)
    {
        var name = FunctionName.Of(call);
        var function = store.Get(name);
        if (name.Qualifier == FunctionName.Latest)
        {
            throw LambdaErrors.InvalidParameter("We currently do not support adding policies for $LATEST.");
        }

        if (name.Qualifier is { } qualifier && function.Find(qualifier) is null)
        {
            throw LambdaErrors.FunctionNotFound(store.ArnOf(name));
        }

        return (function, name.Qualifier ?? "", store.ArnOf(name));
    }

    private static void CheckRevision(JsonObject input, ResourcePolicy? policy)
    {
        if (input.Text("RevisionId") is { } revision && revision != policy?.RevisionId)
        {
            throw LambdaErrors.RevisionMismatch();
        }
    }

    private static JsonNode Principal(string principal) =>
        principal == "*" ? JsonValue.Create("*")
        : principal.All(char.IsAsciiDigit) ? new JsonObject { ["AWS"] = $"arn:aws:iam::{principal}:root" }
        : principal.StartsWith("arn:", StringComparison.Ordinal) ? new JsonObject { ["AWS"] = principal }
        : new JsonObject { ["Service"] = principal };

    private static JsonObject Condition(JsonObject input)
    {
        var equal = new JsonObject();
        Add("SourceAccount", "AWS:SourceAccount");
        Add("EventSourceToken", "lambda:EventSourceToken");
        Add("FunctionUrlAuthType", "lambda:FunctionUrlAuthType");
        Add("PrincipalOrgID", "aws:PrincipalOrgID");
        var condition = new JsonObject();
        if (equal.Count > 0)
        {
            condition["StringEquals"] = equal;
        }

        if (input.Flag("InvokedViaFunctionUrl") is { } viaUrl)
        {
            condition["Bool"] = new JsonObject { ["lambda:InvokedViaFunctionUrl"] = viaUrl ? "true" : "false" };
        }

        if (input.Text("SourceArn") is { } source)
        {
            condition["ArnLike"] = new JsonObject { ["AWS:SourceArn"] = source };
        }

        return condition;

        void Add(string member, string key)
        {
            if (input.Text(member) is { } value)
            {
                equal[key] = value;
            }
        }
    }
}
