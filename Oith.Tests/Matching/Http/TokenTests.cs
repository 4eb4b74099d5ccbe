using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.IdentityModel.Tokens;
using Oith.StressTest.Fuzz;
using Oith.Tests.Fixtures;
using Oith.Tests.Matching.Matches;

namespace Oith.Tests.Matching.Http;

/// <summary>Tokens that are signed by the issuer's own key, or pretend to be, and must not act for Kate.</summary>
public sealed class TokenTests(LocalCloudFixture cloud) : IClassFixture<LocalCloudFixture>
{
    private const string Kate = "kate@x.example";
    private const string Header = """{"alg":"RS256","kid":"key","typ":"JWT"}""";

    private static readonly string[] s_unproven =
    [
        // Letters that become k, s, i or another ASCII letter when their case or width is folded.
        """ "email":"\u212Aate@x.example" """,
        """ "email":"\uFF4Bate@x.example" """,
        """ "email":"\u1D0Bate@x.example" """,
        """ "email":"kate@x.example\u3002" """,
        """ "email":"kate\uFF20x.example" """,
        """ "email":"kate@x.e\u00ADxample" """,
        // White space that is not ASCII, and no white space at all.
        """ "email":"\u00A0kate@x.example" """,
        """ "email":"kate@x.example\u2003" """,
        """ "email":"kate@x.example\u0085" """,
        """ "email":"\uFEFFkate@x.example" """,
        """ "email":"kate@x.example\u0000" """,
        """ "email":"kate@x.example@x.example" """,
        // Not one string.
        """ "email":["kate@x.example","bob@x.example"] """,
        """ "email":{"address":"kate@x.example"} """,
        """ "email":null """,
        """ "email":5 """,
        """ "Email":"kate@x.example" """,
        // Not verified.
        """ "email":"kate@x.example","email_verified":false """,
        """ "email":"kate@x.example","email_verified":"false" """,
        """ "email":"kate@x.example","email_verified":"no" """,
        """ "email":"kate@x.example","email_verified":"" """,
        """ "email":"kate@x.example","email_verified":null """,
        """ "email":"kate@x.example","email_verified":0 """,
        """ "email":"kate@x.example","email_verified":[true,false] """,
    ];

    [Fact]
    public async Task Token_With_Good_Claims_Is_Accepted()
    {
        await using var issuer = await IdentityProvider.StartAsync(TestContext.Current.CancellationToken);
        await using var host = await StartAsync(issuer);
        (string Name, string Token)[] tokens =
        [
            ("plain", issuer.Sign(Header, Payload(issuer))),
            ("upper case", issuer.Sign(Header, Payload(issuer, """ "email":"KATE@X.example" """))),
            ("ASCII white space", issuer.Sign(Header, Payload(issuer, """ "email":" kate@x.example\r\n" """))),
            ("verified", issuer.Sign(Header, Payload(issuer, """ "email":"kate@x.example","email_verified":true """))),
            ("verified as text", issuer.Sign(Header, Payload(issuer, """ "email":"kate@x.example","email_verified":"true" """))),
            ("several audiences", issuer.Sign(Header, Payload(issuer, audience: """["others","oith"]"""))),
            ("access token", issuer.Sign("""{"alg":"RS256","kid":"key","typ":"at+jwt"}""", Payload(issuer))),
            ("without typ and kid", issuer.Sign("""{"alg":"RS256"}""", Payload(issuer))),
            ("expired within the skew", issuer.Sign(Header, Payload(issuer, expires: -10))),
        ];

        foreach (var (name, token) in tokens)
        {
            Assert.Equal((name, HttpStatusCode.OK), (name, await StatusAsync(host, Bearer(token))));
        }
    }

    [Fact]
    public async Task Token_Is_Refused_When_It_Does_Not_Prove_The_Email()
    {
        await using var issuer = await IdentityProvider.StartAsync(TestContext.Current.CancellationToken);
        await using var host = await StartAsync(issuer);

        foreach (var claims in s_unproven)
        {
            Assert.Equal((claims, HttpStatusCode.Forbidden), (claims, await StatusAsync(host, Bearer(issuer.Sign(Header, Payload(issuer, claims))))));
        }
    }

