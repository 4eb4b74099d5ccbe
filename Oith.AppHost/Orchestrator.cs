using System.ComponentModel;
using System.Diagnostics;
using System.Reflection;
using System.Runtime.Versioning;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Oith.Stack.Population;

namespace Oith.AppHost;

/// <summary>Runs the application under Aspire's orchestrator.</summary>
internal static class Orchestrator
{
    private const string Home = "HOME";
    private const string Remedy = "Without it: dotnet run --project Oith.AppHost -- single-process";

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    /// <summary>Runs until the application is stopped.</summary>
    /// <returns>The exit code: 1 where the orchestrator cannot start.</returns>
    public static async Task<int> RunAsync(
        IDistributedApplicationBuilder builder, IResourceBuilder<LocalCloudResource> localCloud, IResourceBuilder<ProjectResource> matching)
    {
        builder.Services.AddHostedService(provider => new ReadyLines(
            provider.GetRequiredService<ResourceNotificationService>(), localCloud.Resource, matching.Resource));
        // Beside building the application: each takes a tenth of a second.
        var canStart = CanStartAsync(builder.Configuration);
        await using var app = builder.Build();
        if (!await canStart)
        {
            return 1;
        }

        try
        {
            await app.StartAsync();
        }
        catch (OperationCanceledException)
        {
            Console.Error.WriteLine("Stopped before all was ready.");
            return 1;
        }
        catch (Exception error) when (error is not HostAbortedException)
        {
            Console.Error.WriteLine($"Aspire's orchestrator cannot start: {error.Message.ReplaceLineEndings(" ")} {Remedy}");
            return 1;
        }

        await app.WaitForShutdownAsync();
        return 0;
    }

    /// <summary>Returns whether the orchestrator of the Aspire SDK runs on this machine. Writes one line where it does not.</summary>
    /// <remarks>Asked before anything starts: Aspire itself waits two minutes for an orchestrator that ended at once.</remarks>
    private static async Task<bool> CanStartAsync(ConfigurationManager configuration)
    {
        if (!OperatingSystem.IsWindows() && FindHomeProblem() is { } problem)
        {
            Console.Error.WriteLine($"Aspire's orchestrator cannot run here: {problem} {Remedy}");
            return false;
        }

        var path = configuration["DcpPublisher:CliPath"]
            ?? typeof(Orchestrator).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
                .FirstOrDefault(attribute => string.Equals(attribute.Key, "dcpclipath", StringComparison.OrdinalIgnoreCase))?.Value;
        if (!File.Exists(path))
        {
            Console.Error.WriteLine($"Aspire's orchestrator is not at {path}. {Remedy}");
            return false;
        }

        try
        {
            using var version = Process.Start(new ProcessStartInfo(path, "version")
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                UseShellExecute = false,
            })!;
            using var patience = new CancellationTokenSource(s_patience);
            await version.WaitForExitAsync(patience.Token);
            if (version.ExitCode == 0)
            {
                return true;
            }

            Console.Error.WriteLine(
                $"Aspire's orchestrator cannot run here: '{path} version' ended with exit code {version.ExitCode}. {Remedy}");
        }
        catch (Exception error) when (error is Win32Exception or OperationCanceledException)
        {
            Console.Error.WriteLine($"Aspire's orchestrator cannot run here: '{path} version': {error.Message} {Remedy}");
        }

        return false;
    }

    // Without the variable the orchestrator ends in a panic that only its debug log shows, and Aspire waits for it until it is stopped.
    [UnsupportedOSPlatform("windows")]
    private static string? FindHomeProblem()
    {
        var home = Environment.GetEnvironmentVariable(Home);
        if (string.IsNullOrEmpty(home))
        {
            home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
            Environment.SetEnvironmentVariable(Home, home);
        }

        try
        {
            Directory.CreateDirectory(Path.Combine(home, ".dcp"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            return null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return $"it needs a home directory that it can write to, and {Home} is '{home}' ({error.Message}). Set {Home} to one.";
        }
    }

    /// <summary>Prints addresses and a first request once the service is healthy.</summary>
    private sealed class ReadyLines(ResourceNotificationService notifications, LocalCloudResource localCloud, ProjectResource matching)
        : BackgroundService
    {
        protected override async Task ExecuteAsync(CancellationToken stoppingToken)
        {
            await notifications.WaitForResourceHealthyAsync(matching.Name, stoppingToken);
            var service = localCloud.GetEndpoint(MatchingBuilderExtensions.GatewayEndpoint).Url;
            var redis = localCloud.RedisEndpoint;
            var user = SyntheticPopulation.EmailOf(1);
            Console.WriteLine($"""
                Matching service  {service} (API reference: {service}/scalar)
                AWS and console   {localCloud.PrimaryEndpoint.Url}
                Redis             {redis.Host}:{redis.Port}
                curl {service}/api/match/next -H 'content-type: application/json' -d '{"{"}"userEmail":"{user}"{"}"}'
                """);
        }
    }
}
