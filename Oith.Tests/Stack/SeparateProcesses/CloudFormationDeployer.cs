using System.Xml.Linq;

namespace Oith.Tests.Stack.SeparateProcesses;

/// <summary>Deploys a template over HTTP with the calls that the provisioner of Aspire.Hosting.AWS makes: a change set, then polling.</summary>
/// <param name="region">The region that calls are signed for.</param>
internal sealed class CloudFormationDeployer(HttpClient client, Uri endpoint, string region)
{
    private static readonly TimeSpan s_pollInterval = TimeSpan.FromMilliseconds(50);

    /// <returns>The stack's outputs.</returns>
    public async Task<IReadOnlyDictionary<string, string>> DeployAsync(string stack, string template, IReadOnlyDictionary<string, string> parameters)
    {
        var input = new Dictionary<string, string>
        {
            ["StackName"] = stack,
            ["ChangeSetName"] = "Aspire-AppHost-1",
            ["ChangeSetType"] = "CREATE",
            ["TemplateBody"] = template,
            ["Capabilities.member.1"] = "CAPABILITY_IAM",
            ["Capabilities.member.2"] = "CAPABILITY_NAMED_IAM",
            ["Capabilities.member.3"] = "CAPABILITY_AUTO_EXPAND",
            ["Tags.member.1.Key"] = "AspireAppHost_SHA256",
            ["Tags.member.1.Value"] = "0",
        };
        foreach (var (i, (name, value)) in parameters.Index())
        {
            input[$"Parameters.member.{i + 1}.ParameterKey"] = name;
            input[$"Parameters.member.{i + 1}.ParameterValue"] = value;
        }

        var changeSet = Text(await CallAsync("CreateChangeSet", input), "Id");
        var described = new Dictionary<string, string> { ["ChangeSetName"] = changeSet };
        await WaitAsync("DescribeChangeSet", described, "Status", "CREATE_COMPLETE");
        await CallAsync("ExecuteChangeSet", new Dictionary<string, string> { ["StackName"] = stack, ["ChangeSetName"] = changeSet });
        var description = await WaitAsync("DescribeStacks", new Dictionary<string, string> { ["StackName"] = stack }, "StackStatus", "CREATE_COMPLETE");
        return description.Descendants()
            .Where(element => element.Name.LocalName == "OutputKey")
            .ToDictionary(key => key.Value, key => Text(key.Parent!, "OutputValue"));
    }

    /// <summary>Calls an operation of the Query protocol.</summary>
    public async Task<XElement> CallAsync(string operation, IReadOnlyDictionary<string, string> input, string service = "cloudformation", string version = "2010-05-15")
    {
        var token = TestContext.Current.CancellationToken;
        using var request = new HttpRequestMessage(HttpMethod.Post, endpoint)
        {
            Content = new FormUrlEncodedContent(input.Append(new("Action", operation)).Append(new("Version", version))),
        };
        request.Headers.TryAddWithoutValidation("Authorization", Authorization(service, region));
        using var response = await client.SendAsync(request, token);
        var answer = await response.Content.ReadAsStringAsync(token);
        Assert.True(response.IsSuccessStatusCode, answer);
        return XElement.Parse(answer);
    }

    /// <summary>Names the service that a request is for; an emulator does not check the signature.</summary>
    public static string Authorization(string service, string region) =>
        $"AWS4-HMAC-SHA256 Credential=local/20260101/{region}/{service}/aws4_request, SignedHeaders=host, Signature=0";

    public static string Text(XElement answer, string name) => answer.Descendants().First(element => element.Name.LocalName == name).Value;

    private async Task<XElement> WaitAsync(string operation, IReadOnlyDictionary<string, string> input, string element, string expected)
    {
        while (true)
        {
            var answer = await CallAsync(operation, input);
            var status = Text(answer, element);
            if (!status.EndsWith("_IN_PROGRESS", StringComparison.Ordinal) && !status.EndsWith("_PENDING", StringComparison.Ordinal))
            {
                Assert.True(status == expected, answer.ToString());
                return answer;
            }

            await Task.Delay(s_pollInterval, TimeProvider.System, TestContext.Current.CancellationToken);
        }
    }
}
