using System.Diagnostics;
using System.Net;
using Oith.Matching.Telemetry;
using StackExchange.Redis.Profiling;

namespace Oith.Matching.Redis;

/// <summary>
/// The span of a call to Redis, named by the commands that it sent: <c>Redis HGETALL</c>. Only commands inside one are profiled; all others
/// cost a look at the current activity.
/// </summary>
internal readonly struct RedisSpan : IDisposable
{
    private const string Commands = "Oith.Redis.Commands";

    private readonly Activity? _activity;
    private readonly ProfilingSession? _session;

    private RedisSpan(Activity activity)
    {
        _activity = activity;
        _session = new ProfilingSession();
        activity.SetTag("db.system.name", "redis").SetCustomProperty(Commands, _session);
    }

    public static RedisSpan Start() => MatchingActivities.StartCall("Redis") is { } activity ? new RedisSpan(activity) : default;

    /// <summary>What a connection asks at each command: where to note it.</summary>
    public static ProfilingSession? CurrentSession() =>
        Activity.Current is { Recorded: true } activity ? activity.GetCustomProperty(Commands) as ProfilingSession : null;

    public void SetFailure(Exception exception)
    {
        if (_activity is not null)
        {
            // The commands that have no answer are not in the profile.
            _activity.DisplayName = "Redis (no answer)";
            _activity.SetTag("error.type", exception.GetType().FullName).SetStatus(ActivityStatusCode.Error, exception.Message);
        }
    }

    public void Dispose()
    {
        if (_activity is null)
        {
            return;
        }

        var commands = _session!.FinishProfiling().ToList();
        if (commands.Count > 0)
        {
            var operation = string.Join(", ", commands.Select(command => command.Command).Distinct());
            _activity.DisplayName = $"Redis {operation}";
            _activity.SetTag("db.operation.name", operation);
            if (commands.Count > 1)
            {
                _activity.SetTag("db.operation.batch.size", commands.Count);
            }

            if (commands[0].EndPoint is { } endPoint)
            {
                var (address, port) = endPoint switch
                {
                    DnsEndPoint name => (name.Host, name.Port),
                    IPEndPoint ip => (ip.Address.ToString(), ip.Port),
                    _ => (endPoint.ToString(), 0),
                };
                _activity.SetTag("server.address", address).SetTag("server.port", port);
            }
        }

        _activity.Dispose();
    }
}
