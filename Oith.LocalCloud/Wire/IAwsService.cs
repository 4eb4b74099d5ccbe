using System.Text.Json;

namespace Oith.LocalCloud.Wire;

/// <summary>One AWS service behind the endpoint.</summary>
public interface IAwsService
{
    /// <summary>How the wire layer recognises and answers this service's calls.</summary>
    AwsServiceDescription Description { get; }

    /// <summary>
    /// Carries out one operation and writes its output as one JSON object (in the shape of AWS's JSON protocol) to
    /// <paramref name="output"/>. An operation without output writes nothing.
    /// </summary>
    /// <exception cref="AwsServiceException">The error that the caller gets; <c>UnknownOperationException</c> for an unknown operation.</exception>
    ValueTask InvokeAsync(AwsCall call, Utf8JsonWriter output, CancellationToken cancellationToken);
}

/// <summary>A service that also has REST routes (Lambda, Pipes, S3).</summary>
public interface IAwsRestService : IAwsService
{
    void MapRoutes(IEndpointRouteBuilder routes);
}

/// <summary>How a service looks on the wire.</summary>
/// <param name="SigningName">The SigV4 signing name, the service's name in <see cref="IAwsApi"/>.</param>
public sealed record AwsServiceDescription(string SigningName)
{
    /// <summary>What stands before the dot in <c>X-Amz-Target</c>: <c>AmazonSQS</c>. Null: no JSON protocol.</summary>
    public string? JsonTargetPrefix { get; init; }

    /// <summary>The content type of JSON answers.</summary>
    public string JsonContentType { get; init; } = "application/x-amz-json-1.0";

    /// <summary>The <c>Version</c> that Query requests carry: <c>2012-11-05</c>. Null: no Query protocol.</summary>
    public string? QueryVersion { get; init; }

    /// <summary>XML namespace of Query answers.</summary>
    public string? XmlNamespace { get; init; }

    /// <summary>
    /// Element names of list items in Query answers by the list's own name, where they are not <c>member</c>; an empty
    /// string means that the list is flattened: each item is an element of the list's name.
    /// </summary>
    public IReadOnlyDictionary<string, string> XmlListElements { get; init; } = new Dictionary<string, string>();

    /// <summary>What the inputs of the service's operations are held against; null when the service does all of that itself.</summary>
    internal Shapes.InputShapes? InputShapes { get; init; }

    /// <summary>A call may be sent to the URL of what it is about, which stands for the member QueueUrl.</summary>
    public bool IsAddressedByPath { get; init; }

    /// <summary>
    /// The service spoke the Query protocol first: in its other protocols an error of the caller has the status 400, unless the client asks for
    /// the older answer with the header <c>x-amzn-query-mode</c>.
    /// </summary>
    public bool IsQueryCompatible { get; init; }

    /// <summary>Query errors have an empty element <c>Detail</c>.</summary>
    public bool HasErrorDetail { get; init; }

    /// <summary>EC2's variant of the Query protocol: no result wrapper, list items are <c>item</c>, requestId in camel case.</summary>
    public bool IsEc2Query { get; init; }

    /// <summary>Members that are maps: their entries become <c>entry</c> elements with <c>key</c> and <c>value</c> in Query answers.</summary>
    public IReadOnlySet<string> XmlMaps { get; init; } = new HashSet<string>();

    /// <summary>
    /// Turns the tree read from a Query form (numbered parameters already lists, every leaf a string) into the shape of
    /// the JSON protocol. Null: the tree is used as it is.
    /// </summary>
    public Func<string, System.Text.Json.Nodes.JsonObject, System.Text.Json.Nodes.JsonObject>? FromQuery { get; init; }

    /// <summary>Turns the JSON answer into the tree that a Query answer shows. Null: it is used as it is.</summary>
    public Func<string, System.Text.Json.Nodes.JsonObject, System.Text.Json.Nodes.JsonObject>? ToQuery { get; init; }
}
