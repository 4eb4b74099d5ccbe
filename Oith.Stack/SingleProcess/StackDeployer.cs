using System.Text.Json.Nodes;
using Oith.LocalCloud.Wire;

namespace Oith.Stack.SingleProcess;

/// <summary>Deploys the templates into LocalCloud with the API calls that a deployment into AWS makes.</summary>
internal sealed class StackDeployer(IAwsApi api, TimeProvider time, string environment, string infrastructureDirectory)
{
    private static readonly TimeSpan s_pollInterval = TimeSpan.FromMilliseconds(10);

    /// <summary>
    /// The parameters that a deployment into this account passes: the network it finds, and for stacks that read artifacts
    /// the bucket that the data stack made and the keys of what is uploaded to it.
    /// </summary>
    public async Task<Dictionary<string, string>> ParametersAsync(
        string stack, Dictionary<string, IReadOnlyDictionary<string, string>> outputs, CancellationToken cancellationToken)
    {
        var parameters = new Dictionary<string, string> { [StackParameters.Environment] = environment };
        if (stack == ResourceNames.InfrastructureStack)
        {
            var subnets = await api.InvokeAsync("ec2", "DescribeSubnets", [], cancellationToken);
            var network = subnets["Subnets"]!.AsArray();
            parameters[StackParameters.VpcId] = network[0]!["VpcId"]!.GetValue<string>();
            parameters[StackParameters.PrivateSubnetIds] = string.Join(',', network.Select(subnet => subnet!["SubnetId"]!.GetValue<string>()));
        }

        if (stack == Artifact.Service.Stack)
        {
            parameters[Artifact.BucketParameter] = outputs[ResourceNames.DataStack][Artifact.BucketOutput];
            parameters[Artifact.Service.Parameter] = Artifact.PlayedLocally;
        }

        foreach (var definition in Artifact.Definitions.Where(definition => definition.Stack == stack))
        {
            var bucket = outputs[ResourceNames.DataStack][Artifact.BucketOutput];
            parameters[Artifact.BucketParameter] = bucket;
            parameters[definition.Parameter] = await UploadAsync(bucket, definition, cancellationToken);
        }

        return parameters;
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

    private async Task<string> UploadAsync(string bucket, Artifact artifact, CancellationToken cancellationToken)
    {
        var content = await File.ReadAllBytesAsync(Path.Combine(infrastructureDirectory, artifact.File), cancellationToken);
        var key = artifact.Key(content);
        var input = new JsonObject { ["Bucket"] = bucket, ["Key"] = key, ["Body"] = Convert.ToBase64String(content) };
        await api.InvokeAsync("s3", "PutObject", input, cancellationToken);
        return key;
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
