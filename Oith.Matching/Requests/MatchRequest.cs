using System.Text.Json.Serialization;
using Oith.Matching.Profiles;

namespace Oith.Matching.Requests;

/// <summary>A queued match request and what became of it.</summary>
/// <param name="Status">queued, completed or failed.</param>
/// <param name="Match">Whom it found, once completed; null when nobody fits.</param>
public sealed record MatchRequest(
    Guid RequestId,
    string UserEmail,
    MatchRequestStatus Status,
    DateTimeOffset CreatedAt,
    MatchRequestResult? Match,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Message);

/// <param name="Compatibility">0…100.</param>
/// <param name="Distance">Miles.</param>
public sealed record MatchRequestResult(string Email, int Compatibility, int Distance);

[JsonConverter(typeof(CamelCaseEnumConverter<MatchRequestStatus>))]
public enum MatchRequestStatus
{
    Queued,
    Completed,

    /// <summary>Tried three times in vain; the message is among the dead letters.</summary>
    Failed,
}
