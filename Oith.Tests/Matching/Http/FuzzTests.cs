using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using CsCheck;
using Oith.Tests.Fixtures;

namespace Oith.Tests.Matching.Http;

/// <summary>Bad input of every kind to every route: whatever it is, it is the caller's fault and never a 500.</summary>
public sealed class FuzzTests(LocalCloudFixture cloud) : IClassFixture<LocalCloudFixture>
{
    private static readonly (string Method, string Path)[] s_routes =
    [
        ("POST", "/api/match/next"), ("POST", "/api/match/accept"), ("POST", "/api/match/pass"), ("GET", "/api/match/status?userEmail={0}"),
        ("POST", "/api/match/requests"), ("GET", "/api/match/requests/{0}"), ("PUT", "/api/profiles/{0}"), ("GET", "/api/profiles/{0}"),
        ("DELETE", "/api/profiles/{0}"), ("POST", "/api/blocks"), ("DELETE", "/api/blocks"), ("POST", "/events"), ("{0}", "/api/match/next"),
    ];

    private static readonly string[] s_fields =
    [
        "userEmail", "matchEmail", "requestId", "blockerEmail", "blockedEmail", "age", "gender", "coordinates", "interests", "bio", "isVisible",
        "matchPreferences", "task", "input", "shard", "results", "candidates", "receiveCount", "from", "to", "lastSeen", "traceparent",
    ];

    private static readonly Gen<string> s_nasty = Pick(
        "ann@example.com", "", " ", "null", "'; DROP TABLE users; --", "<script>alert(1)</script>", "../../etc/passwd", "%00", "\0", "\u202e",
        "a@b", "request#1", "{{7*7}}", "${jndi:ldap://x}", "0", "-1", "1e400", "99999999999999999999", "5f0c4d9e-51f5-4f5c-a2a5-3bb8b0b4e6f0",
        "planShards", "matchDirect", "matchShard", "aggregate", "record", "recordFailure", "precomputeShard", "00-0-0-0",
        new string('x', 3000), $"{new string('a', 250)}@b.c");

    private static readonly Gen<string> s_text = Gen.OneOf(s_nasty, Gen.String);

    private static readonly Gen<JsonNode?> s_leaf = Gen.OneOf(
        s_text.Select(text => (JsonNode?)JsonValue.Create(text)),
        Gen.Double.Where(double.IsFinite).Select(number => (JsonNode?)JsonValue.Create(number)),
        Gen.Int.Select(number => (JsonNode?)JsonValue.Create(number)),
        Gen.Bool.Select(flag => (JsonNode?)JsonValue.Create(flag)),
        Gen.Const((JsonNode?)null));

    private static readonly Gen<JsonNode?> s_value = Gen.OneOf(
        s_leaf,
        s_leaf.Array[0, 4].Select(items => (JsonNode?)new JsonArray(items)),
        Gen.Select(Pick(s_fields), s_leaf).Array[0, 4].Select(members => (JsonNode?)ObjectOf(members)));

    private static readonly Gen<string> s_body = Gen.Frequency(
        (8, Gen.Select(Pick(s_fields), s_value).Array[0, 6].Select(members => ObjectOf(members).ToJsonString())),
        (2, Gen.Select(Pick(s_fields), s_value).Array[0, 6].SelectMany(members =>
        {
            var json = ObjectOf(members).ToJsonString();
            return Gen.Int[0, json.Length].Select(length => json[..length]);
        })),
        (1, s_text),
        (1, Gen.Int[1, 200].Select(depth => new string('[', depth) + new string(']', depth))),
        (1, Pick("{\"userEmail\": \"\\ud800\"}", "{\"userEmail\": \"a\", \"userEmail\": 1}", "\ufeff{}", "{\"age\": 1e999}", "NaN")));

    [Fact]
    public async Task No_Input_Is_Answered_With_500()
    {
        await using var host = await MatchingHost.StartAsync(cloud, new People(41).Make(50, TimeProvider.System.GetUtcNow()));
        var fuzz = Gen.Select(
            Pick(s_routes),
            s_text,
            s_body,
            Pick("application/json", "application/json; charset=utf-16", "text/plain", "application/x-www-form-urlencoded"),
            Pick("", "Authorization", "X-Forwarded-For", "traceparent", "Accept", "Content-Encoding", "Expect"));

        await fuzz.SampleAsync(
            async input =>
            {
                var ((method, path), text, body, contentType, header) = input;
                var verb = method == "{0}" ? (text.Length is > 0 and < 10 && text.All(char.IsAsciiLetter) ? text : "PATCH") : method;
                using var request = new HttpRequestMessage(
                    new HttpMethod(verb), path.Replace("{0}", Uri.EscapeDataString(text), StringComparison.Ordinal));
                request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
                request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(contentType);
                if (header.Length > 0 && header != "Expect")
                {
                    // The client itself refuses to send anything else.
                    request.Headers.TryAddWithoutValidation(header, string.Concat(text.Where(character => character is >= ' ' and <= '~')));
                }

                using var response = await host.Http.SendAsync(request, TestContext.Current.CancellationToken);
                Assert.True((int)response.StatusCode != 500, $"{verb} {path} {contentType} {header}: {text} {body}");
            },
            iter: 3000,
            threads: 2);
    }

    private static Gen<T> Pick<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);

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
