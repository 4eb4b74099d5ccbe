using System.Text.Json.Nodes;
using CsCheck;
using Oith.LocalCloud.CloudFormation.Templates;

namespace Oith.Tests.LocalCloud.CloudFormation;

public sealed class TextFunctionPropertyTests
{
    private static readonly Gen<string> s_text = Gen.String[Gen.Char["abc-_. /$é"], 0, 12];

    [Fact]
    public void Split_Undoes_Join() => Gen.Select(s_text.Array[1, 6], Gen.OneOf(Gen.Const("|"), Gen.Const(";;"), Gen.Const("::"))).Sample((pieces, delimiter) =>
    {
        var joined = Resolve(new JsonObject { ["Fn::Join"] = new JsonArray(delimiter, Array(pieces)) })!.GetValue<string>();
        var split = Resolve(new JsonObject { ["Fn::Split"] = new JsonArray(delimiter, joined) })!.AsArray();
        return split.Select(piece => piece!.GetValue<string>()).SequenceEqual(pieces);
    });

    [Fact]
    public void Select_Takes_The_Piece_At_The_Index() => Gen.Select(s_text.Array[1, 6], Gen.Int[0, 5]).Where((pieces, index) => index < pieces.Length).Sample(
        (pieces, index) => Resolve(new JsonObject { ["Fn::Select"] = new JsonArray(index, Array(pieces)) })!.GetValue<string>() == pieces[index]);

    [Fact]
    public void Sub_Puts_Each_Value_In_Its_Place_And_Leaves_Literals_Alone() => Gen.Select(s_text, s_text, s_text).Sample((before, value, after) =>
    {
        var text = $"{before}${{A}}{after}${{!A}}";
        var expression = new JsonObject { ["Fn::Sub"] = new JsonArray(text, new JsonObject { ["A"] = value }) };
        return Resolve(expression)!.GetValue<string>() == $"{before}{value}{after}${{A}}";
    });

    private static JsonArray Array(IEnumerable<string> pieces) => new([.. pieces.Select(piece => (JsonNode?)piece)]);

    private static JsonNode? Resolve(JsonNode expression) => new TemplateResolver(
        Template.Parse("Resources: {A: {Type: 'AWS::SNS::Topic'}}"),
        new Dictionary<string, JsonNode>(),
        new PseudoParameters("000000000000", "us-east-1", "oith", "id", []),
        new NoReferences()).Resolve(expression);

    private sealed class NoReferences : IStackReferences
    {
        public JsonNode? FindResource(string logicalId) => null;

        public JsonNode GetAttribute(string logicalId, string attribute) => throw TemplateErrors.Template("There are no resources.");

        public string? FindExport(string name) => null;
    }
}
