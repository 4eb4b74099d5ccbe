using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.CloudFormation;

internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Information, "Deploying stack {Stack} to {Target}.")]
    public static partial void Deploying(ILogger logger, string stack, string target);

    [LoggerMessage(2, LogLevel.Information, "{Status} {LogicalId} ({ResourceType}) {Reason}")]
    public static partial void Event(ILogger logger, string status, string logicalId, string resourceType, string reason);

    [LoggerMessage(3, LogLevel.Error, "{Status} {LogicalId} ({ResourceType}) {Reason}")]
    public static partial void FailedEvent(ILogger logger, string status, string logicalId, string resourceType, string reason);

    [LoggerMessage(4, LogLevel.Information, "{Message}")]
    public static partial void Progress(ILogger logger, string message);

    [LoggerMessage(5, LogLevel.Information, "Stack {Stack} {Outcome}.")]
    public static partial void Deployed(ILogger logger, string stack, string outcome);

    [LoggerMessage(6, LogLevel.Error, "{Reason}")]
    public static partial void Failed(ILogger logger, string reason, Exception? error);

    [LoggerMessage(7, LogLevel.Error, "{Resource} does not start, because it waits for stack {Stack}, which failed: {Reason}")]
    public static partial void DependentFails(ILogger logger, string resource, string stack, string reason);

    [LoggerMessage(8, LogLevel.Information, "Starting {Resource}, because stack {Stack} is deployed now.")]
    public static partial void DependentStarts(ILogger logger, string resource, string stack);

    [LoggerMessage(9, LogLevel.Error, "{Resource} could not be started: {Reason}")]
    public static partial void DependentStartFails(ILogger logger, string resource, string reason);

    [LoggerMessage(10, LogLevel.Warning, "{Endpoint} stopped. Stack {Stack} is deployed again when {Endpoint} runs again.")]
    public static partial void EndpointStopped(ILogger logger, string endpoint, string stack);

    [LoggerMessage(11, LogLevel.Information, "{Endpoint} runs again: deploying stack {Stack} again.")]
    public static partial void EndpointRunsAgain(ILogger logger, string endpoint, string stack);

    [LoggerMessage(
        12, LogLevel.Warning, "Stack {Stack} has other outputs than when {Resource} started: {Outputs}. Restart {Resource} to use them.")]
    public static partial void OutputsChanged(ILogger logger, string stack, string resource, string outputs);

    [LoggerMessage(13, LogLevel.Information, "Reading stack {Stack} in {Target}; nothing is deployed.")]
    public static partial void Reading(ILogger logger, string stack, string target);
}
