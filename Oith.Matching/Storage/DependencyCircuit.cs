using Oith.Matching.Telemetry;
using Polly;
using Polly.CircuitBreaker;

namespace Oith.Matching.Storage;

/// <summary>
/// The circuit breaker in front of one dependency: when half of at least 10 calls within 10 s fail, calls fail at once for 5 s
/// instead of waiting in line for their time-outs.
/// </summary>
internal sealed class DependencyCircuit
{
    public static readonly TimeSpan Break = TimeSpan.FromSeconds(5);

    private readonly CircuitBreakerStateProvider _state = new();

    /// <param name="dependency">Its name in logs and metrics: <c>dynamodb</c>.</param>
    /// <param name="isFailure">True for an exception that says that the dependency, and not the call, is at fault.</param>
    public DependencyCircuit(
        string dependency, Func<Exception, bool> isFailure, MatchingMetrics metrics, TimeProvider time, ILogger<DependencyCircuit> logger)
    {
        Dependency = dependency;
        metrics.ObserveCircuit(dependency, () => IsOpen);
        Pipeline = new ResiliencePipelineBuilder { TimeProvider = time }
            .AddCircuitBreaker(new CircuitBreakerStrategyOptions
            {
                FailureRatio = 0.5,
                MinimumThroughput = 10,
                SamplingDuration = TimeSpan.FromSeconds(10),
                BreakDuration = Break,
                StateProvider = _state,
                ShouldHandle = arguments => ValueTask.FromResult(arguments.Outcome.Exception is { } exception && isFailure(exception)),
                OnOpened = arguments =>
                {
                    logger.CircuitOpened(dependency, arguments.Outcome.Exception);
                    return default;
                },
                OnClosed = _ =>
                {
                    logger.CircuitClosed(dependency);
                    return default;
                },
            })
            .Build();
    }

    public string Dependency { get; }

    public ResiliencePipeline Pipeline { get; }

    public bool IsOpen => _state.CircuitState is CircuitState.Open or CircuitState.Isolated;
}
