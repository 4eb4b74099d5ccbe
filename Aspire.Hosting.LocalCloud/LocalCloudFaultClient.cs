using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Aspire.Hosting.LocalCloud;

/// <summary>Puts and removes faults through LocalCloud's own API.</summary>
internal static class LocalCloudFaultClient
{
    public const string HttpClientName = "Aspire.Hosting.LocalCloud.Faults";

    private const string TargetPrefix = "LocalCloudFaults.";
    private const string ContentType = "application/x-amz-json-1.0";

    public static JsonObject ToJson(LocalCloudFault fault)
    {
        var json = new JsonObject { ["Name"] = fault.Name, ["Service"] = fault.Service };
        Add("Operation", fault.Operation);
        Add("Resource", fault.Resource);
        Add("LatencyMilliseconds", fault.Latency is { } latency ? (int)latency.TotalMilliseconds : null);
        Add("ErrorCode", fault.ErrorCode);
        Add("Action", fault.Action);
        Add("Probability", fault.Probability);
        Add("DurationSeconds", fault.Duration is { } duration ? (int)duration.TotalSeconds : null);
        return json;

        void Add(string member, JsonNode? value)
        {
            if (value is not null)
            {
                json[member] = value;
            }
        }
    }

    /// <summary>Calls an operation and returns its answer.</summary>
    /// <exception cref="DistributedApplicationException">LocalCloud rejected the call or does not answer.</exception>
    public static async Task<JsonObject> InvokeAsync(
        HttpClient client, LocalCloudResource localCloud, string operation, JsonObject input, CancellationToken cancellationToken)
    {
        var url = await localCloud.EndpointUrl.GetValueAsync(cancellationToken)
            ?? throw new DistributedApplicationException($"{localCloud.Name} has no address yet; start it first.");
        using var request = new HttpRequestMessage(HttpMethod.Post, url);
        request.Headers.Add("X-Amz-Target", TargetPrefix + operation);
        request.Content = new StringContent(
            input.ToJsonString(JsonSerializerOptions.Default), Encoding.UTF8, new MediaTypeHeaderValue(ContentType));
        try
        {
            using var response = await client.SendAsync(request, cancellationToken);
            var answer = await JsonNode.ParseAsync(
                await response.Content.ReadAsStreamAsync(cancellationToken), cancellationToken: cancellationToken) as JsonObject ?? [];
            return response.IsSuccessStatusCode
                ? answer
                : throw new DistributedApplicationException(
                    $"{localCloud.Name} rejected {operation}: {answer["message"] ?? answer["Message"] ?? (int)response.StatusCode}");
        }
        catch (HttpRequestException error)
        {
            throw new DistributedApplicationException($"{localCloud.Name} does not answer: {error.Message}", error);
        }
    }
}
