using Microsoft.Playwright;

namespace Oith.Tests.Fixtures;

/// <summary>A Chromium that is installed on this machine, started by the first test that needs it; tests skip where there is none.</summary>
public sealed class BrowserFixture : IAsyncLifetime
{
    private readonly SemaphoreSlim _starting = new(1);
    private IPlaywright? _playwright;
    private IBrowser? _browser;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    /// <summary>A window of its own, with nothing remembered from another.</summary>
    public async Task<IBrowserContext> OpenAsync(BrowserNewContextOptions options)
    {
        var program = new[] { "chromium", "chromium-browser", "google-chrome", "google-chrome-stable" }.Select(ExternalTool.Find).FirstOrDefault(path => path is not null);
        Assert.SkipUnless(program is not null, "No chromium, chromium-browser or google-chrome is on the PATH.");
        await _starting.WaitAsync(TestContext.Current.CancellationToken);
        try
        {
            _playwright ??= await Playwright.CreateAsync();
            _browser ??= await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions { ExecutablePath = program });
        }
        finally
        {
            _starting.Release();
        }

        return await _browser.NewContextAsync(options);
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
        {
            await _browser.DisposeAsync();
        }

        _playwright?.Dispose();
        _starting.Dispose();
    }
}
