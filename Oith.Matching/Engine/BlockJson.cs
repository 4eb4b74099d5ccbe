using System.Text.Json.Serialization;
using Oith.Matching.Profiles;

namespace Oith.Matching.Engine;

/// <summary>The JSON of the profiles that a block holds in full, because a field of theirs has no code.</summary>
[JsonSerializable(typeof(List<Profile>))]
internal sealed partial class BlockJson : JsonSerializerContext;
