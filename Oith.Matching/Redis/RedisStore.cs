using Microsoft.Extensions.Options;
using Oith.Matching.Settings;
using Oith.Matching.Storage;
using Oith.Matching.Telemetry;
using Polly.CircuitBreaker;
using StackExchange.Redis;

namespace Oith.Matching.Redis;

/// <summary>
/// Every call to Redis. Nothing in it is the only copy of anything, so a call that fails is an answer and not an exception:
/// matching goes on without.
/// </summary>
internal sealed class RedisStore(
    IOptions<MatchingOptions> options,
    RedisSecret secret,
    [FromKeyedServices(RedisStore.Circuit)] DependencyCircuit circuit,
    MatchingMetrics metrics,
    TimeProvider time)
    : IHostedService, IAsyncDisposable
{
    public const string Circuit = "redis";

    private static readonly TimeSpan s_timeout = TimeSpan.FromMilliseconds(500);

    private ConnectionMultiplexer? _connection;
    private long _losses;

    public bool IsReachable => _connection?.IsConnected == true && !circuit.IsOpen;

    /// <summary>How often a connection was lost. Redis may be another one since then, or have forgotten; a call that took too long tells nothing of the kind.</summary>
    public long Losses => Volatile.Read(ref _losses);

    /// <summary>True for an exception that says that Redis cannot be used.</summary>
    public static bool IsOutage(Exception exception) => exception is RedisException or TimeoutException;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var password = options.Value.RedisPasswordSecretArn is { Length: > 0 } arn
            ? await secret.ReadAsync(arn, options.Value.SessionToken, cancellationToken)
            : options.Value.RedisPassword;
        // AbortOnConnectFail is off: this returns without a connection too, which is then made in the background.
        _connection = await ConnectionMultiplexer.ConnectAsync(Configuration(options.Value, password)).WaitAsync(cancellationToken);
        _connection.RegisterProfiler(RedisSpan.CurrentSession);
        _connection.ConnectionFailed += (_, _) => Interlocked.Increment(ref _losses);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        if (_connection is { } connection)
        {
            await connection.DisposeAsync();
        }
    }

    /// <summary>Calls Redis, unless it is known to be away.</summary>
    /// <param name="state">Passed to <paramref name="call"/>, so that it needs no closure.</param>
    public ValueTask<RedisAnswer<T>> TryAsync<TState, T>(
        Func<IDatabase, TState, Task<T>> call, TState state, CancellationToken cancellationToken) =>
        TryAsync(call, state, s_timeout, cancellationToken);

    /// <inheritdoc cref="TryAsync{TState,T}(Func{IDatabase,TState,Task{T}},TState,CancellationToken)"/>
    /// <param name="timeout">For what nobody waits for.</param>
    public async ValueTask<RedisAnswer<T>> TryAsync<TState, T>(
        Func<IDatabase, TState, Task<T>> call, TState state, TimeSpan timeout, CancellationToken cancellationToken)
    {
        if (_connection is not { IsConnected: true } connection)
        {
            metrics.RedisCall("skipped");
            return default;
        }

        using var span = RedisSpan.Start();
        try
        {
            var value = await circuit.Pipeline.ExecuteAsync(
                static async (state, token) => await state.call(state.database, state.state).WaitAsync(state.timeout, state.time, token),
                (call, database: connection.GetDatabase(), state, timeout, time),
                cancellationToken);
            metrics.RedisCall("ok");
            return new RedisAnswer<T>(value);
        }
        catch (BrokenCircuitException)
        {
            metrics.RedisCall("skipped");
            return default;
        }
        catch (Exception exception) when (IsOutage(exception))
        {
            span.SetFailure(exception);
            metrics.RedisCall("failed");
            return default;
        }
    }

    private static ConfigurationOptions Configuration(MatchingOptions options, string? password) => new()
    {
        EndPoints = { { options.RedisHost, options.RedisPort } },
        Ssl = options.RedisTls,
        User = options.RedisUsername,
        Password = password,
        AbortOnConnectFail = false,
        ConnectTimeout = 1000,
        ConnectRetry = 1,
        BacklogPolicy = BacklogPolicy.FailFast,
        ReconnectRetryPolicy = new LinearRetry(500),
        ClientName = "oith-matching",
        // Both would need a key and a channel outside the prefix that the service's user in Redis is confined to.
        TieBreaker = "",
        ConfigurationChannel = "",
    };
}

/// <param name="value">What Redis answered.</param>
internal readonly struct RedisAnswer<T>(T value)
{
    /// <summary>False when Redis could not be asked.</summary>
    public bool Done { get; } = true;

    public T? Value { get; } = value;
}
