using System.Text.Json;
using System.Text.Json.Serialization;
using Oith.Matching.Engine;
using Oith.Matching.Notifications;
using Oith.Matching.Requests;

namespace Oith.Matching.Workflow;

/// <summary>What the state machines send and get; the definitions in infrastructure/ name these members.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, NumberHandling = JsonNumberHandling.AllowReadingFromString)]
[JsonSerializable(typeof(PlanInput))]
[JsonSerializable(typeof(Plan))]
[JsonSerializable(typeof(RequestInput))]
[JsonSerializable(typeof(ShardInput))]
[JsonSerializable(typeof(AggregateInput))]
[JsonSerializable(typeof(RecordInput))]
[JsonSerializable(typeof(FailureInput))]
[JsonSerializable(typeof(ShardResult))]
[JsonSerializable(typeof(Outcome))]
[JsonSerializable(typeof(PrecomputePlan))]
[JsonSerializable(typeof(CellRange))]
[JsonSerializable(typeof(PrecomputeResult))]
[JsonSerializable(typeof(FailureResult))]
[JsonSerializable(typeof(FunctionError))]
internal sealed partial class WorkflowJson : JsonSerializerContext;

/// <param name="Input">The execution's input: an array of messages of a Pipe, or <c>{"requestId", "userEmail"}</c>.</param>
/// <param name="DirectThreshold">People within reach up to which one task matches a request.</param>
internal sealed record PlanInput(JsonElement Input, int? DirectThreshold);

/// <param name="Valid">False for an input that no repetition makes readable.</param>
/// <param name="Problem">What is wrong with it; empty when nothing is.</param>
internal sealed record Plan(bool Valid, string Problem, IReadOnlyList<PlannedRequest> Requests);

/// <param name="Traceparent">W3C trace context of who asked.</param>
/// <param name="ReceiveCount">How often the queue has handed this out.</param>
/// <param name="Shards">Empty when <paramref name="Mode"/> is direct.</param>
internal sealed record PlannedRequest(
    Guid RequestId, string UserEmail, string Traceparent, int ReceiveCount, string Mode, IReadOnlyList<CellRange> Shards)
{
    public const string Direct = "direct";
    public const string Sharded = "sharded";
}

/// <summary>A shard: all cells from one geohash to another, both included.</summary>
internal sealed record CellRange(string From, string To)
{
    public bool Contains(string cell) => string.CompareOrdinal(cell, From) >= 0 && string.CompareOrdinal(cell, To) <= 0;
}

internal sealed record RequestInput(Guid RequestId, string UserEmail);

internal sealed record ShardInput(string UserEmail, CellRange Shard);

/// <param name="Candidates">Best first.</param>
internal sealed record ShardResult(IReadOnlyList<Candidate> Candidates, int Scanned, int Cells);

internal sealed record AggregateInput(IReadOnlyList<ShardResult> Results);

internal sealed record RecordInput(Guid RequestId, string UserEmail, IReadOnlyList<Candidate> Candidates);

/// <param name="ReceiveCount">How often the queue has handed the request out; at the last time the request fails for good.</param>
internal sealed record FailureInput(Guid RequestId, int ReceiveCount);

internal sealed record FailureResult(bool Final);

/// <param name="Matched">True when <paramref name="Match"/> is somebody.</param>
/// <param name="Notification">What to tell the user; null when nobody was found.</param>
internal sealed record Outcome(Guid RequestId, string UserEmail, bool Matched, MatchRequestResult? Match, string Source, Notification? Notification);

internal sealed record PrecomputePlan(IReadOnlyList<CellRange> Shards);

/// <param name="Decks">Written.</param>
internal sealed record PrecomputeResult(int Decks);

/// <summary>What Lambda calls a failed invocation.</summary>
internal sealed record FunctionError(string ErrorType, string ErrorMessage);
