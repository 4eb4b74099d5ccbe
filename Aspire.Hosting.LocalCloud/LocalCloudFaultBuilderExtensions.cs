#pragma warning disable ASPIREINTERACTION001 // Arguments of commands are for evaluation; without them a command could not ask which fault.
using System.Text.Json;
using System.Text.Json.Nodes;
using Aspire.Hosting.LocalCloud;
using Microsoft.Extensions.DependencyInjection;

namespace Aspire.Hosting;

/// <summary>Simulates failures of AWS: from the start on, or by commands while the application runs.</summary>
public static class LocalCloudFaultBuilderExtensions
{
    /// <summary>The command that puts a fault.</summary>
    public const string PutFaultCommand = "put-fault";

    /// <summary>The command that removes a fault.</summary>
    public const string RemoveFaultCommand = "remove-fault";

    /// <summary>The command that lists the faults, with how many calls each struck.</summary>
    public const string ListFaultsCommand = "list-faults";

    private static readonly string[] s_services =
        ["dynamodb", "sqs", "states", "lambda", "sns", "events", "monitoring", "s3", "function", "matching", "redis"];

    /// <summary>Puts a fault as soon as LocalCloud is healthy, before any resource that waits for LocalCloud starts.</summary>
    public static IResourceBuilder<LocalCloudResource> WithFault(this IResourceBuilder<LocalCloudResource> builder, LocalCloudFault fault)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(fault);
        if (fault.Latency is null && fault.ErrorCode is null && fault.Action is null)
        {
            throw new ArgumentException($"Fault {fault.Name} does nothing: set Latency, ErrorCode or Action.", nameof(fault));
        }

        return builder.OnResourceReady(async (localCloud, ready, cancellationToken) =>
            await InvokeAsync(ready.Services, localCloud, "PutFault", LocalCloudFaultClient.ToJson(fault), cancellationToken));
    }

    internal static IResourceBuilder<LocalCloudResource> WithFaultCommands(this IResourceBuilder<LocalCloudResource> builder)
    {
        builder.ApplicationBuilder.Services.AddHttpClient(LocalCloudFaultClient.HttpClientName).RemoveAllLoggers();
        return builder
            .WithFaultCommand(PutFaultCommand, "Put a fault", "Makes calls slow or fail, all or a share of them.", "Bug", "PutFault",
            [
                Text("Name", "Name", required: true, value: "slow"),
                new InteractionInput
                {
                    Name = "Service", Label = "Service", InputType = InputType.Choice, AllowCustomChoice = true, Required = true,
                    Value = s_services[0],
                    Options = [.. s_services.Select(service => KeyValuePair.Create(service, service))],
                },
                Text("Operation", "Operation (empty: all)"),
                Text("Resource", "Table, queue, function… (empty: all)"),
                Number("LatencyMilliseconds", "Latency in milliseconds"),
                Text("ErrorCode", "Error code, such as ThrottlingException"),
                Text("Action", "Stop, Busy, Fill (redis) or Redeliver (sqs)"),
                Number("Probability", "Share of calls, above 0 and up to 1"),
                Number("DurationSeconds", "Ends after seconds (empty: not by itself)"),
            ])
            .WithFaultCommand(RemoveFaultCommand, "Remove a fault", "Ends a fault by its name.", "BugProhibited", "DeleteFault",
            [
                Text("Name", "Name", required: true),
            ])
            .WithFaultCommand(
                ListFaultsCommand, "List faults", "Shows the faults and how many calls each struck.", "TextBulletList", "ListFaults", []);
    }

    private static IResourceBuilder<LocalCloudResource> WithFaultCommand(
        this IResourceBuilder<LocalCloudResource> builder,
        string name,
        string displayName,
        string description,
        string icon,
        string operation,
        IReadOnlyList<InteractionInput> arguments) =>
        builder.WithCommand(
            name,
            displayName,
            async context =>
            {
                try
                {
                    var answer = await InvokeAsync(
                        context.Services, builder.Resource, operation, Read(context.Arguments), context.CancellationToken);
                    return CommandResults.Success(
                        $"{displayName}: done.", answer.ToJsonString(JsonSerializerOptions.Default), CommandResultFormat.Json);
                }
                catch (DistributedApplicationException error)
                {
                    return CommandResults.Failure(error.Message);
                }
            },
            new CommandOptions
            {
                Description = description,
                IconName = icon,
                Arguments = arguments,
                UpdateState = context => context.ResourceSnapshot.State?.Text == KnownResourceStates.Running
                    ? ResourceCommandState.Enabled
                    : ResourceCommandState.Disabled,
            });

    private static async Task<JsonObject> InvokeAsync(
        IServiceProvider services, LocalCloudResource localCloud, string operation, JsonObject input, CancellationToken cancellationToken)
    {
        using var client = services.GetRequiredService<IHttpClientFactory>().CreateClient(LocalCloudFaultClient.HttpClientName);
        return await LocalCloudFaultClient.InvokeAsync(client, localCloud, operation, input, cancellationToken);
    }

    private static JsonObject Read(InteractionInputCollection arguments)
    {
        var json = new JsonObject();
        foreach (var argument in arguments.Where(argument => !string.IsNullOrWhiteSpace(argument.Value)))
        {
            json[argument.Name] = argument.InputType != InputType.Number
                ? argument.Value
                : double.TryParse(argument.Value, System.Globalization.CultureInfo.InvariantCulture, out var number)
                    ? number == Math.Floor(number) ? (long)number : number
                    : throw new DistributedApplicationException($"{argument.Label}: '{argument.Value}' is no number.");
        }

        return json;
    }

    private static InteractionInput Text(string name, string label, bool required = false, string? value = null) =>
        new() { Name = name, Label = label, InputType = InputType.Text, Required = required, Value = value };

    private static InteractionInput Number(string name, string label) => new() { Name = name, Label = label, InputType = InputType.Number };
}
