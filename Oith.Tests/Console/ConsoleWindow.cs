using System.Collections.Concurrent;
using Microsoft.Playwright;
using Oith.Tests.Fixtures;

namespace Oith.Tests.Console;

/// <summary>One browser window that shows the console page. Whatever the browser complains about fails the test at the end.</summary>
internal sealed class ConsoleWindow : IAsyncDisposable
{
    // A loaded machine with two processors is slow; a passing test never waits that long.
    private const float Patience = 60_000;

    private readonly IBrowserContext _context;
    private readonly Uri _endpoint;
    private readonly ConcurrentQueue<string> _complaints = new();

    private string? _allowed;

    private ConsoleWindow(IBrowserContext context, IPage page, Uri endpoint)
    {
        (_context, Page, _endpoint) = (context, page, endpoint);
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning")
            {
                _complaints.Enqueue(message.Text);
            }
        };
        page.PageError += (_, error) => _complaints.Enqueue(error);
    }

    public IPage Page { get; }

    public ILocator Heading => Page.GetByRole(AriaRole.Heading, new() { Level = 1 });

    /// <summary>Opens the endpoint as somebody would who typed its address.</summary>
    public static async Task<ConsoleWindow> OpenAsync(BrowserFixture browser, Uri endpoint, int width = 1400, int height = 900, ColorScheme colors = ColorScheme.Light)
    {
        var context = await browser.OpenAsync(new BrowserNewContextOptions
        {
            ViewportSize = new ViewportSize { Width = width, Height = height },
            ColorScheme = colors,
            ReducedMotion = ReducedMotion.Reduce,
            Locale = "en-GB",
            TimezoneId = "UTC",
        });
        context.SetDefaultTimeout(Patience);
        var window = new ConsoleWindow(context, await context.NewPageAsync(), endpoint);
        await window.Page.GotoAsync(endpoint.AbsoluteUri);
        await window.Heading.WaitForAsync();
        return window;
    }

    /// <summary>Goes to <c>#/queues/name</c> and waits until its heading says so.</summary>
    public async Task GoToAsync(string address, string heading)
    {
        await Page.GotoAsync(new Uri(_endpoint, "/_console/#/" + address).AbsoluteUri);
        await ExpectAsync(Heading, heading);
    }

    /// <summary>Waits until the element says that.</summary>
    public static Task ExpectAsync(ILocator element, string text) =>
        Assertions.Expect(element).ToContainTextAsync(text, new() { Timeout = Patience });

    public static Task ExpectVisibleAsync(ILocator element) => Assertions.Expect(element).ToBeVisibleAsync(new() { Timeout = Patience });

    public static Task ExpectCountAsync(ILocator elements, int count) => Assertions.Expect(elements).ToHaveCountAsync(count, new() { Timeout = Patience });

    /// <summary>A table's row by its heading cell.</summary>
    public ILocator Row(string name) => Page.GetByRole(AriaRole.Row).Filter(new() { Has = Page.GetByRole(AriaRole.Rowheader, new() { Name = name }) });

    public ILocator Button(string name) => Page.GetByRole(AriaRole.Button, new() { Name = name, Exact = true });

    public ILocator Tab(string name) => Page.GetByRole(AriaRole.Tab, new() { Name = name });

    /// <summary>A part of the page with a heading of its own.</summary>
    public ILocator Panel(string name) => Page.GetByRole(AriaRole.Region, new() { Name = name, Exact = true });

    public ILocator Dialog => Page.GetByRole(AriaRole.Dialog);

    /// <summary>Expects the browser to complain of an answer with that status, which a test provokes.</summary>
    public void Allow(int status) => _allowed = $"the server responded with a status of {status} ";

    public async ValueTask DisposeAsync()
    {
        await _context.DisposeAsync();
        Assert.DoesNotContain(_complaints, complaint => _allowed is null || !complaint.Contains(_allowed, StringComparison.Ordinal));
    }
}
