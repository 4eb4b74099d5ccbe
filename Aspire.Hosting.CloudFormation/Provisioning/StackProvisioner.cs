using Amazon.Runtime;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.CloudFormation;

/// <summary>
/// Deploys the stacks of the application: when it starts, on the command "Deploy again", and after a restart of the emulator that they are
/// deployed into, which may have lost them.
/// </summary>
internal sealed class StackProvisioner : IDisposable
{
    private static readonly TimeSpan s_emulatorTimeout = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan s_awsTimeout = TimeSpan.FromHours(1);

    private readonly Dictionary<CloudFormationStackResource, StackRun> _runs;
    private readonly ResourceNotificationService _notifications;
    private readonly ResourceLoggerService _loggers;
    private readonly StackDependents _dependents;
    private readonly StackSnapshots _snapshots;
    private readonly TimeProvider _time;
    private readonly CancellationToken _stopping;
    private readonly Lock _lock = new();
    private Task? _watch;

    public StackProvisioner(
        DistributedApplicationModel model,
        ResourceNotificationService notifications,
        ResourceLoggerService loggers,
        IServiceProvider services,
        TimeProvider time,
        IHostApplicationLifetime lifetime)
    {
        ArgumentNullException.ThrowIfNull(model);
        _runs = model.Resources.OfType<CloudFormationStackResource>().ToDictionary(stack => stack, _ => new StackRun());
        _notifications = notifications;
        _loggers = loggers;
        _dependents = new StackDependents(model, notifications, loggers, services);
        _snapshots = new StackSnapshots(notifications, time);
        _time = time;
        _stopping = lifetime.ApplicationStopping;
    }

    /// <summary>Deploys a stack, then again at each request, until the application stops.</summary>
    public async Task RunAsync(CloudFormationStackResource stack, CancellationToken cancellationToken)
    {
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _stopping);
        var run = _runs[stack];
        _ = run.Request();
        lock (_lock)
        {
            _watch ??= new EndpointWatch(_notifications, _loggers, _snapshots, _runs).RunAsync(_stopping);
        }

        try
        {
            while (true)
            {
                var (requests, attempt) = await run.BeginAsync(stopping.Token);
                try
                {
                    await AttemptAsync(stack, run, requests, attempt, stopping.Token);
                }
                finally
                {
                    run.End();
                }
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // The application stops; what was being deployed goes on in CloudFormation or ends with the emulator.
        }
    }

    /// <summary>Deploys a stack once more.</summary>
    /// <exception cref="DistributedApplicationException">The deployment failed.</exception>
    public Task<StackDeploymentResult> DeployAgainAsync(CloudFormationStackResource stack, CancellationToken cancellationToken) =>
        _runs[stack].Request().WaitAsync(cancellationToken);

    public void Dispose()
    {
        foreach (var run in _runs.Values)
        {
            run.Dispose();
        }
    }

    private async Task AttemptAsync(
        CloudFormationStackResource stack,
        StackRun run,
        IReadOnlyList<TaskCompletionSource<StackDeploymentResult>> requests,
        CancellationToken attempt,
        CancellationToken stopping)
    {
        try
        {
            var result = await DeployAsync(stack, run, attempt);
            await SucceedAsync(stack, run, result);
            Answer(requests, request => request.TrySetResult(result));
        }
        catch (OperationCanceledException) when (attempt.IsCancellationRequested)
        {
            Answer(requests, request => request.TrySetException(new DistributedApplicationException(
                $"The endpoint of stack {stack.StackName} stopped during the deployment, which begins again when it runs again.")));
            stopping.ThrowIfCancellationRequested();
        }
        // Anything: values of parameters come from callbacks of the app host. The failure is logged and shown; the application goes on.
        catch (Exception error)
        {
            var failure = error as DistributedApplicationException ?? new DistributedApplicationException(Describe(stack, error), error);
            await FailAsync(stack, run, failure);
            Answer(requests, request => request.TrySetException(failure));
        }
    }

