using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Oith.Tests.Fixtures;

namespace Oith.Tests.Console;

/// <summary>Dashboard, tables, functions, e-mails, logs and Redis.</summary>
[Collection(OithStackCollection.Name)]
public sealed class ConsoleResourceTests(OithStackFixture fixture, BrowserFixture browser)
{
    [Fact]
    public async Task Dashboard_Is_Drawn_From_The_Template_With_Live_Data()
    {
        await using var window = await OpenAsync();
        await window.GoToAsync("dashboard", "OITH-development-Dashboard");

        await ConsoleWindow.ExpectCountAsync(window.Page.GetByRole(AriaRole.Slider), 12);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var load = AskForMatchesAsync(stop.Token);
        var chart = window.Panel("Response time against the target of 200 ms").GetByRole(AriaRole.Slider);
        await Assertions.Expect(chart).ToHaveAttributeAsync("aria-label", new Regex("P95: last [0-9.]+.*Target at 200"), new() { Timeout = 120_000 });
        await stop.CancelAsync();
        await load;
        await chart.FocusAsync();
        await window.Page.Keyboard.PressAsync("End");
        await Assertions.Expect(chart).ToHaveAttributeAsync("aria-valuetext", new Regex("^[0-9:]+: P95 [0-9.]+"));
        await ConsoleWindow.ExpectVisibleAsync(chart.Locator(".readout"));
        await window.Button("Datapoints of Response time against the target of 200 ms").ClickAsync();
        await ConsoleWindow.ExpectVisibleAsync(window.Dialog.GetByRole(AriaRole.Columnheader, new() { Name = "P95" }));
        await window.Page.Keyboard.PressAsync("Escape");

        await ConsoleWindow.ExpectCountAsync(window.Panel("All alarms").GetByRole(AriaRole.Link), 20);
    }

    [Fact]
    public async Task Dashboard_Draws_Text_And_Figures_And_Names_What_It_Cannot_Draw()
    {
        await fixture.CallAsync("monitoring", "PutDashboard", new JsonObject
        {
            ["DashboardName"] = "console-widgets",
            ["DashboardBody"] = """
                {"widgets": [
                  {"type": "text", "x": 0, "y": 0, "width": 12, "height": 3, "properties": {"markdown": "# Notes\n* **bold** <script>alert(1)</script>"}},
                  {"type": "metric", "x": 12, "y": 0, "width": 6, "height": 3, "properties": {"title": "Big", "view": "singleValue", "region": "us-east-1", "metrics": [["Console", "Nothing"]]}},
                  {"type": "metric", "x": 18, "y": 0, "width": 6, "height": 3, "properties": {"title": "Round", "view": "pie", "region": "us-east-1", "metrics": [["Console", "Nothing"]]}}
                ]}
                """,
        });
        await using var window = await OpenAsync();
        await window.GoToAsync("dashboard/console-widgets", "console-widgets");

        await ConsoleWindow.ExpectAsync(window.Panel("Text").GetByRole(AriaRole.Listitem), "bold <script>alert(1)</script>");
        await ConsoleWindow.ExpectAsync(window.Panel("Big"), "Nothing");
        await ConsoleWindow.ExpectAsync(window.Panel("Round"), "does not draw the view ‘pie’");
        await fixture.CallAsync("monitoring", "DeleteDashboards", new JsonObject { ["DashboardNames"] = new JsonArray("console-widgets") });
    }

    [Fact]
    public async Task Table_Pages_Queries_Edits_And_Deletes_Items()
    {
        await using var window = await OpenAsync();
        await window.GoToAsync("tables", "Tables");
        await ConsoleWindow.ExpectAsync(window.Row("oith-development-match-history"), "userEmail, matchEmail");

        await window.GoToAsync("tables/oith-development-users", "oith-development-users");
        var items = window.Panel("Items");
        await ConsoleWindow.ExpectCountAsync(items.Locator("tbody tr"), 25);
        var first = await items.GetByRole(AriaRole.Rowheader).First.InnerTextAsync();
        await items.GetByRole(AriaRole.Button, new() { Name = "Next" }).ClickAsync();
        await ConsoleWindow.ExpectAsync(items, "page 2");
        await items.GetByRole(AriaRole.Button, new() { Name = "Previous" }).ClickAsync();
        await ConsoleWindow.ExpectAsync(items.GetByRole(AriaRole.Rowheader).First, first);

        await window.Page.GetByLabel("email (empty").FillAsync("user000010@oith.example");
        await window.Button("Find").ClickAsync();
        var found = window.Panel("Items found");
        await ConsoleWindow.ExpectCountAsync(found.Locator("tbody tr"), 1);
        await found.GetByRole(AriaRole.Button, new() { Name = "user000010" }).ClickAsync();
        await ConsoleWindow.ExpectAsync(window.Dialog.GetByLabel("Item", new() { Exact = true }), "\"matchPreferences\"");
        await window.Page.Keyboard.PressAsync("Escape");

        await window.Page.GetByLabel("Table or index").SelectOptionAsync("gender-geohash-index");
        await window.Page.GetByLabel("gender (empty").FillAsync("female");
        await window.Page.GetByLabel("geohash", new() { Exact = true }).FillAsync("9");
        await window.Page.GetByLabel("compared by").SelectOptionAsync("begins");
        await window.Button("Find").ClickAsync();
        await ConsoleWindow.ExpectAsync(window.Panel("Items found"), "Query: 25 items");

        await window.GoToAsync("tables/oith-development-blocks", "oith-development-blocks");
        await window.Button("Put an item…").ClickAsync();
        await window.Dialog.GetByLabel("Item in").FillAsync("""{"blockerEmail": {"S": "console-a@oith.example"}, "blockedEmail": {"S": "console-b@oith.example"}}""");
        await window.Dialog.GetByRole(AriaRole.Button, new() { Name = "Put", Exact = true }).ClickAsync();
        await window.Button("console-a@oith.example").ClickAsync();
        await window.Dialog.GetByRole(AriaRole.Button, new() { Name = "Delete…" }).ClickAsync();
        await ConsoleWindow.ExpectAsync(window.Dialog, "console-b@oith.example");
        await window.Dialog.GetByRole(AriaRole.Button, new() { Name = "Delete", Exact = true }).ClickAsync();
        await ConsoleWindow.ExpectCountAsync(window.Button("console-a@oith.example"), 0);
    }