    [Fact]
    public async Task Token_Without_Verification_Is_Refused_When_Verification_Is_Required()
    {
        await using var issuer = await IdentityProvider.StartAsync(TestContext.Current.CancellationToken);
        await using var host = await StartAsync(issuer, ("Authentication:RequireVerifiedEmail", "true"));

        Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync(host, Bearer(issuer.Sign(Header, Payload(issuer)))));
        Assert.Equal(
            HttpStatusCode.OK, await StatusAsync(host, Bearer(issuer.Sign(Header, Payload(issuer, """ "email":"kate@x.example","email_verified":true """)))));
    }

    [Fact]
    public async Task Token_Is_Refused_When_Its_Form_Or_Signature_Is_Bad()
    {
        await using var issuer = await IdentityProvider.StartAsync(TestContext.Current.CancellationToken);
        await using var host = await StartAsync(issuer);
        var payload = Payload(issuer);
        (string Name, string Token)[] tokens =
        [
            ("crit", issuer.Sign("""{"alg":"RS256","kid":"key","crit":["exp"]}""", payload)),
            ("crit of an extension", issuer.Sign("""{"alg":"RS256","kid":"key","b64":false,"crit":["b64"]}""", payload)),
            ("empty crit", issuer.Sign("""{"alg":"RS256","kid":"key","crit":[]}""", payload)),
            ("header member twice", issuer.Sign("""{"alg":"RS256","kid":"other","kid":"key"}""", payload)),
            ("email twice", issuer.Sign(Header, Payload(issuer, """ "email":"bob@x.example","email":"kate@x.example" """))),
            ("exp twice", issuer.Sign(Header, payload.Replace("{", """{"exp":1,""", StringComparison.Ordinal))),
            ("logout token", issuer.Sign("""{"alg":"RS256","kid":"key","typ":"logout+jwt"}""", payload)),
            ("none", Unsigned("""{"alg":"none"}""", payload)),
            ("None", Unsigned("""{"alg":"None","typ":"JWT"}""", payload)),
            ("none with a signature", Unsigned("""{"alg":"none"}""", payload) + "AAAA"),
            ("HS256 by the public key", Symmetric(issuer, payload)),
            ("another alg than its signature", issuer.Sign("""{"alg":"PS256","kid":"key"}""", payload)),
            ("without alg", issuer.Sign("""{"kid":"key"}""", payload)),
            ("kid is a path", Unsigned("""{"alg":"HS256","kid":"/dev/null"}""", payload) + "AAAA"),
            ("key in the header", SelfSigned(payload)),
            ("other audience", issuer.Sign(Header, Payload(issuer, audience: "\"others\""))),
            ("other audiences", issuer.Sign(Header, Payload(issuer, audience: """["others","oith2"]"""))),
            ("no audience", issuer.Sign(Header, Payload(issuer, audience: "null"))),
            ("expired", issuer.Sign(Header, Payload(issuer, expires: -60))),
            ("not yet valid", issuer.Sign(Header, Payload(issuer, notBefore: 60))),
            ("without exp", issuer.Sign(Header, $$"""{"iss":"{{issuer.Authority}}","aud":"oith","email":"{{Kate}}"}""")),
            ("exp too large", issuer.Sign(Header, $$"""{"iss":"{{issuer.Authority}}","aud":"oith","email":"{{Kate}}","exp":1e300}""")),
            ("exp is text", issuer.Sign(Header, $$"""{"iss":"{{issuer.Authority}}","aud":"oith","email":"{{Kate}}","exp":"never"}""")),
            ("another issuer", issuer.Sign(Header, payload.Replace(issuer.Authority, issuer.Authority + "/other", StringComparison.Ordinal))),
            ("no object", issuer.Sign(Header, "[]")),
            ("half a surrogate pair", issuer.Sign(Header, Payload(issuer, """ "email":"kate@x.example","\uD800":1 """))),
            ("huge", issuer.Sign(Header, Payload(issuer, $""" "email":"{Kate}","filler":"{new string('x', 14 * 1024)}" """))),
            ("encrypted", "e30.e30.e30.e30.e30"),
            ("empty", ""),
        ];

        foreach (var (name, token) in tokens)
        {
            Assert.Equal((name, HttpStatusCode.Unauthorized), (name, await StatusAsync(host, Bearer(token))));
        }
    }

    [Fact]
    public async Task Token_Counts_In_One_Authorization_Header_Only()
    {
        await using var issuer = await IdentityProvider.StartAsync(TestContext.Current.CancellationToken);
        await using var host = await StartAsync(issuer);
        var token = issuer.Sign(Header, Payload(issuer));

        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(host, Bearer(token) + Bearer(token)));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(host, "Authorization: Basic eDp5\r\n" + Bearer(token)));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(host, $"Authorization: Bearer {token}, Bearer {token}\r\n"));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(host, $"Cookie: access_token={token}\r\n"));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(host, "", $"&access_token={token}"));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(host, Bearer(token).Replace("Bearer", "bearer", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("\u212Aate@x.example")]
    [InlineData("\u00A0kate@x.example")]
    public async Task Body_With_A_Letter_Outside_Ascii_Is_Refused(string email)
    {
        await using var host = await MatchingHost.StartAsync(cloud, NextMatchTests.Couple());

        var (response, answer) = await host.SendAsync(HttpMethod.Post, "/api/match/next", new { userEmail = email });

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.NotNull(answer!["errors"]!["userEmail"]);
    }

    private static string Payload(
        IdentityProvider issuer, string claims = $""" "email":"{Kate}" """, string audience = "\"oith\"", int expires = 300, int notBefore = -60)
    {
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        return $$"""{"iss":"{{issuer.Authority}}","aud":{{audience}},"nbf":{{now + notBefore}},"exp":{{now + expires}},{{claims}}}""";
    }

    private static string Unsigned(string header, string payload) => $"{Base64UrlEncoder.Encode(header)}.{Base64UrlEncoder.Encode(payload)}.";

    private static string Symmetric(IdentityProvider issuer, string payload)
    {
        using var rsa = RSA.Create(issuer.PublicKey);
        var text = Unsigned("""{"alg":"HS256","kid":"key"}""", payload)[..^1];
        return $"{text}.{Base64UrlEncoder.Encode(HMACSHA256.HashData(Encoding.ASCII.GetBytes(rsa.ExportSubjectPublicKeyInfoPem()), Encoding.ASCII.GetBytes(text)))}";
    }

    private static string SelfSigned(string payload)
    {
        using var rsa = RSA.Create(2048);
        var key = rsa.ExportParameters(includePrivateParameters: false);
        var header = new JsonObject
        {
            ["alg"] = "RS256",
            ["jwk"] = new JsonObject { ["kty"] = "RSA", ["n"] = Base64UrlEncoder.Encode(key.Modulus), ["e"] = Base64UrlEncoder.Encode(key.Exponent) },
        };
        var text = Unsigned(header.ToJsonString(), payload)[..^1];
        return $"{text}.{Base64UrlEncoder.Encode(rsa.SignData(Encoding.ASCII.GetBytes(text), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1))}";
    }

    private static string Bearer(string token) => $"Authorization: Bearer {token}\r\n";

    private static async Task<HttpStatusCode> StatusAsync(MatchingHost host, string headers, string query = "") =>
        (HttpStatusCode)await RawHttp.StatusAsync(
            host.Http.BaseAddress!, $"GET /api/profiles/{Kate}?{query} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{headers}\r\n");

    private async Task<MatchingHost> StartAsync(IdentityProvider issuer, params (string Name, string? Value)[] settings)
    {
        var all = new Dictionary<string, string?> { ["Authentication:Authority"] = issuer.Authority, ["Authentication:RequireHttpsMetadata"] = "false" };
        foreach (var (name, value) in settings)
        {
            all[name] = value;
        }

        return await MatchingHost.StartAsync(cloud, [NextMatchTests.Person(Kate, "female")], all);
    }
}
