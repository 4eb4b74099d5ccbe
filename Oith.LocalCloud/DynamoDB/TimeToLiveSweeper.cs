using Oith.LocalCloud.DynamoDB.Storage;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.DynamoDB;

/// <summary>Deletes items whose time to live is over, in the background.</summary>
internal sealed partial class TimeToLiveSweeper : IDisposable
{
    // AWS takes up to two days; a developer wants to see it happen.
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(1);

    private readonly TableStore _store;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly ITimer _timer;

    public TimeToLiveSweeper(TableStore store, TimeProvider time, ILogger logger)
    {
        _store = store;
        _time = time;
        _logger = logger;
        _timer = time.CreateTimer(static state => ((TimeToLiveSweeper)state!).Sweep(), this, s_interval, s_interval);
    }

    public void Dispose() => _timer.Dispose();

    private void Sweep()
    {
        foreach (var table in _store.Tables)
        {
            var expired = 0;
            try
            {
                while (DeleteFirst(table))
                {
                    expired++;
                }
            }
            catch (AwsServiceException error)
            {
                // The journal cannot be written. What a timer's callback throws would end the process; the next sweep tries again.
                LogNotExpired(error, table.Name);
            }

            if (expired > 0)
            {
                LogExpired(expired, table.Name);
            }
        }
    }

    /// <summary>One item at a time, so that requests get their turn in between.</summary>
    private bool DeleteFirst(Table table)
    {
        lock (table.Lock)
        {
            if (table.IsDeleted || table.FirstExpired(_time.GetUtcNow()) is not { } key)
            {
                return false;
            }

            _store.Expire(table, key);
            return true;
        }
    }

    [LoggerMessage(2, LogLevel.Warning, "Items of {Table} whose time to live is over cannot be deleted now")]
    private partial void LogNotExpired(Exception error, string table);

    [LoggerMessage(1, LogLevel.Information, "{Count} items of {Table} expired")]
    private partial void LogExpired(int count, string table);
}
