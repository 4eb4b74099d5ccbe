using System.Globalization;
using System.IO.Compression;
using Amazon.Lambda;
using Amazon.Lambda.Model;
using Microsoft.Extensions.Logging;

namespace Oith.AppHost.AppModel;

/// <summary>
/// Lets the function of the matching stack, as an emulator runs it in a container, hand its events on to the service on this machine. The stack takes the
/// forwarder's zip for the service's; what is left is to run it as Python, without the web adapter, and to let the alias name it.
/// </summary>
internal sealed class FunctionForwarder(Emulator emulator, string functionName, int servicePort)
{
    private const string Source = "forwarder.py";
    private const string Handler = "forwarder.handler";
    private const string Alias = "live";

    private static readonly TimeSpan s_pollInterval = TimeSpan.FromSeconds(1);

    private string EventsUrl => string.Create(CultureInfo.InvariantCulture, $"http://host.docker.internal:{servicePort}/events");

    /// <summary>The function's code.</summary>
    public static byte[] Zip()
    {
        using var source = typeof(FunctionForwarder).Assembly.GetManifestResourceStream(Source)!;
        using var bytes = new MemoryStream();
        using (var zip = new ZipArchive(bytes, ZipArchiveMode.Create, leaveOpen: true))
        {
            var entry = zip.CreateEntry(Source);
            // The same bytes every time, and so the same key.
            entry.LastWriteTime = new DateTimeOffset(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);
            using var content = entry.Open();
            source.CopyTo(content);
        }

        return bytes.ToArray();
    }

    /// <summary>Publishes a version that forwards, and points the alias at it.</summary>
    public async Task InstallAsync(ILogger logger, CancellationToken cancellationToken)
    {
        using var lambda = emulator.CreateLambda();
        await lambda.UpdateFunctionConfigurationAsync(
            new UpdateFunctionConfigurationRequest
            {
                FunctionName = functionName,
                Runtime = Runtime.Python313,
                Handler = Handler,
                Layers = [],
                Environment = new Amazon.Lambda.Model.Environment { Variables = new() { ["SERVICE_EVENTS_URL"] = EventsUrl } },
            },
            cancellationToken);
        await WaitUntilUpdatedAsync(lambda, cancellationToken);
        var version = await lambda.PublishVersionAsync(new PublishVersionRequest { FunctionName = functionName }, cancellationToken);
        await lambda.UpdateAliasAsync(
            new UpdateAliasRequest { FunctionName = functionName, Name = Alias, FunctionVersion = version.Version }, cancellationToken);
        Log.FunctionForwards(logger, functionName, EventsUrl);
    }

    private async Task WaitUntilUpdatedAsync(IAmazonLambda lambda, CancellationToken cancellationToken)
    {
        while (true)
        {
            var configuration = await lambda.GetFunctionConfigurationAsync(
                new GetFunctionConfigurationRequest { FunctionName = functionName }, cancellationToken);
            if (configuration.LastUpdateStatus == LastUpdateStatus.Successful)
            {
                return;
            }

            if (configuration.LastUpdateStatus == LastUpdateStatus.Failed)
            {
                throw new DistributedApplicationException($"{functionName} was not changed: {configuration.LastUpdateStatusReason}");
            }

            await Task.Delay(s_pollInterval, TimeProvider.System, cancellationToken);
        }
    }
}
