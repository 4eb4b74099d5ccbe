using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.Lambda.EventSources;

/// <summary>A queue or a stream whose records a function is invoked with.</summary>
internal sealed class EventSourceMapping
{
    /// <summary>In the shape of the API's answers; never changed, only replaced.</summary>
    public required JsonObject Configuration { get; set; }

    public bool IsEnabled { get; set; } = true;

    /// <summary>The sequence number of the last record of a stream that was dealt with; null: none yet.</summary>
    public string? Position { get; set; }

    /// <summary>How the last batch of a stream went.</summary>
    [JsonIgnore]
    public string LastProcessingResult { get; set; } = "No records processed";

    [JsonIgnore]
    public string Id => Configuration["UUID"]!.GetValue<string>();

    [JsonIgnore]
    public string SourceArn => Configuration["EventSourceArn"]!.GetValue<string>();

    [JsonIgnore]
    public string FunctionArn => Configuration["FunctionArn"]!.GetValue<string>();

    [JsonIgnore]
    public bool IsStream => Arn.ServiceOf(SourceArn) == "dynamodb";

    /// <summary>The answer of an operation.</summary>
    public JsonObject Answer(string? state = null)
    {
        var answer = Configuration.DeepClone().AsObject();
        answer["State"] = state ?? (IsEnabled ? "Enabled" : "Disabled");
        answer["StateTransitionReason"] = IsStream ? "User action" : "USER_INITIATED";
        if (IsStream)
        {
            answer["LastProcessingResult"] = LastProcessingResult;
        }

        return answer;
    }
}
