using System.Text.Json;
using System.Text.Json.Serialization;

namespace Oith.Matching.Profiles;

/// <summary>An enumeration as its members' names in camel case; a number is not taken for one.</summary>
internal sealed class CamelCaseEnumConverter<T>() : JsonStringEnumConverter<T>(JsonNamingPolicy.CamelCase, allowIntegerValues: false)
    where T : struct, Enum;
