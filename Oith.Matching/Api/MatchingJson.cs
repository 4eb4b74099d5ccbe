using System.Text.Json;
using System.Text.Json.Serialization;
using Oith.Matching.Matches;
using Oith.Matching.Requests;

namespace Oith.Matching.Api;

/// <summary>Everything that the HTTP API reads and writes.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(UserBody))]
[JsonSerializable(typeof(MatchBody))]
[JsonSerializable(typeof(MatchAnswer))]
[JsonSerializable(typeof(MatchRequestBody))]
[JsonSerializable(typeof(MatchRequest))]
[JsonSerializable(typeof(BlockBody))]
[JsonSerializable(typeof(ProfileBody))]
[JsonSerializable(typeof(ProfileView))]
internal sealed partial class MatchingJson : JsonSerializerContext;
