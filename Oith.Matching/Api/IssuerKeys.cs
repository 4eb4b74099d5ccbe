using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Oith.Matching.Telemetry;

namespace Oith.Matching.Api;

/// <summary>
/// Loads the issuer's configuration and signing keys: at start, once a day, and when a token names a key that is not known. While they cannot
/// be loaded it tries again every two seconds, and says so in the log once, in health, and in a metric.
/// </summary>
internal sealed partial class IssuerKeys : BackgroundService, IConfigurationManager<OpenIdConnectConfiguration>
{
    /// <summary>How soon a failed attempt is repeated.</summary>
    public static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_refreshInterval = TimeSpan.FromHours(24);

    // A client may invent key ids: not every one of them is worth a question to the issuer. Its new keys are known within this time all the same.
    private static readonly TimeSpan s_shortestRefreshInterval = TimeSpan.FromSeconds(5);

    private readonly Uri _metadata;
    private readonly IDocumentRetriever _documents;
    private readonly MatchingMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly ILogger<IssuerKeys> _logger;
    private readonly Lock _lock = new();
    private OpenIdConnectConfiguration? _configuration;
    private Task? _loading;
    private bool _isFailing;
    private long _lastAttempt;
    private long? _lastRefresh;

    public IssuerKeys(Uri authority, IDocumentRetriever documents, MatchingMetrics metrics, TimeProvider time, ILogger<IssuerKeys> logger)
    {
        (Authority, _documents, _metrics, _time, _logger) = (authority, documents, metrics, time, logger);
        _metadata = new Uri($"{authority.AbsoluteUri.TrimEnd('/')}/.well-known/openid-configuration");
        _lastAttempt = time.GetTimestamp();
    }

    public Uri Authority { get; }

    /// <summary>True once keys were loaded; they stay in use while later attempts fail.</summary>
    public bool AreKnown => Volatile.Read(ref _configuration) is not null;

    /// <summary>True while the last attempt to load keys failed.</summary>
    public bool IsFailing => Volatile.Read(ref _isFailing);

    /// <summary>The configuration, loaded now if it has to be.</summary>
    /// <exception cref="IssuerUnavailableException">There is none, and the issuer does not answer.</exception>
    public async Task<OpenIdConnectConfiguration> GetConfigurationAsync(CancellationToken cancel) =>
        await TryGetAsync(cancel) ?? throw new IssuerUnavailableException(Authority);

    /// <inheritdoc cref="GetConfigurationAsync"/>
    /// <returns>Null when there is none, and the issuer does not answer.</returns>
    public async ValueTask<OpenIdConnectConfiguration?> TryGetAsync(CancellationToken cancellationToken)
    {
        if (Volatile.Read(ref _configuration) is not { } known)
        {
            if (!IsFailing || SinceLastAttempt >= RetryInterval)
            {
                await LoadAsync().WaitAsync(cancellationToken);
            }

            return Volatile.Read(ref _configuration);
        }

        return known;
    }

    /// <summary>
    /// Has the issuer asked anew for keys when it has published none of this id as far as is known: it may have changed its keys since, and the first token
    /// by a new key is as good as the second. Returns when the answer is there.
    /// </summary>
    /// <param name="keyId">The <c>kid</c> of a token.</param>
    public async ValueTask RefreshUnlessKnownAsync(string keyId, CancellationToken cancellationToken)
    {
        if (Volatile.Read(ref _configuration) is { } known && known.SigningKeys.Any(key => key.KeyId == keyId))
        {
            return;
        }

        await RefreshAsync().WaitAsync(cancellationToken);
    }

    /// <summary>A token named an unknown key: perhaps the issuer has changed its keys.</summary>
    public void RequestRefresh() => _ = RefreshAsync();

    /// <summary>Tries to load them now. One attempt at a time: callers that come meanwhile wait for its end. Never fails.</summary>
    public Task LoadAsync()
    {
        lock (_lock)
        {
            return _loading is { IsCompleted: false } ? _loading : _loading = Task.Run(LoadOnceAsync, CancellationToken.None);
        }
    }

    /// <summary>An attempt that a token causes. It waits for one under way, and makes none too soon after the last that a token caused.</summary>
    private Task RefreshAsync()
    {
        lock (_lock)
        {
            if (_loading is { IsCompleted: false })
            {
                return _loading;
            }

            // The attempt at start does not count, so that keys may change right after it.
            var isTooSoon = IsFailing
                ? SinceLastAttempt < RetryInterval
                : _lastRefresh is { } last && _time.GetElapsedTime(last) < s_shortestRefreshInterval;
            if (isTooSoon)
            {
                return Task.CompletedTask;
            }

            _lastRefresh = _time.GetTimestamp();
            return LoadAsync();
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            await LoadAsync().WaitAsync(stoppingToken);
            await Task.Delay(IsFailing ? RetryInterval : s_refreshInterval, _time, stoppingToken);
        }
    }

    private TimeSpan SinceLastAttempt => _time.GetElapsedTime(Interlocked.Read(ref _lastAttempt));

    private async Task LoadOnceAsync()
    {
        using var timeout = new CancellationTokenSource(s_timeout, _time);
        try
        {
            var configuration = await OpenIdConnectConfigurationRetriever.GetAsync(_metadata.AbsoluteUri, _documents, timeout.Token);
            if (configuration.SigningKeys.Count == 0)
            {
                throw new InvalidOperationException("It publishes no signing key.");
            }

            Volatile.Write(ref _configuration, configuration);
            Ended(failure: null);
        }
        catch (Exception exception)
        {
            // Whatever the issuer answers, a proxy's login page included, must not end the service.
            Ended(exception);
        }
    }

    private void Ended(Exception? failure)
    {
        Interlocked.Exchange(ref _lastAttempt, _time.GetTimestamp());
        var wasFailing = Interlocked.Exchange(ref _isFailing, failure is not null);
        _metrics.IssuerAsked(failure is null);
        if (failure is not null && !wasFailing)
        {
            NotReachable(_logger, Authority, failure.GetBaseException().Message, failure);
        }
        else if (failure is null && wasFailing)
        {
            ReachableAgain(_logger, Authority);
        }
    }

    [LoggerMessage(
        611, LogLevel.Error, "The issuer of tokens {Authority} does not answer as it should: {Reason} Without its keys every request with a token gets 503.")]
    private static partial void NotReachable(ILogger logger, Uri authority, string reason, Exception exception);

    [LoggerMessage(612, LogLevel.Information, "The issuer of tokens {Authority} answers again")]
    private static partial void ReachableAgain(ILogger logger, Uri authority);
}

/// <summary>The issuer's keys are not known, so no token can be checked.</summary>
internal sealed class IssuerUnavailableException(Uri authority)
    : Exception($"The issuer of tokens {authority} cannot be reached, so no token can be checked.");
