using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

namespace Oith.Tests.LocalCloud.Limits;

/// <summary>Calls as no SDK would send them.</summary>
internal static class RawCalls
{
    public static async Task<(int Status, string Body)> JsonAsync(this HttpClient http, string target, string body)
    {
        using var content = new StringContent(body, Encoding.UTF8, MediaTypeHeaderValue.Parse("application/x-amz-json-1.0"));
        content.Headers.Add("X-Amz-Target", target);
        return await SendAsync(http, HttpMethod.Post, "/", content, signingName: null);
    }

    public static async Task<(int Status, string Body)> JsonAsync(this HttpClient http, string target, JsonObject input) =>
        await http.JsonAsync(target, input.ToJsonString());

    public static async Task<(int Status, string Body)> QueryAsync(this HttpClient http, string form)
    {
        using var content = new StringContent(form, Encoding.UTF8, "application/x-www-form-urlencoded");
        return await SendAsync(http, HttpMethod.Post, "/", content, signingName: null);
    }

    public static async Task<(int Status, string Body)> SendAsync(this HttpClient http, HttpMethod method, string path, HttpContent? content, string? signingName)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        if (signingName is not null)
        {
            request.Headers.TryAddWithoutValidation(
                "Authorization", $"AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/{signingName}/aws4_request, SignedHeaders=host, Signature=0");
        }

        using var response = await http.SendAsync(request, TestContext.Current.CancellationToken);
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }
}
