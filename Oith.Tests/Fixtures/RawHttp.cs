using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Oith.Tests.Fixtures;

/// <summary>Sends an HTTP request byte by byte as given, as no HTTP client would.</summary>
internal static class RawHttp
{
    /// <summary>The status of the answer.</summary>
    /// <param name="request">Request line, headers and body.</param>
    public static async Task<int> StatusAsync(Uri address, string request)
    {
        var answer = await SendAsync(address.Port, request);
        return int.Parse(answer.Split(' ')[1], CultureInfo.InvariantCulture);
    }

    /// <summary>Everything that the server sends until it closes the connection.</summary>
    /// <param name="closes">Whether to close the sending half after the request, which not every server outlives.</param>
    public static async Task<string> SendAsync(int port, string request, bool closes = false)
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", port, cancellationToken);
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.UTF8.GetBytes(request), cancellationToken);
        if (closes)
        {
            client.Client.Shutdown(SocketShutdown.Send);
        }

        using var reader = new StreamReader(stream, Encoding.UTF8);
        return await reader.ReadToEndAsync(cancellationToken);
    }
}
