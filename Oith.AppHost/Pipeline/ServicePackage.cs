#pragma warning disable ASPIREPIPELINES001 // The pipeline's API is for evaluation.
using System.Diagnostics;
using System.Globalization;
using Aspire.Hosting.Pipelines;
using Microsoft.Extensions.DependencyInjection;
using Oith.Stack;

namespace Oith.AppHost.Pipeline;

/// <summary>Publishes and packs the service with the commands of deploy.sh: the same sources give the same bytes.</summary>
internal sealed class ServicePackage(Deployment deployment)
{
    public const string Step = "package-service";

    private const int LinesOfFailure = 20;

    private static readonly TimeSpan s_progress = TimeSpan.FromSeconds(15);

    /// <summary>The zip, once it is packed.</summary>
    public string File { get; private set; } = "";

    private string Artifacts => Path.Combine(deployment.Root, "artifacts", "deploy");

    /// <exception cref="DistributedApplicationException">SERVICE_ZIP is not there, or the service cannot be built.</exception>
    public async Task CreateAsync(PipelineStepContext context)
    {
        File = deployment.Variable("SERVICE_ZIP") ?? await BuildAsync(context);
        if (!System.IO.File.Exists(File))
        {
            throw new DistributedApplicationException($"SERVICE_ZIP names {File}, which is not there.");
        }

        deployment.PassService(await System.IO.File.ReadAllBytesAsync(File, context.CancellationToken));
    }

    /// <summary>The arguments of <c>dotnet publish</c>.</summary>
    internal IReadOnlyList<string> PublishArguments =>
    [
        "publish", Path.Combine(deployment.Root, "Oith.Matching"), "--configuration", "Release",
        "--runtime", deployment.Variable("ARCHITECTURE") is "arm64" ? "linux-arm64" : "linux-x64",
        "--self-contained", "false", "-p:PublishReadyToRun=true", $"-p:UseDax={deployment.Variable("USE_DAX") ?? "true"}",
        "-p:ContinuousIntegrationBuild=true", "--artifacts-path", Artifacts, "--output", Path.Combine(Artifacts, "publish"),
        "--verbosity", "quiet",
    ];

    /// <summary>The arguments of <c>dotnet run</c> that pack what was published.</summary>
    internal IReadOnlyList<string> PackArguments =>
    [
        "run", Path.Combine(deployment.InfrastructureDirectory, "package.cs"), "--", Path.Combine(Artifacts, "publish"),
        Path.Combine(deployment.InfrastructureDirectory, "run.sh"), Path.Combine(Artifacts, Artifact.Service.File),
    ];

    private async Task<string> BuildAsync(PipelineStepContext context)
    {
        if (Directory.Exists(Path.Combine(Artifacts, "publish")))
        {
            Directory.Delete(Path.Combine(Artifacts, "publish"), recursive: true);
        }

        await RunAsync(context, "Publishing the service", PublishArguments);
        await RunAsync(context, "Packing the service", PackArguments);
        return Path.Combine(Artifacts, Artifact.Service.File);
    }

    private static async Task RunAsync(PipelineStepContext context, string title, IReadOnlyList<string> arguments)
    {
        var time = context.Services.GetRequiredService<TimeProvider>();
        await using var task = await context.ReportingStep.CreateTaskAsync(title, context.CancellationToken);
        var started = time.GetTimestamp();
        using var process = Process.Start(
            new ProcessStartInfo("dotnet", arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var output = process.StandardOutput.ReadToEndAsync(context.CancellationToken);
        var error = process.StandardError.ReadToEndAsync(context.CancellationToken);
        try
        {
            using var timer = new PeriodicTimer(s_progress, time);
            var exit = process.WaitForExitAsync(context.CancellationToken);
            while (await Task.WhenAny(exit, timer.WaitForNextTickAsync(context.CancellationToken).AsTask()) != exit)
            {
                await task.UpdateAsync($"{title}, {Seconds()}", context.CancellationToken);
            }

            await exit;
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }

        if (process.ExitCode != 0)
        {
            var lines = $"{await output}\n{await error}"
                .Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            var remedy = lines.Any(line => line.Contains("AWSSDK.DAX.Client", StringComparison.Ordinal))
                ? "\nThe package feed lacks AWSSDK.DAX.Client. Set USE_DAX=false to deploy without DAX."
                : "";
            throw new DistributedApplicationException(
                $"{title} failed, and nothing was changed. dotnet {arguments[0]} ended with exit code {process.ExitCode}:\n"
                + string.Join('\n', lines.TakeLast(LinesOfFailure)) + remedy);
        }

        await task.CompleteAsync($"{title}: {Seconds()}", CompletionState.Completed, context.CancellationToken);

        string Seconds() => time.GetElapsedTime(started).TotalSeconds.ToString("0 s", CultureInfo.InvariantCulture);
    }
}
