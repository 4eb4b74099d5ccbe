using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.LocalCloud;

/// <summary>
/// Shows the alarms of LocalCloud as health reports of a resource. Reports are published here and not by a health check, because Aspire
/// runs the checks of a healthy resource only every 30 seconds.
/// </summary>
internal sealed class AlarmWatch(
    LocalCloudAlarmsResource alarms,
    ResourceNotificationService notifications,
    IHttpClientFactory clients,
    TimeProvider time,
    ILogger logger)
{
    public const string HttpClientName = "Aspire.Hosting.LocalCloud.Alarms";

    private const string Path = "/health/alarms";
    private const string Summary = "In alarm";

    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(1);

    private ImmutableSortedDictionary<string, string> _firing = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);

    /// <summary>Follows LocalCloud's state, and while it runs its alarms, until the application stops.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        string? state = null;
        while (!cancellationToken.IsCancellationRequested)
        {
            var previous = state;
            var change = await notifications.WaitForResourceAsync(
                alarms.Parent.Name,
                e => e.Snapshot.State is { } current && (current.Text != previous || current.Text == KnownResourceStates.Running),
                cancellationToken);
            state = change.Snapshot.State!.Text;
            var isNew = state != previous;
            var firing = await ReadAsync(state, cancellationToken);
            if (isNew || !firing.SequenceEqual(_firing))
            {
                await PublishAsync(change.Snapshot, firing);
            }

            await Task.Delay(s_interval, time, cancellationToken);
        }
    }

    /// <summary>Returns the reasons of the alarms that are in ALARM, by name.</summary>
    private async Task<ImmutableSortedDictionary<string, string>> ReadAsync(string state, CancellationToken cancellationToken)
    {
        if (state != KnownResourceStates.Running || !alarms.Parent.PrimaryEndpoint.IsAllocated)
        {
            return _firing.Clear();
        }

        try
        {
            using var client = clients.CreateClient(HttpClientName);
            var url = new Uri(new Uri(alarms.Parent.PrimaryEndpoint.Url), Path);
            await using var answer = await client.GetStreamAsync(url, cancellationToken);
            var json = await JsonNode.ParseAsync(answer, cancellationToken: cancellationToken);
            return json!["alarms"]!.AsArray().ToImmutableSortedDictionary(
                alarm => alarm!["name"]!.GetValue<string>(), alarm => alarm!["reason"]!.GetValue<string>(), StringComparer.Ordinal);
        }
        catch (Exception error) when (error is HttpRequestException or IOException or JsonException)
        {
            // LocalCloud starts or stops. Its own health check says so; alarms are as they were last known.
            return _firing;
        }
    }

    private async Task PublishAsync(CustomResourceSnapshot parent, ImmutableSortedDictionary<string, string> firing)
    {
        foreach (var (name, reason) in firing.Where(alarm => !_firing.ContainsKey(alarm.Key)))
        {
            Log.AlarmFires(logger, name, reason);
        }

        foreach (var name in _firing.Keys.Where(name => !firing.ContainsKey(name)))
        {
            Log.AlarmEnds(logger, name);
        }

        var previous = _firing;
        _firing = firing;
        await notifications.PublishUpdateAsync(alarms, snapshot => (snapshot.InStateOf(parent) with
        {
            Urls = [.. Links(firing)],
            Properties =
            [
                .. snapshot.Properties.Where(property => property.Name != Summary),
                new ResourcePropertySnapshot(Summary, firing.Count == 0 ? "none" : string.Join(", ", firing.Keys)) { IsHighlighted = true },
            ],
        }).WithHealthReports(
        [
            .. snapshot.HealthReports.Where(report => !previous.ContainsKey(report.Name)),
            .. firing.Select(alarm => new HealthReportSnapshot(alarm.Key, HealthStatus.Unhealthy, alarm.Value, ExceptionText: null)
            {
                LastRunAt = time.GetUtcNow().UtcDateTime,
            }),
        ]));
    }

    private IEnumerable<UrlSnapshot> Links(ImmutableSortedDictionary<string, string> firing) =>
    [
        .. alarms.Parent.ConsoleLink("#/alarms", "Alarms"),
        .. firing.Keys.SelectMany(name => alarms.Parent.ConsoleLink($"#/alarms/{Uri.EscapeDataString(name)}", name)),
    ];
}
