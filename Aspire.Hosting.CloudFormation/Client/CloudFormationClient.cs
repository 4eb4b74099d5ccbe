using System.Globalization;
using System.Xml.Linq;
using Amazon.Runtime;

namespace Aspire.Hosting.CloudFormation;

/// <summary>The operations of CloudFormation that a deployment needs.</summary>
internal sealed class CloudFormationClient(AwsQueryClient client) : IDisposable
{
    public const string ServiceId = "CloudFormation";
    public const string SigningName = "cloudformation";
    public const string Version = "2010-05-15";

    private const string ValidationError = "ValidationError";

    /// <summary>Returns the stack, or null where there is none of that name.</summary>
    /// <param name="stackName">A name, or the ID, which also finds a deleted stack.</param>
    public async Task<Stack?> DescribeStackAsync(string stackName, CancellationToken cancellationToken)
    {
        try
        {
            var answer = await client.InvokeAsync("DescribeStacks", [new("StackName", stackName)], cancellationToken);
            return answer.Members("Stacks").Select(ReadStack).FirstOrDefault();
        }
        catch (AmazonServiceException error)
            when (error.ErrorCode == ValidationError && error.Message.Contains("does not exist", StringComparison.Ordinal))
        {
            return null;
        }
    }

    public Task CreateChangeSetAsync(ChangeSetRequest request, CancellationToken cancellationToken)
    {
        List<KeyValuePair<string, string>> input =
        [
            new("StackName", request.StackName),
            new("ChangeSetName", request.ChangeSetName),
            new("ChangeSetType", request.ChangeSetType),
            request.TemplateUrl is { } url ? new("TemplateURL", url.AbsoluteUri) : new("TemplateBody", request.TemplateBody ?? ""),
        ];
        AddPairs(input, "Parameters", "ParameterKey", "ParameterValue", request.Parameters);
        foreach (var (i, name) in request.KeptParameters.Order(StringComparer.Ordinal).Index())
        {
            var member = Member("Parameters", request.Parameters.Count + i);
            input.Add(new($"{member}.ParameterKey", name));
            input.Add(new($"{member}.UsePreviousValue", "true"));
        }

        AddPairs(input, "Tags", "Key", "Value", request.Tags);
        foreach (var (i, capability) in request.Capabilities.Index())
        {
            input.Add(new(Member("Capabilities", i), capability));
        }

        return client.InvokeAsync("CreateChangeSet", input, cancellationToken);
    }

    /// <summary>Returns a change set with all its pages of changes.</summary>
    public async Task<ChangeSet> DescribeChangeSetAsync(string stackName, string changeSetName, CancellationToken cancellationToken)
    {
        var answer = await client.InvokeAsync("DescribeChangeSet", Named(stackName, changeSetName), cancellationToken);
        var changes = answer.Members("Changes").Select(ReadChange).ToList();
        for (var page = answer; page.Text("NextToken") is { } token;)
        {
            page = await client.InvokeAsync(
                "DescribeChangeSet", [.. Named(stackName, changeSetName), new("NextToken", token)], cancellationToken);
            changes.AddRange(page.Members("Changes").Select(ReadChange));
        }

        return new ChangeSet(answer.RequiredText("Status"), answer.Text("StatusReason"), changes);
    }

    public Task ExecuteChangeSetAsync(string stackName, string changeSetName, CancellationToken cancellationToken) =>
        client.InvokeAsync(
            "ExecuteChangeSet", [.. Named(stackName, changeSetName), new("ClientRequestToken", changeSetName)], cancellationToken);

    public Task DeleteChangeSetAsync(string stackName, string changeSetName, CancellationToken cancellationToken) =>
        client.InvokeAsync("DeleteChangeSet", Named(stackName, changeSetName), cancellationToken);

    public Task EnableTerminationProtectionAsync(string stackName, CancellationToken cancellationToken) =>
        client.InvokeAsync(
            "UpdateTerminationProtection",
            [new("StackName", stackName), new("EnableTerminationProtection", "true")],
            cancellationToken);

    /// <param name="policy">The policy's text, JSON.</param>
    public Task SetStackPolicyAsync(string stackName, string policy, CancellationToken cancellationToken) =>
        client.InvokeAsync("SetStackPolicy", [new("StackName", stackName), new("StackPolicyBody", policy)], cancellationToken);

    public Task DeleteStackAsync(string stackId, CancellationToken cancellationToken) =>
        client.InvokeAsync("DeleteStack", [new("StackName", stackId)], cancellationToken);

    /// <summary>Returns a page of events, the newest first; an empty page where the stack does not exist yet.</summary>
    public async Task<StackEventPage> DescribeStackEventsAsync(string stackName, string? nextToken, CancellationToken cancellationToken)
    {
        List<KeyValuePair<string, string>> input = [new("StackName", stackName)];
        if (nextToken is not null)
        {
            input.Add(new("NextToken", nextToken));
        }

        try
        {
            var answer = await client.InvokeAsync("DescribeStackEvents", input, cancellationToken);
            return new StackEventPage([.. answer.Members("StackEvents").Select(ReadEvent)], answer.Text("NextToken"));
        }
        catch (AmazonServiceException error)
            when (error.ErrorCode == ValidationError && error.Message.Contains("does not exist", StringComparison.Ordinal))
        {
            return new StackEventPage([], null);
        }
    }

    public void Dispose() => client.Dispose();

    private static Stack ReadStack(XElement stack) => new(
        stack.RequiredText("StackId"),
        stack.RequiredText("StackName"),
        stack.RequiredText("StackStatus"),
        stack.Text("StackStatusReason"),
        stack.Members("Outputs").ToDictionary(o => o.RequiredText("OutputKey"), o => o.Text("OutputValue") ?? "", StringComparer.Ordinal))
    {
        Parameters = stack.Members("Parameters")
            .ToDictionary(p => p.RequiredText("ParameterKey"), p => p.Text("ParameterValue") ?? "", StringComparer.Ordinal),
    };

    private static ResourceChange ReadChange(XElement change)
    {
        var resource = change.Child("ResourceChange") ?? change;
        return new ResourceChange(
            resource.Text("Action") ?? "",
            resource.Text("ResourceType") ?? "",
            resource.Text("LogicalResourceId") ?? "",
            resource.Text("Replacement"));
    }

    private static StackEvent ReadEvent(XElement e) => new(
        e.RequiredText("EventId"),
        e.Text("LogicalResourceId") ?? "",
        e.Text("ResourceType") ?? "",
        e.Text("ResourceStatus") ?? "",
        e.Text("ResourceStatusReason"));

    private static KeyValuePair<string, string>[] Named(string stackName, string changeSetName) =>
        [new("StackName", stackName), new("ChangeSetName", changeSetName)];

    private static void AddPairs(
        List<KeyValuePair<string, string>> input, string list, string key, string value, IReadOnlyDictionary<string, string> pairs)
    {
        foreach (var (i, pair) in pairs.OrderBy(p => p.Key, StringComparer.Ordinal).Index())
        {
            input.Add(new($"{Member(list, i)}.{key}", pair.Key));
            input.Add(new($"{Member(list, i)}.{value}", pair.Value));
        }
    }

    private static string Member(string list, int index) => string.Create(CultureInfo.InvariantCulture, $"{list}.member.{index + 1}");
}
