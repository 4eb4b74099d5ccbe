using System.Buffers;
using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Oith.LocalCloud.Faults;
using Oith.LocalCloud.Regions;
using Oith.LocalCloud.Telemetry;
using Oith.LocalCloud.Wire.Shapes;

namespace Oith.LocalCloud.Wire;

/// <summary>
/// The AWS API from the inside: how one service of LocalCloud calls another (a Pipe receives from a queue, a state sends
/// to one, a stack creates a table), with the same operations, members and errors that a client sees.
/// </summary>
public interface IAwsApi
{
    /// <summary>Carries out the call and writes its output to <paramref name="output"/>.</summary>
    /// <exception cref="AwsServiceException">What the service answered, or that no such service is there.</exception>
    ValueTask InvokeAsync(AwsCall call, Utf8JsonWriter output, CancellationToken cancellationToken);

    /// <summary>The service of that signing name, null when LocalCloud has none.</summary>
    IAwsService? Find(string signingName);

    /// <summary>The API of the account and region that an ARN names: a topic's subscriber may be in another.</summary>
    IAwsApi At(string arn) => this;
}

/// <summary>Calls with JSON trees, for callers that are not on a hot path.</summary>
public static class AwsApiExtensions
{
    /// <returns>The output's JSON object; empty when the operation has none.</returns>
    /// <exception cref="AwsServiceException">What the service answered.</exception>
    public static async ValueTask<JsonObject> InvokeAsync(
        this IAwsApi api, string service, string operation, JsonObject input, CancellationToken cancellationToken, string? traceParent = null)
    {
        using var document = JsonInput.ToDocument(input);
        var buffer = new ArrayBufferWriter<byte>();
        await using (var writer = new Utf8JsonWriter(buffer))
        {
            await api.InvokeAsync(
                new AwsCall(service, operation, document.RootElement) { TraceParent = traceParent }, writer, cancellationToken);
        }

        return JsonInput.OutputTree(buffer.WrittenSpan);
    }
}

/// <summary>Finds the service of a call. Every call, from HTTP or from inside, passes here.</summary>
internal sealed class AwsApi(IServiceProvider provider, FaultInjector faults, RegionalClouds clouds, LocalCloudOptions options) : IAwsApi
{
    private readonly AccountRegion _here = new(options.AccountId, options.Region);

    // Services call each other through this class, so they are resolved at the first call and not in the constructor.
    private readonly Lazy<Dictionary<string, IAwsService>> _services = new(() =>
        provider.GetServices<IAwsService>().ToDictionary(service => service.Description.SigningName, StringComparer.Ordinal));

    private readonly Lazy<Dictionary<string, IAwsCallObserver>> _observers = new(() =>
        provider.GetServices<IAwsCallObserver>().ToDictionary(observer => observer.Service, StringComparer.Ordinal));

    public IAwsService? Find(string signingName) => _services.Value.GetValueOrDefault(signingName);

    public IAwsApi At(string arn) => AccountRegion.Of(arn, _here) is { } place && place != _here ? clouds.Api(place) : this;

    public ValueTask InvokeAsync(AwsCall call, Utf8JsonWriter output, CancellationToken cancellationToken)
    {
        var service = Find(call.Service) ?? throw new AwsServiceException(
            "UnknownServiceException",
            $"LocalCloud has no service {call.Service}. It has: {string.Join(", ", _services.Value.Keys.Order())}.");
        OperationSpans.Name(call);
        if (service.Description.InputShapes is { } shapes)
        {
            InputCheck.Run(shapes, call);
        }

        return _observers.Value.TryGetValue(call.Service, out var observer)
            ? InvokeObservedAsync(service, observer, call, output, cancellationToken)
            : CarryOutAsync(service, call, output, cancellationToken);
    }

    private ValueTask CarryOutAsync(IAwsService service, AwsCall call, Utf8JsonWriter output, CancellationToken cancellationToken) =>
        faults.IsOn ? faults.InvokeAsync(service, call, output, cancellationToken) : service.InvokeAsync(call, output, cancellationToken);

    private async ValueTask InvokeObservedAsync(
        IAwsService service, IAwsCallObserver observer, AwsCall call, Utf8JsonWriter output, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        try
        {
            await CarryOutAsync(service, call, output, cancellationToken);
        }
        catch (AwsServiceException error)
        {
            observer.Completed(call, Stopwatch.GetElapsedTime(started), error);
            throw;
        }

        observer.Completed(call, Stopwatch.GetElapsedTime(started), null);
    }
}
