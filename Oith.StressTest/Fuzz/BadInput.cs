using System.Text;
using System.Text.Json.Nodes;
using CsCheck;

namespace Oith.StressTest.Fuzz;

/// <summary>Bad input of every kind for every route.</summary>
internal static class BadInput
{
    /// <summary>Whose token goes along.</summary>
    public const string User = "mallory@example.com";

    /// <summary>Whose data must not be seen.</summary>
    public const string Victim = "ann@example.com";

    private const int Huge = 100_000;

    private static readonly Gen<(string Method, string Path)> s_route = Pick(
        ("POST", "/api/match/next"), ("POST", "/api/match/accept"), ("POST", "/api/match/pass"), ("GET", "/api/match/status?userEmail={0}"),
        ("POST", "/api/match/requests"), ("GET", "/api/match/requests/{0}"), ("PUT", "/api/profiles/{0}"), ("GET", "/api/profiles/{0}"),
        ("DELETE", "/api/profiles/{0}"), ("POST", "/api/blocks"), ("DELETE", "/api/blocks"), ("POST", "/events"), ("{0}", "/api/match/next"),
        ("GET", "/{0}"));

    private static readonly Gen<string> s_field = Pick(
        "userEmail", "matchEmail", "requestId", "blockerEmail", "blockedEmail", "email", "firstName", "age", "gender", "coordinates", "lat", "lng", "interests",
        "photos", "bio", "isVisible", "matchPreferences", "ageMin", "maxDistance", "interestedIn", "task", "input", "shard", "results", "candidates",
        "receiveCount", "from", "to", "lastSeen", "traceparent", "__proto__", "$ref", "");

    private static readonly Gen<string> s_nasty = Pick(
        User, User, User, Victim, Victim, "", " ", "null", "'; DROP TABLE users; --", "\" OR 1=1 --", "<script>alert(1)</script>", "../../etc/passwd",
        "..%2f..%2fevents", "%00", "%", "\0", "\u202e", "\ufeff", "a@b", "mallory@example.com\r\nx: y", "MALLORY@EXAMPLE.COM", "ann@example.com,mallory@example.com",
        "request#1", "{{7*7}}", "${jndi:ldap://x}", "0", "-1", "1e400", "99999999999999999999", "NaN", "true", "5f0c4d9e-51f5-4f5c-a2a5-3bb8b0b4e6f0",
        "planShards", "matchDirect", "matchShard", "aggregate", "record", "recordFailure", "planPrecompute", "precomputeShard", "00-0-0-0",
        new string('x', 3000), $"{new string('a', 250)}@b.c", "👩‍❤️‍👨@example.com", "é@example.com", "ａnn@example.com");

    private static readonly Gen<string> s_text = Gen.Frequency((3, s_nasty), (1, Gen.String));

    private static readonly Gen<JsonNode?> s_leaf = Gen.OneOf(
        s_text.Select(text => (JsonNode?)JsonValue.Create(text)),
        Gen.Double.Where(double.IsFinite).Select(number => (JsonNode?)JsonValue.Create(number)),
        Gen.Int.Select(number => (JsonNode?)JsonValue.Create(number)),
        Gen.Long.Select(number => (JsonNode?)JsonValue.Create(number)),
        Gen.Bool.Select(flag => (JsonNode?)JsonValue.Create(flag)),
        Gen.Const((JsonNode?)null));

    private static readonly Gen<JsonNode?> s_value = Gen.OneOf(
        s_leaf,
        s_leaf.Array[0, 4].Select(items => (JsonNode?)new JsonArray(items)),
        Gen.Select(s_field, s_leaf).Array[0, 4].Select(members => (JsonNode?)ObjectOf(members)));

    private static readonly Gen<string> s_json = Gen.Select(s_field, s_value).Array[0, 6].Select(members => ObjectOf(members).ToJsonString());

