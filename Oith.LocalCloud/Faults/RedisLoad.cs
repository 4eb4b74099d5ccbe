using System.Globalization;
using System.Net.Sockets;
using Oith.LocalCloud.Redis;

namespace Oith.LocalCloud.Faults;

/// <summary>Real load on Redis: keys <c>localcloud:fault:*</c> that fill its memory, and commands that keep it busy.</summary>
internal sealed partial class RedisLoad(RedisServer redis, ILogger<RedisLoad> logger) : IDisposable
{
    /// <summary>How full the memory is made; the rest stays for whoever uses Redis.</summary>
    public const double Fullness = 0.9;

    private const string Prefix = "localcloud:fault:";
    private const string Bits = Prefix + "bits";
    // Longer than a page of the server's log: only such a value gives its memory back at once when it is deleted.
    private const int ValueSize = 5 << 20;
    private const int BitsSize = 8 << 20;
    private const int CommandsAtOnce = 16;

    private int _filled;
    private CancellationTokenSource? _busy;
    private Task _work = Task.CompletedTask;

    public async Task FillAsync(CancellationToken cancellationToken)
    {
        if (_filled > 0)
        {
            return;
        }

        RedisFigures figures;
        using (var asking = await RedisConnection.OpenAsync(redis, cancellationToken))
        {
            figures = await RedisFigures.ReadAsync(asking, cancellationToken);
        }

        using var connection = await RedisConnection.OpenAsync(redis, cancellationToken);
        var count = (int)((Fullness * figures.MemoryLimit - figures.Memory) / ValueSize);
        for (; _filled < count; _filled++)
        {
            await connection.CallAsync(cancellationToken, "SETRANGE", Value(_filled), (ValueSize - 1).ToString(CultureInfo.InvariantCulture), "x");
        }
    }

    public async Task EmptyAsync(CancellationToken cancellationToken)
    {
        if (_filled == 0)
        {
            return;
        }

        using var connection = await RedisConnection.OpenAsync(redis, cancellationToken);
        for (; _filled > 0; _filled--)
        {
            await connection.CallAsync(cancellationToken, "DEL", Value(_filled - 1));
        }
    }

    /// <summary>Keeps Redis busy until <see cref="RestAsync"/>.</summary>
    public void KeepBusy()
    {
        if (_busy is null)
        {
            _busy = new CancellationTokenSource();
            _work = WorkAsync(_busy.Token);
        }
    }

    public async Task RestAsync()
    {
        if (_busy is null)
        {
            return;
        }

        await _busy.CancelAsync();
        await _work;
        _busy.Dispose();
        _busy = null;
    }

    /// <summary>Redis was stopped: what it held is gone.</summary>
    public void Forget() => _filled = 0;

    public void Dispose()
    {
        _busy?.Cancel();
        _busy?.Dispose();
    }

    private static string Value(int index) => string.Create(CultureInfo.InvariantCulture, $"{Prefix}fill:{index}");

    private async Task WorkAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var connection = await RedisConnection.OpenAsync(redis, cancellationToken);
            await connection.CallAsync(cancellationToken, "SETRANGE", Bits, (BitsSize - 1).ToString(CultureInfo.InvariantCulture), "x");
            string[][] commands = [.. Enumerable.Repeat(new[] { "BITCOUNT", Bits }, CommandsAtOnce)];
            while (!cancellationToken.IsCancellationRequested)
            {
                await connection.SendAsync(commands, cancellationToken);
                for (var answers = 0; answers < commands.Length; answers++)
                {
                    await connection.ReadAsync(CancellationToken.None);
                }
            }

            await connection.CallAsync(CancellationToken.None, "DEL", Bits);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // It rests before it has begun.
        }
        catch (Exception error) when (error is IOException or SocketException)
        {
            LogEnded(error);
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "The fault that keeps Redis busy ended: Redis went away")]
    private partial void LogEnded(Exception error);
}
