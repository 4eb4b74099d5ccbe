using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.Playwright;
using Oith.LocalCloud;
using Oith.LocalCloud.Wire;
using Oith.Stack.Population;
using Oith.Stack.SingleProcess;
using Oith.Tests.Fixtures;
using Oith.Tests.Infrastructure;

namespace Oith.Tests.Console;

/// <summary>
/// Takes the pictures of the README anew, on a CloudWatch clock that makes a minute of load an hour of metrics. Runs only when asked for:
/// <c>dotnet run --project Oith.Tests -- --explicit only --filter-class Oith.Tests.Console.ConsoleScreenshots</c>.
/// </summary>
public sealed class ConsoleScreenshots(BrowserFixture browser) : IClassFixture<BrowserFixture>
{
    private static readonly TimeSpan s_load = TimeSpan.FromSeconds(75);

    private const int People = 5_000;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact(Explicit = true)]
    public async Task Screenshots_Of_The_Readme_Are_Taken()
    {
        var options = new OithStackOptions
        {
            ServicePort = 0,
            Users = People,
            LocalCloud = new LocalCloudOptions { Port = 0, RedisPort = 0, CloudWatchClockFactor = 60 },
        };
        await using var stack = await OithStack.StartAsync(options, progress: null, Token);
        await UseAsync(stack);

        await using var light = await ConsoleWindow.OpenAsync(browser, stack.Endpoint, 1360, 860);
        await TakeAsync(light, "overview");
        await light.GoToAsync("dashboard", "OITH-development-Dashboard");
        await light.Page.SetViewportSizeAsync(1360, 1100);
        await TakeAsync(light, "dashboard");

        await using var dark = await ConsoleWindow.OpenAsync(browser, stack.Endpoint, 1360, 980, ColorScheme.Dark);
        await dark.GoToAsync("machines/oith-development-distributed-matching", "oith-development-distributed-matching");
        await dark.Page.Locator("tbody tr").Filter(new() { HasText = "SUCCEEDED" }).GetByRole(AriaRole.Link).First.ClickAsync();
        await dark.Page.Locator(".graph").GetByRole(AriaRole.Button, new() { Name = "MatchDirect" }).ClickAsync();
        await TakeAsync(dark, "execution");
        await dark.GoToAsync("traces", "Traces");
        await dark.Page.Locator("tbody tr").Filter(new() { HasText = "Pipes" }).GetByRole(AriaRole.Link).First.ClickAsync();
        await TakeAsync(dark, "trace");
    }

    /// <summary>People who ask for matches, more and less by turns, and at the end a message that nobody can read.</summary>
    private static async Task UseAsync(OithStack stack)
    {
        using var client = new HttpClient { BaseAddress = stack.Service };
        await stack.Api.InvokeAsync("sns", "Subscribe", new JsonObject
        {
            ["TopicArn"] = "arn:aws:sns:us-east-1:000000000000:oith-development-alerts",
            ["Protocol"] = "email",
            ["Endpoint"] = "ops@oith.example",
        }, Token);
        var begin = TimeProvider.System.GetTimestamp();
        for (var user = 1; TimeProvider.System.GetElapsedTime(begin) < s_load; user++)
        {
            var body = new JsonObject { ["userEmail"] = SyntheticPopulation.EmailOf(1 + (user % People)) };
            using var next = await client.PostAsJsonAsync(user % 4 == 0 ? "/api/match/requests" : "/api/match/next", body, Token);
            next.EnsureSuccessStatusCode();
            var wave = 1 + Math.Sin(TimeProvider.System.GetElapsedTime(begin) / s_load * 4 * Math.PI);
            await Task.Delay(TimeSpan.FromMilliseconds(15 + (60 * wave)), TimeProvider.System, Token);
        }

        await stack.Api.InvokeAsync("states", "StartExecution", new JsonObject
        {
            ["stateMachineArn"] = "arn:aws:states:us-east-1:000000000000:stateMachine:oith-development-distributed-matching",
            ["input"] = """[{"body": "not JSON"}]""",
        }, Token);
        await Task.Delay(TimeSpan.FromSeconds(3), TimeProvider.System, Token);
    }

    private static async Task TakeAsync(ConsoleWindow window, string name)
    {
        // Once more after the page has asked and drawn.
        await window.Page.WaitForTimeoutAsync(1_500);
        var folder = Directory.CreateDirectory(Path.Combine(RepositoryFiles.Root, "docs", "images"));
        await window.Page.ScreenshotAsync(new() { Path = Path.Combine(folder.FullName, $"console-{name}.png"), Animations = ScreenshotAnimations.Disabled });
    }
}
