using System.Net;
using Oith.ServiceDefaults;
using Oith.Stack;
using OpenTelemetry.Exporter;

namespace Oith.Tests.ServiceDefaults;

public sealed class FinalExportTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Collector_That_Is_Away_Is_Tried_Again_While_The_Process_Runs_And_Not_Once_It_Stops()
    {
        var export = new FinalExport();
        using var client = export.CreateClient(new OtlpExporterOptions());
        var collector = new Uri($"http://localhost:{LocalPort.FindFree()}/v1/traces");

        // The exporter repeats what throws, and drops what is answered with 400.
        await Assert.ThrowsAsync<HttpRequestException>(() => client.GetAsync(collector, Token));
        await export.StoppingAsync(Token);
        using var answer = await client.GetAsync(collector, Token);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
    }
}
