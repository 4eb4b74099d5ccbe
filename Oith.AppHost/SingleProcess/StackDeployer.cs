using System.Text.Json.Nodes;
using Oith.LocalCloud.Wire;

namespace Oith.AppHost.SingleProcess;

/// <summary>Deploys the templates into LocalCloud with the API calls that a deployment into AWS makes.</summary>
internal sealed class StackDeployer(IAwsApi api, TimeProvider time, string environment, string infrastructureDirectory)
{
    private static readonly TimeSpan s_pollInterval = TimeSpan.FromMilliseconds(10);

    /// <summary>Uploads every state machine definition and returns the template parameter of each by file name.</summary>
    public async Task UploadDefinitionsAsync(string bucket, CancellationToken cancellationToken)
    {
        await api.InvokeAsync("s3", "CreateBucket", new JsonObject { ["Bucket"] = bucket }, cancellationToken);
        foreach (var file in Directory.EnumerateFiles(infrastructureDirectory, "*.asl.json").Order(StringComparer.Ordinal))
        {
            var input = new JsonObject
            {
                ["Bucket"] = bucket,
                ["Key"] = Path.GetFileName(file),
                ["Body"] = Convert.ToBase64String(await File.ReadAllBytesAsync(file, cancellationToken)),
            };
            await api.InvokeAsync("s3", "PutObject", input, cancellationToken);
        }
    }

    /// <summary>Creates the stack, or leaves it as it is when it was kept by the data directory, and waits for the end.</summary>
    /// <returns>The stack's outputs by name.</returns>
    /// <exception cref="StackFailedException">Names the first resource that failed and why.</exception>
    public async Task<IReadOnlyDictionary<string, string>> DeployAsync(
        string stack, IReadOnlyDictionary<string, string> parameters, CancellationToken cancellationToken)
    {
        var name = ResourceNames.Stack(environment, stack);
        var template = await File.ReadAllTextAsync(Path.Combine(infrastructureDirectory, ResourceNames.Template(stack)), cancellationToken);
        var input = new JsonObject
        {
            ["StackName"] = name,
            ["TemplateBody"] = template,
            ["Capabilities"] = new JsonArray("CAPABILITY_NAMED_IAM"),
            ["Parameters"] = new JsonArray([.. parameters.Select(parameter => new JsonObject
            {
                ["ParameterKey"] = parameter.Key,
                ["ParameterValue"] = parameter.Value,
            })]),
        };
        try
        {
            await api.InvokeAsync("cloudformation", "CreateStack", input, cancellationToken);
        }
        catch (AwsServiceException error) when (error.Code == "AlreadyExistsException")
        {
            await UpdateAsync(input, cancellationToken);
        }

        return await WaitAsync(name, cancellationToken);
    }

    private async Task UpdateAsync(JsonObject input, CancellationToken cancellationToken)
    {
        try
        {
            await api.InvokeAsync("cloudformation", "UpdateStack", (JsonObject)input.DeepClone(), cancellationToken);
        }
        catch (AwsServiceException error) when (error.Message == "No updates are to be performed.")
        {
            // The data directory kept the stack and the template is still the same.
        }
    }

    private async Task<IReadOnlyDictionary<string, string>> WaitAsync(string name, CancellationToken cancellationToken)
    {
        while (true)
        {
            var answer = await api.InvokeAsync("cloudformation", "DescribeStacks", new JsonObject { ["StackName"] = name }, cancellationToken);
            var description = answer["Stacks"]![0]!;
            var status = description["StackStatus"]!.GetValue<string>();
            if (status is "CREATE_COMPLETE" or "UPDATE_COMPLETE")
            {
                return (description["Outputs"]?.AsArray() ?? [])
                    .ToDictionary(output => output!["OutputKey"]!.GetValue<string>(), output => output!["OutputValue"]!.GetValue<string>());
            }

            if (!status.EndsWith("_IN_PROGRESS", StringComparison.Ordinal))
            {
                throw new StackFailedException(name, status, await FirstFailureAsync(name, cancellationToken));
            }

            await Task.Delay(s_pollInterval, time, cancellationToken);
        }
    }

    private async Task<string> FirstFailureAsync(string name, CancellationToken cancellationToken)
    {
        var answer = await api.InvokeAsync("cloudformation", "DescribeStackEvents", new JsonObject { ["StackName"] = name }, cancellationToken);
        var failed = answer["StackEvents"]!.AsArray().LastOrDefault(stackEvent =>
            stackEvent!["ResourceStatus"]!.GetValue<string>().EndsWith("_FAILED", StringComparison.Ordinal));
        return failed is null
            ? "no event tells why"
            : $"{failed["LogicalResourceId"]} ({failed["ResourceType"]}): {failed["ResourceStatusReason"]}";
    }
}

/// <summary>A stack did not reach its end.</summary>
public sealed class StackFailedException(string stack, string status, string reason) : Exception($"Stack {stack} is {status}. {reason}");
