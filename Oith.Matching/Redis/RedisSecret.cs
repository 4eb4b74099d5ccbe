using System.Net.Http.Headers;
using System.Text.Json;

namespace Oith.Matching.Redis;

/// <summary>The password of Redis in AWS: a secret that the Lambda extension for secrets reads and caches, so that it stands in no setting.</summary>
internal sealed class RedisSecret(HttpClient http)
{
    // The extension's fixed address in every function.
    private const string Extension = "http://localhost:2773/secretsmanager/get?secretId=";

    /// <returns>The secret's <c>password</c>: <c>{"SecretString": "{\"username\": …, \"password\": …}"}</c>.</returns>
    public async Task<string> ReadAsync(string secretArn, string? sessionToken, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, Extension + Uri.EscapeDataString(secretArn));
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        request.Headers.Add("X-Aws-Parameters-Secrets-Token", sessionToken);
        using var response = await http.SendAsync(request, cancellationToken);
        response.EnsureSuccessStatusCode();
        using var answer = JsonDocument.Parse(await response.Content.ReadAsByteArrayAsync(cancellationToken));
        using var secret = JsonDocument.Parse(answer.RootElement.GetProperty("SecretString").GetString()!);
        return secret.RootElement.GetProperty("password").GetString()!;
    }
}