    [Fact]
    public async Task Refusal_Is_Shown_In_The_Services_Words()
    {
        await using var window = await OpenAsync();
        await window.GoToAsync("tables/oith-development-users", "oith-development-users");
        await window.Button("Put an item…").ClickAsync();
        await window.Dialog.GetByLabel("Item in").FillAsync("""{"email": {"N": "1"}}""");
        window.Allow(400);
        await window.Dialog.GetByRole(AriaRole.Button, new() { Name = "Put", Exact = true }).ClickAsync();

        await ConsoleWindow.ExpectAsync(window.Page.Locator("#toasts"), "ValidationException");
    }

    [Fact]
    public async Task Function_Is_Invoked_And_Its_Answer_Shown()
    {
        await using var window = await OpenAsync();
        await window.GoToAsync("functions", "Functions");
        await window.Page.GetByRole(AriaRole.Link, new() { Name = "oith-development-matching-service" }).ClickAsync();
        await window.Page.GetByLabel("Payload (JSON)").FillAsync("""{"task": "planPrecompute"}""");
        await window.Page.GetByLabel("Qualifier").SelectOptionAsync("live");
        await window.Button("Invoke").ClickAsync();

        await ConsoleWindow.ExpectAsync(window.Panel("Invoke"), "status 200, version 1");
        await ConsoleWindow.ExpectAsync(window.Page.GetByLabel("Answer"), "\"shards\"");
        await ConsoleWindow.ExpectAsync(window.Panel("Configuration"), "live → 1");
    }

    [Fact]
    public async Task Captured_Emails_Are_Shown()
    {
        var topic = await fixture.CallAsync("sns", "CreateTopic", new JsonObject { ["Name"] = "console-letters" });
        var arn = topic["TopicArn"]!.GetValue<string>();
        await fixture.CallAsync("sns", "Subscribe", new JsonObject { ["TopicArn"] = arn, ["Protocol"] = "email", ["Endpoint"] = "reader@oith.example" });
        await fixture.CallAsync("sns", "Publish", new JsonObject { ["TopicArn"] = arn, ["Subject"] = "A letter", ["Message"] = "Dear reader" });
        await using var window = await OpenAsync();
        await window.GoToAsync("emails", "E-mails");

        await window.Button("A letter").ClickAsync();
        await ConsoleWindow.ExpectAsync(window.Panel("A letter"), "Dear reader");
        await ConsoleWindow.ExpectAsync(window.Row("console-letters"), "email: reader@oith.example");
    }

    [Fact]
    public async Task Logs_That_Came_By_Otlp_Are_Shown_And_Filtered()
    {
        using var content = new StringContent(
            """
            {"resourceLogs": [{"resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "console-test"}}]}, "scopeLogs": [{"logRecords": [
              {"timeUnixNano": "1795420000000000000", "severityText": "Information", "body": {"stringValue": "All is well"}},
              {"timeUnixNano": "1795420001000000000", "severityText": "Error", "body": {"stringValue": "All is lost"}}
            ]}]}]}
            """,
            new MediaTypeHeaderValue("application/json"));
        using var client = new HttpClient();
        using var response = await client.PostAsync(new Uri(fixture.Stack.Endpoint, "/v1/logs"), content, TestContext.Current.CancellationToken);
        response.EnsureSuccessStatusCode();
        await using var window = await OpenAsync();
        await window.GoToAsync("logs", "Logs");
        await ConsoleWindow.ExpectVisibleAsync(window.Row("All is well"));

        await window.Page.GetByLabel("From level").SelectOptionAsync("4");
        await ConsoleWindow.ExpectCountAsync(window.Row("All is well"), 0);
        await ConsoleWindow.ExpectAsync(window.Row("All is lost"), "console-test");
    }

    [Fact]
    public async Task Redis_Tells_Its_Figures()
    {
        await using var window = await OpenAsync();
        await window.GoToAsync("redis", "Redis");

        await ConsoleWindow.ExpectAsync(window.Page.GetByRole(AriaRole.Main), "Garnet");
        await ConsoleWindow.ExpectAsync(window.Panel("Server"), "redis_version");
        await ConsoleWindow.ExpectAsync(window.Row("oith-development-redis"), "available");
    }

    private async Task AskForMatchesAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1), TimeProvider.System);
        while (!cancellationToken.IsCancellationRequested)
        {
            await fixture.PostAsync("/api/match/next", new JsonObject { ["userEmail"] = "user000322@oith.example" });
            try
            {
                await timer.WaitForNextTickAsync(cancellationToken);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    private Task<ConsoleWindow> OpenAsync() => ConsoleWindow.OpenAsync(browser, fixture.Stack.Endpoint);
}