    // Right in all but one place, so that what comes after the first check is reached as well.
    private static readonly Gen<string> s_nearlyRight = Gen.Select(s_nasty, s_nasty, s_value, s_field).Select(parts =>
    {
        var (one, other, value, field) = parts;
        return new JsonObject { ["userEmail"] = one, ["matchEmail"] = other, ["task"] = "matchDirect", [field] = value }.ToJsonString();
    });

    private static readonly Gen<byte[]> s_body = Gen.Frequency(
        (60, s_json.Select(Encoding.UTF8.GetBytes)),
        (30, s_nearlyRight.Select(Encoding.UTF8.GetBytes)),
        (20, s_json.SelectMany(json => Gen.Int[0, json.Length].Select(length => Encoding.UTF8.GetBytes(json[..length])))),
        (10, s_text.Select(Encoding.UTF8.GetBytes)),
        (10, Gen.Byte.Array[0, 64]),
        (10, Gen.Int[1, 3000].Select(depth => Encoding.UTF8.GetBytes(new string('[', depth) + new string(']', depth)))),
        (5, Gen.Int[1, 200].Select(depth => Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("{\"input\":", depth)) + "1" + new string('}', depth)))),
        (10, Pick("{\"userEmail\": \"\\ud800\"}", "{\"userEmail\": \"a\", \"userEmail\": 1}", "\ufeff{}", "{\"age\": 1e999}", "NaN", "{'a':1}", "{}{}", "[]", "//x")
            .Select(Encoding.UTF8.GetBytes)),
        (1, Gen.Int[Huge / 4, Huge].Select(length => Encoding.UTF8.GetBytes($"{{\"bio\":\"{new string('b', length)}\"}}"))));

    private static readonly Gen<(string Header, string Value)> s_header = Gen.Frequency(
        (6, Gen.Const(("", ""))),
        (4, Gen.Select(
            Pick(
                "Authorization", "X-Forwarded-For", "X-Forwarded-Host", "X-HTTP-Method-Override", "X-Original-URL", "traceparent", "tracestate", "baggage",
                "Accept", "Accept-Encoding", "Content-Encoding", "If-Match", "Range", "Cookie", "Origin", "X-Amzn-Request-Context", "X-Amzn-Trace-Id"),
            Gen.OneOf(
                s_text.Select(Printable),
                Pick("Bearer x.y.z", "Bearer eyJhbGciOiJub25lIn0.eyJlbWFpbCI6ImFubkBleGFtcGxlLmNvbSJ9.", "00-" + new string('f', 32) + "-" + new string('f', 16) + "-ff", "gzip, deflate, br", "bytes=0-99999999999"),
                Gen.Int[1, 12_000].Select(length => new string('h', length))))));

    /// <summary>Requests that nobody should send.</summary>
    public static Gen<BadRequest> Requests { get; } = Gen.Select(
        s_route,
        s_text,
        s_body,
        Gen.Frequency((6, Gen.Const("application/json")), (1, Pick("application/json; charset=utf-16", "text/plain", "application/x-www-form-urlencoded", "application/xml", "multipart/form-data; boundary=x"))),
        s_header,
        Gen.Frequency((3, Gen.Const(true)), (1, Gen.Const(false)))).Select(parts =>
        {
            var ((method, path), text, body, contentType, (header, value), isOwn) = parts;
            var verb = method != "{0}" ? method : text.Length is > 0 and < 10 && text.All(char.IsAsciiLetter) ? text : "PATCH";
            // A half of a surrogate pair has no escape in an address.
            var escaped = Uri.EscapeDataString(text.Length > 1000 ? text[..1000] : text);
            return new BadRequest(verb, path.Replace("{0}", escaped, StringComparison.Ordinal), contentType, body, header, value, isOwn);
        });

    private static string Printable(string text) => string.Concat(text.Where(character => character is >= ' ' and <= '~'));

    private static Gen<T> Pick<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(at => values[at]);

    private static JsonObject ObjectOf((string Name, JsonNode? Value)[] members)
    {
        var json = new JsonObject();
        foreach (var (name, value) in members)
        {
            json[name] = value?.DeepClone();
        }

        return json;
    }
}
