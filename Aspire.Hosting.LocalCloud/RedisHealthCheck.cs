using System.Net.Sockets;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Aspire.Hosting.LocalCloud;

/// <summary>Healthy while a Redis server answers PING.</summary>
internal sealed class RedisHealthCheck(EndpointReference endpoint) : IHealthCheck
{
    private static readonly ReadOnlyMemory<byte> s_ping = "PING\r\n"u8.ToArray();

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        if (!endpoint.IsAllocated)
        {
            return new HealthCheckResult(context.Registration.FailureStatus, "LocalCloud has not started: Redis has no port yet.");
        }

        var address = $"{endpoint.Host}:{endpoint.Port}";
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(endpoint.Host, endpoint.Port, cancellationToken);
            await using var stream = client.GetStream();
            await stream.WriteAsync(s_ping, cancellationToken);
            var answer = new byte["+PONG"u8.Length];
            await stream.ReadExactlyAsync(answer, cancellationToken);
            return answer.AsSpan().SequenceEqual("+PONG"u8)
                ? HealthCheckResult.Healthy()
                : new HealthCheckResult(context.Registration.FailureStatus, $"{address} answers, but not as Redis does.");
        }
        catch (Exception error) when (error is SocketException or IOException)
        {
            return new HealthCheckResult(context.Registration.FailureStatus, $"{address} does not answer.", error);
        }
    }
}
