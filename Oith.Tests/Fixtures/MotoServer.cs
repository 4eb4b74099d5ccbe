using Oith.StressTest.Peers;

namespace Oith.Tests.Fixtures;

/// <summary>A moto_server of its own for one test class; a test that uses it skips where moto_server is not installed.</summary>
public sealed class MotoServer : IAsyncLifetime
{
    private PeerProcess? _process;

    /// <summary>Skips the test where there is no moto_server.</summary>
    public Uri Endpoint
    {
        get
        {
            Assert.SkipWhen(_process is null, "moto_server is not installed.");
            return _process.Endpoint;
        }
    }

    public async ValueTask InitializeAsync() => _process = await PeerProcess.StartAsync(PeerProgram.Moto, TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            await _process.DisposeAsync();
        }
    }
}
