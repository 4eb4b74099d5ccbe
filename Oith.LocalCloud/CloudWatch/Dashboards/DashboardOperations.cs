using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using Oith.LocalCloud.Durability;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.CloudWatch.Dashboards;

internal sealed record Dashboard(string Name, string Body, DateTimeOffset LastModified);

[JsonSerializable(typeof(Dashboard))]
internal sealed partial class DashboardJsonContext : JsonSerializerContext;

internal sealed partial class DashboardOperations
{
    private const string Kind = "dashboard";

    private readonly SortedDictionary<string, Dashboard> _dashboards = new(StringComparer.Ordinal);
    private readonly StateJournal _journal;
    private readonly LocalCloudOptions _options;
    private readonly CloudWatchClock _clock;

    public DashboardOperations(StateJournal journal, LocalCloudOptions options, CloudWatchClock clock)
    {
        (_journal, _options, _clock) = (journal, options, clock);
        foreach (var (name, dashboard) in journal.Restore(Kind, DashboardJsonContext.Default.Dashboard))
        {
            _dashboards[name] = dashboard;
        }
    }

    public JsonObject PutDashboard(JsonObject input)
    {
        input.AllowOnly("PutDashboard", "DashboardName", "DashboardBody");
        var name = input.Text("DashboardName") ?? throw CloudWatchErrors.MissingParameter("DashboardName");
        if (!Name().IsMatch(name))
        {
            throw CloudWatchErrors.InvalidValue(
                "The value for field DashboardName contains invalid characters. It can only contain alphanumerics, dash (-) and underscore (_).\n");
        }

        var body = input.Text("DashboardBody") ?? throw CloudWatchErrors.MissingParameter("DashboardBody");
        CheckBody(body);
        var dashboard = new Dashboard(name, body, _clock.Now);
        _journal.Put(Kind, name, dashboard, DashboardJsonContext.Default.Dashboard);
        _dashboards[name] = dashboard;
        return new JsonObject { ["DashboardValidationMessages"] = new JsonArray() };
    }

    public JsonObject GetDashboard(JsonObject input)
    {
        var name = input.Text("DashboardName") ?? throw CloudWatchErrors.MissingParameter("DashboardName");
        var dashboard = _dashboards.GetValueOrDefault(name) ?? throw NotFound(name);
        return new JsonObject { ["DashboardArn"] = ArnOf(name), ["DashboardBody"] = dashboard.Body, ["DashboardName"] = name };
    }

    public JsonObject ListDashboards(JsonObject input)
    {
        var prefix = input.Text("DashboardNamePrefix") ?? "";
        return new JsonObject
        {
            ["DashboardEntries"] = new JsonArray([.. _dashboards.Values.Where(dashboard => dashboard.Name.StartsWith(prefix, StringComparison.Ordinal)).Select(dashboard => (JsonNode?)new JsonObject
            {
                ["DashboardName"] = dashboard.Name,
                ["DashboardArn"] = ArnOf(dashboard.Name),
                ["LastModified"] = CloudWatchMembers.Seconds(dashboard.LastModified),
                ["Size"] = Encoding.UTF8.GetByteCount(dashboard.Body),
            })]),
        };
    }

    public JsonObject DeleteDashboards(JsonObject input)
    {
        var names = input.Texts("DashboardNames");
        if (names.Find(name => !_dashboards.ContainsKey(name)) is { } missing)
        {
            throw NotFound(missing);
        }

        foreach (var name in names)
        {
            _journal.Remove(Kind, name);
            _dashboards.Remove(name);
        }

        return [];
    }

    private static AwsServiceException NotFound(string name) => new("ResourceNotFoundException", $"Dashboard {name} does not exist", System.Net.HttpStatusCode.NotFound)
    {
        QueryErrorCode = "ResourceNotFound",
    };

    private static void CheckBody(string body)
    {
        try
        {
            if (JsonInput.Parse(body) is JsonObject)
            {
                return;
            }
        }
        catch (JsonException)
        {
            // Answered below like any other body that is none.
        }

        throw new AwsServiceException("InvalidParameterInput", "The field DashboardBody must be a valid JSON object") { QueryErrorCode = "InvalidParameterInput" };
    }

    /// <summary>Dashboards belong to no region, so their ARN names none.</summary>
    private string ArnOf(string name) => $"arn:aws:cloudwatch::{_options.AccountId}:dashboard/{name}";

    [GeneratedRegex("^[A-Za-z0-9_-]{1,255}$")]
    private static partial Regex Name();
}
