using Microsoft.Playwright;
using Oith.Tests.Fixtures;

namespace Oith.Tests.Console;

/// <summary>The page's frame, and what holds for every page in it.</summary>
[Collection(OithStackCollection.Name)]
public sealed class ConsoleShellTests(OithStackFixture fixture, BrowserFixture browser)
{
    // What a tool for accessibility checks first, told in sentences.
    private const string Faults = """
        () => {
          const faults = [];
          const isShown = e => e.checkVisibility() && !e.closest('[aria-hidden="true"]');
          const nameOf = e => (e.getAttribute('aria-label') || e.labels?.[0]?.textContent || e.textContent || e.title || '').trim();
          for (const e of document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex="0"], [role="region"], nav, dialog')) {
            if (isShown(e) && !nameOf(e)) faults.push('no name: ' + e.outerHTML.slice(0, 120));
          }
          let last = 0;
          for (const e of document.querySelectorAll('main h1, main h2, main h3, main h4')) {
            const level = Number(e.localName[1]);
            if (level > last + 1) faults.push('heading skips a level: ' + e.textContent);
            last = level;
          }
          if (document.querySelectorAll('h1').length !== 1) faults.push('not one h1');
          if (document.querySelectorAll('main').length !== 1) faults.push('not one main');
          const ids = [...document.querySelectorAll('[id]')].map(e => e.id);
          for (const id of ids) if (ids.indexOf(id) !== ids.lastIndexOf(id)) faults.push('id twice: ' + id);
          for (const e of document.querySelectorAll('table')) {
            if (isShown(e) && !e.querySelector('th[scope]') && e.querySelector('tr')) faults.push('table without headers');
          }
          for (const e of document.querySelectorAll('[aria-controls]')) {
            if (isShown(e) && e.getAttribute('aria-selected') !== 'false' && !document.getElementById(e.getAttribute('aria-controls'))) faults.push('controls nothing: ' + e.outerHTML.slice(0, 120));
          }
          if (document.documentElement.scrollWidth > innerWidth) faults.push('wider than the window');
          return faults;
        }
        """;

    // Text against what it stands on, by WCAG 2's formula.
    private const string LowContrast = """
        () => {
          const parse = color => (color.match(/[\d.]+/g) ?? []).map(Number);
          const light = ([r, g, b]) => [r, g, b].map(c => (c /= 255) <= .03928 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4).reduce((sum, c, i) => sum + c * [.2126, .7152, .0722][i], 0);
          const backOf = e => { for (; e; e = e.parentElement) { const c = parse(getComputedStyle(e).backgroundColor); if (c.length === 3 || c[3] > .99) return c; } return [255, 255, 255]; };
          const found = new Set();
          for (const e of document.querySelectorAll('body *')) {
            if (e.closest('svg') || !e.checkVisibility() || ![...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()) || e.closest(':disabled, .hidden-text, .skip')) continue;
            const [a, b] = [light(parse(getComputedStyle(e).color)), light(backOf(e))].sort((x, y) => y - x);
            if ((a + .05) / (b + .05) < 4.5) found.add(((a + .05) / (b + .05)).toFixed(2) + ' ' + e.localName + '.' + e.className + ' ' + e.textContent.slice(0, 30));
          }
          return [...found];
        }
        """;

    [Theory]
    [MemberData(nameof(ConsolePages.All), MemberType = typeof(ConsolePages))]
    public async Task Page_Is_Accessible_Wide_And_Narrow(string address, string heading)
    {
        await using var window = await OpenAsync();
        await window.GoToAsync(address, heading);
        await CheckAsync(window);

        await window.Page.SetViewportSizeAsync(400, 800);
        await CheckAsync(window);

        await window.Page.SetViewportSizeAsync(1600, 1000);
        await window.Button("Dark theme").ClickAsync();
        await CheckAsync(window);
    }

    [Fact]
    public async Task Overview_Tells_The_Health_Of_The_Whole_Stack()
    {
        await using var window = await OpenAsync();

        await ConsoleWindow.ExpectAsync(window.Heading, "Overview");
        await ConsoleWindow.ExpectAsync(window.Page.GetByRole(AriaRole.Link, new() { Name = "Stacks" }).Last, "all complete");
        await ConsoleWindow.ExpectVisibleAsync(window.Panel("Response time against the target of 200 ms").GetByRole(AriaRole.Slider));
    }

