using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Aspire.Hosting.LocalCloud;

/// <summary>Healthy while a Redis server answers PING to a client that knows its password.</summary>
internal sealed class RedisHealthCheck(LocalCloudResource localCloud) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var endpoint = localCloud.RedisEndpoint;
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
            // Arrays, because Redis servers differ in what they accept as a plain line before authentication.
            var secret = await localCloud.RedisPassword.GetValueAsync(cancellationToken) ?? "";
            var request = $"*2\r\n$4\r\nAUTH\r\n${secret.Length}\r\n{secret}\r\n*1\r\n$4\r\nPING\r\n";
            await stream.WriteAsync(Encoding.ASCII.GetBytes(request), cancellationToken);
            var answer = new byte["+OK\r\n+PONG"u8.Length];
            await stream.ReadExactlyAsync(answer, cancellationToken);
            return answer.AsSpan().SequenceEqual("+OK\r\n+PONG"u8)
                ? HealthCheckResult.Healthy()
                : new HealthCheckResult(context.Registration.FailureStatus, $"{address} answers, but not as Redis does.");
        }
        catch (Exception error) when (error is SocketException or IOException)
        {
            return new HealthCheckResult(context.Registration.FailureStatus, $"{address} does not answer.", error);
        }
    }
}
