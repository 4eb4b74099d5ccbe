using Oith.LocalCloud.StepFunctions.Asl;
using Oith.LocalCloud.StepFunctions.JSONata.Nodes;

namespace Oith.LocalCloud.StepFunctions.JSONata.Functions;

/// <summary><c>$boolean $not $exists $type $error $assert</c>.</summary>
internal static class BooleanFunctions
{
    public static IEnumerable<NativeFunction> All() =>
    [
        new("boolean", 1, "<x-:b>", 1, static (arguments, _) => arguments[0] is { } value ? AslValue.Of(Operand.IsTrue(value)) : null),
        new("not", 1, "<x-:b>", 1, static (arguments, _) => arguments[0] is { } value ? AslValue.Of(!Operand.IsTrue(value)) : null),
        new("exists", 1, "<x:b>", 1, static (arguments, _) => AslValue.Of(arguments[0] is not null)),
        new("type", 1, "<x:s>", 1, static (arguments, _) => arguments[0] is { } value ? AslValue.Of(TypeOf(value)) : null),
        new("error", 1, "<s?:x>", 1, static (arguments, _) =>
            throw new JsonataException("D3137", arguments[0] is { Text.Length: > 0 } given ? given.Text : "$error() function evaluated")),
        new("assert", 2, "<bs?:x>", 2, static (arguments, _) => arguments[0] is { Boolean: true } ? null
            : throw new JsonataException("D3141", arguments[1] is { Text.Length: > 0 } given ? given.Text : "$assert() statement failed")),
    ];

    /// <summary>The type as <c>$type</c> names it.</summary>
    public static string TypeOf(AslValue value) => value.Kind switch
    {
        AslKind.Null => "null",
        AslKind.Number => "number",
        AslKind.String => "string",
        AslKind.Boolean => "boolean",
        AslKind.Array => "array",
        AslKind.Function => "function",
        _ => "object",
    };
}
