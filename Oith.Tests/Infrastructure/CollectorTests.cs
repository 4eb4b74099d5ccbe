using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using Oith.Matching.Telemetry;
using Oith.ServiceDefaults.Alarms;

namespace Oith.Tests.Infrastructure;

/// <summary>The way of traces and metrics out of the function.</summary>
public sealed partial class CollectorTests
{
    [Theory]
    [InlineData("x86_64", "amd64")]
    [InlineData("arm64", "arm64")]
    public void Function_Exports_To_The_Collector_Beside_It(string architecture, string layer)
    {
        var function = ResolvedTemplate.Load("matching", "production", ("Architecture", architecture)).Properties("MatchingFunction");
        var variables = function["Environment"]!["Variables"]!.AsObject();

        Assert.Contains(function["Layers"]!.AsArray(), found => found!.ToString().Contains($":layer:aws-otel-collector-{layer}-ver-", StringComparison.Ordinal));
        Assert.Equal("http://localhost:4318", variables["OTEL_EXPORTER_OTLP_ENDPOINT"]!.ToString());
        Assert.Equal("http/protobuf", variables["OTEL_EXPORTER_OTLP_PROTOCOL"]!.ToString());
        Assert.Equal("/var/task/collector.yaml", variables["OPENTELEMETRY_COLLECTOR_CONFIG_URI"]!.ToString());
        Assert.Contains("localhost:4318", Configuration, StringComparison.Ordinal);
    }

    [Fact]
    public void Function_Exports_Nothing_Without_A_Collector()
    {
        var function = ResolvedTemplate.Load("matching", "production", ("CollectorLayerVersion", "")).Properties("MatchingFunction");

        Assert.DoesNotContain(function["Layers"]!.AsArray(), found => found?.ToString().Contains("aws-otel-collector", StringComparison.Ordinal) == true);
        Assert.False(function["Environment"]!["Variables"]!.AsObject().ContainsKey("OTEL_EXPORTER_OTLP_ENDPOINT"));
    }

    [Fact]
    public void Collector_Takes_Settings_That_The_Function_Has()
    {
        var variables = ResolvedTemplate.Load("matching", "production").Properties("MatchingFunction")["Environment"]!["Variables"]!.AsObject();

        Assert.All(Setting().Matches(Configuration), setting => Assert.True(variables.ContainsKey(setting.Groups["name"].Value), setting.Value));
    }

    [Fact]
    public void Collector_Names_Metrics_That_The_Service_Has()
    {
        var published = new ConcurrentBag<string> { AlarmInstruments.RequestDuration };
        using var services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        var meters = services.GetRequiredService<IMeterFactory>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, _) =>
            {
                if (instrument.Meter.Scope == meters)
                {
                    published.Add(instrument.Name);
                }
            },
        };
        listener.Start();
        _ = new MatchingMetrics(meters);

        var selectors = Selector().Matches(Configuration).Select(match => match.Value).ToList();

        Assert.NotEmpty(selectors);
        Assert.All(selectors, selector => Assert.Contains(published, name => Regex.IsMatch(name, selector)));
    }

    private static string Configuration => File.ReadAllText(Path.Combine(RepositoryFiles.Root, "infrastructure", "collector.yaml"));

    [GeneratedRegex(@"\$\{env:(?<name>\w+)\}")]
    private static partial Regex Setting();

    // '^oith\.deck\.lookups$'
    [GeneratedRegex(@"(?<=')\^[^']+\$(?=')")]
    private static partial Regex Selector();
}