    [Fact]
    public async Task Keyboard_Reaches_Everything()
    {
        await using var window = await OpenAsync();
        var keyboard = window.Page.Keyboard;

        await keyboard.PressAsync("Tab");
        await Assertions.Expect(window.Page.GetByRole(AriaRole.Link, new() { Name = "Skip to content" })).ToBeFocusedAsync();
        await keyboard.PressAsync("Enter");
        await Assertions.Expect(window.Page.GetByRole(AriaRole.Main)).ToBeFocusedAsync();

        await keyboard.PressAsync("g");
        await keyboard.PressAsync("s");
        await ConsoleWindow.ExpectAsync(window.Heading, "Stacks");
        await Assertions.Expect(window.Heading).ToBeFocusedAsync();
        await Assertions.Expect(window.Page.Locator("#nav [aria-current=page]")).ToHaveTextAsync("Stacks");

        await window.GoToAsync("stacks/oith-development-data", "oith-development-data");
        await window.Tab("Resources").FocusAsync();
        await keyboard.PressAsync("ArrowRight");
        await Assertions.Expect(window.Tab("Outputs")).ToBeFocusedAsync();
        await ConsoleWindow.ExpectVisibleAsync(window.Row("UsersTableName"));

        await keyboard.PressAsync("?");
        await ConsoleWindow.ExpectVisibleAsync(window.Dialog);
        await keyboard.PressAsync("Escape");
        await ConsoleWindow.ExpectCountAsync(window.Dialog, 0);

        await keyboard.PressAsync("g");
        await keyboard.PressAsync("a");
        await ConsoleWindow.ExpectAsync(window.Heading, "Alarms");
        await keyboard.PressAsync("/");
        await keyboard.TypeAsync("queue-depth");
        await ConsoleWindow.ExpectCountAsync(window.Page.GetByRole(AriaRole.Rowheader), 1);
    }

    [Fact]
    public async Task Theme_Follows_The_System_Until_It_Is_Chosen()
    {
        await using var window = await OpenAsync(ColorScheme.Dark);
        var background = await BackgroundAsync(window);
        Assert.Equal("rgb(19, 22, 27)", background);

        await window.Button("Light theme").ClickAsync();
        Assert.Equal("rgb(245, 246, 248)", await BackgroundAsync(window));

        await window.Page.ReloadAsync();
        await ConsoleWindow.ExpectVisibleAsync(window.Heading);
        Assert.Equal("rgb(245, 246, 248)", await BackgroundAsync(window));
    }

    [Fact]
    public async Task Page_Asks_Nothing_While_It_Is_Paused()
    {
        await using var window = await OpenAsync();
        var asked = 0;
        window.Page.Request += (_, request) => asked += request.Url.Contains("/_console/api/", StringComparison.Ordinal) ? 1 : 0;
        await window.GoToAsync("queues", "Queues");
        await window.Page.WaitForRequestAsync(request => request.Url.EndsWith("ListQueues", StringComparison.Ordinal));

        await window.Button("Live updates").ClickAsync();
        await window.Page.WaitForLoadStateAsync(LoadState.NetworkIdle);
        var before = asked;
        await window.Page.WaitForTimeoutAsync(3_500);

        Assert.Equal(before, asked);
    }

    [Fact]
    public async Task Stack_Shows_Resources_Outputs_Parameters_And_Events()
    {
        await using var window = await OpenAsync();
        await window.GoToAsync("stacks", "Stacks");
        await window.Page.GetByRole(AriaRole.Link, new() { Name = "oith-development-infrastructure" }).ClickAsync();

        await ConsoleWindow.ExpectAsync(window.Row("MatchingQueue").First, "oith-development-matching-queue.fifo");
        await window.Tab("Outputs").ClickAsync();
        await ConsoleWindow.ExpectAsync(window.Row("MatchingQueueArn"), "oith-development-infrastructure-MatchingQueueArn");
        await window.Tab("Parameters").ClickAsync();
        await ConsoleWindow.ExpectAsync(window.Row("Environment"), "development");
        await window.Tab("Events").ClickAsync();
        await ConsoleWindow.ExpectAsync(window.Row("oith-development-infrastructure").First, "CREATE_COMPLETE");
    }

    private Task<ConsoleWindow> OpenAsync(ColorScheme colors = ColorScheme.Light) => ConsoleWindow.OpenAsync(browser, fixture.Stack.Endpoint, colors: colors);

    private static async Task CheckAsync(ConsoleWindow window)
    {
        Assert.Empty(await window.Page.EvaluateAsync<string[]>(Faults));
        Assert.Empty(await window.Page.EvaluateAsync<string[]>(LowContrast));
    }

    private static async Task<string> BackgroundAsync(ConsoleWindow window) =>
        (await window.Page.EvaluateAsync<string>("getComputedStyle(document.body).backgroundColor"));
}
