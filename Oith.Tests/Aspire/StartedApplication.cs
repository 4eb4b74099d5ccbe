using System.Reflection;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.LocalCloud;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Oith.Tests.Aspire;

/// <summary>
/// An application that the real orchestrator runs: LocalCloud, a stack in it, a project that reads the stack's output, and a stack that
/// fails.
/// </summary>
public sealed class StartedApplication : IAsyncLifetime
{
    public const string LocalCloud = "localcloud";
    public const string Redis = "redis";
    public const string Stack = "data";
    public const string Project = "consumer";
    public const string FailingStack = "failing";
    public const string ProjectOfFailingStack = "stuck";

    /// <summary>Waits for the failing stack by a plain WaitFor.</summary>
    public const string WaitingProject = "waiting";

    /// <summary>Any assembly that the Aspire SDK built names the orchestrator that belongs to it.</summary>
    private const string AssemblyWithOrchestrator = "Oith.AppHost";

    private readonly string _template = Path.GetTempFileName();
    private DistributedApplication? _app;

    /// <summary>Null where the application runs, else why the orchestrator cannot.</summary>
    public string? Obstacle { get; private set; }

    public DistributedApplication App => _app!;

    /// <summary>The stack as it first ran.</summary>
    public CustomResourceSnapshot FirstStack { get; private set; } = null!;

    /// <summary>The project as it started, with the variables that it was started with.</summary>
    public CustomResourceSnapshot FirstProject { get; private set; } = null!;

    /// <summary>What deploys the failing stack: too long a delay until a test mends it.</summary>
    public string Delay { get; set; } = "100000";

    public async ValueTask InitializeAsync()
    {
        Obstacle = FindObstacle();
        if (Obstacle is not null)
        {
            return;
        }

        var token = TestContext.Current.CancellationToken;
        await File.WriteAllTextAsync(_template, """
            Parameters:
              Delay: {Type: Number, Default: 5}
            Resources:
              Work: {Type: 'AWS::SQS::Queue', Properties: {DelaySeconds: !Ref Delay}}
            Outputs:
              WorkUrl: {Value: !Ref Work}
            """, token);
        var builder = DistributedApplication.CreateBuilder(new DistributedApplicationOptions
        {
            AssemblyName = AssemblyWithOrchestrator,
            DisableDashboard = true,
            Args = [],
        });
        builder.Services.AddLogging(logging => logging.ClearProviders());
        var localCloud = builder.AddLocalCloud<LocalCloudProject>(LocalCloud, port: 0, redisPort: 0)
            .WithFault(new LocalCloudFault("slow", "sns") { Latency = TimeSpan.FromMilliseconds(1) });
        localCloud.AddRedis(Redis);
        var stack = builder.AddCloudFormationStack(Stack, _template, "started-data").WithReference(localCloud);
        var failing = builder.AddCloudFormationStack(FailingStack, _template)
            .WithReference(localCloud)
            .WithParameter("Delay", _ => Task.FromResult<string?>(Delay));
        // Any project does: this one is built already, and answers no request here.
        builder.AddLocalCloud<LocalCloudProject>(Project, port: 0, redisPort: 0).WithReference(stack);
        builder.AddLocalCloud<LocalCloudProject>(ProjectOfFailingStack, port: 0, redisPort: 0).WithReference(failing);
        builder.AddLocalCloud<LocalCloudProject>(WaitingProject, port: 0, redisPort: 0).WaitFor(failing);
        _app = builder.Build();
        await _app.StartAsync(token);
        FirstStack = await WaitAsync(Stack, KnownResourceStates.Running);
        FirstProject = await WaitAsync(Project, s => s.State?.Text == KnownResourceStates.Running && s.EnvironmentVariables.Length > 0);
    }

    public async ValueTask DisposeAsync()
    {
        if (_app is not null)
        {
            await _app.DisposeAsync();
        }

        File.Delete(_template);
    }

    public async Task<CustomResourceSnapshot> WaitAsync(string resource, Func<CustomResourceSnapshot, bool> condition)
    {
        var token = TestContext.Current.CancellationToken;
        var change = await App.ResourceNotifications.WaitForResourceAsync(resource, e => condition(e.Snapshot), token)
            .WaitAsync(TimeSpan.FromMinutes(2), TimeProvider.System, token);
        return change.Snapshot;
    }

    public Task<CustomResourceSnapshot> WaitAsync(string resource, string state) => WaitAsync(resource, snapshot => snapshot.State?.Text == state);

    /// <summary>Reads a resource's log up to a line, which must come within a minute.</summary>
    public async Task<string> FindInLogAsync(string resource, string text)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromMinutes(1));
        var model = App.Services.GetRequiredService<DistributedApplicationModel>().Resources.Single(r => r.Name == resource);
        await foreach (var batch in App.Services.GetRequiredService<ResourceLoggerService>().WatchAsync(model).WithCancellation(limit.Token))
        {
            if (batch.FirstOrDefault(line => line.Content.Contains(text, StringComparison.Ordinal)) is { } found)
            {
                return found.Content;
            }
        }

        throw new InvalidOperationException($"The log of {resource} ended without '{text}'.");
    }

    internal static string? FindObstacle()
    {
        if (!File.Exists(Path.Combine(AppContext.BaseDirectory, AssemblyWithOrchestrator + ".dll")))
        {
            return $"{AssemblyWithOrchestrator}.dll is not beside the tests.";
        }

        var path = Assembly.Load(AssemblyWithOrchestrator).GetCustomAttributes<AssemblyMetadataAttribute>()
            .FirstOrDefault(attribute => string.Equals(attribute.Key, "dcpclipath", StringComparison.OrdinalIgnoreCase))?.Value;
        return path is null ? $"{AssemblyWithOrchestrator} is not built with the Aspire SDK, so no orchestrator is known."
            : File.Exists(path) ? null
            : $"Aspire's orchestrator is not there: {path}";
    }
}
