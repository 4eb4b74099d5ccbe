using System.Text.Json.Nodes;
using Oith.LocalCloud.Wire;

namespace Oith.Tests.LocalCloud.CloudFormation;

/// <summary>CloudFormation as a test speaks to it: in process, with the waiting that the CLI's waiters do.</summary>
internal sealed class StackClient(IAwsApi api)
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);

    public ValueTask<JsonObject> CallAsync(string operation, JsonObject input) =>
        api.InvokeAsync("cloudformation", operation, input, TestContext.Current.CancellationToken);

    /// <summary>Creates the stack and waits for its end.</summary>
    /// <returns>The stack as DescribeStacks shows it.</returns>
    public async Task<JsonObject> CreateAsync(string name, string template, JsonObject? more = null, params (string Key, string Value)[] parameters)
    {
        await CallAsync("CreateStack", Input(name, template, more, parameters));
        return await WaitAsync(name);
    }

    public async Task<JsonObject> UpdateAsync(string name, string template, JsonObject? more = null, params (string Key, string Value)[] parameters)
    {
        await CallAsync("UpdateStack", Input(name, template, more, parameters));
        return await WaitAsync(name);
    }

    public async Task<JsonObject> DeleteAsync(string name)
    {
        var id = (await DescribeAsync(name))["StackId"]!.GetValue<string>();
        await CallAsync("DeleteStack", new JsonObject { ["StackName"] = name });
        return await WaitAsync(id);
    }

    public async Task<JsonObject> DescribeAsync(string name) =>
        (await CallAsync("DescribeStacks", new JsonObject { ["StackName"] = name }))["Stacks"]![0]!.AsObject();

    public async Task<JsonObject> WaitAsync(string name)
    {
        var time = TimeProvider.System;
        var start = time.GetTimestamp();
        while (true)
        {
            var stack = await DescribeAsync(name);
            if (!Status(stack).EndsWith("_IN_PROGRESS", StringComparison.Ordinal) || Status(stack) == "REVIEW_IN_PROGRESS")
            {
                return stack;
            }

            Assert.True(time.GetElapsedTime(start) < s_limit, $"The stack {name} still is {Status(stack)}.");
            await Task.Delay(TimeSpan.FromMilliseconds(10), time, TestContext.Current.CancellationToken);
        }
    }

    public async Task<List<JsonObject>> EventsAsync(string name) =>
        [.. (await CallAsync("DescribeStackEvents", new JsonObject { ["StackName"] = name }))["StackEvents"]!.AsArray()
            .Select(stackEvent => stackEvent!.AsObject()).Reverse()];

    public async Task<string> PhysicalIdAsync(string stack, string logicalId) => (await CallAsync(
        "DescribeStackResource",
        new JsonObject { ["StackName"] = stack, ["LogicalResourceId"] = logicalId }))["StackResourceDetail"]!["PhysicalResourceId"]!.GetValue<string>();

    /// <summary>The error that an operation answers.</summary>
    public Task<AwsServiceException> RefusalAsync(string operation, JsonObject input) =>
        Assert.ThrowsAsync<AwsServiceException>(async () => await CallAsync(operation, input));

    public static string Status(JsonObject stack) => stack["StackStatus"]!.GetValue<string>();

    public static string Output(JsonObject stack, string key) =>
        stack["Outputs"]!.AsArray().Single(output => output!["OutputKey"]!.GetValue<string>() == key)!["OutputValue"]!.GetValue<string>();

    public static JsonObject Input(string name, string template, JsonObject? more, (string Key, string Value)[] parameters)
    {
        var input = new JsonObject
        {
            ["StackName"] = name,
            ["TemplateBody"] = template,
            ["Parameters"] = new JsonArray([.. parameters.Select(parameter =>
                new JsonObject { ["ParameterKey"] = parameter.Key, ["ParameterValue"] = parameter.Value })]),
        };
        foreach (var (key, value) in more ?? [])
        {
            input[key] = value?.DeepClone();
        }

        return input;
    }
}
