using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Oith.LocalCloud.CloudWatch.Vending;

/// <summary>
/// The applications in this process that play what a stack of LocalCloud deploys: their requests are vended as those of its HTTP API and
/// function. An application of another process is seen by the HTTP API before it (<see cref="LocalCloudOptions.HttpApis"/>), else by the
/// OTLP metrics that it exports.
/// </summary>
public sealed class NeighbourMeters
{
    private readonly ConcurrentDictionary<IMeterFactory, bool> _factories = new();

    public void Add(IMeterFactory factory) => _factories[factory] = true;

    internal bool Own(Instrument instrument) => instrument.Meter.Scope is IMeterFactory factory && _factories.ContainsKey(factory);
}
