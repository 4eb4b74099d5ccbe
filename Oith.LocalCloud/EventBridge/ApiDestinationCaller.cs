using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.EventBridge;

/// <summary>
/// Calls API destinations over HTTP, authorized as their connection says. Only endpoints of this machine are called: an emulator must not
/// send a developer's events to the production system that a template names.
/// </summary>
internal sealed class ApiDestinationCaller(EventRecords records, ApiDestinationOperations destinations, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(5);

    private readonly HttpClient _client = new(new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false, ActivityHeadersPropagator = null })
    {
        Timeout = Timeout.InfiniteTimeSpan,
    };

    public void Dispose() => _client.Dispose();

    /// <param name="target">The rule's target, with its HttpParameters.</param>
    /// <param name="input">The event as the target gets it.</param>
    /// <exception cref="AwsServiceException">The endpoint refused (not tried again), or did not answer (tried again).</exception>
    public async Task<JsonObject> CallAsync(string destinationArn, JsonObject target, string input, CancellationToken cancellationToken)
    {
        var (destination, connection) = destinations.Find(destinationArn);
        if (connection.Text("ConnectionState") == "DEAUTHORIZED")
        {
            throw new AwsServiceException("SDK_CLIENT_ERROR", $"The connection {connection.Text("Name")} is deauthorized.");
        }

        var parameters = connection.Structure("Parameters") ?? [];
        var invocation = parameters.Structure("InvocationHttpParameters") ?? [];
        var ofTarget = target.Structure("HttpParameters") ?? [];
        using var request = new HttpRequestMessage(
            new HttpMethod(destination.Text("HttpMethod")!), AddressOf(destination.Text("InvocationEndpoint")!, ofTarget, invocation));
        if (request.Method != HttpMethod.Get && request.Method != HttpMethod.Head)
        {
            request.Content = new StringContent(WithBodyParameters(input, invocation), Encoding.UTF8, "application/json");
        }

        request.Headers.TryAddWithoutValidation("User-Agent", "Amazon/EventBridge/ApiDestinations");
        foreach (var (name, value) in (ofTarget.Structure("HeaderParameters") ?? []).Select(pair => (pair.Key, pair.Value?.ToString() ?? "")).Concat(Listed(invocation, "HeaderParameters")))
        {
            SetHeader(request, name, value);
        }

        await AuthorizeAsync(request, connection, parameters, cancellationToken);
        using var response = await SendAsync(request, cancellationToken);
        if (!response.IsSuccessStatusCode)
        {
            throw new AwsServiceException(
                "SDK_CLIENT_ERROR",
                $"{request.Method} {request.RequestUri} answered {(int)response.StatusCode}.",
                response.StatusCode is HttpStatusCode.TooManyRequests or HttpStatusCode.Conflict ? HttpStatusCode.TooManyRequests : response.StatusCode);
        }

        return new JsonObject { ["StatusCode"] = (int)response.StatusCode };
    }

    private async Task AuthorizeAsync(HttpRequestMessage request, JsonObject connection, JsonObject parameters, CancellationToken cancellationToken)
    {
        if (parameters.Structure("BasicAuthParameters") is { } basic)
        {
            var credentials = Convert.ToBase64String(Encoding.UTF8.GetBytes($"{basic.Text("Username")}:{basic.Text("Password")}"));
            request.Headers.Authorization = new AuthenticationHeaderValue("Basic", credentials);
        }
        else if (parameters.Structure("ApiKeyAuthParameters") is { } key)
        {
            SetHeader(request, key.Text("ApiKeyName")!, key.Text("ApiKeyValue") ?? "");
        }
        else if (parameters.Structure("OAuthParameters") is { } oauth)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", await TokenAsync(oauth, cancellationToken));
            if (connection.Text("ConnectionState") != ConnectionOperations.Authorized)
            {
                connection["ConnectionState"] = ConnectionOperations.Authorized;
                connection["LastAuthorizedTime"] = EventRecords.Seconds(time.GetUtcNow());
                records.Store.Put(EventRecords.Connections, connection.Text("Name")!, connection);
            }
        }
    }

    private async Task<string> TokenAsync(JsonObject oauth, CancellationToken cancellationToken)
    {
        var more = oauth.Structure("OAuthHttpParameters") ?? [];
        var form = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["grant_type"] = "client_credentials",
            ["client_id"] = oauth["ClientParameters"]?["ClientID"]?.ToString() ?? "",
            ["client_secret"] = oauth["ClientParameters"]?["ClientSecret"]?.ToString() ?? "",
        };
        foreach (var (name, value) in Listed(more, "BodyParameters"))
        {
            form[name] = value;
        }

        using var request = new HttpRequestMessage(
            new HttpMethod(oauth.Text("HttpMethod") ?? "POST"), AddressOf(oauth.Text("AuthorizationEndpoint")!, [], more))
        {
            Content = new FormUrlEncodedContent(form),
        };
        foreach (var (name, value) in Listed(more, "HeaderParameters"))
        {
            SetHeader(request, name, value);
        }

        using var response = await SendAsync(request, cancellationToken);
        var body = await response.Content.ReadAsStringAsync(cancellationToken);
        return response.IsSuccessStatusCode && TokenOf(body) is { } token
            ? token
            : throw new AwsServiceException("SDK_CLIENT_ERROR", $"The authorization endpoint {request.RequestUri} gave no access_token.");
    }

    private static string? TokenOf(string body)
    {
        try
        {
            return (JsonInput.Parse(body) as JsonObject)?["access_token"]?.ToString();
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(s_limit, time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            return await _client.SendAsync(request, linked.Token);
        }
        catch (Exception error) when (error is HttpRequestException || (error is OperationCanceledException && limit.IsCancellationRequested))
        {
            throw new AwsServiceException(
                "SDK_CLIENT_ERROR", $"{request.Method} {request.RequestUri} did not answer: {error.Message}", HttpStatusCode.ServiceUnavailable);
        }
    }

    /// <summary>The endpoint with its wildcards filled and the parameters of the query behind it.</summary>
    private static Uri AddressOf(string endpoint, JsonObject ofTarget, JsonObject invocation)
    {
        foreach (var value in ofTarget.Texts("PathParameterValues"))
        {
            var at = endpoint.IndexOf('*', StringComparison.Ordinal);
            endpoint = at < 0 ? endpoint : $"{endpoint[..at]}{Uri.EscapeDataString(value)}{endpoint[(at + 1)..]}";
        }

        var query = (ofTarget.Structure("QueryStringParameters") ?? []).Select(pair => (pair.Key, pair.Value?.ToString() ?? ""))
            .Concat(Listed(invocation, "QueryStringParameters"))
            .Select(pair => $"{Uri.EscapeDataString(pair.Item1)}={Uri.EscapeDataString(pair.Item2)}")
            .ToList();
        if (query.Count > 0)
        {
            endpoint += (endpoint.Contains('?', StringComparison.Ordinal) ? '&' : '?') + string.Join('&', query);
        }

        return Uri.TryCreate(endpoint, UriKind.Absolute, out var address) && (address.IsLoopback || address.Host.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase))
            ? address
            : throw new AwsServiceException(
                "SDK_CLIENT_ERROR", $"LocalCloud calls API destinations of this machine only (localhost, 127.0.0.1, *.localhost), not {endpoint}.");
    }

    private static IEnumerable<(string Name, string Value)> Listed(JsonObject parameters, string list) => (parameters.List(list) ?? [])
        .OfType<JsonObject>().Select(parameter => (parameter.Text("Key") ?? "", parameter.Text("Value") ?? ""));

    private static string WithBodyParameters(string input, JsonObject invocation)
    {
        if (invocation.List("BodyParameters") is not { Count: > 0 } || EventPatterns.InputTemplate.AsJson(input) is not JsonObject body)
        {
            return input;
        }

        foreach (var (name, value) in Listed(invocation, "BodyParameters"))
        {
            body[name] = value;
        }

        return body.ToJsonString();
    }

    private static void SetHeader(HttpRequestMessage request, string name, string value)
    {
        request.Headers.Remove(name);
        if (!request.Headers.TryAddWithoutValidation(name, value))
        {
            request.Content?.Headers.Remove(name);
            request.Content?.Headers.TryAddWithoutValidation(name, value);
        }
    }
}
