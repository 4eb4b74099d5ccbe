using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Oith.Tests.Fixtures;
using Oith.Tests.Matching.Matches;

namespace Oith.Tests.Matching.Profiles;

public sealed class ProfileTests(LocalCloudFixture cloud) : IClassFixture<LocalCloudFixture>
{
    private const string Ann = "ann@example.com";

    private const string Full = """
        {"email":"zoe@example.com","firstName":"Zoe","age":31,"gender":"woman","coordinates":{"lat":40.7128,"lng":-74.006},
        "interests":["music","film","music"],"drinking":"sometimes","smoking":"never","exercise":"often","children":"none",
        "religion":"none","lookingFor":"relationship","photos":["zoe.jpg"],"bio":"Hi, I am Zoë.","isVisible":true,
        "matchPreferences":{"interestedIn":"men","ageMin":25,"ageMax":40,"maxDistance":50,"smoking":["never"],"drinking":[],
        "religion":"any","children":null}}
        """;

    [Fact]
    public async Task Profile_Is_Answered_As_It_Was_Put()
    {
        await using var host = await MatchingHost.StartAsync(cloud, []);

        var created = await host.SendAsync(HttpMethod.Put, "/api/profiles/Zoe@Example.com", JsonNode.Parse(Full));
        var (response, profile) = await host.SendAsync(HttpMethod.Get, "/api/profiles/zoe@example.com");
        var replaced = await host.SendAsync(HttpMethod.Put, "/api/profiles/zoe@example.com", profile!.DeepClone());

        Assert.Equal(HttpStatusCode.Created, created.Response.StatusCode);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(HttpStatusCode.OK, replaced.Response.StatusCode);
        var expected = JsonNode.Parse(Full)!;
        expected["gender"] = "female";
        expected["geohash"] = "dr5r";
        expected["interests"] = new JsonArray("music", "film");
        expected["lastSeen"] = profile["lastSeen"]!.DeepClone();
        Assert.True(JsonNode.DeepEquals(expected, profile), profile.ToJsonString());
    }

    [Fact]
    public async Task Profile_Keeps_Its_Connection_When_It_Is_Replaced()
    {
        await using var host = await MatchingHost.StartAsync(cloud, NextMatchTests.Couple());
        await NextMatchTests.ConnectAsync(host, Ann, "bob@example.com");

        await host.SendAsync(HttpMethod.Put, $"/api/profiles/{Ann}", new { gender = "woman", activeMatchEmail = "eve@example.com" });

        var (_, profile) = await host.SendAsync(HttpMethod.Get, $"/api/profiles/{Ann}");
        Assert.Equal("bob@example.com", profile!["activeMatchEmail"]!.GetValue<string>());
        Assert.Empty(profile["interests"]!.AsArray());
    }

    [Theory]
    [InlineData("""{"age": 17}""", "age")]
    [InlineData("""{"age": "30"}""", "age")]
    [InlineData("""{"age": 30.5}""", "age")]
    [InlineData("""{"email": "other@example.com"}""", "email")]
    [InlineData("""{"coordinates": {"lat": 91, "lng": 0}}""", "coordinates")]
    [InlineData("""{"coordinates": {"lat": 1}}""", "coordinates")]
    [InlineData("""{"coordinates": {"lat": "north"}}""", "coordinates.lat")]
    [InlineData("""{"interests": ["music", ""]}""", "interests[1]")]
    [InlineData("""{"interests": [null]}""", "interests[0]")]
    [InlineData("""{"interests": "music"}""", "interests")]
    [InlineData("""{"matchPreferences": {"interestedIn": "dogs"}}""", "matchPreferences.interestedIn")]
    [InlineData("""{"matchPreferences": {"ageMin": 40, "ageMax": 30}}""", "matchPreferences.ageMax")]
    [InlineData("""{"matchPreferences": {"maxDistance": 0}}""", "matchPreferences.maxDistance")]
    [InlineData("""{"matchPreferences": {"maxDistanse": 10}}""", "matchPreferences.maxDistanse")]
    [InlineData("""{"nickname": "Zoe"}""", "nickname")]
    [InlineData("""{"bio": "\ud800"}""", "bio")]
    [InlineData("""{"age": 30""", "body")]
    [InlineData("null", "body")]
    [InlineData("", "body")]
    [InlineData("[]", "body")]
    public async Task Profile_Is_Refused_Naming_The_Field_When_A_Field_Is_Bad(string json, string field)
    {
        await using var host = await MatchingHost.StartAsync(cloud, []);

        using var content = new StringContent(json, Encoding.UTF8, "application/json");
        using var response = await host.Http.PutAsync("/api/profiles/zoe@example.com", content, TestContext.Current.CancellationToken);

        var problem = JsonNode.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!;
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType!.MediaType);
        Assert.True(problem["errors"]?[field] is not null, problem.ToJsonString());
    }

    [Theory]
    [InlineData("bio", 2001)]
    [InlineData("firstName", 101)]
    [InlineData("religion", 65)]
    public async Task Profile_Is_Refused_When_A_Text_Is_Too_Long(string field, int length)
    {
        await using var host = await MatchingHost.StartAsync(cloud, []);

        var (response, problem) = await host.SendAsync(
            HttpMethod.Put, "/api/profiles/zoe@example.com", new JsonObject { [field] = new string('x', length) });

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.NotNull(problem!["errors"]![field]);
    }

    [Fact]
    public async Task Profile_Is_Refused_When_The_Body_Is_Huge_Or_No_Json()
    {
        await using var host = await MatchingHost.StartAsync(cloud, []);
        using var huge = new StringContent($$"""{"bio": "{{new string('x', 100_000)}}"}""", Encoding.UTF8, "application/json");
        using var text = new StringContent("hello", Encoding.UTF8, "text/plain");

        using var tooLarge = await host.Http.PutAsync("/api/profiles/zoe@example.com", huge, TestContext.Current.CancellationToken);
        using var unsupported = await host.Http.PutAsync("/api/profiles/zoe@example.com", text, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, tooLarge.StatusCode);
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, unsupported.StatusCode);
        Assert.Equal("application/problem+json", unsupported.Content.Headers.ContentType!.MediaType);
    }

    [Theory]
    [InlineData("not-an-email")]
    [InlineData("two@at@example.com")]
    [InlineData("@example.com")]
    [InlineData("spa%20ce@example.com")]
    [InlineData("umlaut%C3%A4@example.com")]
    public async Task Profile_Is_Refused_When_The_Address_Is_No_Email(string email)
    {
        await using var host = await MatchingHost.StartAsync(cloud, []);

        var (response, problem) = await host.SendAsync(HttpMethod.Get, $"/api/profiles/{email}");

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.NotNull(problem!["errors"]!["email"]);
    }
}
