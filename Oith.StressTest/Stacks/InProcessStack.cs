using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Oith.LocalCloud;
using Oith.Stack;
using Oith.Stack.SingleProcess;

namespace Oith.StressTest.Stacks;

/// <summary>LocalCloud, stacks, people and service in this process, on free ports.</summary>
internal sealed class InProcessStack : ILoadedStack
{
    private readonly OithStack _stack;

    private InProcessStack(OithStack stack)
    {
        _stack = stack;
        Aws = new AwsEndpoint(stack.Endpoint, ResourceNames.Development);
    }

    public IReadOnlyList<Uri> Services => [_stack.Service];

    public AwsEndpoint? Aws { get; }

    /// <summary>What another instance of the service is told, by environment variable.</summary>
    public IReadOnlyDictionary<string, string?> ServiceSettings => _stack.ServiceSettings;

    public string Description => "service, LocalCloud and load in one process";

    public TimeSpan ProcessorTime
    {
        get
        {
            using var process = Process.GetCurrentProcess();
            return process.TotalProcessorTime;
        }
    }

    public static async Task<InProcessStack> StartAsync(
        int users, ulong seed, IProgress<StackResource> progress, CancellationToken cancellationToken) => new(await OithStack.StartAsync(
            new OithStackOptions
            {
                ServicePort = 0,
                Users = users,
                Seed = seed,
                LogLevel = LogLevel.Error,
                LocalCloud = new LocalCloudOptions { Port = 0, RedisPort = 0 },
            },
            progress,
            cancellationToken));

    public async ValueTask DisposeAsync()
    {
        Aws?.Dispose();
        await _stack.DisposeAsync();
    }
}
