using System.Text.Json.Nodes;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.CloudWatch.Metrics;

/// <summary>What makes a metric one metric: namespace, name and all its dimensions in whatever order.</summary>
internal sealed class MetricKey : IEquatable<MetricKey>
{
    private readonly string _identity;

    /// <param name="dimensions">Kept sorted by name.</param>
    public MetricKey(string metricNamespace, string name, IEnumerable<KeyValuePair<string, string>> dimensions)
    {
        Namespace = metricNamespace;
        Name = name;
        Dimensions = [.. dimensions.OrderBy(dimension => dimension.Key, StringComparer.Ordinal)];
        _identity = $"{Namespace}\n{Name}\n{string.Join('\n', Dimensions.Select(dimension => $"{dimension.Key}={dimension.Value}"))}";
    }

    public string Namespace { get; }

    public string Name { get; }

    public IReadOnlyList<KeyValuePair<string, string>> Dimensions { get; }

    /// <summary>From the members Namespace, MetricName and Dimensions of an input.</summary>
    public static MetricKey Of(JsonObject input) => new(
        input.Text("Namespace") ?? throw CloudWatchErrors.MissingParameter("Namespace"),
        input.Text("MetricName") ?? throw CloudWatchErrors.MissingParameter("MetricName"),
        DimensionsOf(input));

    public static IEnumerable<KeyValuePair<string, string>> DimensionsOf(JsonObject input) => (input.List("Dimensions") ?? [])
        .Select(dimension => KeyValuePair.Create(
            dimension!.AsObject().Text("Name") ?? throw CloudWatchErrors.MissingParameter("Dimensions.member.Name"),
            dimension.AsObject().Text("Value") ?? throw CloudWatchErrors.MissingParameter("Dimensions.member.Value")));

    public JsonArray DescribeDimensions() =>
        new([.. Dimensions.Select(dimension => (JsonNode?)new JsonObject { ["Name"] = dimension.Key, ["Value"] = dimension.Value })]);

    public bool Equals(MetricKey? other) => other is not null && _identity == other._identity;

    public override bool Equals(object? obj) => Equals(obj as MetricKey);

    public override int GetHashCode() => _identity.GetHashCode(StringComparison.Ordinal);
}