    private async Task<StackDeploymentResult> DeployAsync(
        CloudFormationStackResource stack, StackRun run, CancellationToken cancellationToken)
    {
        stack.Outputs.Begin();
        await WaitForDependenciesAsync(stack, cancellationToken);
        await _snapshots.StartingAsync(stack, run);
        using var connection = await AwsConnection.OpenAsync(stack, cancellationToken);
        var timeout = stack.DeploymentTimeout ?? (connection.IsEmulator ? s_emulatorTimeout : s_awsTimeout);
        using var limit = new CancellationTokenSource(timeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        var logger = _loggers.GetLogger(stack);
        try
        {
            var target = connection.EndpointUrl?.AbsoluteUri ?? $"AWS, {connection.Region}";
            if (stack.IsExisting)
            {
                Log.Reading(logger, stack.StackName, target);
                var existing = await ReadAsync(stack, connection, target, either.Token);
                var page = await StackConsole.GetUrlAsync(stack, existing.StackId, connection, cancellationToken);
                await _snapshots.RunningAsync(stack, run, existing, connection, page);
                return existing;
            }

            Log.Deploying(logger, stack.StackName, target);
            var deployment = await StackDeploymentFactory.CreateAsync(
                stack, connection.IsEmulator, keepsParameters: false, either.Token);
            var result = await connection.CreateDeployer(_time).DeployAsync(deployment, new LoggedProgress(logger), either.Token);
            var console = await StackConsole.GetUrlAsync(stack, result.StackId, connection, cancellationToken);
            await _snapshots.RunningAsync(stack, run, result, connection, console);
            return result;
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new DistributedApplicationException(
                $"Stack {stack.StackName} was not deployed within {timeout:g}. Its events say what it waits for; "
                + "WithDeploymentTimeout(…) allows longer.");
        }
    }

    private static async Task<StackDeploymentResult> ReadAsync(
        CloudFormationStackResource stack, AwsConnection connection, string target, CancellationToken cancellationToken)
    {
        var found = await connection.CloudFormation.DescribeStackAsync(stack.StackName, cancellationToken);
        return found is null || StackStatus.MustBeDeleted(found.Status)
            ? throw new DistributedApplicationException(
                $"Stack {stack.StackName} is {(found is null ? "not there" : found.Status)} in {target}. Deploy it with 'aspire deploy'.")
            : new StackDeploymentResult(found.Id, HasChanged: false, found.Outputs);
    }

    private async Task WaitForDependenciesAsync(CloudFormationStackResource stack, CancellationToken cancellationToken)
    {
        try
        {
            await _notifications.WaitForDependenciesAsync(stack, cancellationToken);
        }
        catch (DistributedApplicationException error)
        {
            var cause = stack.Annotations.OfType<WaitAnnotation>()
                .Select(wait => wait.Resource)
                .OfType<CloudFormationStackResource>()
                .Where(dependency => _runs[dependency].Failure is not null)
                .Select(dependency => $"it depends on stack {dependency.StackName}, which failed: {_runs[dependency].Failure}")
                .FirstOrDefault();
            throw new DistributedApplicationException(
                $"Stack {stack.StackName} is not deployed, because {cause ?? Lowercase(error.Message)}", error);
        }
    }

    private async Task SucceedAsync(CloudFormationStackResource stack, StackRun run, StackDeploymentResult result)
    {
        var recovered = run.Failure is not null;
        run.Failure = null;
        if (run.LatestOutputs is { } previous)
        {
            _dependents.WarnOfChanges(stack, previous, result.Outputs);
        }

        run.LatestOutputs = result.Outputs;
        stack.Outputs.Complete(result.Outputs);
        Log.Deployed(_loggers.GetLogger(stack), stack.StackName, result.HasChanged ? "is deployed" : "is up to date");
        if (!recovered)
        {
            return;
        }

        foreach (var (dependent, other) in _runs)
        {
            if (other.Failure is not null && dependent.Annotations.OfType<WaitAnnotation>().Any(wait => wait.Resource == stack))
            {
                _ = other.Request();
            }
        }

        await _dependents.StartAsync(stack, _stopping);
    }

    private async Task FailAsync(CloudFormationStackResource stack, StackRun run, DistributedApplicationException failure)
    {
        run.Failure = failure.Message;
        stack.Outputs.Fail(failure);
        Log.Failed(_loggers.GetLogger(stack), failure.Message, failure.InnerException);
        _dependents.Explain(stack, failure.Message);
        await _snapshots.FailedAsync(stack, run, failure.Message);
    }

    private static string Describe(CloudFormationStackResource stack, Exception error) => error switch
    {
        AmazonServiceException { InnerException: HttpRequestException unreachable } =>
            $"CloudFormation does not answer: {unreachable.Message}",
        HttpRequestException => $"CloudFormation does not answer: {error.Message}",
        AmazonServiceException service => $"CloudFormation rejected stack {stack.StackName}: {service.Message} ({service.ErrorCode})",
        AmazonClientException => $"Stack {stack.StackName} cannot be deployed: {error.Message}",
        _ => $"Stack {stack.StackName} is not deployed: {error.Message}",
    };

    private static string Lowercase(string text) => text.Length == 0 ? text : char.ToLowerInvariant(text[0]) + text[1..];

    private static void Answer(
        IReadOnlyList<TaskCompletionSource<StackDeploymentResult>> requests, Action<TaskCompletionSource<StackDeploymentResult>> answer)
    {
        foreach (var request in requests)
        {
            answer(request);
            // Only the command reads the outcome; the stack's own log has it in any case.
            _ = request.Task.Exception;
        }
    }

    private sealed class LoggedProgress(ILogger logger) : IStackProgress
    {
        public void Report(StackEvent stackEvent)
        {
            if (stackEvent.IsFailure)
            {
                Log.FailedEvent(logger, stackEvent.Status, stackEvent.LogicalId, stackEvent.ResourceType, stackEvent.Reason ?? "");
            }
            else
            {
                Log.Event(logger, stackEvent.Status, stackEvent.LogicalId, stackEvent.ResourceType, stackEvent.Reason ?? "");
            }
        }

        public void Report(string message) => Log.Progress(logger, message);
    }
}
