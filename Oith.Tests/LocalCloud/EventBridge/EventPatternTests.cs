using System.Text.Json;
using Oith.LocalCloud.EventPatterns;
using Oith.LocalCloud.Wire;

namespace Oith.Tests.LocalCloud.EventBridge;

public sealed class EventPatternTests
{
    [Theory]
    [InlineData("""{"a":["x"]}""", """{"a":"x"}""", true)]
    [InlineData("""{"a":["x"]}""", """{"a":"X"}""", false)]
    [InlineData("""{"a":["x"]}""", """{"a":["y","x"]}""", true)]
    [InlineData("""{"a":[1]}""", """{"a":1.0}""", true)]
    [InlineData("""{"a":[1]}""", """{"a":"1"}""", false)]
    [InlineData("""{"a":[null]}""", """{"a":null}""", true)]
    [InlineData("""{"a":[null]}""", """{}""", false)]
    [InlineData("""{"a":{"b":["x"]}}""", """{"a":{"b":"x"}}""", true)]
    [InlineData("""{"a":{"b":["x"],"c":["y"]}}""", """{"a":[{"b":"x"},{"c":"y"}]}""", false)]
    [InlineData("""{"a":{"b":["x"],"c":["y"]}}""", """{"a":[{"b":"x","c":"y"}]}""", true)]
    [InlineData("""{"a":[{"prefix":"ab"}]}""", """{"a":"abc"}""", true)]
    [InlineData("""{"a":[{"prefix":{"equals-ignore-case":"AB"}}]}""", """{"a":"abc"}""", true)]
    [InlineData("""{"a":[{"suffix":".png"}]}""", """{"a":"x.jpg"}""", false)]
    [InlineData("""{"a":[{"anything-but":"x"}]}""", """{"a":"y"}""", true)]
    [InlineData("""{"a":[{"anything-but":["x",5]}]}""", """{"a":5}""", false)]
    [InlineData("""{"a":[{"anything-but":"x"}]}""", """{}""", false)]
    [InlineData("""{"a":[{"anything-but":{"prefix":["x","y"]}}]}""", """{"a":"yes"}""", false)]
    [InlineData("""{"a":[{"anything-but":{"wildcard":"*lib*"}}]}""", """{"a":"a/lib/b"}""", false)]
    [InlineData("""{"a":[{"numeric":[">",0,"<=",5]}]}""", """{"a":5}""", true)]
    [InlineData("""{"a":[{"numeric":[">",0,"<=",5]}]}""", """{"a":0}""", false)]
    [InlineData("""{"a":[{"numeric":["=",300]}]}""", """{"a":3.0e2}""", true)]
    [InlineData("""{"a":[{"exists":true}]}""", """{"a":null}""", true)]
    [InlineData("""{"a":[{"exists":true}]}""", """{"a":{"b":1}}""", false)]
    [InlineData("""{"a":{"b":[{"exists":false}]}}""", """{}""", true)]
    [InlineData("""{"a":[{"wildcard":"arn:*:rule/*"}]}""", """{"a":"arn:aws:events:rule/x"}""", true)]
    [InlineData("""{"a":[{"wildcard":"a*b"}]}""", """{"a":"abc"}""", false)]
    [InlineData("""{"a":[{"wildcard":"a\\*b"}]}""", """{"a":"a*b"}""", true)]
    [InlineData("""{"a":[{"equals-ignore-case":"AbC"}]}""", """{"a":"aBc"}""", true)]
    [InlineData("""{"a":[{"cidr":"10.0.0.0/24"}]}""", """{"a":"10.0.0.255"}""", true)]
    [InlineData("""{"a":[{"cidr":"10.0.0.0/24"}]}""", """{"a":"10.0.1.0"}""", false)]
    [InlineData("""{"$or":[{"a":["x"]},{"b":["y"]}]}""", """{"b":"y"}""", true)]
    [InlineData("""{"$or":[{"a":["x"]},{"b":["y"]}],"c":["z"]}""", """{"b":"y"}""", false)]
    public void Pattern_Matches_As_EventBridge_Does(string pattern, string busEvent, bool matches)
    {
        using var document = JsonDocument.Parse(busEvent);
        Assert.Equal(matches, EventPattern.Parse(pattern).Matches(document.RootElement));
    }

    [Theory]
    [InlineData("""{"a":"x"}""", "\"a\" must be an object or an array", 7)]
    [InlineData("""{"a":[]}""", "Empty arrays are not allowed", 8)]
    [InlineData("""{"a":[{"EXISTS":true}]}""", "Unrecognized match type EXISTS", 21)]
    [InlineData("""{"a":[{"prefix":1}]}""", "prefix match pattern must be a string", 18)]
    [InlineData("""{"a":[{"anything-but":{"prefix":""}}]}""", "Null prefix/suffix not allowed", 35)]
    [InlineData("""{"a":[{"anything-but":null}]}""", "Value of anything-but must be an array or single string/number value.", 27)]
    [InlineData("""{"a":[{"numeric":5}]}""", "Value of numeric must be an array.", 19)]
    [InlineData("""{"a":[{"numeric":["<","5"]}]}""", "Value of < must be numeric", 24)]
    [InlineData("""{"a":[{"numeric":[">",1,">",2]}]}""", "Bad numeric range operator: >", 28)]
    [InlineData("""{"a":[{"wildcard":"a**b"}]}""", "Consecutive wildcard characters at pos 2", 25)]
    [InlineData("""{"a":[{"cidr":"10.0.0.0"}]}""", "Malformed CIDR, one '/' required", null)]
    public void Pattern_Is_Refused_With_Awss_Words_And_The_Place(string pattern, string reason, int? column)
    {
        var place = column is null ? "" : $"\n at [Source: (String)\"{pattern}\"; line: 1, column: {column}]";
        var error = Assert.Throws<AwsServiceException>(() => EventPattern.Parse(pattern));
        Assert.Equal(("InvalidEventPatternException", $"Event pattern is not valid. Reason: {reason}{place}"), (error.Code, error.Message));
    }

    [Theory]
    [InlineData("{\n  \"a\": {\n    \"b\": \"c\"\n  }\n}", "\"b\" must be an object or an array", 3, 11)]
    [InlineData("{\n  \"a\": nowhere\n}", "Unrecognized token 'nowhere': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')", 2, 15)]
    [InlineData("{\n  a: 1}", "Unexpected character ('a' (code 97)): was expecting double-quote to start field name", 2, 4)]
    public void Pattern_Of_Several_Lines_Is_Refused_With_The_Line(string pattern, string reason, int line, int column)
    {
        var error = Assert.Throws<AwsServiceException>(() => EventPattern.Parse(pattern));
        Assert.Equal($"Event pattern is not valid. Reason: {reason}\n at [Source: (String)\"{pattern}\"; line: {line}, column: {column}]", error.Message);
    }
}
